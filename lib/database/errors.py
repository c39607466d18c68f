"""Classifies database errors, whichever engine raised them."""

import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError
from psycopg_pool import PoolTimeout, TooManyRequests

#: Raised while the database can't be reached or has no free connection.
AWAY = (OperationalError, InterfaceError, PoolTimeout, TooManyRequests)


def is_disk_full(error: BaseException) -> bool:
    """SQLite's SQLITE_FULL, or PostgreSQL's SQLSTATE 53100."""
    return _is(error, sqlite3.SQLITE_FULL, "53100")


def took_too_long(error: BaseException) -> bool:
    """The statement was ended: SQLite's SQLITE_INTERRUPT, or PostgreSQL's SQLSTATE 57014."""
    return _is(error, sqlite3.SQLITE_INTERRUPT, "57014")


def is_unmigrated(error: BaseException) -> bool:
    """A table or column is missing, as its migration has not run yet: PostgreSQL's SQLSTATE 42P01 or 42703."""
    if not isinstance(error, DatabaseError):
        return False
    return _is(error, None, "42P01", "42703") or str(error).startswith(("no such table", "no such column"))


def _is(error: BaseException, sqlite_code: int | None, *sqlstates: str) -> bool:
    cause = error.__cause__  # the driver's own error
    code: int | None = getattr(cause, "sqlite_errorcode", None)
    return (code is not None and code == sqlite_code) or getattr(cause, "sqlstate", None) in sqlstates
