"""What storing a batch of messages asks of the database: one statement on PostgreSQL, four on SQLite.

Each is the same whatever the size of the batch: the rows come as one JSON parameter (`json_to_recordset`,
`json_each`). `bulk_create` and `bulk_update` were several times slower over hundreds of chats; PostgreSQL arrays
through Django's cursor, which writes them out as literals, 1.5 times.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection, transaction
from msgspec import Struct


class Row(Struct, frozen=True):
    """A message to be; `place` is its number in the batch."""

    place: int
    chat_id: int
    sender_id: int
    content: str
    client_id: str | None
    reply_to_id: int | None
    mentions: list[int]
    created_at: str  # as `timestamp` writes it


class Written(NamedTuple):
    """A message that is in the log now, or was already (`is_repeat`: same chat, sender and client_id)."""

    place: int
    is_repeat: bool
    id: int
    seq: int
    version: int
    created_at: datetime
    kind: str
    user_low_id: int | None
    user_high_id: int | None


def timestamp(value: datetime) -> str:
    """A time in UTC as the database's column takes it."""
    return str(connection.ops.adapt_datetimefield_value(value))


class Taken(NamedTuple):
    """A chat, and its counters before this batch took numbers from them."""

    seq: int
    version: int
    kind: str
    user_low_id: int | None
    user_high_id: int | None


class Log(NamedTuple):
    """What the database did with a batch: messages it had already, chats it took numbers from, and new ids."""

    repeated: list[Written]
    chats: dict[int, Taken]
    ids: dict[tuple[int, int], int]  # by (chat id, seq)


def write(rows: Sequence[Row]) -> list[Written]:
    """Store messages in one transaction, and move their senders' read positions; no two rows have the same key.

    Rows of a chat that is gone or archived are not among the answers. Raises what the database raises, also
    `IntegrityError` where another process stores the same key at the same moment.
    """
    log = _write_postgres(rows) if connection.vendor == "postgresql" else _write_sqlite(rows)
    repeated = {written.place for written in log.repeated}
    written = log.repeated
    times = {at: datetime.fromisoformat(at).replace(tzinfo=UTC) for at in {row.created_at for row in rows}}
    for row, n in _numbered([row for row in rows if row.place not in repeated], log.chats):
        chat = log.chats[row.chat_id]
        seq = chat.seq + n
        id = log.ids[row.chat_id, seq]
        at = times[row.created_at]
        written.append(Written(row.place, False, id, seq, chat.version + n, at, *chat[2:]))
    return written


def _numbered(fresh: Iterable[Row], chats: dict[int, Taken]) -> Iterator[tuple[Row, int]]:
    """Each row and its number among the new ones of its chat, from 1."""
    taken: Counter[int] = Counter()
    for row in fresh:
        if row.chat_id in chats:
            taken[row.chat_id] += 1
            yield row, taken[row.chat_id]


# ---------------------------------------------------------------- PostgreSQL

# By itself a transaction: nothing to begin, one round trip, one flush to disk.
# The chats are locked in the order of their ids, so that two batches can't wait for each other.
# LIMIT keeps the planner to one look into the unique index for each row; joined, it may read the whole table.
POSTGRES_WRITE = """
    WITH given AS MATERIALIZED (
        SELECT * FROM json_to_recordset(%s::json) AS g(
            place int, chat_id bigint, sender_id bigint, content text, client_id text, reply_to_id bigint,
            mentions jsonb, created_at timestamptz)
    ), repeated AS MATERIALIZED (
        SELECT g.place, m.*, c.kind, c.user_low_id, c.user_high_id
        FROM given g CROSS JOIN LATERAL (
            SELECT m.id, m.seq, m.version, m.created_at FROM chat_message m
            WHERE m.chat_id = g.chat_id AND m.sender_id = g.sender_id AND m.client_id = g.client_id
            LIMIT 1
        ) AS m
        JOIN chat_chat c ON c.id = g.chat_id
    ), fresh AS MATERIALIZED (
        SELECT g.*, row_number() OVER (PARTITION BY chat_id ORDER BY place) AS n
        FROM given g WHERE g.place <> ALL (ARRAY(SELECT r.place FROM repeated r))
    ), locked AS MATERIALIZED (
        SELECT c.id, f.n
        FROM (SELECT chat_id, max(n) AS n FROM fresh GROUP BY chat_id) f JOIN chat_chat c ON c.id = f.chat_id
        WHERE c.archived_at IS NULL
        ORDER BY c.id FOR NO KEY UPDATE OF c
    ), allotted AS (
        UPDATE chat_chat c
        SET last_seq = c.last_seq + l.n, version = c.version + l.n, changed_at = clock_timestamp()
        FROM locked l
        WHERE c.id = l.id
        RETURNING c.id, c.kind, c.user_low_id, c.user_high_id, c.last_seq - l.n AS seq, c.version - l.n AS version
    ), inserted AS (
        INSERT INTO chat_message
            (chat_id, seq, version, sender_id, content, client_id, reply_to_id, mentions, created_at)
        SELECT f.chat_id, a.seq + f.n, a.version + f.n, f.sender_id, f.content, f.client_id, f.reply_to_id,
               f.mentions, f.created_at
        FROM fresh f JOIN allotted a ON a.id = f.chat_id
        RETURNING id, chat_id, seq, sender_id, mentions
    ), read AS (
        UPDATE chat_membership m SET last_read_seq = r.seq
        FROM (SELECT chat_id, sender_id, max(seq) AS seq FROM inserted GROUP BY chat_id, sender_id) r
        WHERE m.chat_id = r.chat_id AND m.user_id = r.sender_id AND m.last_read_seq < r.seq
    ), named AS (
        INSERT INTO chat_mention (message_id, chat_id, user_id, seq)
        SELECT i.id, i.chat_id, u.id::bigint, i.seq
        FROM inserted i CROSS JOIN LATERAL jsonb_array_elements_text(i.mentions) AS u(id)
        WHERE u.id::bigint <> i.sender_id
    )
    SELECT 'repeated', place, id, seq, version, created_at, kind, user_low_id, user_high_id FROM repeated
    UNION ALL SELECT 'chat', NULL, id, seq, version, NULL, kind, user_low_id, user_high_id FROM allotted
    UNION ALL SELECT 'new', NULL, id, seq, chat_id, NULL, NULL, NULL, NULL FROM inserted"""


def _write_postgres(rows: Sequence[Row]) -> Log:
    # psycopg's own cursor prepares the statement; Django's would have it parsed and planned each time.
    from psycopg import Cursor

    connection.ensure_connection()
    own: Any = Cursor(connection.connection)
    with connection.wrap_database_errors, connection.make_cursor(own) as cursor:
        cursor.execute(POSTGRES_WRITE, [msgspec.json.encode(rows).decode()])
        log = Log([], {}, {})
        for what, place, id, seq, version, created_at, *chat in cursor.fetchall():
            if what == "repeated":
                log.repeated.append(Written(place, True, id, seq, version, created_at, *chat))
            elif what == "chat":
                log.chats[id] = Taken(seq, version, *chat)
            else:
                log.ids[version, seq] = id  # here the chat's id stands in the column of versions
        return log


# ---------------------------------------------------------------- SQLite

# One writer at a time (BEGIN IMMEDIATE): there is nothing to lock.
SQLITE_REPEATED = """
    SELECT g.value ->> 'place', m.id, m.seq, m.version, m.created_at, c.kind, c.user_low_id, c.user_high_id
    FROM json_each(%s) AS g
    CROSS JOIN chat_message m
    ON m.chat_id = g.value ->> 'chat_id' AND m.sender_id = g.value ->> 'sender_id'
        AND m.client_id = g.value ->> 'client_id'
    JOIN chat_chat c ON c.id = m.chat_id"""
SQLITE_ALLOT = """
    UPDATE chat_chat
    SET last_seq = last_seq + w.n, version = version + w.n, changed_at = strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')
    FROM (SELECT value ->> 0 AS chat_id, value ->> 1 AS n FROM json_each(%s)) AS w
    WHERE chat_chat.id = w.chat_id AND archived_at IS NULL
    RETURNING id, last_seq, version, kind, user_low_id, user_high_id"""
SQLITE_INSERT = """
    INSERT INTO chat_message
        (chat_id, seq, version, sender_id, content, client_id, reply_to_id, mentions, created_at)
    SELECT r.value ->> '$.row.chat_id', r.value ->> 'seq', r.value ->> 'version', r.value ->> '$.row.sender_id',
           r.value ->> '$.row.content', r.value ->> '$.row.client_id', r.value ->> '$.row.reply_to_id',
           r.value -> '$.row.mentions', r.value ->> '$.row.created_at'
    FROM json_each(%s) AS r
    RETURNING id, chat_id, seq"""
SQLITE_READ = """
    UPDATE chat_membership SET last_read_seq = r.seq
    FROM (SELECT value ->> 0 AS chat_id, value ->> 1 AS user_id, value ->> 2 AS seq FROM json_each(%s)) AS r
    WHERE chat_membership.chat_id = r.chat_id AND chat_membership.user_id = r.user_id AND last_read_seq < r.seq"""
SQLITE_NAMED = """
    INSERT INTO chat_mention (message_id, chat_id, user_id, seq)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(%s)"""


class Numbered(Struct, frozen=True):
    seq: int
    version: int
    row: Row


@transaction.atomic
def _write_sqlite(rows: Sequence[Row]) -> Log:
    log = Log([], {}, {})
    with_keys = [row for row in rows if row.client_id is not None]
    for place, id, seq, version, created_at, *chat in _run(SQLITE_REPEATED, with_keys) if with_keys else ():
        at = created_at.replace(tzinfo=UTC)  # SQLite knows no zone
        log.repeated.append(Written(place, True, id, seq, version, at, *chat))
    repeated = {written.place for written in log.repeated}
    fresh = [row for row in rows if row.place not in repeated]
    counts = Counter(row.chat_id for row in fresh)
    for id, seq, version, *chat in _run(SQLITE_ALLOT, list(counts.items())) if counts else ():
        log.chats[id] = Taken(seq - counts[id], version - counts[id], *chat)
    new = [
        Numbered(log.chats[row.chat_id].seq + n, log.chats[row.chat_id].version + n, row)
        for row, n in _numbered(fresh, log.chats)
    ]
    if not new:
        return log
    log.ids.update({(chat_id, seq): id for id, chat_id, seq in _run(SQLITE_INSERT, new)})
    read = {(one.row.chat_id, one.row.sender_id): one.seq for one in new}
    _run(SQLITE_READ, [(*who, seq) for who, seq in read.items()])
    named = [
        (log.ids[one.row.chat_id, one.seq], one.row.chat_id, user_id, one.seq)
        for one in new
        for user_id in one.row.mentions
        if user_id != one.row.sender_id
    ]
    if named:
        _run(SQLITE_NAMED, named)
    return log


def _run(statement: str, rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [msgspec.json.encode(rows).decode()])
        return cursor.fetchall() if cursor.description else []
