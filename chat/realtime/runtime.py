"""The realtime half of a server process: its hub and the tasks around it, started once and stopped in order."""

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from accounts import cleaning, profile
from chat import epoch, later
from chat.events import Status
from chat.limits import MESSAGES, TokenBucket
from chat.log import history
from chat.realtime import metrics
from chat.realtime.access import AccessKeeper
from chat.realtime.database import DatabaseThreads
from chat.realtime.door import Door
from chat.realtime.followers import Followers
from chat.realtime.hub import Hub
from chat.realtime.presence import Presence
from chat.realtime.reads import Reads
from chat.realtime.relay import Relay
from chat.realtime.state import SWEPT, StateKeeper
from chat.realtime.writer import Writer
from files import keeping
from lib import doorbell
from lib.tasks import Tasks

logger = logging.getLogger(__name__)
CLEANING = 24 * 3600.0  # seconds between two deletions of expired sessions and other rows
SWEEP = 0.5  # seconds; a lost ring or an unreachable channel layer delays changes by at most two of them
DUE = 2.0  # seconds between two looks for scheduled messages and reminders that are due
FLUSH_TIMEOUT = 6.0  # seconds that a shutdown waits for messages to be stored
FORGET = 20  # sweeps between two clearings of the caches and of statuses that are over
LOOK = 4  # sweeps between two checks of the epoch


class Runtime:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.database = DatabaseThreads()
        self.cleaner = DatabaseThreads(1)  # also waits for the storage, which may be slow
        self.tasks = Tasks()
        self.reads = Reads(self.database, self.tasks.spawn)
        self.hub = Hub(self.reads.changes, self.tasks.spawn)
        self.writer = Writer(self.hub, self.database)
        self.access = AccessKeeper(self.hub, self.database)
        self.state = StateKeeper(self.hub, self.database)
        self.presence = Presence(self.hub, self.database)
        self.relay = Relay(self.hub.accept, self.state.lost, self.state.deaf)
        self.hub.on_publish = self.relay.publish
        self.hub.on_access = self.access.look
        self.hub.on_state = self.state.look
        self.hub.on_told = self.state.heard
        self.hub.on_status = self._status
        self.hub.on_leave = self.presence.left
        self.hub.on_posted = self.presence.posted
        self.followers = Followers()
        self.hub.on_items = self.followers.heard
        self.door = Door()
        self.message_limits: dict[int, TokenBucket] = {}
        self.stopping = False
        self._drained: asyncio.Task[None] | None = None
        self._behind: dict[int, int] = {}
        self._swept_at = time.monotonic()
        self._epoch = ""  # the epoch that the sockets here know

    def start(self) -> None:
        tasks = [
            self.writer.run(),
            self.writer.run_reads(),
            self.access.run(),
            self.state.run(),
            self.presence.run(),
            self.followers.run(),
            self._sweep(),
            self._clean(),
            self._due(),
            metrics.count_tasks(),
        ]
        if not self.relay.alone:
            tasks += [self.relay.send(), self.relay.receive()]
        for work in tasks:
            self.tasks.spawn(work)
        doorbell.attach(self._ring)

    def _ring(self, items: Sequence[Any]) -> None:
        """Called by verbs after their commit, from any thread."""
        with suppress(RuntimeError):  # the loop has ended: so have its sockets
            self.loop.call_soon_threadsafe(self.hub.publish, items)

    def _status(self, status: Status) -> None:
        self.reads.summaries.forget_online()
        self.presence.heard(status)

    def drain(self) -> "asyncio.Task[None]":
        """Accept no more messages; returns when earlier ones are stored and answered, or after FLUSH_TIMEOUT."""
        self.stopping = True
        if self._drained is None:
            self._drained = self.loop.create_task(self._drain())
        return self._drained

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(FLUSH_TIMEOUT):
                await self.writer.drain()
        except TimeoutError:
            logger.error("stopping with messages that could not be stored; their senders got no ack")

    async def stop(self) -> None:
        await self.drain()
        doorbell.attach(None)
        await self.tasks.cancel()
        try:
            async with asyncio.timeout(2):
                await self.followers.stop()
                await self.presence.stop()
        except Exception as error:  # ignored: the missing heartbeat tells others the same a little later
            logger.warning("this process's connections are forgotten later: %r", error)
        self.writer.stop()
        self.database.stop()
        self.cleaner.stop()

    async def _sweep(self) -> None:
        """Find changes whose ring was lost: of chats followed here, of access, and of other state."""
        turn = 0
        while True:
            await asyncio.sleep(SWEEP)
            turn += 1
            if turn % FORGET == 0:
                self.hub.recent.age()
                self.reads.forget()
                self.hub.typists.forget(time.monotonic())
                self._forget_limits()
            try:
                if turn % FORGET == 0:
                    await self.database(profile.clear_over)
                if turn % LOOK == 0:
                    self._epoch = self._epoch or epoch.Known.epoch
                    self._mind(await self.database(epoch.look))
                started = time.monotonic()
                if self.hub.users:
                    window = self._window(started)
                    await self._sweep_chats(window)
                    await self.access.sweep(window)
                    self.state.look(window)
                self._swept_at = started
            except Exception as error:  # the database is unreachable: everything waits for it
                logger.warning("the sweep waits for the database: %s", error)

    async def _clean(self) -> None:
        """Delete expired rows. The first run comes after a random part of the interval, so that processes take
        turns."""
        await asyncio.sleep(CLEANING * random.random())  # noqa: S311
        while True:
            try:
                await self.database(cleaning.clean)
                await self.cleaner(keeping.clean)
            except Exception as error:  # the database is unreachable: tomorrow is early enough
                logger.warning("expired sessions are not deleted, the database did not answer: %s", error)
            await asyncio.sleep(CLEANING)

    async def _due(self) -> None:
        """Send scheduled messages and tell reminders. The first look comes after a random part of the interval, so that
        processes take turns."""
        await asyncio.sleep(DUE * random.random())  # noqa: S311
        while True:
            try:
                await self.database(later.look)
            except Exception as error:  # the database is unreachable: what is due is sent late
                logger.warning("scheduled messages and reminders wait for the database: %s", error)
            await asyncio.sleep(DUE)

    def _window(self, now: float) -> timedelta:
        """How far back a sweep looks: further if the last one that the database answered was long ago."""
        late = timedelta(seconds=now - self._swept_at)
        return SWEPT if late < SWEPT / 3 else SWEPT + late

    async def _sweep_chats(self, window: timedelta) -> None:
        """A chat that two sweeps in a row find behind has lost a ring; without the channel layer, one sweep is
        enough."""
        changed = {
            chat_id: version
            for chat_id, version in await self.database(history.changed_lately, window)
            if chat_id in self.hub.chats
        }
        delivered = {chat_id: self.hub.chats[chat_id].stream.version for chat_id in changed}
        # Most of these were delivered while the query ran: check again.
        if back := {
            chat_id: delivered[chat_id] for chat_id in changed if changed[chat_id] < delivered[chat_id]
        }:
            self._mind(await self.database(epoch.begin_if_back, back))
        now = {chat_id: version for chat_id, version in changed.items() if version > delivered[chat_id]}
        waits = self.relay.is_up and not self.relay.alone
        self.hub.behind(
            (chat_id, version if not waits else self._behind[chat_id])
            for chat_id, version in now.items()
            if not waits or chat_id in self._behind
        )
        self._behind = now

    def _mind(self, now: str) -> None:
        """Set the epoch of the database's log; if it is new, all sockets must start anew."""
        if now != self._epoch and self._epoch:
            logger.warning("another epoch began: all sockets come back")
            self.hub.begin_anew()
            self.reads.forget()
        self._epoch = now

    def message_limit(self, user_id: int) -> TokenBucket:
        return self.message_limits.setdefault(user_id, TokenBucket(*MESSAGES))

    def _forget_limits(self) -> None:
        for user_id in [user_id for user_id in self.message_limits if user_id not in self.hub.users]:
            del self.message_limits[user_id]


_runtime: Runtime | None = None


def current() -> Runtime:
    """This process's runtime, started now if the server did not start it (daphne has no lifespan)."""
    global _runtime
    if _runtime is None or _runtime.loop is not asyncio.get_running_loop():
        _runtime = Runtime()
        _runtime.start()
    return _runtime


def is_stopping() -> bool:
    """Whether this process is shutting down; False if no runtime was started."""
    return _runtime is not None and _runtime.stopping


async def stop() -> None:
    global _runtime
    if _runtime is not None:
        ended, _runtime = _runtime, None
        await ended.stop()
