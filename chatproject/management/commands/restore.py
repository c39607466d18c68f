"""`manage.py restore`: a backup into an empty database, or over one that may be deleted."""

import contextlib
import os
import shutil
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from chat import epoch
from chatproject.operations import backups
from chatproject.operations.backups import Progress, Reader
from chatproject.operations.tables import SERVED, Database, Migrations, Trouble, counted
from files import keeping
from files.models import StoredFile


class Command(BaseCommand):
    help = (
        "Load a file made by `backup`, on SQLite or PostgreSQL, into the database of DATABASE_URL. It must be empty, "
        "unless you say --force, and no server may run on it."
    )

    requires_system_checks = []  # it is the data that counts, not whether pages could be served

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="made by `manage.py backup`; - for the standard input")
        parser.add_argument("--force", action="store_true", help="delete what is there now")
        parser.add_argument("--yes", action="store_true", help="don't ask before deleting")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with named(options["file"]) as path:
                self.restore(path, options["force"], options["yes"])
        except Trouble as trouble:
            raise CommandError(str(trouble)) from trouble
        except DatabaseError as error:
            raise CommandError(f"The database of DATABASE_URL can't be used: {error}".strip()) from error
        except OSError as error:
            raise CommandError(f"The files can't be restored: {error}. Then run this again.") from error

    def restore(self, path: Path, force: bool, yes: bool) -> None:
        reader = Reader(path)
        migrations: Migrations = set(reader.manifest.migrations)
        self.check_place(reader, migrations, force, yes)
        progress = Progress(self.stdout, reader.size, "bytes")
        reader.check(progress)
        progress.end()
        aside = Path(settings.MEDIA_ROOT) / backups.ASIDE
        try:
            unpack_uploads(reader, aside)
            migrate_to(migrations)
            counts = {name: table.rows for name, table in reader.manifest.tables.items()}
            progress = Progress(self.stdout, sum(counts.values()), "rows")
            database = Database(connection)
            check_columns(reader, database)
            database.load(lambda table: reader.rows(table.name), counts, reader.manifest.chats, progress)
            progress.end()
            put_in_place(aside)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        key = restore_secret(reader)
        contents = database.contents()
        call_command("migrate", verbosity=0, interactive=False)
        epoch.begin()
        self.stdout.write(
            f"Restored: {contents}, and {files(len(reader.uploads()))}, as of "
            f"{reader.manifest.made_at:%Y-%m-%d %H:%M} UTC. The number of rows is right in every table. {key}\n"
            f"{elsewhere(reader)}You can start the server."
        )

    def check_place(self, reader: Reader, migrations: Migrations, force: bool, yes: bool) -> None:
        """Check that the backup can be restored here, and may be. Raises Trouble or CommandError."""
        try:
            Database(connection, migrations)
        except Trouble as trouble:
            raise Trouble(
                f"The backup was made by version {reader.manifest.version}, this is {settings.VERSION}: {trouble}. "
                "Restore it with that version or a newer one."
            ) from trouble
        try:
            here = Database(connection)
        except Trouble:
            raise Trouble(another_state("of a newer version than this one")) from None
        if here.is_served():
            raise Trouble(SERVED)
        if not here.is_new and here.migrations != migrations:
            raise Trouble(another_state("at another state than the backup"))
        uploads = len(backups.uploads())
        if not (here.people() or here.messages() or uploads):
            return
        what = f"{here.contents()}, and {files(uploads)} in {settings.MEDIA_ROOT}"
        if not force:
            raise Trouble(
                f"This place isn't empty: it has {what}. Set DATABASE_URL and DATA_DIR to an empty one, or use "
                "--force to delete them all."
            )
        self.stdout.write(f"This deletes {what}.")
        if not yes:
            if not sys.stdin.isatty():
                raise Trouble("Nobody is there to be asked. Use --yes as well if that is what you want.")
            if input("Type yes to go on: ").strip().lower() != "yes":
                raise Trouble("Nothing was changed.")


@contextlib.contextmanager
def named(file: str) -> Iterator[Path]:
    """The file's path; standard input is copied to a temporary file, as a zip file is read from its end."""
    if file != "-":
        yield Path(file)
        return
    with tempfile.NamedTemporaryFile(dir=settings.DATA_DIR) as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy, backups.BLOCK)
        copy.flush()
        yield Path(copy.name)


def another_state(what: str) -> str:
    if connection.vendor == "sqlite":
        way = f"Move {connection.settings_dict['NAME']} out of the way"
    else:
        way = "Make an empty database, set DATABASE_URL to it"
    return f"The database is {what}, so the rows don't fit. {way}, and run this again."


def migrate_to(migrations: Migrations) -> None:
    """Create the tables at the backup's migrations, if there are none."""
    executor = MigrationExecutor(connection)
    if set(executor.loader.applied_migrations) == migrations:
        return
    graph = executor.loader.graph
    last = [
        node
        for node in sorted(migrations & set(graph.nodes))
        if not any(
            child.key[0] == node[0] and child.key in migrations for child in graph.node_map[node].children
        )
    ]
    executor.migrate(last)


def check_columns(reader: Reader, database: Database) -> None:
    for table in database.tables:
        entry = reader.manifest.tables.get(table.name)
        if entry is None or entry.columns != table.columns:
            raise Trouble(
                f"The backup doesn't have the columns of {table.name}. Restore it with the version it is of."
            )


def files(count: int) -> str:
    return counted(count, "uploaded file", "uploaded files")


def elsewhere(reader: Reader) -> str:
    """What to copy from or to a bucket before the server starts."""
    unpacked = len(reader.uploads())
    missing = StoredFile.objects.filter(state=StoredFile.State.KEPT).count() - unpacked
    if keeping.is_local():
        if missing <= 0:
            return ""
        return (
            f"{files(missing)} {'is' if missing == 1 else 'are'}n't in the backup. If uploads were in a bucket, copy "
            f"it to {settings.MEDIA_ROOT}.\n"
        )
    if unpacked:
        return f"The uploads are in {settings.MEDIA_ROOT} now: copy them to {settings.UPLOADS_URL}.\n"
    return f"The uploads of then have to be in {settings.UPLOADS_URL}.\n"


def unpack_uploads(reader: Reader, aside: Path) -> None:
    """Unpack the files next to the existing ones."""
    shutil.rmtree(aside, ignore_errors=True)
    for name in reader.uploads():
        reader.unpack(name, aside)


def put_in_place(aside: Path) -> None:
    """Replace the uploads by the unpacked ones. The folder itself stays: it may be a volume."""
    root = aside.parent
    for old in list(root.iterdir()) if root.is_dir() else []:
        if old.is_dir() and not old.is_symlink() and old != aside:
            shutil.rmtree(old)
        elif old != aside:
            old.unlink()
    for new in list(aside.iterdir()) if aside.is_dir() else []:
        new.rename(root / new.name)


def restore_secret(reader: Reader) -> str:
    """Restore the key that signed the tokens. Returns what to tell the operator."""
    if backups.SECRET not in reader.manifest.members:
        return (
            "With the SECRET_KEY from then, everybody stays signed in; with another one, they sign in again."
        )
    path = Path(settings.DATA_DIR) / backups.SECRET
    secret = b"".join(reader.blocks(backups.SECRET))
    if secret.decode().strip() == settings.SECRET_KEY:
        return "Everybody stays signed in."
    if not path.exists() or path.read_text().strip() != settings.SECRET_KEY:
        return "SECRET_KEY is set to another one than that of the backup, so everybody has to sign in again."
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        aside.unlink()
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    aside.rename(path)
    return "Everybody stays signed in."
