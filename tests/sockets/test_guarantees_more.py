"""More of the guarantees: the moments that a client from outside meets only by luck, each made to happen.

Those of a hub and its sockets are in `chat/realtime/test_hub.py`.
"""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from django.db import connection

from accounts.models import User
from chat import messages
from chat.events import Change
from chat.log import history
from chat.log.rows import Draft
from chat.log.store import Stored, store
from chat.models import Chat, Membership, Message
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


# ---------------------------------------------------------------- pages of the log


def say(chat: Chat, user: User, count: int) -> list[Change]:
    found = store([Draft(chat.pk, user.pk, user.username, "hello") for _ in range(count)])
    return [outcome.change for outcome in found if isinstance(outcome, Stored) and outcome.change]


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
