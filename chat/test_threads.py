"""Chains of replies: what stands on the root, whatever is stored and deleted."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat import messages
from chat.log.rows import Draft
from chat.log.store import Stored, store
from chat.models import Chat, Membership, Message, ThreadFollow

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(ann: User) -> Chat:
    room = Chat.objects.create(kind="room", title="Garden")
    Membership.objects.create(chat=room, user=ann)
    return room


def say(room: Chat, who: User, content: str, to: int | None = None) -> Stored:
    [outcome] = store([Draft(room.pk, who.pk, who.username, content, reply_to=to)])
    assert isinstance(outcome, Stored)
    return outcome


def test_replies_to_replies_count_on_the_first_message_and_each_changes_it(ann: User, room: Chat) -> None:
    root = say(room, ann, "Who waters the plants?")
    first = say(room, ann, "I do.", root.id)
    second = say(room, ann, "Thank you!", first.id)
    rows = {row.pk: row for row in Message.objects.all()}
    assert [rows[id].thread_root_id for id in (root.id, first.id, second.id)] == [None, root.id, root.id]
    assert rows[root.id].reply_count == 2
    assert rows[root.id].last_reply_at == rows[second.id].created_at
    assert (first.version, second.version, rows[root.id].version) == (2, 4, 5)
    assert [change.version for change in second.others] == [5]
    room.refresh_from_db()
    assert (room.last_seq, room.version) == (3, 5)


def test_many_replies_in_one_batch_change_each_root_once(ann: User, room: Chat) -> None:
    roots = [say(room, ann, "one").id, say(room, ann, "two").id]
    drafts = [Draft(room.pk, ann.pk, "ann", str(n), reply_to=roots[n % 2]) for n in range(10)]
    with CaptureQueriesContext(connection) as queries:
        outcomes = store(drafts)
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 7
    others = [change for outcome in outcomes if isinstance(outcome, Stored) for change in outcome.others]
    assert [change.version for change in others] == [13, 14]
    assert list(Message.objects.filter(pk__in=roots).values_list("reply_count", flat=True)) == [5, 5]


def test_a_deleted_reply_no_longer_counts(ann: User, room: Chat) -> None:
    root = say(room, ann, "one")
    first, second = say(room, ann, "two", root.id), say(room, ann, "three", root.id)
    messages.delete(ann, second.id)
    row = Message.objects.get(pk=root.id)
    assert (row.reply_count, row.last_reply_at) == (1, first.timestamp)
    messages.delete(ann, second.id)
    messages.delete(ann, first.id)
    row.refresh_from_db()
    assert (row.reply_count, row.last_reply_at) == (0, None)


def test_who_writes_or_is_mentioned_follows_unless_they_chose_not_to(ann: User, room: Chat) -> None:
    bob, cem = (User.objects.create_user(name, f"{name}@example.org") for name in ("bob", "cem"))
    Membership.objects.bulk_create(Membership(chat=room, user=user) for user in (bob, cem))
    root = say(room, ann, "one")
    ThreadFollow.objects.create(root_id=root.id, user=cem, follows=False)
    say(room, bob, "What do you think, @cem?", root.id)
    follows = dict(ThreadFollow.objects.filter(root_id=root.id).values_list("user__username", "follows"))
    assert follows == {"ann": True, "bob": True, "cem": False}


def test_chains_of_an_older_version_are_found(ann: User, room: Chat) -> None:
    root = say(room, ann, "one")
    first = say(room, ann, "two", root.id)
    say(room, ann, "three", first.id)
    Message.objects.update(thread_root=None, reply_count=None, last_reply_at=None)
    import_module("chat.migrations.0014_chains_of_replies").find_roots(apps, None)
    rows = Message.objects.order_by("seq").values_list("thread_root", "reply_count")
    assert list(rows) == [(None, 2), (root.id, None), (root.id, None)]
