"""Queries that may be given up: within a limit of time of the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

#: Instructions of SQLite's machine between two looks at the clock: some hundredths of a millisecond.
STEPS = 2000
CANCELED = "57014"  # PostgreSQL's SQLSTATE


class TimeIsUp(Exception):
    """The database was not done in time."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Let reads in this block take so long at most: on PostgreSQL each of them, on SQLite all together.

    Raises `TimeIsUp`.
    """
    if connection.vendor == "postgresql":
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}")
                yield
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != CANCELED:
                raise
            raise TimeIsUp from error
        return
    connection.ensure_connection()
    end = time.monotonic() + seconds
    connection.connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    try:
        yield
    except OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise TimeIsUp from error
    finally:
        connection.connection.set_progress_handler(None, 0)
