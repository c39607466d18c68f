"""Pinned and saved messages on sockets: everyone, or one's own devices, within a second; after a kill; at once."""

import asyncio
import time

from tests.people import People, Person

SOON = 1.0  # seconds in which two devices agree


async def test_a_pin_reaches_every_socket_at_once_and_who_was_away_by_sync(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    key = f"room:{room}"
    said = await ann.post(f"/chats/room/{room}/messages", {"content": "Read this first"})
    sockets = [await ann.socket(f"/ws/room/{room}"), await bob.socket("/ws"), await bob.socket()]
    took = []
    for method in ("PUT", "DELETE", "PUT"):
        before = time.monotonic()
        answer = await ann.call(method, f"/messages/{said['id']}/pin")
        for socket in sockets:
            frame = await socket.get("message_updated", version=answer.json()["version"])
            assert {**frame, "type": ""} == {**answer.json(), "type": ""}
            assert ("pinned_at" in frame) is (method == "PUT")
        took.append(time.monotonic() - before)
    assert min(took) < SOON, took

    late = await bob.socket("/ws")
    await late.send({"type": "sync", "versions": {key: said["version"]}})
    synced = await late.get("synced", chat=key)
    assert [(m["pinned_by"], m["version"]) for m in synced["messages"]] == [(ann.id, 4)]
    assert [m["id"] for m in (await bob.get(f"/chats/room/{room}/pins"))["results"]] == [said["id"]]


async def test_what_one_saves_only_ones_own_devices_learn(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    said = await ann.post(f"/chats/room/{room}/messages", {"content": "Keep this"})
    phone = await (await bob.sign_in()).socket("/ws")
    desk, anns = await bob.socket(f"/ws/room/{room}"), await ann.socket("/ws")
    took = []
    for method, starred in (("PUT", True), ("DELETE", False), ("PUT", True)):
        for _ in range(2):
            before = time.monotonic()
            assert (await bob.call(method, f"/messages/{said['id']}/star")).status_code == 204
        for socket in (phone, desk):
            frame = await socket.get("star_changed")
            assert frame == {
                "type": "star_changed",
                "chat": f"room:{room}",
                "message_id": said["id"],
                "starred": starred,
            }
        took.append(time.monotonic() - before)
    assert min(took) < SOON, took
    for socket in (phone, desk, anns):
        assert not [f for f in await socket.settle() if f["type"] in ("star_changed", "message_updated")]


async def test_a_pin_and_a_deletion_at_once_end_in_one_state_for_all(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    watching = await bob.socket("/ws")
    for n in range(8):
        id = (await ann.post(f"/chats/room/{room}/messages", {"content": f"{n}"}))["id"]
        calls = [
            ("PUT", "pin"),
            ("PUT", "star"),
            ("DELETE", ""),
            ("PUT", "pin"),
            ("DELETE", "pin"),
            ("PUT", "star"),
        ]
        answers = await asyncio.gather(
            *(ann.call(method, f"/messages/{id}/{what}".rstrip("/")) for method, what in calls)
        )
        assert {answer.status_code for answer in answers} <= {200, 204, 409}
        now = await bob.get(f"/messages/{id}")
        assert now["deleted_at"] and "pinned_at" not in now and "pinned_by" not in now
        last = await watching.get("message_deleted", id=id)
        while last["version"] < now["version"]:
            last = await watching.get_any(("message_updated", "message_deleted"), id=id)
        assert {**last, "type": ""} == {**now, "type": ""}
    assert (await bob.get(f"/chats/room/{room}/pins"))["results"] == []
    assert (await ann.get("/starred"))["results"] == [], "a deletion takes every copy along"


async def test_a_hundred_pins_at_once_of_one_message_are_one_change(people: People, ann: Person):
    room = await people.room(ann)
    said = await ann.post(f"/chats/room/{room}/messages", {"content": "once"})
    answers = await asyncio.gather(*(ann.call("PUT", f"/messages/{said['id']}/pin") for _ in range(100)))
    assert {answer.text for answer in answers} == {answers[0].text} and answers[0].json()["version"] == 2
    await asyncio.gather(*(ann.call("PUT", f"/messages/{said['id']}/star") for _ in range(100)))
    assert len((await ann.get("/starred"))["results"]) == 1
