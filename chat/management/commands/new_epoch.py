"""`manage.py new_epoch`: run it after restoring the database by other means than `restore`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from chat import epoch


class Command(BaseCommand):
    help = (
        "Tell all clients that the database is at an earlier state than they have seen: they forget what they know, "
        "and read it anew. `restore` does this by itself. The server may run; its sockets are closed, and come back."
    )

    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            begun = epoch.begin()
        except DatabaseError as error:
            raise CommandError(f"The database of DATABASE_URL can't be used: {error}".strip()) from error
        self.stdout.write(f"A new epoch has begun: {begun}")
