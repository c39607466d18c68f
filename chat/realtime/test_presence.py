"""The number of people online in general that sockets are told: however statuses cross or are missed, it ends right."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from accounts.person import Person
from accounts.tokens import Claims
from chat.events import Rung
from chat.policy import Seat
from chat.protocol import ChatSummary
from chat.realtime import hub, presence
from chat.realtime.connection import Connection
from chat.realtime.opening import Opening
from chat.realtime.runtime import Runtime
from chat.realtime.testing import Listener

GENERAL = 1
SEAT = Seat(GENERAL, "general", "general", "member")


class Town:
    """Server processes with one database, as far as presence uses it."""

    def __init__(self) -> None:
        self.recorded: dict[Any, int] = {}
        self.processes: list[Runtime] = []
        #: Awaited once: after this process has counted who is online, of whom this person is one.
        self.counted: tuple[Runtime, int, Callable[[], Any]] | None = None

    def online(self) -> int:
        return len(set(self.recorded.values()))

    async def database(self, live: Runtime, work: Any, *arguments: Any) -> Any:
        await asyncio.sleep(0)
        if work is presence.note:
            _, opened, closed = arguments
            before = set(self.recorded.values())
            self.recorded |= {socket.id: socket.user_id for socket in opened}
            for socket in closed:
                self.recorded.pop(socket.id, None)
            after = set(self.recorded.values())
            came, went = (
                [User(pk=id, username=str(id)) for id in ids] for ids in (after - before, before - after)
            )
            return presence.News(came, went, set(), set())
        if work is presence.chats_of:
            return {id: [GENERAL] for id in arguments[0]}
        if work is presence.online_now:
            found = GENERAL, {GENERAL: self.online()}
            if (hook := self.counted) and hook[0] is live and hook[1] in self.recorded.values():
                self.counted = None
                await hook[2]()
            return found
        assert work is presence.heartbeat
        return None

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Runtime]:
        live = Runtime()
        live.presence.database = partial(self.database, live)  # type: ignore[assignment]

        def publish(items: Sequence[Rung]) -> None:
            for other in self.processes:
                if other is not live:
                    other.hub.accept(items)

        live.hub.on_publish = publish
        self.processes.append(live)
        running = asyncio.create_task(live.presence.run())
        yield live
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    async def come(self, live: Runtime, user_id: int, meanwhile: Callable[[], Any] | None = None) -> Listener:
        """A person opens a socket; `meanwhile`: after its first frame was read."""
        socket = Listener(user_id=user_id)
        socket.opening = True

        async def read(_: Any) -> Opening:
            others = set(self.recorded.values()) - {user_id}
            summary = ChatSummary(
                key="general",
                id=GENERAL,
                kind="general",
                title="",
                last_message=None,
                last_seq=0,
                version=0,
                last_read_seq=0,
                unread_count=0,
                mention_count=0,
                muted=False,
                role="member",
                online_count=len(others) + 1,
                archived=False,
            )
            if meanwhile:
                await meanwhile()
            person = Person(
                id=user_id,
                username="",
                display_name="",
                avatar=None,
                is_online=True,
                last_seen=None,
            )
            return Opening(person, None, {GENERAL: SEAT}, [summary], None, None, "")

        live.reads.open = read  # type: ignore[assignment]
        claims = Claims(user_id, uuid4(), datetime.now(UTC) + timedelta(minutes=15))
        connection = Connection(socket, claims, live)
        await connection.open(None, 0)
        return socket

    async def settle(self, *sockets: Listener) -> None:
        """Wait until each of these sockets knows how many are online; fails if one never does."""
        await until(lambda: all(known(socket) == self.online() for socket in sockets))


def known(socket: Listener) -> int:
    """The number online that the socket was told last."""
    found = 0
    for frame in map(json.loads, socket.frames):
        for part in [frame, *frame.get("chats", [])]:
            found = part.get("online_count", found)
    return found


def has_heard_of(socket: Listener, user_id: int) -> bool:
    return any(json.loads(frame).get("user_id") == user_id for frame in socket.frames)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "GATHER", 0.01)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - whatever it is, it sets no event
            await asyncio.sleep(0.005)


async def test_a_status_that_comes_late_from_another_process_does_not_leave_an_old_number() -> None:
    town = Town()
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(town.process()) for _ in range(2)]
        ann, ben = await town.come(one, 1), await town.come(other, 2)
        await town.settle(ann, ben)

        async def another_comes() -> None:
            """While the number with the first of them is on its way."""
            await town.come(other, 4)
            await until(lambda: known(ann) == 4)

        town.counted = one, 3, another_comes
        await town.come(one, 3)
        await until(lambda: has_heard_of(ann, 3))
        await town.settle(ann, ben)


async def test_who_comes_while_the_first_frame_is_read_is_in_the_number() -> None:
    town = Town()
    async with town.process() as live:
        ben = await town.come(live, 2)
        await town.settle(ben)

        async def another_comes() -> None:
            await town.come(live, 3)
            await until(lambda: known(ben) == 2)

        ann = await town.come(live, 1, another_comes)
        await until(lambda: town.online() == 3)
        await town.settle(ann, ben)


async def test_a_number_counted_before_ones_own_socket_is_recorded_is_not_the_last() -> None:
    town = Town()
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(town.process()) for _ in range(2)]
        opened = []

        async def ann_comes() -> None:
            opened.append(await town.come(other, 1))

        town.counted = one, 2, ann_comes
        ben = await town.come(one, 2)
        await until(lambda: town.online() == 2)
        await town.settle(ben, *opened)


async def test_in_a_big_chat_the_number_comes_without_the_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "BIG_CHAT", 1)
    monkeypatch.setattr(presence, "BIG_CHAT", 1)
    town = Town()
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(town.process()) for _ in range(2)]
        ann, ben = await town.come(one, 1), await town.come(one, 2)
        await until(lambda: town.online() == 2)
        await town.settle(ann, ben)
        cem = await town.come(other, 3)  # alone there: for that process general is not big
        await until(lambda: town.online() == 3)
        await town.settle(ann, ben, cem)
        assert not has_heard_of(ann, 3)
