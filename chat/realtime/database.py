"""Database work for the event loop: in a few threads, each with its own connection, never held between calls."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection

from accounts import pool

P = ParamSpec("P")
T = TypeVar("T")
THREADS = 4


class DatabaseThreads:
    """A pool of threads that run synchronous functions, bounded by its size."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="database")

    async def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: self._run(function, *args, **kwargs))

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
        self._pool.shutdown(wait=False, cancel_futures=True)
