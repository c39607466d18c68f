"""PostgreSQL's connections that lie in the pool, after the server ended them all at once."""

from django.db import connection


def renew() -> None:
    """After an error: if this thread's connection broke, those in the pool are likely dead too, so replace them.

    Otherwise each of them would fail one more request, long after the database is back. Does nothing on SQLite, nor
    if the connection still works (a statement that took too long), nor if none was to be had.
    """
    used, pool = connection.connection, getattr(connection, "pool", None)
    if pool is not None and used is not None and used.closed:
        pool.drain()
