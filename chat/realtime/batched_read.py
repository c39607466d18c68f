"""Batched reads: requests that arrive during a read are combined in the next one.

This is for reading what group commit (`chat.realtime.writer`) is for storing: when thousands of sockets reconnect at
once, they cost a few queries a batch instead of a few each, and equal requests are read once. No answer was read before
its request came.
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
#: A synchronous function that reads many keys; returns an answer or a refusal for each.
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
        self._most = most  # keys in one read
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
                future.cancel()  # no effect on those already answered

    async def _answer(self, batch: "dict[K, asyncio.Future[V]]") -> None:
        try:
            found = await self._database(self._read, list(batch))
        except Exception as error:
            refusal = translate(error)
            if refusal is None and len(batch) > 1:  # one key may have caused the error: read each alone
                for key, future in batch.items():
                    await self._answer({key: future})
                return
            failed = [*batch.values()]
            if isinstance(refusal, errors.Unavailable):
                # Fail all waiting requests: else each batch in turn would wait seconds for the same error.
                failed += self._waiting.values()
                self._waiting.clear()
            for future in failed:
                future.set_exception(error)
                future.exception()  # mark as retrieved: the requester may be gone
            return
        for key, future in batch.items():
            outcome = found[key]
            if isinstance(outcome, errors.Refused):
                future.set_exception(outcome)
                future.exception()
            else:
                future.set_result(outcome)
