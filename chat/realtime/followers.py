"""Runs the followers (accounts.followers) whose leases this process holds."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from uuid import uuid4

from accounts import followers
from accounts.followers import Follower
from chat.realtime.database import DatabaseThreads

logger = logging.getLogger(__name__)
PAUSE = 0.2  # seconds between two runs, however often the doorbell rings
LOOK = 5.0  # seconds until a follower runs without a ring: rings get lost, leases expire, mails are retried


class Followers:
    """One thread for each follower, so that a slow one doesn't delay the others."""

    def __init__(self) -> None:
        self._owner = uuid4()
        self._all = {follower: asyncio.Event() for follower in followers.registered.values()}
        self._threads = {follower: DatabaseThreads(1) for follower in self._all}

    def heard(self, items: Sequence[object]) -> None:
        """Called with the items that the doorbell delivered."""
        for follower, event in self._all.items():
            if not event.is_set() and any(isinstance(item, follower.wakes) for item in items):
                event.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for follower, event in self._all.items():
                tasks.create_task(self._follow(follower, event))

    async def _follow(self, follower: Follower, event: asyncio.Event) -> None:
        while True:
            event.clear()
            try:
                await self._threads[follower](partial(followers.run, follower, self._owner))
            except Exception:
                logger.exception("follower %s failed, and tries again", follower.name)
                await asyncio.sleep(LOOK)
            await asyncio.sleep(PAUSE)
            try:
                async with asyncio.timeout(LOOK):
                    await event.wait()
            except TimeoutError:
                pass

    async def stop(self) -> None:
        """Give the leases back, after the tasks have ended. Raises what the database raises."""
        for thread in self._threads.values():
            thread.stop()
        last = DatabaseThreads(1)  # the others may be in the middle of a step
        await last(followers.release, self._owner)
        last.stop()
