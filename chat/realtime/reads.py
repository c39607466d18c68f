"""The database reads of a process's sockets, batched; some results are cached for a while."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from chat.log import history, summaries
from chat.realtime import opening
from chat.realtime.batched_read import BatchedRead
from chat.realtime.database import DatabaseThreads
from chat.realtime.sync_pages import Pages

CHATS = 20  # chats in one read
COUNTED = 200  # people whose chats' counters are read at once


class Reads:
    def __init__(
        self, database: DatabaseThreads, spawn: Callable[[Coroutine[None, None, None]], Any]
    ) -> None:
        self.summaries = summaries.SummaryCache()
        self.pages = Pages()
        self.open = BatchedRead(database, spawn, partial(opening.read, self.summaries), opening.MOST)
        self.changes = BatchedRead(database, spawn, history.many_changes, CHATS)
        self.counters = BatchedRead(database, spawn, history.counters_for_many, COUNTED)
        self.sync_pages = BatchedRead(database, spawn, self.pages.read, CHATS)

    def forget(self) -> None:
        """Called every few seconds, as names may have changed, and when a new epoch begins."""
        self.summaries.forget()
        self.pages.forget()
