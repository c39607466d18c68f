"""Replaces the pooled PostgreSQL connections after the server has ended them all."""

from django.db import connection


def renew() -> None:
    """Call after an error: if this thread's connection broke, those in the pool are likely dead too, so replace them.

    Otherwise each of them would fail one more request, long after the database is back. Does nothing on SQLite, if the
    connection still works (a statement timed out), or if the thread got no connection.
    """
    used, pool = connection.connection, getattr(connection, "pool", None)
    if pool is not None and used is not None and used.closed:
        pool.drain()
