"""Storing: dense numbers, repeats, refusals, and what a batch costs."""

import gc
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from chat import mentions, messages
from chat.log import statements
from chat.log.rows import Draft
from chat.log.store import Stored, store
from chat.models import Chat, Membership, Mention, Message
from chat.protocol import Message as WireMessage
from lib.errors import NotAMember, Refused, Unavailable
from lib.rest import translate

pytestmark = pytest.mark.django_db
PATIENCE = 60  # seconds


def rooms(count: int, *members: User) -> list[Chat]:
    made = Chat.objects.bulk_create(Chat(kind="room", title=f"Room {n}") for n in range(count))
    Membership.objects.bulk_create(Membership(chat=chat, user=user) for chat in made for user in members)
    return made


def executed(captured: CaptureQueriesContext) -> list[str]:
    """The statements beside BEGIN and COMMIT."""
    return [
        query["sql"]
        for query in captured
        if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]


def stored(outcomes: list[Stored | Refused]) -> list[Stored]:
    assert all(isinstance(outcome, Stored) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, Stored)]


def test_a_batch_of_100_messages_over_50_chats_takes_one_statement_that_returns(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = rooms(50, ann)
    drafts = [Draft(chats[n % 50].pk, ann.pk, "ann", f"message {n}", f"id-{n}") for n in range(100)]
    ran: list[str] = []
    run = statements._run

    def counted(statement: str, rows: object) -> list[tuple[Any, ...]]:
        ran.append(statement)
        return run(statement, rows)

    monkeypatch.setattr(statements, "_run", counted)
    with CaptureQueriesContext(connection) as captured:
        outcomes = stored(store(drafts))
    assert len(ran) == 1 and not executed(captured)
    assert [outcome.seq for outcome in outcomes] == [1] * 50 + [2] * 50
    assert Message.objects.count() == 100
    assert set(Chat.objects.filter(kind="room").values_list("last_seq", "version")) == {(2, 2)}
    found = {id: (chat_id, seq) for id, chat_id, seq in Message.objects.values_list("pk", "chat_id", "seq")}
    assert [found[outcome.id] for outcome in outcomes] == [
        (chats[n % 50].pk, n // 50 + 1) for n in range(100)
    ]


def test_what_is_stored_is_what_was_said(ann: User) -> None:
    (chat,) = rooms(1, ann)
    content = "Ünïcödé, emoji 🎉, “quotes”, \\, {braces}, 'and' \"more\"\nnext line"
    (outcome,) = stored(store([Draft(chat.pk, ann.pk, "ann", content, "one")]))
    message = Message.objects.get()
    assert (message.content, message.client_id, message.mentions) == (content, "one", [])
    assert message.created_at == outcome.timestamp
    assert isinstance(outcome.message, WireMessage) and outcome.message.id == message.pk


def test_the_same_client_id_is_stored_once_and_answered_the_same(ann: User) -> None:
    (chat,) = rooms(1, ann)
    draft = Draft(chat.pk, ann.pk, "ann", "once", "same")
    first, second = stored(store([draft, draft]))
    (third,) = stored(store([draft]))
    assert {
        (outcome.id, outcome.seq, outcome.version, outcome.timestamp) for outcome in (first, second, third)
    } == {(first.id, 1, 1, first.timestamp)}
    assert first.change is not None and second.change is None and third.change is None
    assert Message.objects.count() == 1


def test_without_a_client_id_every_message_is_its_own(ann: User) -> None:
    (chat,) = rooms(1, ann)
    assert [o.seq for o in stored(store([Draft(chat.pk, ann.pk, "ann", "again")] * 3))] == [1, 2, 3]


def test_posting_moves_the_senders_read_position_and_nobody_elses(ann: User) -> None:
    bob = User.objects.create_user("bob", "bob@example.org")
    (chat,) = rooms(1, ann, bob)
    store([Draft(chat.pk, ann.pk, "ann", "one"), Draft(chat.pk, ann.pk, "ann", "two")])
    assert dict(Membership.objects.values_list("user__username", "last_read_seq")) == {"ann": 2, "bob": 0}


def test_a_refused_draft_takes_no_number_from_the_others(ann: User) -> None:
    open_chat, archived = rooms(2, ann)
    Chat.objects.filter(pk=archived.pk).update(archived_at=timezone.now())
    outcomes = store(
        [
            Draft(open_chat.pk, ann.pk, "ann", "one"),
            Draft(open_chat.pk, ann.pk, "ann", "an answer to nothing", reply_to=987654),
            Draft(archived.pk, ann.pk, "ann", "too late"),
            Draft(open_chat.pk, ann.pk, "ann", "two"),
            Draft(987654, ann.pk, "ann", "to nowhere"),
        ]
    )
    codes = [outcome.code if isinstance(outcome, Refused) else outcome.seq for outcome in outcomes]
    assert codes == [1, "invalid", "archived", 2, "archived"]


@pytest.mark.django_db(transaction=True)
def test_a_sender_who_is_gone_harms_nobody_else(ann: User) -> None:
    (chat,) = rooms(1, ann)
    outcomes = store([Draft(chat.pk, 987654, "ghost", "boo"), Draft(chat.pk, ann.pk, "ann", "hello")])
    # The reference is checked at the commit.
    assert isinstance(outcomes[0], Refused) and isinstance(outcomes[1], Stored)
    assert outcomes[1].seq == 1


def test_members_named_are_mentioned(ann: User) -> None:
    bob = User.objects.create_user("Bob", "bob@example.org")
    User.objects.create_user("stranger", "stranger@example.org")
    (chat,) = rooms(1, ann, bob)
    (outcome,) = stored(store([Draft(chat.pk, ann.pk, "ann", "Hi @bob. And @stranger, @nobody, x@ann")]))
    assert outcome.message is not None and outcome.message.mentions == [bob.pk]
    assert list(Mention.objects.values_list("user_id", "seq")) == [(bob.pk, 1)]


@pytest.mark.django_db(transaction=True)
def test_a_message_is_not_stored_without_its_mentions(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    (chat,) = rooms(1, ann)

    def save(messages: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(mentions, "save", save)
    with pytest.raises(NotImplementedError):
        store([Draft(chat.pk, ann.pk, "ann", "Hi @ann")])
    chat.refresh_from_db()
    assert (chat.last_seq, Message.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_leave_no_gap_and_no_double(ann: User) -> None:
    """Threads with overlapping chats in different orders: numbers stay dense, and nobody waits for ever."""
    chats = rooms(6, ann)
    writers, batches = 4, 12
    errors: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for batch in range(batches):
                order = chats if (writer + batch) % 2 else chats[::-1]
                # Every pair of writers shares its client_ids, so half of all are repeats.
                store(
                    [Draft(chat.pk, ann.pk, "ann", "x", f"{writer // 2}-{batch}-{chat.pk}") for chat in order]
                )
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not errors
    found = defaultdict(list)
    for chat_id, seq, version in Message.objects.order_by("seq").values_list("chat_id", "seq", "version"):
        found[chat_id].append((seq, version))
    expected = [(n, n) for n in range(1, writers // 2 * batches + 1)]
    assert found == {chat.pk: expected for chat in chats}


def test_what_was_stored_before_is_acked_again_though_it_may_not_be_said_now(ann: User) -> None:
    (chat,) = rooms(1, ann)
    draft = Draft(chat.pk, ann.pk, "ann", "in time", "one")
    (first,) = stored(store([draft]))
    Chat.objects.filter(pk=chat.pk).update(archived_at=timezone.now())
    again, new, nameless, refused = store(
        [
            draft,
            Draft(chat.pk, ann.pk, "ann", "too late", "two"),
            Draft(chat.pk, ann.pk, "ann", "too late"),
            Draft(chat.pk, ann.pk, "ann", "in time", "one", refusal=NotAMember()),
        ]
    )
    for repeat in (again, refused):
        assert isinstance(repeat, Stored) and (repeat.id, repeat.seq) == (first.id, 1)
        assert repeat.change is None
    for late in (new, nameless):
        assert isinstance(late, Refused) and late.code == "archived"


# ---------------------------------------------------------------- times

HOUR = timedelta(hours=1)


def times(chat: Chat) -> list[datetime]:
    return list(chat.messages.order_by("seq").values_list("created_at", flat=True))


def test_the_times_of_a_chat_never_go_back_though_one_servers_clock_is_behind(ann: User) -> None:
    slow, other = rooms(2, ann)
    now = datetime.now(UTC)
    said: list[tuple[Chat, datetime]] = [(slow, now), (slow, now - HOUR), (other, now - HOUR), (slow, now)]
    outcomes = [stored(store([Draft(chat.pk, ann.pk, "ann", "tick", created_at=at)]))[0] for chat, at in said]
    outcomes += stored(
        store(
            [
                Draft(slow.pk, ann.pk, "ann", "tick", created_at=now + delta)
                for delta in (-HOUR, HOUR, timedelta(), 2 * HOUR, HOUR)
            ]
        )
    )
    expected = [now, now, now, now, now + HOUR, now + HOUR, now + 2 * HOUR, now + 2 * HOUR]
    assert times(slow) == expected and times(other) == [now - HOUR]
    told = [outcome.timestamp for outcome in outcomes]
    assert told == [now, now, now - HOUR, now, *expected[3:]]
    for outcome in outcomes:
        assert outcome.message is not None and outcome.message.timestamp == outcome.timestamp
    slow.refresh_from_db()
    assert slow.last_message_at == now + 2 * HOUR


def test_sqlite_updates_a_chat_once_for_a_batch(ann: User) -> None:
    if connection.vendor != "sqlite":
        return  # PostgreSQL stores with one statement
    chats = rooms(3, ann)
    now = datetime.now(UTC)
    drafts = [
        Draft(chat.pk, ann.pk, "ann", "tick", created_at=at) for chat in chats for at in (now, now + HOUR)
    ]
    ran: list[str] = []
    connection.connection.set_trace_callback(ran.append)
    try:
        stored(store(drafts))
    finally:
        connection.connection.set_trace_callback(None)
    assert sum(statement.split()[:2] == ["UPDATE", "chat_chat"] for statement in ran) == len(chats)
    assert set(Chat.objects.filter(kind="room").values_list("last_message_at", flat=True)) == {now + HOUR}


def test_a_chat_that_takes_no_message_keeps_its_time(ann: User) -> None:
    archived, chat = rooms(2, ann)
    Chat.objects.filter(pk=archived.pk).update(archived_at=timezone.now())
    store([Draft(archived.pk, ann.pk, "ann", "too late"), Draft(chat.pk, ann.pk, "ann", "in time")])
    archived.refresh_from_db()
    assert archived.last_message_at is None


def test_a_change_is_not_before_what_it_changes_whichever_servers_clock_it_is(ann: User) -> None:
    (chat,) = rooms(1, ann)
    ahead = datetime.now(UTC) + HOUR
    (said,) = stored(store([Draft(chat.pk, ann.pk, "ann", "one", created_at=ahead)]))
    edited = messages.edit(ann, said.id, "two")
    deleted = messages.delete(ann, said.id)
    assert edited.edited_at == ahead and deleted.deleted_at == ahead


@pytest.mark.django_db(transaction=True)
def test_times_never_go_back_among_writers_at_once_whose_clocks_differ(ann: User) -> None:
    chats = rooms(3, ann)
    errors: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for _ in range(15):
                at = datetime.now(UTC) - writer * timedelta(seconds=5)
                store([Draft(chat.pk, ann.pk, "ann", "tick", created_at=at) for chat in chats])
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not errors
    for chat in chats:
        found = times(chat)
        assert len(found) == 60 and found == sorted(found)


def open_cursors_left_by(act: Callable[[], object]) -> list[sqlite3.Cursor]:
    """Those that only the collector of garbage would free, in whichever thread it happens to run."""
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        act()
        gc.collect()
        return [left for left in gc.garbage if isinstance(left, sqlite3.Cursor) and is_open(left)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def is_open(cursor: sqlite3.Cursor) -> bool:
    try:
        cursor.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


@pytest.mark.django_db(transaction=True)
def test_a_repeat_leaves_no_open_cursor(ann: User) -> None:
    """SQLite frees a cursor under its connection's lock, which the connection's own thread has while it waits to
    write: freed by the thread that it waits for, both waited until the timeout."""
    (chat,) = rooms(1, ann)
    draft = Draft(chat.pk, ann.pk, "ann", "Hi", "id")
    store([draft])
    assert open_cursors_left_by(lambda: store([draft])) == []


@pytest.mark.django_db(transaction=True)
def test_a_message_that_waited_too_long_for_another_writer_leaves_no_open_cursor(ann: User) -> None:
    if connection.vendor != "sqlite":
        return  # it has no lock of the whole database
    (chat,) = rooms(1, ann)

    def fail() -> None:
        with pytest.raises(OperationalError, match="locked"):
            store([Draft(chat.pk, ann.pk, "ann", "Hi")])

    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 1")
        try:
            assert open_cursors_left_by(fail) == []
        finally:
            connection.close()  # and with it the timeout


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_is_said_plainly_and_what_was_stored_stays() -> None:
    ann, chat = (
        User.objects.create_user("ann", "ann@example.org"),
        Chat.objects.create(kind="room", title="Room"),
    )
    if connection.vendor != "sqlite":
        return  # PostgreSQL's disk is not ours to fill
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + 5}")
    try:
        with pytest.raises(OperationalError) as full:
            [store([Draft(chat.pk, ann.pk, "ann", "x" * 4000)]) for _ in range(1000)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    refusal = translate(full.value)
    assert isinstance(refusal, Unavailable) and "disk is full" in refusal.detail
    [after] = stored(store([Draft(chat.pk, ann.pk, "ann", "there is room again")]))
    assert after.seq == Message.objects.count()


def test_a_text_that_can_not_be_encoded_is_refused_without_the_rest_of_its_batch(ann: User) -> None:
    [room] = rooms(1, ann)
    drafts = [
        Draft(room.pk, ann.pk, "ann", content) for content in ("before", "half a pair: \ud800", "after")
    ]
    outcomes = store(drafts)
    assert [isinstance(outcome, Stored) for outcome in outcomes] == [True, False, True]
    assert list(Message.objects.order_by("seq").values_list("seq", "content")) == [
        (1, "before"),
        (2, "after"),
    ]


DRAFTS = st.tuples(
    st.integers(0, 3),  # the chat: two that are there, one that is archived, one that is missing
    st.sampled_from([None, "a", "b", "c"]),  # client_id
    st.sampled_from([None, "good", "bad"]),  # reply_to
    st.sampled_from(["hello", "hello @bob"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(DRAFTS, max_size=8), max_size=4))
def test_any_batches_leave_dense_numbers_and_each_client_id_once(
    ann: User, batches: list[list[tuple[int, str | None, str | None, str]]]
) -> None:
    bob = User.objects.filter(username="bob").first() or User.objects.create_user("bob", "bob@example.org")
    chats = rooms(3, ann, bob)
    chats[2].archived_at = timezone.now()
    chats[2].save()
    first = stored(store([Draft(chat.pk, ann.pk, "ann", "first") for chat in chats[:2]]))
    ids = [*(chat.pk for chat in chats), 10**12]
    said: list[list[str]] = [["first"], ["first"], [], []]
    seqs: dict[tuple[int, str], int] = {}
    changes = [outcome.change for outcome in first if outcome.change]
    replies = [0, 0]
    for batch in batches:
        drafts = [
            Draft(ids[chat], ann.pk, "ann", text, client_id, reply_of(first, chat, reply))
            for chat, client_id, reply, text in batch
        ]
        outcomes = store(drafts)
        for outcome in outcomes:
            if isinstance(outcome, Stored) and outcome.change:
                changes += [outcome.change, *outcome.others]
        refused = []
        for (chat, client_id, reply, text), outcome in zip(batch, outcomes, strict=True):
            if chat > 1 or reply == "bad":
                refused.append(((chat, client_id or ""), outcome))
                continue
            seq = seqs.get((chat, client_id or ""))
            if seq is None:
                said[chat].append(text)
                replies[chat] += reply == "good"
                seq = len(said[chat])
            else:
                assert isinstance(outcome, Stored) and outcome.change is None
            if client_id:
                seqs[chat, client_id] = seq
            assert isinstance(outcome, Stored) and outcome.seq == seq
        for key, outcome in refused:  # with a client_id that is stored by now, it is a repeat all the same
            assert isinstance(outcome, Stored) == (key in seqs)
            assert not isinstance(outcome, Stored) or outcome.seq == seqs[key]
    for room, texts in zip(chats, said, strict=False):
        rows = list(Message.objects.filter(chat=room).order_by("seq"))
        assert [(row.seq, row.content) for row in rows] == list(enumerate(texts, 1))
        room.refresh_from_db()
        assert room.last_seq == len(texts)
        told = sorted(change.version for change in changes if change.chat_id == room.pk)
        assert told == list(range(1, room.version + 1))
        assert {row.version for row in rows} <= set(told)
        for root in rows[:1]:
            counted = Message.objects.filter(thread_root=root)
            assert (root.reply_count or 0) == replies[chats.index(room)] == counted.count()
            assert root.last_reply_at == (counted.order_by("seq").last() or Message()).created_at
        assert Mention.objects.filter(message__chat=room).count() == sum("@bob" in text for text in texts)


def reply_of(first: list[Stored], chat: int, reply: str | None) -> int | None:
    if reply is None:
        return None
    return 10**12 if reply == "bad" or chat > 1 else first[chat].id
