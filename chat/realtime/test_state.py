"""What changed is told once by each process, and as it is when it is told."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from accounts import profile, users
from accounts.models import User
from chat import everyone, members, private, read_marks
from chat.events import Event, Item, Personal, Read, Status
from chat.models import Chat, Membership
from chat.realtime import runtime, state
from chat.realtime.state import SWEPT

pytestmark = pytest.mark.django_db


class Process:
    """A server process that looks when it is rung for, and in each sweep."""

    def __init__(self) -> None:
        self.told = state.read({})[1]

    def look(self, window: timedelta = SWEPT) -> list[dict]:
        items, self.told = state.read(self.told, window)
        return [json.loads(frame) for item in items if (frame := frame_of(item))]


def frame_of(item: Item) -> bytes | None:
    match item:
        case Event() | Personal() | Status():
            return item.frame
        case Read():
            return item.own
    return None


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann")


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def chat(ann: User, bob: User) -> Chat:
    return private.open_private(ann, bob.pk)[0]


def test_a_change_is_told_by_each_process_once_however_often_it_looks(ann: User, chat: Chat) -> None:
    first, second = Process(), Process()
    users.change(ann, display_name="Ann")
    for process in (first, second):
        assert {frame["display_name"] for frame in process.look()} == {"Ann"}
        assert process.look() == []


def test_a_status_is_told_when_it_is_set_and_when_it_is_over(ann: User, chat: Chat) -> None:
    process = Process()

    def told() -> list[Any]:
        return [frame["status"] for frame in process.look() if frame["type"] == "status_changed"]

    until = timezone.now() + timedelta(hours=1)
    users.change(ann, status_emoji="🌴", status_until=until)
    to_others, to_oneself = told()
    assert to_others == to_oneself == {"emoji": "🌴", "text": "", "until": to_others["until"]}
    assert profile.clear_over() == 0 and told() == []
    User.objects.update(status_until=F("status_until") - timedelta(hours=2))
    assert profile.clear_over() == 1
    assert told() == [None, None]


def test_changes_that_come_together_are_told_as_what_is_true_then(ann: User, chat: Chat) -> None:
    process = Process()
    users.change(ann, display_name="Ann")
    users.change(ann, display_name="Anna")
    members.mute(chat.pk, ann, None)
    everyone.ignore(chat.pk, ann, True)
    everyone.ignore(chat.pk, ann, False)
    told = {
        frame.get("display_name", frame.get("muted", frame.get("ignore_everyone")))
        for frame in process.look()
    }
    assert told == {"Anna", False, None}, "and the counts"


def test_one_change_of_a_membership_does_not_tell_the_others(ann: User, chat: Chat) -> None:
    process = Process()
    members.mute(chat.pk, ann, None)
    assert [frame["type"] for frame in process.look()] == ["chat_updated", "notify_changed"]


def test_a_read_mark_is_told_when_its_ring_was_lost_only(ann: User, chat: Chat) -> None:
    process = Process()
    state.note_reads([(chat.pk, ann.pk)])
    assert process.look() == [], "nothing was read"
    read_marks.mark({(chat.pk, ann.pk): 0}, back=True)
    assert process.look() == []
    state.note_reads([(chat.pk, ann.pk)])
    assert [frame["type"] for frame in process.look()] == ["read"]


def test_what_happened_long_ago_is_not_looked_at(ann: User, chat: Chat) -> None:
    process = Process()
    members.mute(chat.pk, ann, None)
    Membership.objects.update(state_changed_at="2020-01-01T00:00:00Z")
    assert process.look() == []


def test_what_changed_before_the_database_was_away_is_told_when_it_is_back(ann: User, chat: Chat) -> None:
    process, away = Process(), timedelta(minutes=1)
    members.mute(chat.pk, ann, None)
    process.look()
    users.change(ann, display_name="Ann")
    members.mute(chat.pk, ann, timezone.now() + timedelta(hours=1))
    User.objects.update(profile_changed_at=F("profile_changed_at") - away)
    Membership.objects.update(
        settings_changed_at=F("settings_changed_at") - away, state_changed_at=F("state_changed_at") - away
    )
    frames = process.look(SWEPT + away)
    frames = [frame for frame in frames if frame["type"] != "notify_changed"]
    assert {frame.get("display_name", frame.get("muted")) for frame in frames} == {"Ann", True}


async def test_a_sweep_looks_back_to_the_last_one_that_the_database_answered() -> None:
    live = runtime.Runtime()
    assert live._window(live._swept_at + runtime.SWEEP) == SWEPT
    assert live._window(live._swept_at + 60) == SWEPT + timedelta(seconds=60)


def test_a_look_that_finds_nothing_takes_one_query_a_source(django_assert_num_queries: Any) -> None:
    process = Process()
    with django_assert_num_queries(len(state.sources)):
        process.look()


@pytest.mark.parametrize("ends", [users.deactivate, users.delete])
def test_the_private_chats_of_an_account_that_ends_are_closed(
    ends: Callable[[User], None], ann: User, bob: User, chat: Chat
) -> None:
    process = Process()
    ends(ann)
    [closed] = [frame for frame in process.look() if frame["type"] == "chat_updated"]
    assert closed == {"type": "chat_updated", "chat": chat.key, "archived": True}


def test_an_account_that_is_back_opens_its_chats_with_those_who_are_there(
    ann: User, bob: User, chat: Chat
) -> None:
    cas = User.objects.create_user("cas")
    other = private.open_private(ann, cas.pk)[0]
    users.deactivate(ann)
    users.deactivate(cas)
    ann.is_active = True
    ann.save(update_fields=["is_active"])
    users.follow_standing(ann)
    chat.refresh_from_db()
    other.refresh_from_db()
    assert chat.archived_at is None and other.archived_at is not None
