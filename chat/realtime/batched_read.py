"""Batched reads: what is asked for while a read is under way is read together in the next one.

What group commit (`chat.realtime.writer`) is to storing, this is to reading: when thousands of sockets come back at
once, they cost a few queries a batch instead of a few each, and what two of them ask for is read once. Nobody gets
an answer that was read before they asked.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

from chat.realtime.database import DatabaseThreads
from lib import errors
from lib.rest import translate

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
#: A synchronous function that reads for many; for each of them an answer, or why there is none.
Read = Callable[[Sequence[K]], Mapping[K, V | errors.Refused]]


class BatchedRead(Generic[K, V]):
    """Call and await it with one key. Raises the refusal for that key, and what the database raises."""

    def __init__(
        self,
        database: DatabaseThreads,
        spawn: Callable[[Coroutine[None, None, None]], Any],
        read: "Read[K, V]",
        most: int,
    ) -> None:
        self._database = database
        self._spawn = spawn
        self._read = read
        self._most = most  # a read is for so many at a time
        self._waiting: dict[K, asyncio.Future[V]] = {}
        self._is_reading = False

    async def __call__(self, key: K) -> V:
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if not self._is_reading:
            self._is_reading = True
            self._spawn(self._run())
        return await asyncio.shield(future)  # others may wait for it too

    async def _run(self) -> None:
        batch: dict[K, asyncio.Future[V]] = {}
        try:
            while self._waiting:
                batch = {key: self._waiting[key] for key in islice(self._waiting, self._most)}
                for key in batch:
                    del self._waiting[key]
                await self._answer(batch)
        finally:
            self._is_reading = False
            for future in batch.values():
                future.cancel()  # does nothing to those that are answered

    async def _answer(self, batch: "dict[K, asyncio.Future[V]]") -> None:
        try:
            found = await self._database(self._read, list(batch))
        except Exception as error:
            refusal = translate(error)
            if refusal is None and len(batch) > 1:  # one of them broke it, which is not the others' fault
                for key, future in batch.items():
                    await self._answer({key: future})
                return
            failed = [*batch.values()]
            if isinstance(refusal, errors.Unavailable):
                # All who wait: else each batch would wait seconds for the same answer, in turn.
                failed += self._waiting.values()
                self._waiting.clear()
            for future in failed:
                future.set_exception(error)
                future.exception()  # retrieved: whoever asked may be gone
            return
        for key, future in batch.items():
            outcome = found[key]
            if isinstance(outcome, errors.Refused):
                future.set_exception(outcome)
                future.exception()
            else:
                future.set_result(outcome)
