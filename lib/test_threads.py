"""Threads for an event loop's synchronous work."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from lib.threads import Threads

LIMIT = 10  # seconds


@pytest.fixture
def threads() -> Iterator[Threads]:
    subject = Threads(2, "test")
    yield subject
    subject.stop()


class Gate:
    """Work that waits to be let go on."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self) -> str:
        self.begun.release()
        assert self.open.acquire(timeout=LIMIT)
        return threading.current_thread().name

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.acquire, timeout=LIMIT)


async def test_what_the_work_gives_or_raises_comes_back(threads: Threads) -> None:
    assert await threads.run(lambda: 7) == 7
    with pytest.raises(ValueError, match="seven"):
        await threads.run(lambda: int("seven"))
    assert await threads.run(lambda: 8) == 8, "the thread goes on after an error"


async def test_what_comes_one_by_one_takes_one_thread(threads: Threads) -> None:
    names = {await threads.run(lambda: threading.current_thread().name) for _ in range(20)}
    assert names == {"test-1"}


async def test_no_more_is_done_at_once_than_there_are_threads(threads: Threads) -> None:
    gate = Gate()
    waiting = [asyncio.create_task(threads.run(gate)) for _ in range(3)]
    await gate.has_begun()
    await gate.has_begun()
    assert not gate.begun.acquire(blocking=False), "the third waits for a thread"
    gate.open.release(3)
    async with asyncio.timeout(LIMIT):
        assert set(await asyncio.gather(*waiting)) == {"test-1", "test-2"}


async def test_work_is_not_begun_for_who_was_cancelled_before(threads: Threads) -> None:
    gate = Gate()
    done: list[str] = []
    busy = [asyncio.create_task(threads.run(gate)) for _ in range(2)]
    await gate.has_begun()
    await gate.has_begun()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await threads.run(lambda: done.append("cancelled"))
    gate.open.release(2)
    async with asyncio.timeout(LIMIT):
        await asyncio.gather(*busy)
        await asyncio.gather(*(threads.run(lambda: done.append("later")) for _ in range(2)))
    assert done == ["later", "later"]


async def test_who_is_cancelled_meanwhile_leaves_the_thread_to_others(threads: Threads) -> None:
    gate = Gate()
    task = asyncio.create_task(threads.run(gate))
    await gate.has_begun()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.open.release()
    async with asyncio.timeout(LIMIT):
        assert await threads.run(lambda: threading.current_thread().name) in ("test-1", "test-2")


async def test_stopped_threads_end_after_what_was_put_before() -> None:
    threads = Threads(1, "ends")
    gate = Gate()
    first = asyncio.create_task(threads.run(gate))
    second = asyncio.create_task(threads.run(threading.current_thread))
    await gate.has_begun()
    threads.stop()
    gate.open.release()
    async with asyncio.timeout(LIMIT):
        thread = await second
        await first
    await asyncio.to_thread(thread.join, LIMIT)
    assert not thread.is_alive()
