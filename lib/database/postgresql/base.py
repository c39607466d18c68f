"""Django's PostgreSQL engine, but for how times are read: in 0.3 us each. The way that Django registers goes through a
regular expression, in 4 us, and a page of history has fifty times."""

from datetime import UTC, datetime

from django.db.backends.postgresql import base
from psycopg.abc import Buffer
from psycopg.adapt import Loader


class Time(Loader):
    timezone = UTC  # of the session: Django registers its own way again if this isn't what it set

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


class DatabaseWrapper(base.DatabaseWrapper):
    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.connection.adapters.register_loader("timestamptz", Time)
