"""Unread counts: however people post, edit, delete, read and mark as unread, they equal a fresh count."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.changes import StateChanged
from accounts.models import User
from chat import counting, everyone, messages, read_marks
from chat.events import Change, Read
from chat.log import summaries
from chat.log.rows import Draft
from chat.log.store import store
from chat.models import Chat, Membership, Message
from chat.realtime import state
from lib import doorbell

pytestmark = pytest.mark.django_db
NAMES = ("ann", "bob", "eve")
TEXTS = ("Hello", "Hi @ann", "@bob, look", "@ann @bob @eve", "@everyone", "@here and @ann")

who = st.integers(0, len(NAMES) - 1)
some = st.integers(1, 12)  # a message, or a position: taken modulo what there is
step = st.one_of(
    st.tuples(st.just("post"), who, st.sampled_from(TEXTS)),
    st.tuples(st.just("edit"), some, st.sampled_from(TEXTS)),
    st.tuples(st.just("delete"), some),
    st.tuples(st.just("read"), who, some),
    st.tuples(st.just("back"), who, some),
    st.tuples(st.just("ignore"), who, st.booleans()),
)


@pytest.fixture
def people(db: None) -> list[User]:
    return [User.objects.create_user(name, f"{name}@example.org") for name in NAMES]


def room_of(people: list[User]) -> Chat:
    room = Chat.objects.create(kind="room", title="Harbour")
    Membership.objects.bulk_create(Membership(chat=room, user=user) for user in people)
    return room


def post(room: Chat, user: User, text: str) -> None:
    store([Draft(room.pk, user.pk, user.username, text)])


def do(room: Chat, people: list[User], kind: str, *how: object) -> None:
    if kind == "post":
        post(room, people[how[0]], how[1])  # type: ignore[call-overload, arg-type]
        return
    if kind == "ignore":
        everyone.ignore(room.pk, people[how[0]], how[1])  # type: ignore[call-overload, arg-type]
        return
    last = Chat.objects.get(pk=room.pk).last_seq
    if kind in ("read", "back"):
        seq = how[1] % (last + 1)  # type: ignore[operator]
        read_marks.mark({(room.pk, people[how[0]].pk): seq}, back=kind == "back")  # type: ignore[call-overload]
        return
    if not last:
        return
    message = Message.objects.get(chat=room, seq=how[0] % last + 1)  # type: ignore[operator]
    if kind == "delete":
        messages.delete(message.sender, message.pk)
    elif message.deleted_at is None:
        messages.edit(message.sender, message.pk, how[1])  # type: ignore[arg-type]


def told(room: Chat, people: list[User]) -> dict[int, tuple[int, int]]:
    return {
        place.user_id: (place.unread, place.mentioned)
        for place in summaries.memberships_at([(room.pk, user.pk) for user in people])
    }


def counted_afresh(room: Chat) -> dict[int, tuple[int, int]]:
    found = {}
    for member in Membership.objects.filter(chat=room):
        left = [
            message
            for message in room.messages.all()
            if message.seq > member.last_read_seq
            and message.deleted_at is None
            and message.sender_id != member.user_id
        ]
        named = [
            message
            for message in left
            if member.user_id in message.mentions or (message.mention_all and not member.ignores_everyone)
        ]
        found[member.user_id] = (len(left), len(named))
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(step, max_size=14))
def test_counts_are_those_of_counting_afresh(people: list[User], steps: list[tuple[str, object]]) -> None:
    room = room_of(people)
    for one in steps:
        do(room, people, *one)
        assert told(room, people) == counted_afresh(room), one


def test_a_reader_is_told_what_is_left_without_what_was_deleted_and_their_own(people: list[User]) -> None:
    ann, bob, _ = people
    room = room_of(people)
    for user, text in ((ann, "one"), (bob, "two"), (ann, "three @bob"), (ann, "four"), (ann, "five")):
        post(room, user, text)
    messages.delete(ann, room.messages.get(seq=4).pk)
    (mark,) = read_marks.mark({(room.pk, bob.pk): 0}, back=True)
    assert (mark.seq, mark.unread_count, mark.mention_count, mark.version, mark.last_seq) == (0, 3, 1, 6, 5)
    (mark,) = read_marks.mark({(room.pk, bob.pk): 3})
    assert (mark.seq, mark.unread_count, mark.mention_count) == (3, 1, 0)


def test_who_gains_or_loses_a_mention_is_told_and_nobody_else(
    people: list[User], django_capture_on_commit_callbacks: Any
) -> None:
    ann, bob, eve = people
    room = room_of(people)
    post(room, ann, "Hi @bob")
    (message,) = room.messages.all()
    heard: list[object] = []
    doorbell.attach(heard.extend)
    known = state.read({})[1]

    def told_after(text: str | None) -> list[tuple[int, int]]:
        """Who is told, and how many mentions are left for them."""
        nonlocal known
        heard.clear()
        with django_capture_on_commit_callbacks(execute=True):
            if text is None:
                messages.delete(ann, message.pk)
            else:
                messages.edit(ann, message.pk, text)
        items, known = state.read(known)
        reads = [item for item in items if isinstance(item, Read)]
        assert len(items) == len(reads) and not any(item.others for item in reads)
        assert (StateChanged() in heard) == bool(reads), "the processes look at once"
        return sorted((item.user_id, json.loads(item.own)["mention_count"]) for item in reads)

    try:
        assert told_after("Hello @bob") == []
        assert told_after("Hello @eve") == [(bob.pk, 0), (eve.pk, 1)]
        assert told_after("Hello @eve @ann") == []
        Membership.objects.filter(user=eve).update(state=Membership.State.LEFT)
        assert told_after(None) == [], "nobody is told of a chat that they left"
    finally:
        doorbell.attach(None)


def test_nobody_is_told_that_all_are_or_were_mentioned_as_clients_count_it_of_the_message(
    people: list[User], django_capture_on_commit_callbacks: Any
) -> None:
    ann, *_ = people
    room = room_of(people)
    post(room, ann, "Hello")
    heard: list[object] = []
    doorbell.attach(heard.extend)
    known = state.read({})[1]
    try:
        for text in ("@everyone", "@here", "Hello again", None):
            heard.clear()
            with django_capture_on_commit_callbacks(execute=True):
                if text:
                    messages.edit(ann, room.messages.get().pk, text)
                else:
                    messages.delete(ann, room.messages.get().pk)
            [change] = heard
            assert isinstance(change, Change)
            flag = json.loads(change.frame).get("mention_all")
            assert flag == {"@everyone": "everyone", "@here": "here"}.get(text or "")
            assert state.read(known)[0] == []
    finally:
        doorbell.attach(None)


def test_who_read_and_left_meanwhile_is_told_nothing_more_of_the_chat(people: list[User]) -> None:
    ann, bob, _ = people
    room = room_of(people)
    post(room, ann, "Hi @bob")
    messages.delete(ann, room.messages.get().pk)
    Membership.objects.filter(user=bob).update(state=Membership.State.REMOVED)
    assert state.read({})[0] == []


def test_ones_own_messages_are_looked_for_only_so_far_back(people: list[User]) -> None:
    ann, bob, _ = people
    room = room_of(people)
    post(room, bob, "first")
    store([Draft(room.pk, ann.pk, "ann", str(number)) for number in range(counting.OWN + 5)])
    read_marks.mark({(room.pk, ann.pk): 0}, back=True)
    assert told(room, people)[ann.pk] == (6, 0)  # bob's one, and the five of hers that are too far back


def test_counting_is_part_of_the_one_query_that_reads_the_list(people: list[User]) -> None:
    rooms = [room_of(people) for _ in range(3)]
    for room in rooms:
        post(room, people[0], "Hi @bob")
        messages.delete(people[0], room.messages.get().pk)
    with CaptureQueriesContext(connection) as queries:
        found = summaries.memberships([people[1].pk])
    assert [(place.unread, place.mentioned) for place in found] == [(0, 0)] * 4  # general too
    assert len(queries) == 1
