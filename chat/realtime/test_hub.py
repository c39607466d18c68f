"""The hub in moments that a client meets only by luck, each made to happen. Numbers: the guarantees of the contract."""

import asyncio
from collections.abc import Callable

import pytest

from chat.events import Change, Personal
from chat.log.history import Changes, Since
from chat.realtime.hub import REPAIR_PAGE, Hub, Position
from chat.realtime.order import RECENT
from chat.realtime.sockets import KEPT_BYTES
from chat.realtime.testing import Listener, Log, Reader
from lib.tasks import Tasks

ACK, REMOVED, PONG = (f'{{"type":"{name}"}}'.encode() for name in ("ack", "removed", "pong"))
PATIENCE = 10  # seconds


class Room:
    """A room's log, and a hub to tell of it."""

    def __init__(self) -> None:
        self.log = Log()
        self.tasks = Tasks()
        self.hub = Hub(self.read, self.tasks.spawn)
        self.reads = 0
        self.before_a_read: list[Callable[[], object]] = []
        self.may_read = asyncio.Event()
        self.may_read.set()

    async def read(self, since: Since) -> Changes:
        self.reads += 1
        if self.before_a_read:
            self.before_a_read.pop(0)()
        await self.may_read.wait()
        return self.log.read(since)

    def say(self, count: int) -> list[Change]:
        """Store so many messages; their changes, which nobody was told of yet."""
        return [self.log.post() for _ in range(count)]

    async def join(self, socket: Listener, since: int) -> None:
        self.hub.add(socket)
        await self.hub.join(socket, self.log.chat_id, self.log.key, Position(since, since))

    async def newcomer(self, since: int) -> Listener:
        socket = Listener(self.log)
        await self.join(socket, since)
        return socket

    async def repaired(self) -> None:
        """Wait until nothing is being read from the log."""
        async with asyncio.timeout(PATIENCE):
            while self.tasks.running:
                await asyncio.wait(self.tasks.running)


@pytest.fixture
async def room() -> Room:
    return Room()


async def test_2_a_gap_is_filled_from_the_log(room: Room) -> None:
    listener = await room.newcomer(0)
    first, _lost, third = room.say(3)
    room.hub.accept([first])
    room.hub.accept([third])
    assert listener.heard() == [1]
    await room.repaired()
    assert listener.heard() == [2, 3]
    room.hub.accept(room.say(1))
    assert listener.heard() == [4]


async def test_200_people_who_react_at_once_cost_a_reader_five_frames_a_second(room: Room) -> None:
    """And other messages don't wait for that, while theirs is in order."""
    loop = asyncio.get_running_loop()
    room.hub.accept(room.say(2))
    listener = await room.newcomer(2)
    reader, began, frames, other = Reader(), loop.time(), 0, 0
    reader.contents, reader.versions = dict(room.log.contents), {1: 1, 2: 2}
    for number in range(200):
        room.hub.accept([room.log.react(1)])
        if number % 40 == 20:
            room.hub.accept(room.say(1))
            other += 1
            assert b'"type":"message"' in listener.frames[-1]
        await asyncio.sleep(0.004)
        reader.take(taken := listener.take())
        frames += len(taken)
    async with asyncio.timeout(PATIENCE):
        while reader.contents != room.log.contents:
            await asyncio.sleep(0.01)
            reader.take(taken := listener.take())
            frames += len(taken)
    just_before_others = other
    assert frames - other - just_before_others <= 5 * (loop.time() - began)


async def test_whoever_joins_while_reactions_are_held_gets_each_once(room: Room) -> None:
    room.hub.accept(room.say(1))
    listener = await room.newcomer(1)
    room.hub.accept([room.log.react(1)])
    room.hub.accept([room.log.react(1)])
    newcomer = Listener(room.log)
    room.hub.add(newcomer)
    await room.hub.join(newcomer, room.log.chat_id, room.log.key, Position(3, 1))
    room.hub.accept([room.log.edit(1)])
    assert listener.heard() == ["message_updated"] * 3
    assert newcomer.heard() == ["message_updated"]


async def test_2_a_version_that_was_rung_for_but_rolled_back_is_not_waited_for(room: Room) -> None:
    listener = await room.newcomer(0)
    room.say(2)
    room.hub.behind([(room.log.chat_id, 9)])
    await room.repaired()
    assert listener.heard() == [1, 2] and room.reads == 1


async def test_2_what_came_between_reading_a_chat_and_joining_it_is_not_lost(room: Room) -> None:
    changes = room.say(RECENT)
    # Nobody here follows the chat yet, so of the newest change only its version is kept.
    room.hub.accept(changes[-1:])
    early = await room.newcomer(RECENT - 3)
    await room.repaired()
    assert early.heard() == [RECENT - 2, RECENT - 1, RECENT]
    # Of these all frames are kept.
    room.hub.accept(room.say(5))
    late = await room.newcomer(RECENT + 2)
    assert late.heard() == [RECENT + 3, RECENT + 4, RECENT + 5]
    # Of these not all are.
    room.hub.accept(room.say(RECENT))
    later = await room.newcomer(10)
    assert later.heard() == list(range(11, 2 * RECENT + 6))
    room.hub.accept(room.say(1))
    assert [listener.heard()[-1] for listener in (early, late, later)] == [2 * RECENT + 6] * 3


async def test_5_a_slow_reader_hears_lagged_and_then_nothing_of_the_chat_until_it_syncs(room: Room) -> None:
    slow, healthy = await room.newcomer(0), await room.newcomer(0)
    room.hub.accept(room.say(1))
    slow.is_slow = True
    room.hub.accept(room.say(2))
    assert (slow.heard(), healthy.heard()) == ([1], [1, 2, 3])
    slow.read_on()
    assert slow.heard() == ["lagged"]
    room.hub.accept(room.say(1))
    assert (slow.heard(), healthy.heard()) == ([], [4])
    await room.join(slow, 1)
    room.hub.accept(room.say(1))
    assert (slow.heard(), healthy.heard()) == ([2, 3, 4, 5], [5])


async def test_5_what_no_sync_would_bring_again_is_kept_for_a_slow_reader(room: Room) -> None:
    slow = await room.newcomer(0)
    slow.is_slow = True
    room.hub.accept([Personal([slow.user_id], REMOVED), *room.say(1)], [(slow, ACK)])
    slow.send(PONG)
    assert slow.frames == []
    slow.read_on()
    assert slow.heard() == ["ack", "removed", "pong", "lagged"]


async def test_5_who_sends_but_does_not_read_is_closed_before_much_is_kept_for_it(room: Room) -> None:
    socket = await room.newcomer(0)
    socket.is_slow = True
    for _ in range(KEPT_BYTES // len(PONG)):
        socket.send(PONG)
    assert socket in room.hub.users[socket.user_id]
    socket.send(PONG)
    assert socket.closed and socket.user_id not in room.hub.users


async def test_6_who_is_put_out_while_the_log_is_read_for_them_hears_nothing_of_it(room: Room) -> None:
    await room.newcomer(0)
    room.hub.accept(room.say(RECENT + 1))
    room.may_read.clear()
    late = Listener(room.log)
    joining = asyncio.create_task(room.join(late, 0))
    await asyncio.sleep(0)
    room.hub.leave(late, room.log.chat_id)
    room.may_read.set()
    await joining
    room.hub.accept(room.say(1))
    assert late.heard() == [] and room.log.chat_id not in late.following


async def test_2_who_missed_more_than_a_page_while_joining_syncs(room: Room) -> None:
    """Pages are by version: a message on the first that is edited meanwhile would come after later ones."""
    await room.newcomer(0)
    room.hub.accept(room.say(REPAIR_PAGE + 1))
    late = await room.newcomer(0)
    assert late.heard() == ["lagged"] and room.log.chat_id not in late.following


async def test_2_a_message_that_is_edited_between_two_pages_of_a_repair_comes_once(room: Room) -> None:
    listener = await room.newcomer(0)
    room.say(REPAIR_PAGE + 1)
    room.hub.behind([(room.log.chat_id, room.log.version)])
    room.before_a_read = [lambda: None, lambda: room.log.edit(1)]
    await room.repaired()
    Reader().take(listener.take())
    assert room.reads == 2


async def test_5_a_chat_too_far_behind_is_left_alone_once_its_sockets_were_told(room: Room) -> None:
    room.hub.repair_most = 10
    listener = await room.newcomer(0)
    room.say(REPAIR_PAGE + 1)
    room.hub.behind([(room.log.chat_id, room.log.version)])
    await room.repaired()
    assert listener.heard() == ["lagged"] and room.reads == 1
