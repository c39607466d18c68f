"""What a socket costs: the queries of opening one, and the nothing of a frame."""

import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tokens
from accounts.models import User
from chat import limits, models
from chat.log import summaries
from chat.models import Chat, Membership, ServerProcess
from chat.policy import Seat
from chat.realtime import opening, runtime
from chat.realtime.connection import Connection
from chat.realtime.sockets import Socket


@pytest.mark.django_db
@pytest.mark.parametrize("chats", [3, 50])
def test_opening_the_one_connection_takes_at_most_six_queries_whatever_the_number_of_chats(
    chats: int,
) -> None:
    ann = User.objects.create_user("ann", "ann@example.org")
    others = [User.objects.create_user(f"other{n}", f"{n}@example.org") for n in range(chats // 2)]
    for number in range(chats - len(others)):
        chat = Chat.objects.create(kind="room", title=f"Room {number}")
        Membership.objects.create(chat=chat, user=ann)
    for other in others:
        chat = Chat.objects.create(kind="private", user_low=ann, user_high=other)
        Membership.objects.create(chat=chat, user=ann)
    claims = tokens.verify(tokens.issue(ann).access)
    wanted = opening.Wanted(claims, None, 0)
    opening.read(summaries.SummaryCache(), [wanted])  # the first one makes the membership of general
    with CaptureQueriesContext(connection) as queries:
        opened = opening.read(summaries.SummaryCache(), [wanted])[wanted]
    assert isinstance(opened, opening.Opening)
    assert len(opened.summaries) == chats + 1
    assert len(queries) <= 6


@pytest.mark.django_db
def test_who_opens_a_socket_is_told_a_number_online_with_themselves_once() -> None:
    ann = User.objects.create_user("ann", "ann@example.org")
    wanted = opening.Wanted(tokens.verify(tokens.issue(ann).access), None, 0)

    def online() -> list[int]:
        opened = opening.read(summaries.SummaryCache(), [wanted])[wanted]
        assert isinstance(opened, opening.Opening)
        return [summary.online_count for summary in opened.summaries]

    assert online() == [1]  # its socket is recorded a moment later
    process = ServerProcess.objects.create(pk=uuid.uuid4())
    models.Connection.objects.create(pk=uuid.uuid4(), process=process, user=ann, session_id=uuid.uuid4())
    assert online() == [1]


class Silent(Socket):
    """A socket that keeps what it is sent."""

    def __init__(self, claims: tokens.Claims) -> None:
        super().__init__(claims, None)
        self.opening = False
        self.sent: list[bytes] = []

    def put(self, framed: bytes, frames: list[bytes]) -> None:
        self.sent += frames

    def flush(self) -> None: ...

    def is_full(self) -> bool:
        return False

    def close(self, code: int) -> None:
        self.closed = True


async def test_a_message_needs_no_query_and_no_thread_on_its_way_to_the_writer() -> None:
    """`receive` is an ordinary function: it gives nothing to await, and touches no database (pytest-django would
    refuse). With nobody running the writer, what it put there is still there."""
    claims = tokens.Claims(1, uuid.uuid4(), datetime.now(UTC) + timedelta(minutes=15))
    live = runtime.Runtime()
    socket = Silent(claims)
    socket.seats = {7: Seat(7, "room", "room:7", "member")}
    connected = Connection(socket, claims, live)
    for number in range(100):
        assert (
            connected.receive(
                f'{{"type":"message","chat":"room:7","content":"hello","client_id":"{number}"}}'
            )
            is None
        )
    assert live.writer.waiting == 100
    assert socket.sent == []


@pytest.mark.parametrize(("rate", "ends"), [(5000, True), (1000, True), (150, False)])
async def test_who_floods_is_closed_however_fast_the_server_reads(
    rate: int, ends: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred frames a second are allowed; at any rate some of a flood are, too."""
    settings.RATE_LIMITS = True
    now = 0.0
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: now))
    claims = tokens.Claims(1, uuid.uuid4(), datetime.now(UTC) + timedelta(minutes=15))
    socket = Silent(claims)
    connected = Connection(socket, claims, runtime.Runtime())
    for _ in range(2000):
        now += 1 / rate
        connected.receive('{"type":"ping"}')
    assert socket.closed is ends
