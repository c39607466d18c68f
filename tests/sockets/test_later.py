"""Drafts on all devices, scheduled messages and reminders, as sockets of a running server hear of them."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.people import People, Person

SOON = timedelta(seconds=0.7)  # an answer takes less, so that it is still in the future


def at(after: timedelta) -> str:
    return (datetime.now(UTC) + after).isoformat()


async def test_a_draft_comes_to_the_persons_other_sockets_and_to_nobody_else(ann: Person, bob: Person):
    desk, phone, other = await ann.socket(), await (await ann.sign_in()).socket(), await bob.socket()
    answer = await ann.call("PUT", "/chats/general/draft", json={"content": "hello, ", "base": 0})
    assert answer.status_code == 200
    for socket in (desk, phone):
        frame = await socket.get("draft_changed", chat="general")
        assert (frame["draft"]["content"], frame["revision"]) == ("hello, ", 1)
        assert {name: frame[name] for name in ("chat", "draft", "revision")} == answer.json()
    await ann.call("DELETE", "/chats/general/draft", json={"base": 1})
    assert (await phone.get("draft_changed", revision=2))["draft"] is None
    assert not [frame for frame in await other.settle() if frame["type"] == "draft_changed"]


async def test_of_many_devices_that_write_at_once_one_wins_and_the_others_are_shown_its_draft(ann: Person):
    for base in (0, 1):
        answers = await asyncio.gather(
            *(
                ann.call("PUT", "/chats/general/draft", json={"content": f"{base} {n}", "base": base})
                for n in range(20)
            )
        )
        won = [answer.json() for answer in answers if answer.status_code == 200]
        lost = [answer.json() for answer in answers if answer.status_code == 409]
        assert len(won) == 1 and len(lost) == 19
        assert won[0] == await ann.get("/chats/general/draft") and won[0]["revision"] == base + 1
        for answer in lost:
            assert answer["error"]["code"] == "conflict"
            assert (answer["draft"], answer["revision"]) == (won[0]["draft"], base + 1)


async def test_a_scheduled_message_comes_to_everybody_as_any_other(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    hers, his = await ann.socket(), await bob.socket(f"/ws/room/{room}")
    row = await ann.post(
        "/scheduled", {"chat": f"room:{room}", "content": "as planned", "send_at": at(SOON)}, 201
    )
    assert (await hers.get("scheduled_changed", id=row["id"]))["state"] == "waiting"
    message = await his.get("message", content="as planned")
    assert message["user_id"] == ann.id and message["client_id"] == f"scheduled:{row['id']}"
    await hers.get("message", id=message["id"])
    assert (await hers.get("scheduled_changed", id=row["id"]))["message_id"] == message["id"]
    assert (await ann.get("/scheduled"))["results"] == []
    assert not [frame for frame in await his.settle() if frame["type"].startswith("scheduled")]


async def test_one_that_fails_is_told_to_its_author(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    socket = await bob.socket()
    row = await bob.post("/scheduled", {"chat": f"room:{room}", "content": "x", "send_at": at(SOON)}, 201)
    await bob.post(f"/chats/room/{room}/leave")
    failed = await socket.get("scheduled_failed", id=row["id"])
    assert failed["content"] == "x" and failed["failure"] == "You're not a member of this chat."
    assert [message["content"] for message in await ann.history(f"room/{room}")] == []


async def test_at_once_from_several_requests_it_is_sent_once(people: People, ann: Person):
    room = await people.room(ann)
    row = await ann.post(
        "/scheduled", {"chat": f"room:{room}", "content": "once", "send_at": at(timedelta(days=1))}, 201
    )
    answers = await asyncio.gather(*(ann.post(f"/scheduled/{row['id']}/send") for _ in range(10)))
    assert len({answer["message_id"] for answer in answers}) == 1
    assert [message["content"] for message in await ann.history(f"room/{room}")] == ["once"]


async def test_requests_at_once_do_not_exceed_the_limits(ann: Person):
    later = {"content": "x", "chat": "general", "send_at": at(timedelta(days=1))}
    for _ in range(19):
        await asyncio.gather(*(ann.post("/scheduled", later, 201) for _ in range(5)))
    answers = await asyncio.gather(*(ann.call("POST", "/scheduled", json=later) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 5
    assert len((await ann.get("/scheduled?limit=200"))["results"]) == 100


async def test_a_reminder_comes_to_all_sockets_of_the_person_and_to_those_that_open_later(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    said = await bob.post(f"/chats/room/{room}/messages", {"content": "shall we?"}, 201)
    sockets = [await ann.socket(), await (await ann.sign_in()).socket()]
    row = await ann.post("/reminders", {"message_id": said["id"], "remind_at": at(SOON)}, 201)
    for socket in sockets:
        frame = await socket.get("reminder", id=row["id"])
        assert frame["message"]["content"] == "shall we?" and frame["state"] == "due"
    [listed] = (await ann.get("/reminders"))["results"]
    assert listed["id"] == row["id"] and listed["told_at"] == frame["told_at"]
