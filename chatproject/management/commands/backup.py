"""`manage.py backup`: all data in one file, taken while the server runs."""

import contextlib
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import DatabaseError, connection
from django.utils import timezone

from chatproject.operations import backups
from chatproject.operations.backups import Manifest, Progress, TableEntry, Writer
from chatproject.operations.tables import Database, Trouble, counted
from files import keeping
from lib import private_files


class Command(BaseCommand):
    help = (
        "Write the database, the uploads and the generated secret key into one file, which `restore` reads. "
        "The server may run; the backup is as of its start."
    )

    requires_system_checks = []  # it is the data that counts, not whether pages could be served

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            help="a new file (DATA_DIR/backups/chat-<time>.zip); - for the standard output",
        )
        parser.add_argument(
            "--without-secret",
            action="store_true",
            help="leave DATA_DIR/secret_key out: a restore signs everybody out",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.out = OutputWrapper(sys.stderr) if options["file"] == "-" else self.stdout
        try:
            database = Database(connection)
        except Trouble as trouble:
            raise CommandError(
                f"This version can't read the database: {trouble}. Use the version it is of."
            ) from trouble
        except DatabaseError as error:
            raise CommandError(f"The database of DATABASE_URL can't be used: {error}".strip()) from error
        if database.is_new:
            raise CommandError(
                "There is nothing to back up: the database has no tables. Is it the right DATABASE_URL?"
            )
        try:
            if options["file"] == "-":
                with Writer(sys.stdout.buffer) as writer:
                    self.write(writer, database, options["without_secret"])
                sys.stdout.buffer.flush()
            else:
                name = f"backups/chat-{timezone.now():%Y%m%d-%H%M%S}.zip"
                path = Path(options["file"] or settings.DATA_DIR / name).absolute()
                with new_file(path) as file, Writer(file) as writer:
                    self.write(writer, database, options["without_secret"])
                self.out.write(f"{path}: {path.stat().st_size:,} bytes. Keep a copy on another machine.")
        except DatabaseError as error:
            raise CommandError(f"The database went away, and no backup was made: {error}".strip()) from error
        except OSError as error:
            raise CommandError(
                f"No backup was made: {error.strerror or error}{f' ({error.filename})' if error.filename else ''}."
            ) from error

    def write(self, writer: Writer, database: Database, without_secret: bool) -> None:
        made_at = timezone.now()
        with database.snapshot():
            counts = {table.name: database.count(table) for table in database.tables}
            progress = Progress(self.out, sum(counts.values()), "rows")
            for table in database.tables:
                lines = backups.json_lines(database.rows(table), table.name, progress)
                writer.add(backups.table_member(table.name), lines)
            chats, contents = database.chats(), database.contents()
            progress.end()
        # After the rows: a file exists before the row that names it.
        uploads = self.add_uploads(writer)
        secret = None if without_secret else generated_secret()
        if secret is not None:
            writer.add(backups.SECRET, [secret])
        writer.finish(
            Manifest(
                format=backups.FORMAT,
                version=settings.VERSION,
                made_at=made_at,
                database=connection.vendor,
                migrations=sorted(database.migrations),
                tables={one.name: TableEntry(one.columns, counts[one.name]) for one in database.tables},
                chats=chats,
                members=writer.members,
            )
        )
        self.out.write(f"Kept: {contents}, and {counted(uploads, 'uploaded file', 'uploaded files')}.")
        if not keeping.is_local():
            self.out.write(
                f"The uploads are in {settings.UPLOADS_URL}, not in the backup: copy the bucket, too."
            )
        if secret is None and not without_secret:
            self.out.write("SECRET_KEY is set by you, so it is not in the backup: keep it yourself.")

    def add_uploads(self, writer: Writer) -> int:
        root, paths = Path(settings.MEDIA_ROOT), backups.uploads() if keeping.is_local() else []
        progress, count = Progress(self.out, len(paths), "uploads"), 0
        for path in paths:
            # One that was deleted meanwhile is needed by nothing that is left.
            with contextlib.suppress(FileNotFoundError), path.open("rb") as upload:
                name = backups.UPLOADS + path.relative_to(root).as_posix()
                writer.add(name, backups.blocks(upload), packed=False)
                count += 1
            progress("uploads", 1)
        progress.end()
        return count


def generated_secret() -> bytes | None:
    """The content of DATA_DIR/secret_key, if it is the key in use."""
    try:
        secret = (Path(settings.DATA_DIR) / backups.SECRET).read_bytes()
    except OSError:
        return None
    return secret if secret.decode(errors="replace").strip() == settings.SECRET_KEY else None


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner can read, and that appears at `path` once it is complete and on disk."""
    if path.exists():
        raise CommandError(f"{path} is there already. Take another name.")
    private_files.make_folder(path.parent)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        aside.unlink(missing_ok=True)
