"""Reactions against real servers: races, what readers get and how often, and what is left after a kill."""

import asyncio
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.people import Frame, People, Person, Socket

THUMB = quote("👍")


async def react(person: Person, message: int, emoji: str = THUMB, method: str = "PUT") -> list[Any]:
    answer = await person.call(method, f"/messages/{message}/reactions/{emoji}")
    assert answer.status_code == 200, answer.text
    return answer.json()["reactions"]


async def told(socket: Socket, version: int) -> Frame:
    """The change with which everything up to this version is told."""
    return await socket.get_any(
        ("message_updated", "message_deleted"), lambda frame: frame["version"] >= version
    )


async def in_history(person: Person, room: int) -> tuple[Frame, int]:
    """The room's only message, and the room's version."""
    page = await person.get(f"/chats/room/{room}/history")
    return page["messages"][-1], page["version"]


@pytest.fixture
async def room(people: People, ann: Person, bob: Person) -> int:
    return await people.room(ann, bob)


@pytest.fixture
async def message(ann: Person, room: int) -> int:
    return (await ann.post(f"/chats/room/{room}/messages", {"content": "Tomatoes are ripe."}))["id"]


async def test_100_of_one_person_at_once_are_one_reaction_and_one_version(
    ann: Person, bob: Person, room: int, message: int
):
    one, everything = await ann.socket(f"/ws/room/{room}"), await bob.socket("/ws")
    answers = await asyncio.gather(*(react(bob, message) for _ in range(100)))
    expected = [{"emoji": "👍", "count": 1, "user_ids": [bob.id]}]
    assert all(answer == expected for answer in answers)
    for socket in (one, everything):
        assert (await socket.get("message_updated"))["version"] == 2
        assert not [frame for frame in await socket.settle() if frame["type"] == "message_updated"]
    found, version = await in_history(ann, room)
    assert (found["reactions"], found["version"], version) == (expected, 2, 2)
    people = await ann.get(f"/messages/{message}/reactions/{THUMB}")
    assert ([person["id"] for person in people["results"]], people["next"]) == ([bob.id], None)


@pytest.mark.parametrize("other", ["unreact", "edit", "delete"])
async def test_whatever_races_with_a_reaction_all_agree_on_one_end(
    ann: Person, bob: Person, room: int, message: int, other: str
):
    sockets = [await ann.socket("/ws"), await bob.socket(f"/ws/room/{room}")]

    async def compete(number: int) -> None:
        if other == "unreact":
            await react(bob, message, method="DELETE")
        elif other == "edit":
            await ann.call("PATCH", f"/messages/{message}", json={"content": f"Tomatoes, day {number}"})
        elif number == 5:
            await ann.call("DELETE", f"/messages/{message}")

    puts = [bob.call("PUT", f"/messages/{message}/reactions/{THUMB}") for _ in range(10)]
    answers, _ = await asyncio.gather(
        asyncio.gather(*puts), asyncio.gather(*(compete(number) for number in range(10)))
    )
    statuses = {answer.status_code for answer in answers}
    found, version = await in_history(ann, room)
    people = await ann.get(f"/messages/{message}/reactions/{THUMB}")
    assert sum(each["count"] for each in found["reactions"]) == len(people["results"])
    if other == "delete":
        assert statuses <= {200, 409} and found["reactions"] == [] and found["deleted_at"]
    else:
        assert statuses == {200}
    if other == "edit":
        assert [each["user_ids"] for each in found["reactions"]] == [[bob.id]]
    if version > 1:
        for socket in sockets:
            frame = await told(socket, version)
            assert {name: frame.get(name) for name in found} == found


async def test_200_reactions_at_once_cost_a_reader_five_frames_a_second(
    people: People, ann: Person, bob: Person
):
    """Of one message: what is said meanwhile comes at once, and each change in the order of its version."""
    room = await people.room(ann, bob)
    message = (await ann.post(f"/chats/room/{room}/messages", {"content": "Tomatoes are ripe."}))["id"]
    socket = await bob.socket(f"/ws/room/{room}")
    all_emoji = [quote(emoji) for emoji in "👍🎉👀🙏🔥🚀💯🍅🌱🌻"]
    began = time.monotonic()
    changes = [
        react(person, message, emoji, method)
        for method in ("PUT", "DELETE", "PUT", "DELETE", "PUT")
        for emoji in all_emoji
        for person in (ann, bob)
    ]
    for at in range(0, len(changes), 20):
        await asyncio.gather(*changes[at : at + 20])
    found, version = await in_history(ann, room)
    last = await told(socket, version)
    took = time.monotonic() - began
    assert last["reactions"] == found["reactions"] and len(found["reactions"]) == 10
    frames = [frame for frame in socket.seen if frame["type"] == "message_updated"]
    versions = [frame["version"] for frame in frames]
    assert version == 101 and versions == sorted(set(versions))
    assert len(frames) <= 5 * took + 1


async def test_an_offline_client_gets_them_by_sync(ann: Person, bob: Person, room: int, message: int):
    socket = await bob.socket("/ws")
    await socket.close()
    await react(ann, message)
    socket = await bob.socket("/ws")
    await socket.send({"type": "sync", "versions": {f"room:{room}": 1}})
    page = await socket.get("synced")
    assert [each["emoji"] for each in page["messages"][0]["reactions"]] == ["👍"]
    changes = await bob.get(f"/chats/room/{room}/changes?since_version=1")
    assert changes["messages"] == page["messages"]


async def test_nobody_has_more_unread_for_a_reaction(
    people: People, ann: Person, bob: Person, room: int, message: int
):
    other = await people.room(ann, bob)
    await ann.post(f"/chats/room/{other}/messages", {"content": "the latest"})
    before = await bob.get("/chats")
    await react(ann, message)
    after = await bob.get("/chats")
    for one, same in zip(before["results"], after["results"], strict=True):
        assert (one["key"], one["unread_count"]) == (same["key"], same["unread_count"])


async def test_what_is_no_emoji_or_no_message_is_refused(ann: Person, bob: Person, room: int, message: int):
    for wrong in ("a", "%3Atada%3A", quote("👍👍"), "%F0%9F", quote("❤\ufe0e"), "x" * 300):
        for method in ("GET", "PUT", "DELETE"):
            answer = await bob.call(method, f"/messages/{message}/reactions/{wrong}")
            assert answer.status_code == 400, (method, wrong, answer.text)
            assert list(answer.json()["error"]["fields"]) == ["emoji"]
    assert (await react(bob, message, quote("❤")))[0]["emoji"] == "❤️"
    stranger = await ann.people.sign_up("cem")
    for method in ("GET", "PUT", "DELETE"):
        assert (await stranger.call(method, f"/messages/{message}/reactions/{THUMB}")).status_code == 404
        assert (await ann.call(method, f"/messages/{2**62}/reactions/{THUMB}")).status_code == 404
