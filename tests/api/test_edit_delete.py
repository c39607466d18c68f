"""Editing and deleting: for how long, who is told, what is kept and what goes, also when both happen at once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from chat import messages, policy
from chat.log import history
from chat.models import Mention, Message, MessageEdit, Reaction, Reminder, Star, ThreadFollow
from rooms.models import AuditEntry
from tests.api.rooms import api, code, create, enter, frames_after, person, say, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return person("ann")


@pytest.fixture
def bob() -> User:
    return person("bob")


def age(message_id: int, **past: float) -> str:
    """Have been sent so long ago. Gives the message's path."""
    Message.objects.filter(pk=message_id).update(created_at=timezone.now() - timedelta(**past))
    return f"/messages/{message_id}"


def error(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()["error"]
    return found


# ---------------------------------------------------------------- windows


def test_a_message_can_be_edited_and_deleted_for_as_long_as_the_operator_says(bob, room, settings) -> None:
    old = age(say(bob, room, "one"), minutes=16)
    assert api(bob).patch(old, {"content": "two"}).status_code == 200
    settings.EDIT_WINDOW, settings.DELETE_WINDOW = 900, 86_400
    assert error(api(bob).patch(old, {"content": "three"}), 403) == {
        "code": "edit_window_over",
        "detail": "You can edit a message only for 15 minutes after sending it.",
    }
    fresh = age(say(bob, room, "one"), minutes=14)
    assert api(bob).patch(fresh, {"content": "two"}).status_code == 200
    assert api(bob).delete(old).status_code == 204
    assert api(bob).delete(age(int(old.rpartition("/")[2]), days=2)).status_code == 204, (
        "it is deleted already"
    )
    late = age(say(bob, room, "one"), hours=25)
    assert error(api(bob).delete(late), 403) == {
        "code": "delete_window_over",
        "detail": "You can delete a message only for 1 day after sending it.",
    }


def test_a_room_has_its_own_windows_which_its_members_know(ann, bob, room, settings) -> None:
    settings.EDIT_WINDOW = 60

    def known() -> tuple[int | None, int | None]:
        [chat] = [chat for chat in api(bob).get("/chats").json()["results"] if chat["kind"] == "room"]
        return chat.get("edit_window"), chat.get("delete_window")

    assert known() == (60, None)
    shown = api(ann).get(room).json()
    assert (shown["edit_window"], shown["delete_window"]) == (None, None)
    old = age(say(bob, room, "one"), minutes=2)
    assert code(api(bob).patch(old, {"content": "two"})) == (403, "edit_window_over")
    changed = api(ann).patch(room, {"edit_window": 0, "delete_window": 90})
    assert (changed.json()["edit_window"], changed.json()["delete_window"]) == (0, 90)
    assert known() == (None, 90)
    assert api(bob).patch(old, {"content": "two"}).status_code == 200
    assert error(api(bob).delete(old), 403)["detail"].endswith("only for 90 seconds after sending it.")
    api(ann).patch(room, {"name": "Garden"})
    assert known() == (None, 90), "what is not named stays"
    api(ann).patch(room, {"edit_window": None})
    assert known() == (60, 90)
    for field, wrong in (("edit_window", -1), ("delete_window", "soon"), ("edit_window", 10**9)):
        assert list(error(api(ann).patch(room, {field: wrong}), 400)["fields"]) == [field]
    assert code(api(bob).patch(room, {"edit_window": 0})) == (403, "forbidden")


def test_who_is_in_a_room_hears_of_its_new_windows(
    ann, room, settings, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    settings.DELETE_WINDOW = 3600
    commit = django_capture_on_commit_callbacks(execute=True)
    frames = frames_after(lambda: api(ann).patch(room, {"edit_window": 300}), commit)
    [frame] = [frame for _, frame in frames if frame["type"] == "chat_updated"]
    assert (frame["edit_window"], frame["delete_window"]) == (300, 3600)


def test_a_moderator_deletes_whenever(ann, bob, room, settings) -> None:
    settings.DELETE_WINDOW = settings.EDIT_WINDOW = 60
    for author in (ann, bob):
        assert api(ann).delete(age(say(author, room, "one"), days=9)).status_code == 204
    assert code(api(ann).patch(age(say(ann, room, "one"), days=9), {"content": "two"})) == (
        403,
        "edit_window_over",
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (90, "90 seconds"), (900, "15 minutes"), (3600, "1 hour"), (172_800, "2 days")],
)
def test_a_time_is_said_in_its_largest_unit(seconds: int, words: str) -> None:
    assert policy.in_words(seconds) == words


# ---------------------------------------------------------------- edits


def test_earlier_versions_are_for_all_members_or_for_moderators(ann, bob, room, settings) -> None:
    cem = person("cem")
    path, link = create(ann, name="Harbour")
    enter(path, link, ann, bob, cem)
    edits = f"/messages/{say(bob, path, 'one')}"
    api(bob).patch(edits, {"content": "two"})
    edits += "/edits"
    assert [row["content"] for row in api(cem).get(edits).json()["results"]] == ["one"]
    settings.EDIT_HISTORY_FOR = "moderators"
    assert code(api(cem).get(edits)) == (403, "forbidden")
    for who in (ann, bob):
        assert len(api(who).get(edits).json()["results"]) == 1
    assert code(api(person("eve")).get(edits)) == (404, "not_found")


def test_an_edit_tells_and_counts_only_for_whom_it_adds(
    ann, bob, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    cem, dan = person("cem"), person("dan")
    room, link = create(ann)
    enter(room, link, ann, bob, cem, dan)
    message = say(ann, room, "@bob look")

    def mentioned() -> list[int]:
        chats = [api(who).get("/chats").json()["results"] for who in (ann, bob, cem, dan)]
        return [next(chat["mention_count"] for chat in found if chat["kind"] == "room") for found in chats]

    def told(content: str) -> list[tuple[tuple[int, ...], dict[str, Any]]]:
        commit = django_capture_on_commit_callbacks(execute=True)
        act = lambda: api(ann).patch(f"/messages/{message}", {"content": content})  # noqa: E731
        return [(who, frame) for who, frame in frames_after(act, commit) if frame["type"] == "notification"]

    assert mentioned() == [0, 1, 0, 0]
    [(who, frame)] = told("@bob and @cem look, and @ann")
    assert who == (cem.pk,)
    assert frame == {
        "type": "notification",
        "kind": "mention",
        "detail": "ann mentioned you in an edited message.",
        "chat": f"room:{room.rpartition('/')[2]}",
        "message_id": message,
    }
    assert mentioned() == [0, 1, 1, 0]
    assert told("@cem look") == []
    assert mentioned() == [0, 0, 1, 0]
    assert told("look") == []
    assert mentioned() == [0, 0, 0, 0]
    assert not Mention.objects.exists()


# ---------------------------------------------------------------- deletion


def test_a_moderators_reason_stands_in_the_place_of_the_message_and_in_the_audit_log(ann, bob, room) -> None:
    first, second, third = (say(bob, room, "spam") for _ in range(3))
    assert api(ann).delete(f"/messages/{first}", {"reason": " off  topic "}).status_code == 204
    assert api(ann).delete(f"/messages/{second}?reason=again").status_code == 204
    assert api(ann).delete(f"/messages/{third}").status_code == 204
    shown = api(bob).get(f"{room}/history").json()["messages"]
    assert [(row["deleted_by"], row.get("delete_reason")) for row in shown] == [
        (ann.pk, "off topic"),
        (ann.pk, "again"),
        (ann.pk, None),
    ]
    entries = AuditEntry.objects.filter(action="delete message").order_by("pk")
    assert [(entry.actor, entry.target, entry.detail) for entry in entries] == [
        (ann, bob, "Gardening #1: off topic"),
        (ann, bob, "Gardening #2: again"),
        (ann, bob, "Gardening #3"),
    ]
    assert {entry.room_id for entry in entries} == {int(room.rpartition("/")[2])}


def test_of_ones_own_message_no_reason_is_kept_and_a_wrong_one_is_refused(ann, bob, room) -> None:
    message = f"/messages/{say(bob, room, 'one')}"
    for reason in ("x" * 301, 7, "a\u202eb"):
        assert list(error(api(ann).delete(message, {"reason": reason}), 400)["fields"]) == ["reason"]
    assert code(api(person("eve")).delete(message, {"reason": "spam"})) == (404, "not_found")
    assert api(bob).delete(message, {"reason": "typo"}).status_code == 204
    shown = api(ann).get(message).json()
    assert shown["deleted_at"]
    assert not {"deleted_by", "delete_reason"} & set(shown)
    assert api(ann).delete(message, {"reason": "spam"}).status_code == 204, "deleting again changes nothing"
    assert "deleted_by" not in api(ann).get(message).json()
    assert not AuditEntry.objects.filter(action="delete message").exists()


def test_all_that_is_kept_of_a_message_goes_with_it(ann, bob, room) -> None:
    id = say(bob, room, "one")
    api(bob).patch(f"/messages/{id}", {"content": "@ann two"})
    now = timezone.now()
    Message.objects.filter(pk=id).update(
        reactions='[{"emoji":"👍","count":1,"user_ids":[1]}]',
        pinned_at=now,
        pinned_by=ann,
        mention_all="everyone",
    )
    Reaction.objects.create(message_id=id, user=ann, emoji="👍")
    Star.objects.create(message_id=id, user=ann)
    Reminder.objects.create(message_id=id, user=ann, remind_at=now)
    ThreadFollow.objects.create(root_id=id, user=ann)
    assert api(bob).delete(f"/messages/{id}").status_code == 204
    for model in (MessageEdit, Reaction, Star, Reminder, ThreadFollow, Mention):
        assert not model.objects.exists(), model
    shown = api(ann).get(f"/messages/{id}").json()
    assert (shown["content"], shown["mentions"], shown["reactions"]) == ("", [], [])
    assert not {"pinned_at", "pinned_by", "mention_all"} & set(shown)


def test_who_follows_a_chain_still_does_when_its_first_message_goes(ann, bob, room) -> None:
    root = say(ann, room, "one")
    say(bob, room, "two", reply_to=root)
    api(ann).delete(f"/messages/{root}")
    assert set(ThreadFollow.objects.values_list("user", flat=True)) == {ann.pk, bob.pk}


def test_a_retry_brings_no_deleted_text_back(ann, bob, room) -> None:
    id = say(bob, room, "one", client_id="c-1")
    api(bob).delete(f"/messages/{id}")
    again = api(bob).post(f"{room}/messages", {"content": "one", "client_id": "c-1"})
    assert (again.status_code, again.json()["id"], again.json()["content"]) == (201, id, "")
    assert [row["content"] for row in api(ann).get(f"{room}/history").json()["messages"]] == [""]
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_edit_and_a_deletion_at_once_end_deleted_with_nothing_left(ann, bob, room) -> None:
    for _ in range(8):
        id = say(bob, room, "one @ann")
        outcomes = together(
            partial(messages.edit, bob, id, "two @ann"),
            partial(messages.delete, bob, id),
            partial(messages.delete, ann, id, "spam"),
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert refused in ([], ["conflict"])  # the edit came first, or too late
        found = history.one(id)
        assert found is not None
        assert (found.content, found.mentions, bool(found.deleted_at)) == ("", [], True)
        assert not MessageEdit.objects.exists()
        assert not Mention.objects.exists()


def test_staff_give_a_reason_in_the_admin(client, ann, bob, room) -> None:
    root = User.objects.create_superuser("root", "root@example.org")
    client.force_login(root)
    message = say(bob, room, "spam")
    form = {"action": "delete_messages", "_selected_action": [message], "confirmed": "yes"}
    wrong = client.post("/admin/chat/message/", {**form, "reason": "x" * 301})
    assert "at most" in wrong.content.decode()
    assert Message.objects.filter(deleted_at=None).exists()
    client.post("/admin/chat/message/", {**form, "reason": "Illegal."})
    shown = api(bob).get(f"/messages/{message}").json()
    assert (shown["deleted_by"], shown["delete_reason"]) == (root.pk, "Illegal.")
    assert AuditEntry.objects.get(action="delete message").detail == "Gardening #1: Illegal."
