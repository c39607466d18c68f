"""Pages of `synced`: read once for many, and sent again only while they are true."""

from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from chat.log.rows import Draft
from chat.log.store import store
from chat.models import Chat, Membership
from chat.policy import Seat
from chat.realtime.sync_pages import LATELY, Ask, Page, Pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(ann: User) -> Seat:
    chat = Chat.objects.create(kind="room", title="Harbour")
    Membership.objects.create(chat=chat, user=ann)
    return Seat(chat.pk, "room", chat.key, "member")


def say(ann: User, seat: Seat, *texts: str) -> tuple[int, int]:
    """Say these, and give the chat's `last_seq` and `version` after it."""
    store([Draft(seat.chat_id, ann.pk, "ann", text) for text in texts])
    return Chat.objects.values_list("last_seq", "version").get(pk=seat.chat_id)


def texts(page: Page | None) -> list[str]:
    assert page is not None
    return [message["content"] for message in msgspec.json.decode(page.frame)["messages"]]


def test_who_asks_for_the_same_is_read_for_once(ann: User, seat: Seat) -> None:
    ask = Ask(seat, 0, say(ann, seat, "one", "two"))
    pages = Pages()
    with CaptureQueriesContext(connection) as queries:
        found = pages.read([(ask,), (ask, Ask(seat, 1, ask.now))])
    assert texts(found[ask,][ask]) == ["one", "two"]
    assert texts(found[ask, Ask(seat, 1, ask.now)][Ask(seat, 1, ask.now)]) == ["two"]
    assert len(queries) == 1, "both pages"
    with CaptureQueriesContext(connection) as queries:
        again = pages.get(ask)
    assert texts(again) == ["one", "two"] and not queries.captured_queries


def test_a_page_is_not_sent_again_once_the_chat_went_on(ann: User, seat: Seat) -> None:
    pages = Pages()
    before = Ask(seat, 0, say(ann, seat, "one"))
    pages.read([(before,)])
    after = Ask(seat, 0, say(ann, seat, "two"))
    assert pages.get(after) is None
    assert texts(pages.read([(after,)])[after,][after]) == ["one", "two"]
    assert pages.get(Ask(seat, 0, None)) is None, "nobody knows where the chat is now"


def test_a_chat_that_goes_on_while_it_is_asked_for_is_read_whole(ann: User, seat: Seat) -> None:
    before = Ask(seat, 0, say(ann, seat, "one"))
    say(ann, seat, "two", "three")
    page = Pages().read([(before,)])[before,][before]
    assert texts(page) == ["one", "two", "three"] and page is not None and page.version == 3


def test_who_missed_more_gets_a_query_of_their_own(ann: User, seat: Seat) -> None:
    said = [str(n) for n in range(LATELY + 1)]
    now = say(ann, seat, *said)
    all_of_it, the_last = Ask(seat, 0, now), Ask(seat, LATELY, now)
    with CaptureQueriesContext(connection) as queries:
        found = Pages().read([(all_of_it, the_last)])[all_of_it, the_last]
    assert texts(found[all_of_it]) == said and texts(found[the_last]) == said[-1:]
    assert len(queries) == 2


def test_where_nothing_changed_nothing_is_read(ann: User, seat: Seat) -> None:
    now = say(ann, seat, "one")
    with CaptureQueriesContext(connection) as queries:
        page = Pages().get(Ask(seat, now[1], now))
    assert page is not None and texts(page) == [] and page.version == now[1] and not queries.captured_queries


def test_what_is_read_while_all_is_forgotten_is_not_remembered(ann: User, seat: Seat) -> None:
    ask, pages = Ask(seat, 0, say(ann, seat, "one")), Pages()

    def meanwhile(execute: Any, *arguments: Any) -> Any:
        found = execute(*arguments)
        pages.forget()  # by the event loop: somebody has another name now
        return found

    with connection.execute_wrapper(meanwhile):
        assert texts(pages.read([(ask,)])[ask,][ask]) == ["one"]
    assert pages.get(ask) is None


def test_a_chat_that_is_gone_takes_nothing_from_the_others(ann: User, seat: Seat) -> None:
    gone = Ask(Seat(seat.chat_id + 1000, "room", "room:0", "member"), 0, None)
    ask = Ask(seat, 0, say(ann, seat, "still here"))
    found = Pages().read([(gone, ask)])[gone, ask]
    assert found[gone] is None and texts(found[ask]) == ["still here"]
