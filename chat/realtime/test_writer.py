"""The writer's batches overlap: what the database did is told while it does the next thing."""

import asyncio
import threading
from typing import Any, cast

import pytest

from chat.log.rows import Draft
from chat.log.store import Outcome
from chat.realtime import writer
from chat.realtime.database import DatabaseThreads
from chat.realtime.hub import Hub
from chat.realtime.sockets import Socket
from chat.realtime.writer import Writer
from lib.errors import Conflict


class Told:
    """A hub that remembers how many answers it was given."""

    def __init__(self) -> None:
        self.answers = 0
        self.more = asyncio.Event()

    def publish(self, items: Any, replies: list[Any]) -> None:
        self.answers += len(replies)
        self.more.set()


async def test_a_batch_is_answered_while_the_next_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    commits, begun = threading.Semaphore(0), threading.Semaphore(0)

    def store(drafts: list[Draft]) -> list[Outcome]:
        begun.release()
        assert commits.acquire(timeout=10)
        return [Conflict("no") for _ in drafts]

    monkeypatch.setattr(writer, "_store", store)
    monkeypatch.setattr(writer, "BATCH", 1)
    told = Told()
    subject = Writer(cast(Hub, told), DatabaseThreads())
    task = asyncio.create_task(subject.run())
    try:
        async with asyncio.timeout(10):
            for _ in range(3):
                subject.put(cast(Socket, None), Draft(1, 1, "ann", "hello"))
            commits.release()  # the first batch; the second stays with the database
            await told.more.wait()
            assert told.answers == 1
            assert await asyncio.to_thread(begun.acquire) and await asyncio.to_thread(begun.acquire)
            commits.release(2)
            await subject.drain()
        assert told.answers == 3, "nothing is left unanswered"
    finally:
        task.cancel()
        subject.stop()
