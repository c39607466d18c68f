"""The few SQL statements that storing a batch of messages takes, for PostgreSQL and for SQLite.

Their text never changes, whatever the size of the batch. PostgreSQL takes a batch as one JSON parameter, and stores
it with one statement, which is its own transaction: one round trip. For SQLite, where a round trip costs nothing and
JSON much, the rows are bound one by one. `bulk_create` and `bulk_update` were several times slower over hundreds of
chats. All run below Django's cursors, which took longer than SQLite itself for a message at rest.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from typing import Any, NamedTuple
from weakref import WeakSet

import msgspec
from django.db import connection, connections
from msgspec import Struct
from msgspec.structs import astuple


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


class Allotted(NamedTuple):
    """A chat's counters after numbers were taken from them."""

    chat_id: int
    kind: str
    last_seq: int
    version: int
    user_low_id: int | None
    user_high_id: int | None
    before: datetime | None  # the time of its newest message until then, at least where that is the later one


class Row(Struct):
    """A message to add."""

    chat_id: int
    sender_id: int
    content: str
    client_id: str | None
    reply_to_id: int | None
    mentions: str  # JSON
    created_at: str  # as `timestamp` writes it
    place: int = 0  # among the rows of its chat, from 1; `add` counts


class Group(Struct):
    """The rows of one chat."""

    chat_id: int
    latest: str = ""  # the newest row's time
    n: int = 0
    rows: list[Row] = []


class Added(NamedTuple):
    """What became of a row, in its chat. Its time is `chat.before` if it was an earlier one."""

    chat: Allotted
    id: int
    seq: int
    version: int


class ReadTo(Struct, frozen=True):
    """How far somebody has read."""

    chat_id: int
    user_id: int
    seq: int


COLUMNS = "seq, version, chat_id, sender_id, content, client_id, reply_to_id, mentions, created_at"


class Postgres:
    # The chats are locked in the order of their ids, so that two batches can't wait for each other. LATERAL, as the
    # planner would else go through all chats for each that is wanted, when it thinks that most are archived.
    # Each chat carries its rows along, as joining them to it again would take the square of a batch.
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
        ), allotted AS (
            UPDATE chat_chat c
            SET last_seq = c.last_seq + l.n, version = c.version + l.n, changed_at = clock_timestamp(),
                last_message_at = GREATEST(l.before, l.latest)
            FROM locked l
            WHERE c.id = l.id
            RETURNING c.id, c.kind, c.last_seq, c.version, c.user_low_id, c.user_high_id, l.before, l.n, l.rows
        ), inserted AS (
            INSERT INTO chat_message ({COLUMNS})
            SELECT a.last_seq - a.n + r.place, a.version - a.n + r.place, a.id, r.sender_id, r.content, r.client_id,
                   r.reply_to_id, r.mentions::jsonb, GREATEST(r.created_at, a.before)
            FROM allotted a CROSS JOIN LATERAL json_to_recordset(a.rows) AS r(
                place bigint, sender_id bigint, content text, client_id text, reply_to_id bigint, mentions text,
                created_at timestamptz)
            RETURNING id, chat_id, seq, sender_id
        ), read AS (
            UPDATE chat_membership m SET last_read_seq = r.seq, last_own_seq = r.seq
            FROM (SELECT chat_id, sender_id, max(seq) AS seq FROM inserted GROUP BY chat_id, sender_id) r
            WHERE m.chat_id = r.chat_id AND m.user_id = r.sender_id AND m.last_read_seq < r.seq
        )
        SELECT id, kind, last_seq, version, user_low_id, user_high_id, before FROM allotted
        UNION ALL
        SELECT chat_id, NULL, seq, id, NULL, NULL, NULL FROM inserted"""
    # LIMIT keeps the planner to one look into the unique index for each; joined, it may read the whole table.
    REPEATS = """
        SELECT m.chat_id, m.sender_id, m.client_id, m.id, m.seq, m.version, m.created_at
        FROM json_to_recordset(%s) AS k(chat_id bigint, sender_id bigint, client_id text)
        CROSS JOIN LATERAL (
            SELECT * FROM chat_message m
            WHERE m.chat_id = k.chat_id AND m.sender_id = k.sender_id AND m.client_id = k.client_id
            LIMIT 1
        ) AS m"""
    # Locked in one order, so that two processes can't wait for each other.
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
    # One writer at a time (BEGIN IMMEDIATE): nothing to lock, and no other writer between these two. UPDATE FROM with
    # RETURNING took three times as long for one chat, and no less for a hundred.
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
    INSERT = f"INSERT INTO chat_message ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
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


def _cursor() -> AbstractContextManager[Any]:
    """A cursor of the database's own driver, closed whatever happens (see lib.database.sqlite)."""
    own: Any = connections[connection.alias]
    own.ensure_connection()
    if own.connection not in _storing:
        return closing(own.connection.cursor())
    from psycopg import Cursor

    return Cursor(own.connection)  # Django's binds on the client, and so can't prepare


def _run(statement: str, rows: object, *more: bool) -> list[tuple[Any, ...]]:
    """Run a statement with `rows` as its JSON parameter, and fetch what it returns. Raises Django's errors."""
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.execute(statement, [msgspec.json.encode(rows).decode(), *more])
        return cursor.fetchall() if cursor.description else []


def timestamp(value: datetime) -> str:
    """A time in UTC as the database's column takes it; a later one is a greater text."""
    return str(connection.ops.adapt_datetimefield_value(value.astimezone(UTC)))


def add(rows: Sequence[Row]) -> list[Added | None]:
    """Number and insert messages, in this order, and move their senders' read positions.

    A time that is earlier than that of the message before becomes the same: a chat's times never go back.
    None for those whose chat is gone or archived. Several statements on SQLite: call it in a transaction there.
    """
    groups: dict[int, Group] = {}
    for row in rows:
        group = groups.get(row.chat_id) or groups.setdefault(row.chat_id, Group(row.chat_id))
        row.created_at = group.latest = max(group.latest, row.created_at)
        group.rows.append(row)
        row.place = group.n = group.n + 1
    chats, ids = (
        _add_to_postgres(groups) if connection.vendor == "postgresql" else _add_to_sqlite(rows, groups)
    )
    added: list[Added | None] = []
    for row in rows:
        chat = chats.get(row.chat_id)
        if chat is None:
            added.append(None)
            continue
        left = groups[row.chat_id].n - row.place
        seq = chat.last_seq - left
        added.append(Added(chat, ids[row.chat_id, seq], seq, chat.version - left))
    return added


#: Chats by id, and the ids of messages by chat and seq.
_Found = tuple[dict[int, Allotted], dict[tuple[int, int], int]]


def _add_to_postgres(groups: dict[int, Group]) -> _Found:
    found = _run(Postgres.ADD, list(groups.values()))
    chats = {row[0]: Allotted(*row) for row in found if row[1] is not None}
    return chats, {(chat_id, seq): id for chat_id, kind, seq, id, *_ in found if kind is None}


def _add_to_sqlite(rows: Sequence[Row], groups: dict[int, Group]) -> _Found:
    chats, counts = {}, []
    for id, kind, last_seq, version, low, high, last in _run(SQLite.CHATS, list(groups)):
        group, before = groups[id], None
        if last is not None and last > group.rows[0].created_at:  # a clock is behind
            before = datetime.fromisoformat(last).replace(tzinfo=UTC)
            for row in group.rows:
                row.created_at = max(row.created_at, last)
        chats[id] = Allotted(id, kind, last_seq + group.n, version + group.n, low, high, before)
        counts.append((id, last_seq + group.n, version + group.n, group.rows[-1].created_at))
    keys, bound, reads = [], [], {}
    for row in rows:
        if (chat := chats.get(row.chat_id)) is not None:
            *values, place = astuple(row)
            left = groups[row.chat_id].n - place
            seq = chat.last_seq - left
            keys.append((row.chat_id, seq))
            bound.append((seq, chat.version - left, *values))
            reads[row.chat_id, row.sender_id] = seq
    if not bound:
        return chats, {}
    with connection.wrap_database_errors, _cursor() as cursor:
        cursor.executemany(SQLite.COUNT, counts)
        cursor.executemany(SQLite.INSERT, bound)
        cursor.executemany(SQLite.READ_OWN, [(*key, seq) for key, seq in reads.items()])
        # The ids follow each other, as nobody else writes.
        [(last_id,)] = cursor.execute("SELECT last_insert_rowid()")
    return chats, dict(zip(keys, range(last_id - len(bound) + 1, last_id + 1), strict=True))


def _in_utc(value: datetime) -> datetime:
    """SQLite knows no zone."""
    return value.replace(tzinfo=UTC)


def repeats(keys: Iterable[Key]) -> list[Repeat]:
    """The messages that are stored already under these keys."""
    rows = _run(_dialect().REPEATS, list(keys))
    return [Repeat(*row)._replace(created_at=_in_utc(row[6])) for row in rows]


def read(positions: Iterable[ReadTo], back: bool) -> None:
    """Move read positions forward, or `back` too; at most to the chat's end."""
    _run(_dialect().READ, list(positions), back)


def memberships(positions: Iterable[ReadTo]) -> list[int]:
    """The ids of the memberships that these are about."""
    return [id for (id,) in _run(_dialect().MEMBERSHIPS, list(positions))]
