"""Each kind of change that people make with messages: on their other devices and to others within a second, in `sync`
for who was away, and still there after a kill right after its answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.people import People, Person, Socket
from tests.servers import ChatServer

SOON = 1.0  # seconds in which two devices agree
THUMB = "%F0%9F%91%8D"
LATER = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)


@dataclass
class Scene:
    """Ann with two devices and Bob with one, in a room with messages of Ann's."""

    ann: Person
    bob: Person
    room: int
    desk: Socket
    phone: Socket
    bobs: Socket
    messages: list[int]
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"room:{self.room}"


def call(method: str, path: str, **data: Any) -> Callable[[Scene], Awaitable[httpx.Response]]:
    """A request of Ann's; `{0}` in a path is her first message, `{room}` her room."""

    async def made(scene: Scene) -> httpx.Response:
        filled = path.format(*scene.messages, room=scene.room)
        body = {
            name: value.format(*scene.messages, **scene.made, room=scene.room)
            if isinstance(value, str)
            else scene.messages[value]
            if name in ("reply_to", "message_id")
            else value
            for name, value in data.items()
        }
        return await scene.ann.call(method, filled, json=body if data else None)

    return made


# What Ann does, the frame that her other device gets, and the one that Bob gets (None: it is hers alone).
async def send_file(scene: Scene) -> httpx.Response:
    file = {"file": ("plan.txt", b"Water the tomatoes.", "text/plain")}
    made = await scene.ann.call("POST", "/uploads", files=file)
    assert made.status_code == 201, made.text
    body = {"content": "", "attachments": [made.json()["id"]]}
    return await scene.ann.call("POST", f"/chats/room/{scene.room}/messages", json=body)


CHANGES: dict[str, tuple[Callable[[Scene], Awaitable[httpx.Response]], str, str | None]] = {
    "a reaction": (
        call("PUT", f"/messages/{{0}}/reactions/{THUMB}"),
        "message_updated",
        "message_updated",
    ),
    "a pin": (call("PUT", "/messages/{1}/pin"), "message_updated", "message_updated"),
    "a saved message": (call("PUT", "/messages/{1}/star"), "star_changed", None),
    "a reply": (
        call("POST", "/chats/room/{room}/messages", content="a reply", reply_to=2),
        "message",
        "message",
    ),
    "a chain no longer followed": (call("DELETE", "/messages/{2}/follow"), "follow_changed", None),
    "an edit": (
        call("PATCH", "/messages/{3}", content="other words"),
        "message_updated",
        "message_updated",
    ),
    "a deletion": (call("DELETE", "/messages/{4}"), "message_deleted", "message_deleted"),
    "a mention of everyone": (
        call("POST", "/chats/room/{room}/messages", content="@everyone hello"),
        "message",
        "message",
    ),
    "a mention of a group": (
        call("POST", "/chats/room/{room}/messages", content="@{group} hello"),
        "message",
        "message",
    ),
    "a file": (send_file, "message", "message"),
    "a draft": (call("PUT", "/chats/room/{room}/draft", content="half a", base=0), "draft_changed", None),
    "a scheduled message": (
        call("POST", "/scheduled", chat="room:{room}", content="later", send_at=LATER.isoformat()),
        "scheduled_changed",
        None,
    ),
    "a reminder": (
        call("POST", "/reminders", message_id=3, remind_at=LATER.isoformat()),
        "reminder_changed",
        None,
    ),
    "a status": (
        call("PATCH", "/users/me", status_emoji="🌴", status_text="Away"),
        "status_changed",
        "status_changed",
    ),
    "everyone ignored": (
        call("PUT", "/chats/room/{room}/notify", ignore_everyone=True),
        "notify_changed",
        None,
    ),
}


async def take_place(people: People) -> Scene:
    ann, bob = await people.sign_up("ann"), await people.sign_up("bob")
    room = await people.room(ann, bob)
    messages = [
        (await ann.post(f"/chats/room/{room}/messages", {"content": f"number {n}"}, 201))["id"]
        for n in range(5)
    ]
    scene = Scene(
        ann,
        bob,
        room,
        await ann.socket(),
        await (await ann.sign_in()).socket(),
        await bob.socket(),
        messages,
    )
    # Only staff make groups.
    await asyncio.to_thread(
        people.server.manage,
        "shell",
        "-c",
        f"from accounts.models import User; User.objects.filter(pk={ann.id}).update(is_superuser=True, is_staff=True)",
    )
    scene.made["group"] = f"team-{ann.username[-8:]}"
    await ann.post("/groups", {"name": scene.made["group"], "members": [bob.id]}, 201)
    return scene


async def known(scene: Scene) -> dict[str, Any]:
    """All of it, as Ann may ask for it."""
    ann, base = scene.ann, f"/chats/room/{scene.room}"
    (chat,) = [one for one in (await ann.get("/chats"))["results"] if one["key"] == scene.key]
    history = await ann.history(f"room/{scene.room}")
    files = [one["url"] for message in history for one in message["attachments"]]
    return {
        "history": history,
        "files": [(await ann.call("GET", url)).text for url in files],
        "pins": [one["id"] for one in (await ann.get(f"{base}/pins"))["results"]],
        "saved": [one["message"]["id"] for one in (await ann.get("/starred"))["results"]],
        "thread": await ann.get(f"{base}/thread/{scene.messages[2]}"),
        "edits": await ann.get(f"/messages/{scene.messages[3]}/edits"),
        "draft": await ann.get(f"{base}/draft"),
        "scheduled": (await ann.get("/scheduled"))["results"],
        "reminders": (await ann.get("/reminders"))["results"],
        "status": (await ann.get("/users/me"))["status"],
        "ignored": chat.get("ignore_everyone"),
        "groups": [
            one for one in (await ann.get("/groups"))["results"] if scene.made["group"] == one["name"]
        ],
        "counts of Bob": [
            (one["unread_count"], one["mention_count"])
            for one in (await scene.bob.get("/chats"))["results"]
            if one["key"] == scene.key
        ],
    }


async def test_every_change_reaches_other_devices_within_a_second_and_who_was_away_by_sync(people: People):
    scene = await take_place(people)
    before = (await scene.ann.get(f"/chats/room/{scene.room}/changes?since_version=0"))["version"]
    await scene.desk.settle()
    took = []
    for name, (act, hers, his) in CHANGES.items():
        listeners = [scene.phone, scene.desk, *([scene.bobs] if his else [])]
        for socket in listeners:
            socket.kept.clear()
        started = time.monotonic()
        answer = await act(scene)
        assert answer.is_success, (name, answer.text)
        for socket in listeners:
            await socket.get(his if socket is scene.bobs and his else hers)
            took.append(time.monotonic() - started)
        if his is None:
            assert not [one for one in await scene.bobs.settle() if one["type"] == hers], name

    assert sorted(took)[len(took) // 2] < SOON, took  # a machine that is busy makes a few of them late

    late = await (await scene.bob.sign_in()).socket()
    await late.send({"type": "sync", "versions": {scene.key: before}})
    synced = {one["id"]: one for one in (await late.get("synced", chat=scene.key))["messages"]}
    now = {one["id"]: one for one in await scene.bob.history(f"room/{scene.room}")}
    assert synced == {id: one for id, one in now.items() if one["version"] > before}
    assert len(synced) == 5 + 4, "each of the five messages was changed, and four were written"


async def test_every_change_is_there_after_a_kill_right_after_its_answer(mortal_server: ChatServer):
    async with People(mortal_server) as people:
        scene = await take_place(people)
        for name, (act, _, _) in CHANGES.items():
            answer = await act(scene)
            assert answer.is_success, (name, answer.text)
        mortal_server.kill()
    mortal_server.start()
    async with People(mortal_server) as people:
        scene.ann = await people.sign_in(scene.ann.username, scene.ann.id)
        scene.bob = await people.sign_in(scene.bob.username, scene.bob.id)
        found = await known(scene)
    first, second, root, edited, deleted, *new = found["history"]
    assert first["reactions"][0]["user_ids"] == [scene.ann.id]
    assert second["pinned_by"] == scene.ann.id and found["pins"] == found["saved"] == [second["id"]]
    assert root["reply_count"] == 1 and [one["id"] for one in found["thread"]["messages"]] == [new[0]["id"]]
    assert found["thread"]["following"] is False
    assert edited["content"] == "other words" and found["edits"]["results"][0]["content"] == "number 3"
    assert deleted["content"] == "" and deleted["deleted_at"]
    assert new[1]["mention_all"] == "everyone" and new[2]["mentions"] == [scene.bob.id]
    assert [one["name"] for one in new[3]["attachments"]] == ["plan.txt"]
    assert found["files"] == ["Water the tomatoes."]
    assert found["draft"]["draft"]["content"] == "half a" and found["draft"]["revision"] == 1
    assert [one["content"] for one in found["scheduled"]] == ["later"]
    assert [one["message_id"] for one in found["reminders"]] == [edited["id"]]
    assert found["status"]["text"] == "Away" and found["ignored"] is True
    assert found["groups"][0]["name"] == scene.made["group"]
    assert [mentioned for _, mentioned in found["counts of Bob"]] == [2]
