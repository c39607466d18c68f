"""More of the guarantees: the moments that a client from outside meets only by luck, each made to happen.

The first ones are of a whole server. Those after them put a hub, or a socket, into one of these moments by hand.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from accounts.models import User
from accounts.tokens import Claims
from chat import messages
from chat.events import Change, Personal
from chat.log import history
from chat.log.rows import Draft
from chat.log.store import Stored, store
from chat.models import Chat, Membership, Message
from chat.policy import Seat
from chat.realtime.database import DatabaseThreads
from chat.realtime.hub import Hub, Position
from chat.realtime.order import RECENT
from chat.realtime.sockets import KEPT_BYTES, Socket
from tests.people import PATIENCE, People, Person
from tests.people import Socket as Client
from tests.servers import ChatServer

# ---------------------------------------------------------------- a whole server


async def test_1_what_the_database_refuses_at_the_commit_is_not_acked(
    people: People, server: ChatServer, ann: Person, bob: Person
):
    """Both databases check at the commit that the sender exists: an ack that went out before it would be a lie."""
    room = await people.room(ann, bob)
    socket = await bob.socket(f"/ws/room/{room}")
    delete = f"from accounts.models import User; User.objects.filter(pk={bob.id}).delete()"
    await asyncio.to_thread(server.manage, "shell", "-c", delete)
    client_id = await socket.say("from nobody")
    assert (await socket.get_any(("ack", "error"), client_id=client_id))["type"] == "error"
    assert (await (await ann.socket(f"/ws/room/{room}")).said("the first"))["seq"] == 1


async def test_2_whoever_comes_in_the_middle_of_the_flow_goes_on_from_what_they_were_shown(
    people: People, ann: Person, bob: Person
):
    """Messages pour in over several sockets while others open: on two processes each lands on either."""
    room = await people.room(ann, bob)
    path = f"/ws/room/{room}"
    speakers = [await ann.socket(path) for _ in range(4)]
    watcher = await ann.socket(path)
    is_over = asyncio.Event()
    said = seen = shown = 0

    async def speak(socket: Client) -> None:
        nonlocal said
        while not is_over.is_set():
            said += 1
            await socket.say("poured")
            await asyncio.sleep(0.01)

    async with asyncio.timeout(PATIENCE * 6):
        speaking = asyncio.gather(*(speak(socket) for socket in speakers))
        newcomers = []
        for _ in range(12):
            while seen <= shown:
                seen = (await watcher.get("message"))["seq"]
            socket = await bob.connect(path)
            shown = (await socket.get("message_history"))["last_seq"]
            assert shown >= seen, "each comes after more was said than the one before was shown"
            newcomers.append((socket, shown))
        is_over.set()
        await speaking
        for socket, seq in [*newcomers, *((socket, 0) for socket in speakers)]:
            while seq < said:
                seq += 1
                assert (await socket.get("message"))["seq"] == seq


async def test_4_between_the_pages_of_a_resume_nothing_comes_live(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    writing, socket = await ann.socket(f"/ws/room/{room}"), await bob.socket(f"/ws/room/{room}")
    for number in range(450):
        await writing.say(f"number {number}", client_id=str(number))
    await writing.get("ack", client_id="449")
    await socket.get("message", seq=450)
    await socket.settle()
    version, pages = 0, 0
    while True:
        await socket.send({"type": "sync", "version": version})
        page = await socket.get("synced")
        version, pages = page["version"], pages + 1
        if not page["has_more"]:
            break
        assert version == pages * 200
        said = await writing.said("meanwhile")
        await writing.get("message", id=said["id"])
        assert not [frame for frame in await socket.settle() if frame["type"] == "message"]
    assert (pages, version) == (3, 452)
    await writing.said("live again")
    assert (await socket.get("message"))["version"] == 453


async def test_4_after_a_resume_the_very_next_message_is_heard_though_nobody_else_follows(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    socket = await bob.socket(f"/ws/room/{room}")
    for number in range(1, 4):
        await ann.post(f"/chats/room/{room}/messages", {"content": f"number {number}"})
        assert (await socket.get("message"))["seq"] == number
        await socket.send({"type": "sync", "version": 0})
        assert (await socket.get("synced"))["version"] == number
        await socket.settle()


async def test_6_the_token_of_a_session_that_ended_gets_nothing_but_the_refusal(ann: Person):
    """Not even for the half second until the sweep would find it."""
    await ann.post("/auth/logout")
    socket = await ann.connect("/ws/general")
    assert await socket.closed() == 4401
    assert [frame["type"] for frame in socket.kept] == ["error"]


async def test_7_a_refusal_is_told_to_nobody_else(people: People, ann: Person, bob: Person):
    socket = await ann.socket("/ws/general")
    others = [await ann.socket("/ws"), await bob.socket("/ws/general"), await bob.socket("/ws")]
    for wrong in ("rubbish", {"type": "message", "content": ""}, {"type": "sync", "version": -1}):
        await socket.send(wrong)
        await socket.get("error")
    await socket.said("and on")
    for other in others:
        await other.get("message", content="and on")
        assert not [frame for frame in other.seen if frame["type"] == "error"]


@contextmanager
def held_up(server: ChatServer) -> Iterator[None]:
    """A database that answers, but lets nobody write: another connection holds the lock."""
    url = server.environment["DATABASE_URL"]
    if server.has_redis:
        with psycopg.connect(url) as holder:
            holder.execute("LOCK TABLE chat_chat IN EXCLUSIVE MODE")
            yield
            holder.rollback()
    else:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
            file.rollback()


async def test_8_a_database_that_hangs_is_unavailable_after_five_seconds_and_the_retry_is_one_message(
    people: People, server: ChatServer, ann: Person
):
    room = await people.room(ann)
    socket = await ann.socket(f"/ws/room/{room}")
    with held_up(server):
        started = time.monotonic()
        client_id = await socket.say("held up")
        error = await socket.get_any(("ack", "error"), client_id=client_id)
        assert error["type"] == "error" and error["code"] == "unavailable" and error["retry_after"] >= 1
        assert time.monotonic() - started < 6
        await socket.settle()
        started = time.monotonic()
        refused = await ann.call("POST", f"/chats/room/{room}/messages", json={"content": "held up too"})
        assert refused.status_code == 503 and refused.headers["Retry-After"]
        assert time.monotonic() - started < 6
    async with asyncio.timeout(PATIENCE * 2):
        answer = error
        while answer["type"] != "ack":
            await socket.say("held up", client_id=client_id)
            answer = await socket.get_any(("ack", "error"), client_id=client_id)
    assert [message["client_id"] for message in await ann.history(f"room/{room}")] == [client_id]


# ---------------------------------------------------------------- a hub and its sockets


def claims() -> Claims:
    return Claims(1, uuid4(), datetime.now(UTC) + timedelta(minutes=15))


class Listener(Socket):
    """A socket that keeps what it is sent, and whose reader is slow when told to be."""

    def __init__(self, chat: Chat | None = None) -> None:
        super().__init__(claims(), None)
        self.frames: list[bytes] = []
        self.is_slow = False
        if chat is not None:
            self.seats = {chat.pk: Seat(chat.pk, chat.kind, chat.key, "member")}

    def put(self, framed: bytes, frames: list[bytes]) -> None:
        self.frames += frames

    def flush(self) -> None: ...

    def is_full(self) -> bool:
        return self.is_slow

    def close(self, code: int) -> None:
        self.closed = True

    def read_on(self) -> None:
        """The reader is quick again, and the server's buffer empty."""
        self.is_slow = False
        self._drained()

    def heard(self) -> list[int | str]:
        """The `seq` of each message since the last call, or a frame's type."""
        frames, self.frames = [json.loads(frame) for frame in self.frames], []
        return [frame["seq"] if frame["type"] == "message" else frame["type"] for frame in frames]


ACK, REMOVED, PONG = (f'{{"type":"{name}"}}'.encode() for name in ("ack", "removed", "pong"))


class Room:
    """A room in the database, what was said in it, and a hub to tell of it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.ann = User.objects.create_user("ann", "ann@example.org")
        self.chat = Chat.objects.create(kind="room", title="Room")

    async def say(self, count: int) -> list[Change]:
        """Store so many messages; their changes, which nobody was told of yet."""
        return await self.hub.database(say, self.chat, self.ann, count)

    async def join(self, socket: Listener, since: int) -> None:
        self.hub.add(socket)
        await self.hub.join(socket, self.chat.pk, self.chat.key, Position(since, since))

    async def newcomer(self, since: int) -> Listener:
        socket = Listener(self.chat)
        await self.join(socket, since)
        return socket

    async def repaired(self) -> None:
        """Wait until nothing is being read from the database."""
        async with asyncio.timeout(PATIENCE):
            while self.hub.tasks:
                await asyncio.sleep(0.005)


def say(chat: Chat, user: User, count: int) -> list[Change]:
    found = store([Draft(chat.pk, user.pk, user.username, "hello") for _ in range(count)])
    return [outcome.change for outcome in found if isinstance(outcome, Stored) and outcome.change]


@pytest.fixture
async def room(transactional_db: None) -> AsyncIterator[Room]:
    hub = Hub(DatabaseThreads())
    yield await hub.database(Room, hub)
    for task in hub.tasks:
        task.cancel()
    hub.database.stop()


async def test_2_a_gap_is_filled_from_the_database(room: Room):
    listener = await room.newcomer(0)
    first, _lost, third = await room.say(3)
    room.hub.accept([first])
    room.hub.accept([third])
    assert listener.heard() == [1]
    await room.repaired()
    assert listener.heard() == [2, 3]
    room.hub.accept(await room.say(1))
    assert listener.heard() == [4]


async def test_2_a_version_that_was_rung_for_but_rolled_back_is_not_waited_for(room: Room):
    listener = await room.newcomer(0)
    await room.say(2)
    room.hub.behind([(room.chat.pk, 9)])
    await room.repaired()
    assert listener.heard() == [1, 2] and room.hub.repairs == 1


async def test_2_what_came_between_reading_a_chat_and_joining_it_is_not_lost(room: Room):
    changes = await room.say(RECENT)
    # Nobody here follows the chat yet, so of the newest change only its version is kept.
    room.hub.accept(changes[-1:])
    early = await room.newcomer(RECENT - 3)
    await room.repaired()
    assert early.heard() == [RECENT - 2, RECENT - 1, RECENT]
    # Of these all frames are kept.
    room.hub.accept(await room.say(5))
    late = await room.newcomer(RECENT + 2)
    assert late.heard() == [RECENT + 3, RECENT + 4, RECENT + 5]
    # Of these not all are.
    room.hub.accept(await room.say(RECENT))
    later = await room.newcomer(10)
    assert later.heard() == list(range(11, 2 * RECENT + 6))
    room.hub.accept(await room.say(1))
    assert [listener.heard()[-1] for listener in (early, late, later)] == [2 * RECENT + 6] * 3


async def test_5_a_slow_reader_hears_lagged_and_then_nothing_of_the_chat_until_it_syncs(room: Room):
    slow, healthy = await room.newcomer(0), await room.newcomer(0)
    room.hub.accept(await room.say(1))
    slow.is_slow = True
    room.hub.accept(await room.say(2))
    assert (slow.heard(), healthy.heard()) == ([1], [1, 2, 3])
    slow.read_on()
    assert slow.heard() == ["lagged"]
    room.hub.accept(await room.say(1))
    assert (slow.heard(), healthy.heard()) == ([], [4])
    await room.join(slow, 1)
    room.hub.accept(await room.say(1))
    assert (slow.heard(), healthy.heard()) == ([2, 3, 4, 5], [5])


async def test_5_what_no_sync_would_bring_again_is_kept_for_a_slow_reader(room: Room):
    slow = await room.newcomer(0)
    slow.is_slow = True
    room.hub.accept([Personal([slow.user_id], REMOVED), *await room.say(1)], [(slow, ACK)])
    slow.send(PONG)
    assert slow.frames == []
    slow.read_on()
    assert slow.heard() == ["ack", "removed", "pong", "lagged"]


async def test_5_who_sends_but_does_not_read_is_closed_before_much_is_kept_for_it(room: Room):
    socket = await room.newcomer(0)
    socket.is_slow = True
    for _ in range(KEPT_BYTES // len(PONG)):
        socket.send(PONG)
    assert socket in room.hub.users[socket.user_id]
    socket.send(PONG)
    assert socket.closed and socket.user_id not in room.hub.users


# ---------------------------------------------------------------- pages of the log


@pytest.mark.django_db
def test_4_a_message_stored_while_a_page_is_read_is_on_the_next_one():
    """Where nothing is new, the chat's version is read by a second query: what comes between the two is no loss."""
    ann = User.objects.create_user("ann", "ann@example.org")
    chat = Chat.objects.create(kind="room", title="Room")
    say(chat, ann, 3)
    asked: list[str] = []

    def meanwhile(execute, sql, *arguments):
        asked.append(sql)
        if len(asked) == 2:
            say(chat, ann, 1)
        return execute(sql, *arguments)

    with connection.execute_wrapper(meanwhile):
        page = history.changes(chat.pk, 3)
    assert (page.messages, page.version, page.has_more) == ([], 3, False)
    assert [message.seq for message in history.changes(chat.pk, page.version).messages] == [4]


@pytest.mark.django_db
def test_4_the_pages_of_what_changed_hold_each_message_once_by_its_latest_change():
    """The edited one stood at the end of the first page before: a page that ended there would jump over the rest."""
    ann = User.objects.create_user("ann", "ann@example.org")
    chat = Chat.objects.create(kind="room", title="Room")
    Membership.objects.create(chat=chat, user=ann)
    say(chat, ann, 25)
    messages.edit(ann, Message.objects.get(chat=chat, seq=10).pk, "said better")
    version, pages, has_more = 0, [], True
    while has_more:
        page = history.changes(chat.pk, version, 10)
        version, has_more = page.version, page.has_more
        pages.append([message.seq for message in page.messages])
    assert pages == [[*range(1, 10), 11], [*range(12, 22)], [22, 23, 24, 25, 10]]
    assert version == page.messages[-1].version == 26
