"""The few SQL statements that storing a batch of messages takes, for PostgreSQL and for SQLite.

Each is one statement whatever the size of the batch: the rows come as one JSON parameter (`json_to_recordset`,
`json_each`), so the text never changes. `bulk_create` and `bulk_update` were several times slower over hundreds of
chats; PostgreSQL arrays through Django's cursor, which writes them out as literals, 1.5 times.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from weakref import WeakSet

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper
from msgspec import Struct


class Key(Struct, frozen=True):
    """What a sender calls a message."""

    chat_id: int
    sender_id: int
    client_id: str


class Repeat(NamedTuple):
    """A message that is stored already, found by its key."""

    chat_id: int
    sender_id: int
    client_id: str
    id: int
    seq: int
    version: int
    created_at: datetime


class Want(Struct, frozen=True):
    """How many numbers of a chat are needed."""

    chat_id: int
    n: int


class Allotted(NamedTuple):
    """A chat's counters after `n` numbers were taken from them."""

    chat_id: int
    kind: str
    last_seq: int
    version: int
    user_low_id: int | None
    user_high_id: int | None


class Row(Struct, frozen=True):
    """A message to insert."""

    chat_id: int
    seq: int
    version: int
    sender_id: int
    content: str
    client_id: str | None
    reply_to_id: int | None
    mentions: str  # JSON
    created_at: str  # as `timestamp` writes it


class ReadTo(Struct, frozen=True):
    """How far somebody has read."""

    chat_id: int
    user_id: int
    seq: int


COLUMNS = "chat_id, seq, version, sender_id, content, client_id, reply_to_id, mentions, created_at"


class Postgres:
    # The chats are locked in the order of their ids, so that two batches can't wait for each other. LATERAL, as the
    # planner would else go through all chats for each that is wanted, when it thinks that most are archived.
    ALLOT = """
        WITH locked AS (
            SELECT c.id, w.n
            FROM (
                SELECT * FROM json_to_recordset(%s) AS wanted(chat_id bigint, n bigint) ORDER BY chat_id
            ) AS w
            CROSS JOIN LATERAL (
                SELECT id FROM chat_chat WHERE id = w.chat_id AND archived_at IS NULL FOR NO KEY UPDATE
            ) AS c
        )
        UPDATE chat_chat c
        SET last_seq = c.last_seq + l.n, version = c.version + l.n, changed_at = clock_timestamp()
        FROM locked l
        WHERE c.id = l.id
        RETURNING c.id, c.kind, c.last_seq, c.version, c.user_low_id, c.user_high_id"""
    # LIMIT keeps the planner to one look into the unique index for each; joined, it may read the whole table.
    REPEATS = """
        SELECT m.chat_id, m.sender_id, m.client_id, m.id, m.seq, m.version, m.created_at
        FROM json_to_recordset(%s) AS k(chat_id bigint, sender_id bigint, client_id text)
        CROSS JOIN LATERAL (
            SELECT * FROM chat_message m
            WHERE m.chat_id = k.chat_id AND m.sender_id = k.sender_id AND m.client_id = k.client_id
            LIMIT 1
        ) AS m"""
    INSERT = f"""
        WITH inserted AS (
            INSERT INTO chat_message ({COLUMNS})
            SELECT chat_id, seq, version, sender_id, content, client_id, reply_to_id, mentions::jsonb, created_at
            FROM json_to_recordset(%s) AS r(
                chat_id bigint, seq bigint, version bigint, sender_id bigint, content text, client_id text,
                reply_to_id bigint, mentions text, created_at timestamptz)
            RETURNING id, chat_id, seq, sender_id
        ), read AS (
            UPDATE chat_membership m SET last_read_seq = r.seq
            FROM (SELECT chat_id, sender_id, max(seq) AS seq FROM inserted GROUP BY chat_id, sender_id) r
            WHERE m.chat_id = r.chat_id AND m.user_id = r.sender_id AND m.last_read_seq < r.seq
        )
        SELECT id, chat_id, seq FROM inserted"""

    # Locked in one order, so that two processes can't wait for each other.
    READ = """
        WITH wanted AS (
            SELECT m.id, LEAST(r.seq, c.last_seq) AS seq
            FROM json_to_recordset(%s) AS r(chat_id bigint, user_id bigint, seq bigint)
            JOIN chat_chat c ON c.id = r.chat_id
            JOIN chat_membership m ON m.chat_id = r.chat_id AND m.user_id = r.user_id
            ORDER BY m.id FOR NO KEY UPDATE OF m
        )
        UPDATE chat_membership m SET last_read_seq = w.seq
        FROM wanted w WHERE m.id = w.id AND (m.last_read_seq < w.seq OR %s)"""
    MEMBERSHIPS = """
        SELECT m.id FROM json_to_recordset(%s) AS r(chat_id bigint, user_id bigint)
        JOIN chat_membership m ON m.chat_id = r.chat_id AND m.user_id = r.user_id"""


class SQLite:
    # One writer at a time (BEGIN IMMEDIATE): there is nothing to lock.
    ALLOT = """
        UPDATE chat_chat
        SET last_seq = last_seq + w.n, version = version + w.n, changed_at = strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')
        FROM (SELECT value ->> 'chat_id' AS chat_id, value ->> 'n' AS n FROM json_each(%s)) AS w
        WHERE chat_chat.id = w.chat_id AND archived_at IS NULL
        RETURNING id, kind, last_seq, version, user_low_id, user_high_id"""
    REPEATS = """
        SELECT m.chat_id, m.sender_id, m.client_id, m.id, m.seq, m.version, m.created_at
        FROM json_each(%s) AS k
        CROSS JOIN chat_message m
        ON m.chat_id = k.value ->> 'chat_id' AND m.sender_id = k.value ->> 'sender_id'
            AND m.client_id = k.value ->> 'client_id'"""
    INSERT = f"""
        INSERT INTO chat_message ({COLUMNS})
        SELECT value ->> 'chat_id', value ->> 'seq', value ->> 'version', value ->> 'sender_id', value ->> 'content',
               value ->> 'client_id', value ->> 'reply_to_id', value ->> 'mentions', value ->> 'created_at'
        FROM json_each(%s)
        RETURNING id, chat_id, seq"""
    READ_OWN = """
        UPDATE chat_membership SET last_read_seq = r.seq
        FROM (
            SELECT value ->> 'chat_id' AS chat_id, value ->> 'sender_id' AS user_id, max(value ->> 'seq') AS seq
            FROM json_each(%s) GROUP BY 1, 2
        ) AS r
        WHERE chat_membership.chat_id = r.chat_id AND chat_membership.user_id = r.user_id
        AND last_read_seq < r.seq"""
    READ = """
        UPDATE chat_membership SET last_read_seq = w.seq
        FROM (
            SELECT m.id, min(r.value ->> 'seq', c.last_seq) AS seq
            FROM json_each(%s) AS r
            CROSS JOIN chat_chat c ON c.id = r.value ->> 'chat_id'
            CROSS JOIN chat_membership m ON m.chat_id = c.id AND m.user_id = r.value ->> 'user_id'
        ) AS w
        WHERE chat_membership.id = w.id AND (last_read_seq < w.seq OR %s)"""
    MEMBERSHIPS = """
        SELECT m.id FROM json_each(%s) AS r
        CROSS JOIN chat_membership m ON m.chat_id = r.value ->> 'chat_id' AND m.user_id = r.value ->> 'user_id'"""


def _dialect() -> type[Postgres] | type[SQLite]:
    return Postgres if connection.vendor == "postgresql" else SQLite


#: PostgreSQL connections that do nothing but store.
_storing: WeakSet[Any] = WeakSet()
#: A statement that is planned once may have been planned while its tables were small, and reading all of one seemed
#: best: then it would do so ever after, or until the next ANALYZE. So every table is entered by its index; and as a
#: page costs next to nothing, few rows that are looked up one by one always seem better than all that there are.
PLANNER = """
    SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
    SET seq_page_cost = 0.001; SET random_page_cost = 0.001;
    SET plan_cache_mode = force_generic_plan"""


def only_store() -> None:
    """Let this thread's connection parse and plan each statement once, which is half the time of a message at rest.

    Such a connection is not one for the pool.
    """
    if connection.vendor != "postgresql" or connection.connection in _storing:
        return
    with connection.cursor() as cursor:
        cursor.execute(PLANNER)
    own: Any = connection.connection
    own.prepare_threshold = 0
    _storing.add(own)


def leave() -> None:
    """Close this thread's connection; one that only stores does not go back to the pool."""
    if connection.connection in _storing:
        connection.connection.close()
    connection.close()


def _cursor() -> CursorWrapper:
    if connection.connection not in _storing:
        return connection.cursor()
    from psycopg import Cursor

    own: Any = Cursor(connection.connection)  # Django's binds on the client, and so can't prepare
    return connection.make_cursor(own)


def _run(statement: str, rows: Sequence[Struct], *more: bool, returns: bool = True) -> list[tuple[Any, ...]]:
    with _cursor() as cursor:
        cursor.execute(statement, [msgspec.json.encode(rows).decode(), *more])
        return cursor.fetchall() if returns else []


def timestamp(value: datetime) -> str:
    """A time in UTC as the database's column takes it."""
    return str(connection.ops.adapt_datetimefield_value(value))


def allot(wanted: Iterable[Want]) -> list[Allotted]:
    """Take `n` numbers of each chat and lock it; chats that are gone or archived are not among the answers."""
    return [Allotted(*row) for row in _run(_dialect().ALLOT, list(wanted))]


def repeats(keys: Iterable[Key]) -> list[Repeat]:
    """The messages that are stored already under these keys."""
    rows = _run(_dialect().REPEATS, list(keys))
    # SQLite knows no zone
    return [Repeat(*row)._replace(created_at=row[6].replace(tzinfo=UTC)) for row in rows]


def insert(rows: Sequence[Row]) -> dict[tuple[int, int], int]:
    """Insert messages, and move their senders' read positions; the messages' ids by (chat, seq)."""
    ids = {(chat_id, seq): id for id, chat_id, seq in _run(_dialect().INSERT, rows)}
    if connection.vendor != "postgresql":
        _run(SQLite.READ_OWN, rows, returns=False)
    return ids


def read(positions: Iterable[ReadTo], back: bool) -> None:
    """Move read positions forward, or `back` too; at most to the chat's end."""
    _run(_dialect().READ, list(positions), back, returns=False)


def memberships(positions: Iterable[ReadTo]) -> list[int]:
    """The ids of the memberships that these are about."""
    return [id for (id,) in _run(_dialect().MEMBERSHIPS, list(positions))]
