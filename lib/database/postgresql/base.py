"""Django's PostgreSQL engine with a faster parser of times: 0.3 us each, where the one that Django registers uses a
regular expression and takes 4 us. A page of history has fifty times."""

from datetime import UTC, datetime

from django.db.backends.postgresql import base
from psycopg.abc import Buffer
from psycopg.adapt import Loader


class Time(Loader):
    timezone = UTC  # of the session: Django registers its own loader again if this differs from its setting

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


class DatabaseWrapper(base.DatabaseWrapper):
    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.connection.adapters.register_loader("timestamptz", Time)
