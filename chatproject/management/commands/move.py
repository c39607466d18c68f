"""`manage.py move`: from SQLite to PostgreSQL, when one machine's one process is no longer enough."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

import environ
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, connections

from chatproject import env
from chatproject.operations.backups import Progress
from chatproject.operations.tables import SERVED, Database, Trouble

TARGET = "target"
VARIABLE = "TARGET_DATABASE_URL"
WANTED = f"{VARIABLE} or --to must be postgres://user:password@host:port/name."


class Command(BaseCommand):
    help = (
        "Copy all rows of this database into an empty PostgreSQL database, and check that all arrived. Stop the server "
        "first. This database stays as it is, and so do the uploads and the secret key."
    )

    requires_system_checks = []  # it is the data that counts, not whether pages could be served

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to",
            metavar="URL",
            help=f"postgres://user:password@host:5432/name, unless {VARIABLE} has it; whoever else is on this "
            "machine can read a password that is written here",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            url = options["to"] or env.text(VARIABLE)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        open_target(url)
        try:
            source = Database(connection)
            if source.is_new:
                raise Trouble("There is nothing to move: the database has no tables.")
            if source.is_served():
                raise Trouble(SERVED)
            self.prepare(url)
            target = Database(connections[TARGET])
            if source.migrations != target.migrations:
                raise Trouble(
                    "This database isn't at the state of this version. Run `manage.py migrate`, then this again."
                )
            self.copy(source, target)
        except Trouble as trouble:
            raise CommandError(str(trouble)) from trouble
        except DatabaseError as error:
            raise CommandError(f"A database can't be used: {error}".strip()) from error
        self.stdout.write(
            f"Moved: {target.contents()}. The number of rows in every "
            "table, and every chat's counters, are the same.\n"
            "Set DATABASE_URL to that address (in .env or wherever your settings are), keep DATA_DIR and SECRET_KEY as "
            "they are, and start the server. With REDIS_URL set too, it can have several processes (WEB_PROCESSES).\n"
            f"What you moved from is unchanged: {connection.settings_dict['NAME']}. Delete it when all is well."
        )

    def prepare(self, url: str) -> None:
        """Create the tables in the target database. Raises Trouble if a server is using them."""
        target = Database(connections[TARGET])
        if not target.is_new and (target.people() or target.messages() or target.is_served()):
            raise Trouble(
                f"The database to move to isn't empty ({target.contents()}), "
                "or a server runs on it. Make an empty one: createdb <name>."
            )
        # In a process of its own, as migrations change the database of DATABASE_URL.
        done = subprocess.run(  # noqa: S603
            [sys.executable, settings.BASE_DIR / "manage.py", "migrate", "--noinput", "--verbosity=0"],
            # Empty, not left out: .env may name that file, and it would win.
            env={**os.environ, "DATABASE_URL": url, "DATABASE_URL_FILE": ""},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Trouble(f"The tables can't be made there: {done.stderr.strip()[-500:]}")

    def copy(self, source: Database, target: Database) -> None:
        with source.snapshot():
            counts = {table.name: source.count(table) for table in source.tables}
            progress = Progress(self.stdout, sum(counts.values()), "rows")
            here = {table.name: table for table in source.tables}
            target.load(lambda table: source.rows(here[table.name]), counts, source.chats(), progress)
            target.take_epoch(source)
            progress.end()


def open_target(url: str) -> None:
    try:
        if not url.startswith(("postgres://", "postgresql://")) or not urlsplit(url).path.strip("/"):
            raise ValueError("not PostgreSQL")
        config = dict(environ.Env.db_url_config(url))
    except (ValueError, environ.ImproperlyConfigured) as error:
        raise CommandError(WANTED) from error
    places = {name: connection.settings_dict.get(name) for name in ("ENGINE", "HOST", "PORT", "NAME")}
    if all(str(config.get(name) or "") == str(value or "") for name, value in places.items()):
        raise CommandError("The database to move to is the one that is in use already.")
    config["OPTIONS"] = {**config.get("OPTIONS", {}), "connect_timeout": 5}
    connections.settings[TARGET] = config
    connections.configure_settings(connections.settings)
