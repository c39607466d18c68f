"""`manage.py serve`: the production server."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Serve on HOST:PORT with WEB_PROCESSES processes, until SIGTERM or Ctrl+C."

    def handle(self, *args: Any, **options: Any) -> None:
        from chatproject.server import run

        run.run()
