"""Batched reads: concurrent requests are combined in one read."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from chat.realtime.batched_read import BatchedRead
from chat.realtime.database import DatabaseThreads
from lib.errors import NotFound, Refused


class Reads:
    """A read that a test holds up, and what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.started, self.go_on = threading.Event(), threading.Event()
        self.error: Exception | None = None

    def __call__(self, keys: Sequence[str]) -> dict[str, str | Refused]:
        self.asked.append(list(keys))
        self.started.set()
        assert self.go_on.wait(10)
        if "broken" in keys:
            raise ValueError("broken")
        if self.error is not None:
            raise self.error
        return {key: NotFound() if key == "nothing" else key.upper() for key in keys}


@pytest.fixture
def reads() -> Reads:
    return Reads()


def together(reads: Reads, most: int = 10) -> BatchedRead[str, str]:
    return BatchedRead(DatabaseThreads(1), asyncio.ensure_future, reads, most)


async def ask(read: BatchedRead[str, str], *keys: str) -> "asyncio.Future[list[str | BaseException]]":
    """Ask for all of these, in this order; each has been asked for when this returns."""
    asking = asyncio.gather(*(read(key) for key in keys), return_exceptions=True)
    await asyncio.sleep(0)
    return asking


async def test_what_is_asked_for_while_one_read_is_under_way_is_read_together_and_once(reads: Reads) -> None:
    read = together(reads)
    first = await ask(read, "a")
    await asyncio.to_thread(reads.started.wait, 10)
    rest = await ask(read, "b", "a", "b", "c")
    reads.go_on.set()
    assert (await first, await rest) == (["A"], ["B", "A", "B", "C"])
    assert reads.asked == [["a"], ["b", "a", "c"]], (
        "`a` again: the first answer may be older than the question"
    )


async def test_a_read_is_for_so_many_at_most(reads: Reads) -> None:
    reads.go_on.set()
    assert await (await ask(together(reads, most=2), *"abcde")) == list("ABCDE")
    assert reads.asked == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_refusal_is_for_who_asked_and_a_fault_is_nobody_elses(reads: Reads) -> None:
    reads.go_on.set()
    found = await (await ask(together(reads), "a", "nothing", "broken", "b"))
    assert [type(outcome) for outcome in found] == [str, NotFound, ValueError, str]


async def test_a_database_that_is_away_is_told_to_all_and_asked_again_by_the_next(reads: Reads) -> None:
    reads.error = OperationalError("away")
    read = together(reads)
    asking = [await ask(read, "a", "b")]
    await asyncio.to_thread(reads.started.wait, 10)
    asking += [await ask(read, "c")]
    reads.go_on.set()
    assert [await found for found in asking] == [[reads.error, reads.error], [reads.error]]
    assert reads.asked == [["a", "b"]], "concurrent requests get the error at once, without another read"
    reads.error = None
    assert await read("a") == "A"


async def test_who_goes_away_while_waiting_takes_nothing_from_the_others(reads: Reads) -> None:
    read = together(reads)
    gone = asyncio.ensure_future(read("a"))
    stays = asyncio.ensure_future(read("a"))
    await asyncio.sleep(0)
    gone.cancel()
    reads.go_on.set()
    assert await stays == "A"
