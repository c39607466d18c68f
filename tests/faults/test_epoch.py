"""A log that went back to an earlier state is another log: clients that had seen more reload it, and miss nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from tests.people import Frame, People, Person
from tests.servers import BACKENDS, POSTGRES, ChatServer

Texts = list[str]


@pytest.fixture(params=BACKENDS)
async def own(request, backing) -> AsyncIterator[ChatServer]:
    """A server of the test's own, whose database goes back."""
    with backing.chat_server(request.param) as running:
        yield running


@pytest.fixture
async def inside(own) -> AsyncIterator[People]:
    async with People(own) as people:
        yield people


def texts(messages: list[Frame]) -> Texts:
    return [message["content"] for message in messages]


def drawn(frames: list[Frame], known: dict[int, str]) -> Texts:
    """What a client shows of a chat after these answers to `sync` or `changes`, if it showed this before (by seq)."""
    shown = dict(known)
    for frame in frames:
        if frame["reset"]:
            shown = {}
        shown |= {message["seq"]: message["content"] for message in frame["messages"]}
    return [shown[seq] for seq in sorted(shown)]


def execute(server: ChatServer, *statements: str) -> None:
    """Change the database behind the server's back."""
    url = server.environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()
        return
    with psycopg.connect(url) as database:
        for statement in statements:
            database.execute(statement)


async def say(person: Person, room: int, *contents: str) -> None:
    for content in contents:
        await person.post(f"/chats/room/{room}/messages", {"content": content}, 201)


async def test_after_a_restore_everybody_who_was_ahead_draws_what_the_server_has(
    own: ChatServer, inside: People, tmp_path
):
    ann = await inside.sign_up("ann")
    room, file = await inside.room(ann), tmp_path / "chat.zip"
    chat, path = f"room:{room}", f"/chats/room/{room}"
    await say(ann, room, "one", "two", "three")
    await asyncio.to_thread(own.manage, "backup", str(file))
    await say(ann, room, "lost 4", "lost 5", "lost 6", "lost 7")
    hello = await (await ann.connect("/ws")).get("connection_established")
    old, known = hello["epoch"], {m["seq"]: m["content"] for m in await ann.history(f"room/{room}")}
    page = await ann.get(f"{path}/history")
    changes = await ann.get(f"{path}/changes", params={"since_version": 0})
    assert page["epoch"] == changes["epoch"] == old and changes["reset"] is False
    version = page["version"]
    same = {"since_version": version, "epoch": old}
    assert (await ann.get(f"{path}/changes", params=same))["reset"] is False

    own.stop()
    await asyncio.to_thread(own.manage, "restore", str(file), "--force", "--yes")
    own.start()
    new = ["new 4", "new 5"]
    await say(ann, room, *new)  # still behind what was seen
    there = ["one", "two", "three", *new]

    async def check() -> None:
        everything = await ann.connect("/ws")
        hello = await everything.get("connection_established")
        assert hello["epoch"] != old
        await everything.send({"type": "sync", "versions": {chat: version, "general": 0}, "epoch": old})
        one = await ann.connect(f"/ws/room/{room}")
        first = await one.get("message_history")
        assert (first["epoch"], texts(first["messages"])) == (hello["epoch"], there)
        await one.send({"type": "sync", "version": version, "epoch": old})
        for socket in (everything, one):
            synced = await socket.get("synced", chat=chat)
            assert (synced["epoch"], synced["reset"], synced["has_more"]) == (hello["epoch"], True, False)
            assert drawn([synced], known) == there
        assert (await everything.get("synced", chat="general"))["reset"] is True
        answer = await ann.get(f"{path}/changes", params=same)
        assert (answer["epoch"], answer["reset"]) == (hello["epoch"], True)
        assert drawn([answer], known) == there
        assert (answer["version"], answer["last_seq"], answer["has_more"]) == (len(there), len(there), False)
        # From here on it goes on as ever.
        await say(ann, room, f"new {len(there) + 1}")
        there.append(f"new {len(there) + 1}")
        for socket in (everything, one):
            assert (await socket.get("message", chat=chat))["content"] == there[-1]
        since = {"since_version": answer["version"], "epoch": answer["epoch"]}
        answer = await ann.get(f"{path}/changes", params=since)
        assert (texts(answer["messages"]), answer["reset"]) == (there[-1:], False)
        # A client that names no epoch: an earlier version is as before, one to come is answered anew.
        for name, value in (("version", 1), ("version", 10**6)):
            await one.send({"type": "sync", name: value})
            synced = await one.get("synced")
            assert (synced["reset"], texts(synced["messages"])) == (value > 1, there[0 if value > 1 else 1 :])

    await check()
    while len(there) < 12:  # and past it
        await say(ann, room, f"new {len(there) + 1}")
        there.append(f"new {len(there) + 1}")
    await check()


async def test_a_new_epoch_begins_while_the_server_runs(own: ChatServer, inside: People):
    ann = await inside.sign_up("ann")
    room = await inside.room(ann)
    sockets = [await ann.connect("/ws"), await ann.connect(f"/ws/room/{room}")]
    old = {(await socket.get("connection_established"))["epoch"] for socket in sockets}
    said = await asyncio.to_thread(own.manage, "new_epoch")
    assert [await socket.closed() for socket in sockets] == [1012, 1012]
    async with asyncio.timeout(10):  # each process looks for itself
        while (await ann.get(f"/chats/room/{room}/history"))["epoch"] in old:
            await asyncio.sleep(0.1)
    hello = await (await ann.connect("/ws")).get("connection_established")
    assert hello["epoch"] in said and hello["epoch"] not in old


async def test_a_log_that_lost_its_end_is_noticed_while_people_are_connected(own: ChatServer, inside: People):
    ann = await inside.sign_up("ann")
    room = await inside.room(ann)
    socket = await ann.connect(f"/ws/room/{room}")
    old = (await socket.get("connection_established"))["epoch"]
    for number in range(6):
        await socket.said(f"number {number}")
    execute(
        own,
        f"DELETE FROM chat_message WHERE chat_id = {room} AND seq > 2",
        f"UPDATE chat_membership SET last_read_seq = 2, last_own_seq = 2 WHERE chat_id = {room}",
        f"UPDATE chat_chat SET last_seq = 2, version = 2 WHERE id = {room}",
    )
    await say(ann, room, "after")
    assert await socket.closed() == 1012
    async with asyncio.timeout(10):  # each process looks for itself
        while True:
            again = await ann.connect(f"/ws/room/{room}")
            if (await again.get("connection_established"))["epoch"] != old:
                break
            assert await again.closed() == 1012
    page = await again.get("message_history")
    assert texts(page["messages"]) == ["number 0", "number 1", "after"]


async def test_another_history_of_postgresql_is_another_epoch(backing):
    """What a standby that took over, or a restore by PostgreSQL's own means, changes: the place of the table."""
    with backing.chat_server(POSTGRES) as own:
        async with People(own) as people:
            ann = await people.sign_up("ann")
            socket = await ann.connect("/ws")
            old = (await socket.get("connection_established"))["epoch"]

            def row() -> tuple[Any, ...]:
                with psycopg.connect(own.environment["DATABASE_URL"]) as database:
                    return database.execute("SELECT uuid::text, place FROM chat_epoch").fetchone() or ()

            async with asyncio.timeout(10):
                while not (found := row())[1]:
                    await asyncio.sleep(0.1)
            place = found[1]
            assert found[0] == old and place.count(".") == 3 and place.endswith(".00000001")
            before = place.removesuffix("1") + "0"  # the timeline before
            execute(own, f"UPDATE chat_epoch SET place = '{before}'")
            assert await socket.closed() == 1012
            hello = await (await ann.connect("/ws")).get("connection_established")
            assert row() == (hello["epoch"], place) and hello["epoch"] != old
