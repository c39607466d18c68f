"""Chains of replies over HTTP, and what stays true of them whoever writes and deletes at the same time."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from chat import members, messages, policy, reminders, stars, threads
from chat.log.rows import Draft
from chat.log.store import Stored, store
from chat.models import Chat, Membership, Message, Reminder, Star, ThreadFollow
from chat.protocol import Message as WireMessage
from lib import errors
from tests.api.rooms import api, person, together

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db: None) -> User:
    return person("ann")


@pytest.fixture
def bob(db: None) -> User:
    return person("bob")


@pytest.fixture
def room(ann: User, bob: User) -> Chat:
    return make_room(ann, bob)


def make_room(*people: User) -> Chat:
    with transaction.atomic():
        room = Chat.objects.create(kind=Chat.Kind.ROOM, title="Gardening")
        for user in people:
            members.admit(room, user)
    return room


def leave(who: User, room: Chat) -> None:
    with transaction.atomic():
        members.dismiss(Membership.objects.select_related("user", "chat").get(chat=room, user=who))


def say(who: User, room: Chat, content: str, to: int | None = None) -> WireMessage:
    seat = policy.seat(who, room.kind, room.pk)
    return messages.post(messages.draft(seat, who.pk, who.username, content, reply_to=to))


def read(who: User, room: Chat, root: int, status: int = 200, **query: int) -> dict:
    answer = api(who).get(f"/chats/room/{room.pk}/thread/{root}", query)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_chain_is_its_root_and_the_replies_in_pages_in_both_directions(ann: User, bob: User, room: Chat):
    root = say(ann, room, "Who waters the plants?")
    replies: list[WireMessage] = []
    for n in range(5):
        say(ann, room, "something else")
        replies.append(say(bob, room, str(n), replies[-1].id if n % 2 else root.id))
    seqs = [reply.seq for reply in replies]

    found = read(ann, room, root.id)
    assert (found["root"]["id"], found["root"]["reply_count"]) == (root.id, 5)
    assert [message["seq"] for message in found["messages"]] == seqs
    assert {message["thread_root_id"] for message in found["messages"]} == {root.id}
    assert (found["has_more"], found["has_newer"], found["following"]) == (False, False, True)
    assert found["version"] == Chat.objects.get(pk=room.pk).version
    assert read(ann, room, replies[3].id) == found, "a reply stands for its chain"

    newest = read(ann, room, root.id, limit=2)
    assert [message["seq"] for message in newest["messages"]] == seqs[3:] and newest["has_more"]
    before = read(ann, room, root.id, limit=2, before_seq=seqs[3])
    assert [message["seq"] for message in before["messages"]] == seqs[1:3]
    assert (before["has_more"], before["has_newer"]) == (True, True)
    first = read(ann, room, root.id, limit=2, before_seq=seqs[1])
    assert [message["seq"] for message in first["messages"]] == seqs[:1] and not first["has_more"]
    after = read(ann, room, root.id, limit=4, after_seq=seqs[0])
    assert [message["seq"] for message in after["messages"]] == seqs[1:]
    assert (after["has_more"], after["has_newer"]) == (False, False)
    assert read(ann, room, root.id, limit=3, after_seq=seqs[0])["has_more"]


def test_a_message_that_nobody_answered_is_a_chain_without_replies(ann: User, room: Chat):
    found = read(ann, room, say(ann, room, "alone").id)
    assert (found["messages"], found["following"], "reply_count" in found["root"]) == ([], False, False)


def test_a_page_of_a_chain_is_read_by_one_statement_whatever_its_length(ann: User, room: Chat):
    root = say(ann, room, "one").id
    for n in range(3):
        say(ann, room, str(n), root)
    client = api(ann)
    path = f"/chats/room/{room.pk}/thread/{root}"
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    statements = [query["sql"] for query in queries]
    assert len([sql for sql in statements if 'thread_root_id" = ' in sql]) == 1
    assert len(statements) <= 4, statements  # the seat, the root, its replies, whether one follows


def test_what_is_wrong_with_a_page_is_named_and_a_foreign_chain_is_none(ann: User, bob: User, room: Chat):
    root, other = say(ann, room, "one"), make_room(ann)
    assert read(ann, room, root.id, 400, limit=0)["error"]["fields"].keys() == {"limit"}
    assert read(ann, room, root.id, 400, before_seq=2, after_seq=1)["error"]["fields"].keys() == {"after_seq"}
    assert read(ann, room, root.id, 400, before_seq=-1)["error"]["fields"].keys() == {"before_seq"}
    read(ann, other, root.id, 404)
    read(ann, room, 2**63 - 1, 404)
    read(ann, room, 2**70, 404)
    read(bob, other, say(ann, other, "private").id, 404)
    read(person("cem"), room, root.id, 404)


def test_one_follows_what_one_writes_in_or_is_mentioned_in_and_can_choose(ann: User, bob: User, room: Chat):
    root = say(ann, room, "For you, @bob")
    reply = say(ann, room, "two", root.id)
    assert read(bob, room, root.id)["following"], "mentioned in the first message"
    for _ in range(2):
        assert api(bob).delete(f"/messages/{root.id}/follow").status_code == 204
        assert not read(bob, room, root.id)["following"]
    say(bob, room, "three", root.id)
    messages.edit(ann, reply.id, "two, @bob")
    assert not read(bob, room, root.id)["following"], "they chose not to"
    for _ in range(2):
        assert api(bob).put(f"/messages/{reply.id}/follow").status_code == 204
        assert read(bob, room, root.id)["following"]
    assert ThreadFollow.objects.filter(user=bob).count() == 1
    with transaction.atomic():
        members.admit(room, cem := person("cem"))
    messages.edit(ann, reply.id, "two, @cem")
    assert read(cem, room, root.id)["following"], "an edit mentions them"


def test_who_may_not_read_a_message_can_not_follow_it_and_who_leaves_follows_nothing(
    ann: User, bob: User, room: Chat
):
    root, other = say(bob, room, "one"), say(ann, make_room(ann), "private")
    for path in (f"/messages/{other.id}/follow", "/messages/999999/follow", f"/messages/{2**70}/follow"):
        assert (api(bob).put(path).status_code, api(bob).delete(path).status_code) == (404, 404)
    assert api(None).put(f"/messages/{root.id}/follow").status_code == 401
    threads.follow(bob, root.id, follows=True)
    with transaction.atomic():
        members.dismiss(Membership.objects.select_related("user", "chat").get(chat=room, user=bob))
    assert not ThreadFollow.objects.filter(user=bob).exists()
    assert api(bob).put(f"/messages/{root.id}/follow").status_code == 404


def test_a_deleted_root_keeps_its_chain(ann: User, bob: User, room: Chat):
    root = say(ann, room, "one")
    say(bob, room, "two", root.id)
    messages.delete(ann, root.id)
    say(bob, room, "three", root.id)
    found = read(bob, room, root.id)
    assert (found["root"]["content"], found["root"]["reply_count"]) == ("", 2)
    assert [message["content"] for message in found["messages"]] == ["two", "three"]


def test_who_has_left_follows_nothing_whoever_answers_them(ann: User, bob: User, room: Chat):
    root = say(bob, room, "one, @ann")
    leave(bob, room)
    reply = say(ann, room, "two", root.id)
    late = Draft(room.pk, bob.pk, bob.username, "accepted just before", reply_to=root.id)
    assert isinstance(store([late])[0], Stored)
    messages.edit(ann, reply.id, "two, @bob")
    assert set(ThreadFollow.objects.values_list("user", flat=True)) == {ann.pk}
    with transaction.atomic():
        members.admit(room, bob)
    assert not read(bob, room, root.id)["following"]


def test_a_deleted_message_that_begins_no_chain_is_not_followed(ann: User, bob: User, room: Chat):
    root = say(ann, room, "one")
    reply = say(bob, room, "two", root.id)
    messages.delete(ann, root.id)
    assert api(bob).put(f"/messages/{root.id}/follow").status_code == 204, "there is a reply still"
    messages.delete(bob, reply.id)
    assert not ThreadFollow.objects.exists()
    answer = api(bob).put(f"/messages/{root.id}/follow")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert api(bob).delete(f"/messages/{root.id}/follow").status_code == 204
    assert not ThreadFollow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_count_is_that_of_the_replies_left_whoever_posts_and_deletes_at_once():
    ann, bob = person("ann"), person("bob")
    room = make_room(ann, bob)
    roots = [say(ann, room, "root").id for _ in range(2)]
    posted: list[int] = []

    def write(who: User, seed: int) -> None:
        choose = random.Random(seed)
        for _ in range(12):
            own = list(Message.objects.filter(pk__in=posted, sender=who).values_list("pk", flat=True))
            if own and choose.random() < 0.45:
                messages.delete(who, choose.choice(own))  # perhaps once more, or at the same time as another
            else:
                posted.append(say(who, room, "reply", choose.choice(roots + posted)).id)

    together(*[partial(write, who, seed) for seed, who in enumerate((ann, bob, ann, bob))])
    for root in Message.objects.filter(pk__in=roots):
        left = Message.objects.filter(thread_root=root, deleted_at=None).order_by("seq")
        newest = left.last()
        assert root.reply_count == left.count()
        assert root.last_reply_at == (newest and newest.created_at)
    versions = list(Message.objects.filter(chat=room).values_list("version", flat=True))
    assert len(set(versions)) == len(versions)
    assert max(versions) == Chat.objects.get(pk=room.pk).version


@pytest.mark.django_db(transaction=True)
def test_of_a_message_that_is_deleted_at_the_same_moment_nothing_is_kept():
    ann, bob = person("ann"), person("bob")
    room = make_room(ann, bob)
    for _ in range(8):
        message = say(ann, room, "one").id
        soon = timezone.now() + timedelta(hours=1)

        def keep(act: Callable[[], object]) -> None:
            with suppress(errors.Conflict):
                act()

        together(
            partial(keep, partial(reminders.remind, bob, message, soon)),
            partial(keep, partial(stars.save, bob, message)),
            partial(keep, partial(threads.follow, bob, message, follows=True)),
            partial(messages.delete, ann, message),
        )
        for kept in (Reminder, Star, ThreadFollow):
            assert not kept._default_manager.exists(), kept


@pytest.mark.django_db(transaction=True)
def test_who_follows_and_leaves_at_once_follows_nothing():
    ann, bob = person("ann"), person("bob")
    for _ in range(8):
        room = make_room(ann, bob)
        root = say(ann, room, "one").id
        together(partial(threads.follow, bob, root, follows=True), partial(leave, bob, room))
        assert not ThreadFollow.objects.filter(user=bob).exists()


@pytest.mark.django_db(transaction=True)
def test_who_writes_in_a_chain_and_leaves_at_once_follows_nothing():
    ann, bob = person("ann"), person("bob")
    for _ in range(8):
        room = make_room(ann, bob)
        root = say(ann, room, "one").id
        seat = policy.seat(bob, "room", room.pk)

        def write(seat: policy.Seat = seat, root: int = root) -> None:
            messages.post(messages.draft(seat, bob.pk, "bob", "two", reply_to=root))

        together(write, partial(leave, bob, room), partial(messages.edit, ann, root, "one, @bob"))
        assert not ThreadFollow.objects.filter(user=bob).exists()
