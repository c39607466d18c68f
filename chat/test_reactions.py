"""Reactions: the rows, and what readers get of them."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat import messages, reactions
from chat.events import Change, Personal
from chat.log import history, summaries
from chat.log.rows import Draft
from chat.log.store import Stored, store
from chat.models import Chat, Membership, Message, Reaction
from lib import doorbell, errors
from lib.emoji import _known

pytestmark = pytest.mark.django_db
DIFFERENT = list(_known().values())[: reactions.MOST + 1]


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", "bob@example.org")


@pytest.fixture
def room(ann: User, bob: User) -> Chat:
    room = Chat.objects.create(kind="room", title="Garden")
    Membership.objects.bulk_create(Membership(chat=room, user=user) for user in (ann, bob))
    return room


@pytest.fixture
def message(room: Chat, ann: User) -> int:
    [stored] = store([Draft(room.pk, ann.pk, "ann", "Tomatoes are ripe.")])
    assert isinstance(stored, Stored)
    return stored.id


def version(message: int) -> int:
    return Message.objects.values_list("version", flat=True).get(pk=message)


def told(message: int) -> list[tuple[str, int, list[int]]]:
    found = history.one(message)
    assert found is not None
    return [(one.emoji, one.count, one.user_ids) for one in found.reactions]


def test_a_reaction_is_in_history_in_the_order_of_first_use(ann: User, bob: User, message: int) -> None:
    reactions.react(bob, message, "❤")
    reactions.react(ann, message, "👍")
    reactions.react(ann, message, "❤️")
    assert told(message) == [("❤️", 2, [bob.pk, ann.pk]), ("👍", 1, [ann.pk])]
    reactions.unreact(bob, message, "❤️")
    assert told(message) == [("❤️", 1, [ann.pk]), ("👍", 1, [ann.pk])]
    reactions.unreact(ann, message, "❤️")
    assert [one.emoji for one in reactions.unreact(ann, message, "👍")] == []
    assert Message.objects.values_list("reactions", flat=True).get(pk=message) is None
    assert version(message) == 7


def test_what_changes_nothing_takes_no_version(ann: User, message: int) -> None:
    reactions.unreact(ann, message, "👍")
    assert version(message) == 1
    assert reactions.react(ann, message, "👍") == reactions.react(ann, message, "👍")
    assert (version(message), Reaction.objects.count()) == (2, 1)


def test_readers_get_the_first_50_by_time(room: Chat, ann: User, message: int) -> None:
    crowd = [User(username=f"user{n}", username_key=f"user{n}", email=f"{n}@example.org") for n in range(51)]
    crowd = User.objects.bulk_create(crowd)
    Membership.objects.bulk_create(Membership(chat=room, user=user) for user in crowd)
    for user in crowd:
        reactions.react(user, message, "🎉")
    ids = [user.pk for user in crowd]
    assert told(message) == [("🎉", 51, ids[:50])]
    row = Message.objects.get(pk=message)
    assert [each.user_id for each in reactions.people(row, "🎉")] == ids
    assert [each.user_id for each in reactions.people(row, "🎉", [ids[50], ann.pk])] == ids[50:]
    reactions.unreact(crowd[3], message, "🎉")
    assert told(message) == [("🎉", 50, [*ids[:3], *ids[4:]])]


def test_ones_own_devices_are_told_where_the_message_does_not_say_it(
    room: Chat,
    ann: User,
    message: int,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
) -> None:
    crowd = User.objects.bulk_create(
        User(username=f"user{n}", username_key=f"user{n}", email=f"{n}@example.org") for n in range(51)
    )
    Membership.objects.bulk_create(Membership(chat=room, user=user) for user in crowd)

    def own(act: Callable[..., object], user: User) -> list[tuple[list[int], bool]]:
        rung: list[Any] = []
        doorbell.attach(rung.extend)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                act(user, message, "🎉")
        finally:
            doorbell.attach(None)
        found = [item for item in rung if isinstance(item, Personal)]
        return [(item.user_ids, json.loads(item.frame)["reacted"]) for item in found]

    for user in crowd[:50]:
        assert own(reactions.react, user) == []
    assert own(reactions.react, crowd[50]) == [([crowd[50].pk], True)]
    assert own(reactions.react, crowd[50]) == [], "it was so before"
    assert own(reactions.react, ann) == [([ann.pk], True)]
    assert own(reactions.unreact, crowd[0]) == [([crowd[0].pk], False)], "51 are left, and 50 are named"
    assert own(reactions.unreact, ann) == [([ann.pk], False)]
    assert own(reactions.unreact, crowd[1]) == [], "all 49 are named"


def test_a_21st_different_one_is_refused_but_joining_one_is_not(ann: User, bob: User, message: int) -> None:
    for emoji in DIFFERENT[:-1]:
        reactions.react(ann, message, emoji)
    with pytest.raises(errors.Conflict) as refusal:
        reactions.react(bob, message, DIFFERENT[-1])
    assert refusal.value.code == "too_many_reactions"
    for emoji in DIFFERENT[:-1]:
        reactions.react(bob, message, emoji)
    assert len(told(message)) == reactions.MOST
    for user in (ann, bob):
        reactions.unreact(user, message, DIFFERENT[0])
    reactions.react(bob, message, DIFFERENT[-1])


def test_what_may_not_be_is_refused(room: Chat, ann: User, bob: User, message: int) -> None:
    stranger = User.objects.create_user("cem", "cem@example.org")
    with pytest.raises(errors.NotFound):
        reactions.react(stranger, message, "👍")
    with pytest.raises(errors.Invalid) as refusal:
        reactions.react(ann, message, ":tada:")
    assert refusal.value.fields and list(refusal.value.fields) == ["emoji"]
    reactions.react(bob, message, "👍")
    Chat.objects.filter(pk=room.pk).update(archived_at="2026-01-01T00:00:00Z")
    for act in (reactions.react, reactions.unreact):
        with pytest.raises(errors.Forbidden):
            act(bob, message, "👍")


def test_a_deleted_message_has_none_and_takes_none(ann: User, bob: User, message: int) -> None:
    reactions.react(bob, message, "👍")
    messages.delete(ann, message)
    assert told(message) == [] and not Reaction.objects.exists()
    for act in (reactions.react, reactions.unreact):
        with pytest.raises(errors.Conflict):
            act(bob, message, "👍")


def test_it_is_neither_unread_nor_activity(room: Chat, bob: User, ann: User, message: int) -> None:
    busy = Chat.objects.create(kind="room", title="Busy")
    Membership.objects.create(chat=busy, user=ann)
    store([Draft(busy.pk, ann.pk, "ann", "the latest")])
    before = [(row.chat_id, row.unread) for row in summaries.memberships([ann.pk])]
    assert before[0][0] == busy.pk
    reactions.react(bob, message, "👍")
    assert [(row.chat_id, row.unread) for row in summaries.memberships([ann.pk])] == before


def test_only_reactions_may_be_joined_with_later_ones(
    ann: User, message: int, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]]
) -> None:
    rung: list = []
    doorbell.attach(rung.extend)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            reactions.react(ann, message, "👍")
        with django_capture_on_commit_callbacks(execute=True):
            messages.edit(ann, message, "Tomatoes are eaten.")
    finally:
        doorbell.attach(None)
    assert [item.reacted for item in rung if isinstance(item, Change)] == [message, 0]


def test_it_takes_ten_queries_whoever_reacted_before(ann: User, bob: User, message: int) -> None:
    for emoji in DIFFERENT[:5]:
        reactions.react(bob, message, emoji)
    with CaptureQueriesContext(connection) as queries:
        reactions.react(ann, message, DIFFERENT[0])
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 10
