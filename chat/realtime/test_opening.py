"""What is remembered of chats between two who open a socket: it must still be so for the second."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat.log import summaries
from chat.log.rows import Draft
from chat.log.store import store
from chat.models import Chat, Connection, Membership, ServerProcess
from chat.realtime import access

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(ann: User) -> Chat:
    room = Chat.objects.create(kind="room", title="Garden")
    Membership.objects.create(chat=room, user=ann)
    return room


def told(ann: User, known: summaries.SummaryCache) -> tuple[str | None, int]:
    """The room's last message and how many are online, as its member is told."""
    found = summaries.summaries(summaries.memberships([ann.pk]), known)
    (one,) = [summary for summary in found if summary.kind == "room"]
    return one.last_message.content if one.last_message else None, one.online_count


def test_a_message_and_its_change_are_in_the_next_greeting(ann: User, room: Chat) -> None:
    known = summaries.SummaryCache()
    assert told(ann, known) == (None, 0)
    store([Draft(room.pk, ann.pk, ann.username, content="one")])
    assert told(ann, known)[0] == "one"
    store([Draft(room.pk, ann.pk, ann.username, content="two")])
    assert told(ann, known)[0] == "two"
    room.messages.filter(seq=2).update(content="", version=3)
    Chat.objects.filter(pk=room.pk).update(version=3)
    assert told(ann, known)[0] == ""


def test_who_came_is_counted_once_it_is_told(ann: User, room: Chat) -> None:
    known = summaries.SummaryCache()
    assert told(ann, known) == (None, 0)
    process = ServerProcess.objects.create(pk=uuid.uuid4())
    Connection.objects.create(pk=uuid.uuid4(), process=process, user=ann, session_id=uuid.uuid4())
    known.forget_online()
    assert told(ann, known) == (None, 1)


def test_who_gets_a_chat_on_a_socket_counts_as_online_before_the_socket_is_recorded(
    ann: User, room: Chat
) -> None:
    def count() -> int:
        found = access.entered(ann.pk, room.pk)
        assert found
        return found[0].online_count

    assert count() == 1
    process = ServerProcess.objects.create(pk=uuid.uuid4())
    Connection.objects.create(pk=uuid.uuid4(), process=process, user=ann, session_id=uuid.uuid4())
    assert count() == 1


def test_what_is_read_while_all_is_forgotten_is_not_known(ann: User, room: Chat) -> None:
    known = summaries.SummaryCache()
    store([Draft(room.pk, ann.pk, ann.username, content="one")])

    def meanwhile(execute: Any, *arguments: Any) -> Any:
        found = execute(*arguments)
        known.forget()  # by the event loop
        return found

    rows = summaries.memberships([ann.pk])
    with connection.execute_wrapper(meanwhile):
        summaries.summaries(rows, known)
    with CaptureQueriesContext(connection) as queries:
        summaries.summaries(rows, known)
    assert len(queries) == 2  # last messages, and who is online


def test_what_is_known_is_not_read_again(ann: User, room: Chat) -> None:
    known = summaries.SummaryCache()
    store([Draft(room.pk, ann.pk, ann.username, content="one")])
    told(ann, known)
    with CaptureQueriesContext(connection) as queries:
        assert told(ann, known) == ("one", 0)
    assert len(queries) == 1  # the places
