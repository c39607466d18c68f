"""Database work for the event loop: in a few threads, each with a connection that is not held between calls."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection

from lib.database import pool
from lib.threads import Threads

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 4


class DatabaseThreads:
    """A pool of threads that run synchronous functions, bounded by its size."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = Threads(threads, "database")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._threads.run(lambda: self._run(function, *args, **kwargs))

    def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except DatabaseError:
            pool.renew()
            raise
        finally:
            # PostgreSQL's goes back to the pool; SQLite's is a file handle of this thread, and stays
            # unless it is broken.
            if connection.vendor == "postgresql" or connection.errors_occurred:
                connection.close()

    def stop(self) -> None:
        self._threads.stop()
