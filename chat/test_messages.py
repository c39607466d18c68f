"""Changing a message: one way for all verbs."""

import pytest
from django.db import connection

from accounts.models import User
from chat import messages
from chat.log.rows import Draft
from chat.log.store import Stored, store
from chat.models import Chat, Membership, Message
from chat.policy import Seat
from lib.errors import Forbidden

pytestmark = pytest.mark.django_db


def anybody(user_id: int, message: Message, seat: Seat) -> None:
    assert connection.in_atomic_block and message.chat.version


def nobody(user_id: int, message: Message, seat: Seat) -> None:
    raise Forbidden()


@pytest.fixture
def message(ann: User) -> Stored:
    chat = Chat.objects.create(kind="room", title="Room")
    Membership.objects.create(chat=chat, user=ann)
    (stored,) = store([Draft(chat.pk, ann.pk, "ann", "one")])
    assert isinstance(stored, Stored)
    return stored


def versions(message: Stored) -> tuple[int, int]:
    return Message.objects.values_list("version", "chat__version").get(pk=message.id)


def test_a_change_takes_the_next_version_and_saves_what_was_set(ann: User, message: Stored) -> None:
    with messages.changing(ann, message.id, anybody) as changed:
        changed.mentions = [ann.pk]
    assert versions(message) == (2, 2)
    assert Message.objects.get(pk=message.id).mentions == [ann.pk]


def test_what_changes_nothing_takes_no_version(ann: User, message: Stored) -> None:
    with messages.changing(ann, message.id, anybody) as changed:
        changed.content = "one"
    assert versions(message) == (1, 1)


def test_a_refused_change_changes_nothing(ann: User, message: Stored) -> None:
    with pytest.raises(Forbidden), messages.changing(ann, message.id, nobody) as changed:
        changed.content = "two"
    assert versions(message) == (1, 1)
