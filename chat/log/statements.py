"""The SQL statements that store a batch of messages, for PostgreSQL and for SQLite.

Their text is the same for any size of batch. PostgreSQL gets a batch as one JSON parameter and stores it with one
statement, which is its own transaction: one round trip. On SQLite round trips cost nothing and JSON is slow, so rows
are bound one by one. `bulk_create` and `bulk_update` were several times slower with hundreds of chats. All statements
bypass Django's cursors, which took longer than SQLite itself for a single message.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from typing import Any, NamedTuple
from weakref import WeakSet

import msgspec
from django.db import connection, connections
from msgspec import Struct

from chat.log.rows import MessageRow


class Key(Struct, frozen=True):
    """Identifies a message by its sender's `client_id`."""

    chat_id: int
    sender_id: int
    client_id: str


class Repeat(NamedTuple):
    """A message that is already stored, found by its key."""

    chat_id: int
    sender_id: int
    client_id: str
    id: int
    seq: int
    version: int
    created_at: datetime


class Counted(NamedTuple):
    """A chat with its counters after the new messages."""

    chat_id: int
    kind: str
    last_seq: int
    version: int
    user_low_id: int | None
    user_high_id: int | None
    before: datetime | None  # time of the message before the new ones; may be None unless it is the latest


class Group(Struct):
    """The new messages of one chat; until they are numbered, their `seq` counts from 1."""

    chat_id: int
    latest: datetime
    n: int = 0
    rows: list[MessageRow] = []


class ReadTo(Struct, frozen=True):
    """A person has read a chat up to `seq`."""

    chat_id: int
    user_id: int
    seq: int


PLAIN = "seq, version, chat_id, sender_id, content, client_id, reply_to_id, mentions, created_at"
COLUMNS = f"{PLAIN}, thread_root_id, mention_all, attachments"


class Postgres:
    # Chats are locked in the order of their ids, so that two batches can't deadlock. LATERAL, as the planner would
    # otherwise scan all chats for each one asked for when it believes that most are archived.
    # Each chat's row carries its messages: joining them again would take quadratic time.
    # Fields with default values are not in the JSON.
    ADD = f"""
        WITH locked AS (
            SELECT c.id, c.last_message_at AS before, w.latest, w.n, w.rows
            FROM (
                SELECT * FROM json_to_recordset(%s)
                    AS wanted(chat_id bigint, latest timestamptz, n bigint, rows json)
                ORDER BY chat_id
            ) AS w
            CROSS JOIN LATERAL (
                SELECT id, last_message_at FROM chat_chat
                WHERE id = w.chat_id AND archived_at IS NULL FOR NO KEY UPDATE
            ) AS c
        ), counted AS (
            UPDATE chat_chat c
            SET last_seq = c.last_seq + l.n, version = c.version + l.n, changed_at = clock_timestamp(),
                last_message_at = GREATEST(l.before, l.latest)
            FROM locked l
            WHERE c.id = l.id
            RETURNING c.id, c.kind, c.last_seq, c.version, c.user_low_id, c.user_high_id, l.before, l.n, l.rows
        ), inserted AS (
            INSERT INTO chat_message ({COLUMNS})
            SELECT a.last_seq - a.n + r.seq, a.version - a.n + r.seq, a.id, r.sender_id, r.content, r.client_id,
                   r.reply_to_id, COALESCE(r.mentions, '[]'), GREATEST(r.created_at, a.before),
                   r.thread_root_id, r.mention_all, r.attachments
            FROM counted a CROSS JOIN LATERAL json_to_recordset(a.rows) AS r(
                seq bigint, sender_id bigint, content text, client_id text, reply_to_id bigint, mentions jsonb,
                created_at timestamptz, thread_root_id bigint, mention_all text, attachments text)
            RETURNING id, chat_id, seq, sender_id
        ), read AS (
            UPDATE chat_membership m SET last_read_seq = r.seq, last_own_seq = r.seq
            FROM (SELECT chat_id, sender_id, max(seq) AS seq FROM inserted GROUP BY chat_id, sender_id) r
            WHERE m.chat_id = r.chat_id AND m.user_id = r.sender_id AND m.last_read_seq < r.seq
        )
        SELECT id, kind, last_seq, version, user_low_id, user_high_id, before FROM counted
        UNION ALL
        SELECT chat_id, NULL, seq, id, NULL, NULL, NULL FROM inserted"""
    # LIMIT makes the planner look each key up in the unique index; with a join it may read the whole table.
    REPEATS = """
        SELECT m.chat_id, m.sender_id, m.client_id, m.id, m.seq, m.version, m.created_at
        FROM json_to_recordset(%s) AS k(chat_id bigint, sender_id bigint, client_id text)
        CROSS JOIN LATERAL (
            SELECT * FROM chat_message m
            WHERE m.chat_id = k.chat_id AND m.sender_id = k.sender_id AND m.client_id = k.client_id
            LIMIT 1
        ) AS m"""
    # Locked in the order of their ids, so that two processes can't deadlock.
    READ = """
        WITH wanted AS (
            SELECT m.id, LEAST(r.seq, c.last_seq) AS seq
            FROM json_to_recordset(%s) AS r(chat_id bigint, user_id bigint, seq bigint)
            JOIN chat_chat c ON c.id = r.chat_id
            JOIN chat_membership m ON m.chat_id = r.chat_id AND m.user_id = r.user_id
            ORDER BY m.id FOR NO KEY UPDATE OF m
        )
        UPDATE chat_membership m SET last_read_seq = w.seq, read_changed_at = clock_timestamp()
        FROM wanted w WHERE m.id = w.id AND (m.last_read_seq < w.seq OR %s)"""
    MEMBERSHIPS = """
        SELECT m.id FROM json_to_recordset(%s) AS r(chat_id bigint, user_id bigint)
        JOIN chat_membership m ON m.chat_id = r.chat_id AND m.user_id = r.user_id"""


class SQLite:
    # One writer at a time (BEGIN IMMEDIATE), so no other write comes between these two. UPDATE FROM with RETURNING took
    # three times as long for one chat, and no less for a hundred.
    CHATS = """
        SELECT id, kind, last_seq, version, user_low_id, user_high_id, CAST(last_message_at AS TEXT)
        FROM chat_chat WHERE id IN (SELECT value FROM json_each(?)) AND archived_at IS NULL"""
    COUNT = """
        UPDATE chat_chat
        SET last_seq = ?2, version = ?3, last_message_at = ?4, changed_at = strftime('%Y-%m-%d %H:%M:%f', 'now')
        WHERE id = ?1"""
    REPEATS = """
        SELECT m.chat_id, m.sender_id, m.client_id, m.id, m.seq, m.version, m.created_at
        FROM json_each(?) AS k
        CROSS JOIN chat_message m
        ON m.chat_id = k.value ->> 'chat_id' AND m.sender_id = k.value ->> 'sender_id'
            AND m.client_id = k.value ->> 'client_id'"""
    INSERT = f"INSERT INTO chat_message ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    # Without the columns that few messages have: binding them took a seventh of the time, also when they were null.
    INSERT_PLAIN = f"INSERT INTO chat_message ({PLAIN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    READ_OWN = """
        UPDATE chat_membership SET last_read_seq = ?3, last_own_seq = ?3
        WHERE chat_id = ?1 AND user_id = ?2 AND last_read_seq < ?3"""
    READ = """
        UPDATE chat_membership
        SET last_read_seq = w.seq, read_changed_at = strftime('%Y-%m-%d %H:%M:%f', 'now')
        FROM (
            SELECT m.id, min(r.value ->> 'seq', c.last_seq) AS seq
            FROM json_each(?) AS r
            CROSS JOIN chat_chat c ON c.id = r.value ->> 'chat_id'
            CROSS JOIN chat_membership m ON m.chat_id = c.id AND m.user_id = r.value ->> 'user_id'
        ) AS w
        WHERE chat_membership.id = w.id AND (last_read_seq < w.seq OR ?)"""
    MEMBERSHIPS = """
        SELECT m.id FROM json_each(?) AS r
        CROSS JOIN chat_membership m ON m.chat_id = r.value ->> 'chat_id' AND m.user_id = r.value ->> 'user_id'"""


def _dialect() -> type[Postgres] | type[SQLite]:
    return Postgres if connection.vendor == "postgresql" else SQLite


#: PostgreSQL connections used only for storing.
_storing: WeakSet[Any] = WeakSet()
#: A prepared statement may have been planned while its tables were small, with sequential scans, and keeps that plan
#: until the next ANALYZE. So sequential scans are off and pages cost next to nothing: the planner then always prefers
#: an index.
PLANNER = """
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET seq_page_cost = 0.001; SET random_page_cost = 0.001;
    SET plan_cache_mode = force_generic_plan"""


def only_store() -> None:
    """Let this thread's connection prepare each statement once, which halves the time to store a single message.

    Such a connection must not return to the pool.
    """
    if connection.vendor != "postgresql" or connection.connection in _storing:
        return
    with connection.cursor() as cursor:
        cursor.execute(PLANNER)
    driver: Any = connection.connection
    driver.prepare_threshold = 0
    _storing.add(driver)


def leave() -> None:
    """Close this thread's connection; one changed by `only_store` is not returned to the pool."""
    if connection.connection in _storing:
        connection.connection.close()
    connection.close()


def _cursor() -> AbstractContextManager[Any]:
    """A cursor of the database driver, always closed (see lib.database.sqlite)."""
    own: Any = connections[connection.alias]
    own.ensure_connection()
    if own.connection not in _storing:
        return closing(own.connection.cursor())
    from psycopg import Cursor

    return Cursor(own.connection)  # Django's cursor binds on the client, so it can't prepare


def _run(statement: str, rows: object, *more: bool) -> list[tuple[Any, ...]]:
    """Run a statement with `rows` as its JSON parameter, and fetch what it returns. Raises Django's errors."""
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.execute(statement, [msgspec.json.encode(rows).decode(), *more])
        return cursor.fetchall() if cursor.description else []


def add(rows: Sequence[MessageRow]) -> list[MessageRow]:
    """Number and insert messages in this order, complete their rows, and move their senders' read positions.

    A time earlier than the preceding message's is raised to it: a chat's times never go back.
    Returns the stored rows: all but those whose chat is gone or archived.
    On SQLite it takes several statements, so call it in a transaction.
    """
    groups: dict[int, Group] = {}
    for row in rows:
        group = groups.get(row.chat_id) or groups.setdefault(row.chat_id, Group(row.chat_id, row.created_at))
        if row.created_at < group.latest:
            row.created_at = group.latest
        else:
            group.latest = row.created_at
        group.rows.append(row)
        row.seq = group.n = group.n + 1
    return _add_to_postgres(groups) if connection.vendor == "postgresql" else _add_to_sqlite(rows, groups)


def _number(group: Group, chat: Counted) -> None:
    """Complete the rows of a chat, except for their ids."""
    seq_before, version_before, before = chat.last_seq - group.n, chat.version - group.n, chat.before
    for row in group.rows:
        row.version = version_before + row.seq
        row.seq += seq_before
        if before is not None and row.created_at < before:
            row.created_at = before
        row.chat__kind = chat.kind
        row.chat__user_low_id = chat.user_low_id
        row.chat__user_high_id = chat.user_high_id
        row.chat__last_seq = chat.last_seq
        row.chat__version = chat.version


def _add_to_postgres(groups: dict[int, Group]) -> list[MessageRow]:
    stored: dict[tuple[int, int], MessageRow] = {}
    ids = []
    for chat_id, kind, seq, version_or_id, *more in _run(Postgres.ADD, list(groups.values())):
        if kind is None:  # a message
            ids.append((chat_id, seq, version_or_id))
            continue
        group = groups[chat_id]
        _number(group, Counted(chat_id, kind, seq, version_or_id, *more))
        stored.update({(chat_id, row.seq): row for row in group.rows})
    for chat_id, seq, id in ids:
        stored[chat_id, seq].id = id
    return list(stored.values())


def _add_to_sqlite(rows: Sequence[MessageRow], groups: dict[int, Group]) -> list[MessageRow]:
    chats = []
    for id, kind, last_seq, version, low, high, last_time in _run(SQLite.CHATS, list(groups)):
        n = groups[id].n
        before = None if last_time is None else _in_utc(datetime.fromisoformat(last_time))
        chat = Counted(id, kind, last_seq + n, version + n, low, high, before)
        _number(groups[id], chat)
        chats.append(chat)
    stored = [row for row in rows if row.version]
    if not stored:
        return []
    # Most rows have the batch's time.
    times = {time: _timestamp(time) for time in {row.created_at for row in stored}}
    counts = [
        (chat.chat_id, chat.last_seq, chat.version, times[groups[chat.chat_id].rows[-1].created_at])
        for chat in chats
    ]
    reads = {(row.chat_id, row.sender_id): row.seq for row in stored}
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.executemany(SQLite.COUNT, counts)
        values: list[tuple[Any, ...]] = [
            (
                row.seq,
                row.version,
                row.chat_id,
                row.sender_id,
                row.content,
                row.client_id,
                row.reply_to_id,
                _to_json(row.mentions),
                times[row.created_at],
            )
            for row in stored
        ]
        more = [(row.thread_root_id, row.mention_all, row.attachments) for row in stored]
        if any(each != (None, None, None) for each in more):
            cursor.executemany(SQLite.INSERT, [a + b for a, b in zip(values, more, strict=True)])
        else:
            cursor.executemany(SQLite.INSERT_PLAIN, values)
        cursor.executemany(SQLite.READ_OWN, [(*key, seq) for key, seq in reads.items()])
        # The ids are consecutive, as there is no other writer.
        [(last_id,)] = cursor.execute("SELECT last_insert_rowid()")
    for id, row in enumerate(stored, last_id - len(stored) + 1):
        row.id = id
    return stored


def _to_json(value: list[int]) -> str:
    return msgspec.json.encode(value).decode() if value else "[]"


def _timestamp(value: datetime) -> str:
    """A time in the format of Django's SQLite columns."""
    return str(connection.ops.adapt_datetimefield_value(value.astimezone(UTC)))


def _in_utc(value: datetime) -> datetime:
    """SQLite's times are UTC but naive."""
    return value.replace(tzinfo=UTC)


def repeats(keys: Iterable[Key]) -> list[Repeat]:
    """The messages already stored under these keys."""
    found = [Repeat(*row) for row in _run(_dialect().REPEATS, list(keys))]
    return [repeat._replace(created_at=_in_utc(repeat.created_at)) for repeat in found]


def read(positions: Iterable[ReadTo], back: bool) -> None:
    """Move read positions forward (with `back`, also backward), at most to the chat's end."""
    _run(_dialect().READ, list(positions), back)


def memberships(positions: Iterable[ReadTo]) -> list[int]:
    """The ids of the memberships of these people in these chats."""
    return [id for (id,) in _run(_dialect().MEMBERSHIPS, list(positions))]
