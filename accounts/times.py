"""PostgreSQL's times, read in 0.3 us each: the way that Django registers goes through a regular expression, in 4 us,
and a page of history has fifty of them."""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.abc import Buffer
from psycopg.adapt import Loader


class Time(Loader):
    timezone = UTC  # of the session: Django registers its own way again if this isn't what it set

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


def read_fast(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """A receiver of Django's `connection_created`."""
    if connection.vendor == "postgresql":
        connection.connection.adapters.register_loader("timestamptz", Time)
