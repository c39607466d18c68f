"""A backup: one zip file with all rows as JSON, the uploads, and a manifest that proves it whole.

    manifest.json           what is in it, with a checksum of each member; written last
    tables/<table>.jsonl    an array a row, the columns in the manifest's order
    uploads/<path>          the files of DATA_DIR/uploads
    secret_key              the key in DATA_DIR, if it is the one in use

It is the same for SQLite and PostgreSQL, and can be restored into either.
"""

import hashlib
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec
from django.conf import settings
from django.core.management.base import OutputWrapper
from msgspec import Struct

from chatproject.operations.tables import Report, Row, Trouble, in_chunks
from lib import private_files

FORMAT = 1
MANIFEST = "manifest.json"
SECRET = "secret_key"  # noqa: S105
UPLOADS = "uploads/"
BLOCK = 1 << 18  # bytes
ASIDE = ".restoring"  # folder in the uploads: files that a restore has unpacked, but not yet moved into place


class TableEntry(Struct):
    columns: list[str]
    rows: int


class Manifest(Struct):
    format: int
    version: str  # of the server that made it
    made_at: datetime
    database: str  # sqlite or postgresql
    migrations: list[tuple[str, str]]
    tables: dict[str, TableEntry]
    chats: str  # `Database.chats`
    members: dict[str, str]  # name: SHA-256


def table_member(table: str) -> str:
    return f"tables/{table}.jsonl"


def uploads() -> list[Path]:
    """The uploaded files that are here."""
    root = Path(settings.MEDIA_ROOT)
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return [path for path in files if path.relative_to(root).parts[0] != ASIDE]


class Writer:
    """Writes the members one after the other, without keeping them in memory. A context manager."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.zip = zipfile.ZipFile(stream, "w")
        self.members: dict[str, str] = {}

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.zip.fp = None  # or it would write an end to what is not whole

    def add(self, name: str, blocks: Iterable[bytes], *, packed: bool = True) -> None:
        """Add a member. `packed=False` stores incompressible data, such as images, without compression."""
        checksum = hashlib.sha256()
        info = zipfile.ZipInfo(name, time.localtime()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self.zip.open(info, "w", force_zip64=True) as member:
            for block in blocks:
                checksum.update(block)
                member.write(block)
        self.members[name] = checksum.hexdigest()

    def finish(self, manifest: Manifest) -> None:
        self.zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        self.zip.close()


class Reader:
    """A backup to restore. Raises Trouble if the file is not a backup, is incomplete, or has a later format."""

    def __init__(self, path: Path) -> None:
        try:
            self.zip = zipfile.ZipFile(path)
            self.manifest = msgspec.json.decode(self.zip.read(MANIFEST), type=Manifest)
        except OSError as error:
            raise Trouble(f"{path} can't be read: {error.strerror or error}.") from error
        except (zipfile.BadZipFile, KeyError, msgspec.DecodeError) as error:
            raise Trouble(
                f"{path} is not a backup made by `manage.py backup`, or not a whole one. Take another one."
            ) from error
        if self.manifest.format != FORMAT:
            raise Trouble(
                f"{path} was made by version {self.manifest.version}, which is newer than this one."
            )

    @property
    def size(self) -> int:
        """Bytes when unpacked."""
        return sum(member.file_size for member in self.zip.infolist())

    def check(self, report: Report) -> None:
        """Verify the checksums of all members. Raises Trouble if one differs."""
        for name, checksum in self.manifest.members.items():
            found = hashlib.sha256()
            try:
                for block in self.blocks(name):
                    found.update(block)
                    report("checked", len(block))
            except (
                zipfile.BadZipFile,
                zlib.error,
                KeyError,
                EOFError,
                OSError,
                NotImplementedError,
            ) as error:
                raise _damaged(name) from error
            if found.hexdigest() != checksum:
                raise _damaged(name)

    def blocks(self, name: str) -> Iterator[bytes]:
        with self.zip.open(name) as member:
            yield from blocks(member)

    def rows(self, table: str) -> Iterator[Row]:
        if table not in self.manifest.tables:
            return
        decode = msgspec.json.Decoder(list[object]).decode
        with self.zip.open(table_member(table)) as member:
            for line in member:
                yield decode(line)

    def uploads(self) -> list[str]:
        return [name for name in self.manifest.members if name.startswith(UPLOADS)]

    def unpack(self, name: str, root: Path) -> None:
        """Write one of `uploads` below `root`. Raises Trouble if it would be elsewhere."""
        path = root / name.removeprefix(UPLOADS)
        if not path.resolve().is_relative_to(root.resolve()):
            raise Trouble(f"The backup has a file that belongs outside of the uploads: {name}.")
        private_files.make_folder(path.parent)
        private_files.make_file(path)
        with path.open("wb") as file, self.zip.open(name) as member:
            shutil.copyfileobj(member, file, BLOCK)


def _damaged(name: str) -> Trouble:
    return Trouble(f"The backup is damaged at {name}; nothing was changed. Take another one.")


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def json_lines(rows: Iterable[Row], what: str, report: Report) -> Iterator[bytes]:
    """The rows as JSON, in blocks of some thousands."""
    encoder = msgspec.json.Encoder()
    for chunk in in_chunks(rows):
        yield encoder.encode_lines(chunk)
        report(what, len(chunk))


class Progress:
    """Prints progress: continuously on a terminal, else a line every ten seconds."""

    def __init__(self, out: OutputWrapper, total: int, unit: str) -> None:
        self.out, self.total, self.unit = out, total, unit
        self.done = 0
        self.is_terminal = out.isatty()
        self.said_at = time.monotonic()

    def __call__(self, what: str, more: int) -> None:
        self.done += more
        now = time.monotonic()
        if now - self.said_at >= (0.2 if self.is_terminal else 10):
            self.said_at = now
            self._say(what, "")

    def _say(self, what: str, ending: str) -> None:
        line = f"{self.done:,} of {self.total:,} {self.unit} ({what})"
        self.out.write(
            f"\r\033[K{line}{ending}" if self.is_terminal else line, ending="" if self.is_terminal else "\n"
        )
        self.out.flush()

    def end(self) -> None:
        if self.is_terminal:
            self.out.write("\r\033[K", ending="")
