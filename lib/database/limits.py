"""Statements that may be given up."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from typing import Any

from django.db import DatabaseError, connection

STEPS = 10_000  # of SQLite's machine between two looks at the clock: a millisecond or less


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Time out statements of this thread's connection. Raises errors for which `took_too_long` is true."""
    if connection.vendor == "sqlite":
        with _limited_sqlite(seconds):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {max(1, int(seconds * 1000))}")
    try:
        yield
    finally:
        # A failed transaction accepts no statement; its rollback also undoes the setting.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")


@contextmanager
def _limited_sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    raw: sqlite3.Connection = connection.connection
    ends = inf

    def begin(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal ends
        ends = time.monotonic() + seconds
        return execute(*arguments)

    raw.set_progress_handler(lambda: time.monotonic() > ends, STEPS)
    try:
        with connection.execute_wrapper(begin):
            yield
    finally:
        raw.set_progress_handler(None, 0)
