"""Read positions: moved together, in a few queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat import read_marks
from chat.models import Chat, Membership

pytestmark = pytest.mark.django_db


def positions() -> dict[tuple[int, int], int]:
    return {
        (chat_id, user_id): seq
        for chat_id, user_id, seq in Membership.objects.values_list("chat_id", "user_id", "last_read_seq")
    }


@pytest.fixture
def places() -> list[tuple[int, int]]:
    """Twelve hundred memberships: in 40 rooms of 60 messages, 30 people each."""
    people = User.objects.bulk_create(User(username=f"p{n}", email=f"p{n}@example.org") for n in range(30))
    chats = Chat.objects.bulk_create(
        Chat(kind="room", title=f"Room {n}", last_seq=60, version=60) for n in range(40)
    )
    Membership.objects.bulk_create(
        Membership(chat=chat, user=user, last_read_seq=5) for chat in chats for user in people
    )
    return [(chat.pk, user.pk) for chat in chats for user in people]


def test_many_positions_are_moved_in_a_few_queries(places: list[tuple[int, int]]) -> None:
    with CaptureQueriesContext(connection) as queries:
        marks = read_marks.mark(dict.fromkeys(places, 7))
    assert len(queries) <= 5
    assert positions() == dict.fromkeys(places, 7)
    assert {(mark.seq, mark.unread_count) for mark in marks} == {(7, 53)} and len(marks) == len(places)


def test_positions_move_forward_only_and_not_past_the_end_unless_told_to_go_back(
    places: list[tuple[int, int]],
) -> None:
    one, two, *_ = places
    assert [mark.seq for mark in read_marks.mark({one: 3})] == [5]
    assert [mark.seq for mark in read_marks.mark({one: 1000})] == [60]
    assert [mark.seq for mark in read_marks.mark({two: 2}, back=True)] == [2]
    assert (positions()[one], positions()[two]) == (60, 2)


def test_a_position_in_a_chat_one_is_not_in_is_nothing(places: list[tuple[int, int]]) -> None:
    chat_id, _ = places[0]
    assert read_marks.mark({(chat_id, 10**9): 3, (10**9, 1): 3}) == []
