"""The few SQL statements that storing a batch of messages takes, for PostgreSQL and for SQLite.

Each is one statement whatever the size of the batch: PostgreSQL gets arrays (`unnest`), SQLite one JSON array
(`json_each`), so the text never changes and stays prepared. `bulk_create` and `bulk_update` were several times
slower over hundreds of chats.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection


class Repeat(NamedTuple):
    """A message that is stored already, found by what its sender called it."""

    chat_id: int
    sender_id: int
    client_id: str
    id: int
    seq: int
    version: int
    created_at: datetime


class Allotted(NamedTuple):
    """A chat's counters after `n` numbers were taken from them."""

    chat_id: int
    kind: str
    last_seq: int
    version: int
    user_low_id: int | None
    user_high_id: int | None


class Row(NamedTuple):
    """A message to insert."""

    chat_id: int
    seq: int
    version: int
    sender_id: int
    content: str
    client_id: str | None
    reply_to_id: int | None
    mentions: str  # JSON
    created_at: datetime


COLUMNS = "chat_id, seq, version, sender_id, content, client_id, reply_to_id, mentions, created_at"


class Postgres:
    # The chats are locked in the order of their ids, so that two batches can't wait for each other.
    ALLOT = """
        WITH want AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS w(id, n)),
        locked AS (SELECT c.id FROM chat_chat c JOIN want USING (id) ORDER BY c.id FOR NO KEY UPDATE OF c)
        UPDATE chat_chat c
        SET last_seq = c.last_seq + w.n, version = c.version + w.n, changed_at = clock_timestamp()
        FROM want w JOIN locked USING (id)
        WHERE c.id = w.id AND c.archived_at IS NULL
        RETURNING c.id, c.kind, c.last_seq, c.version, c.user_low_id, c.user_high_id"""
    REPEATS = """
        SELECT m.chat_id, m.sender_id, m.client_id, m.id, m.seq, m.version, m.created_at
        FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS d(chat_id, sender_id, client_id)
        JOIN chat_message m ON m.chat_id = d.chat_id AND m.sender_id = d.sender_id AND m.client_id = d.client_id"""
    INSERT = f"""
        INSERT INTO chat_message ({COLUMNS})
        SELECT r.a, r.b, r.c, r.d, r.e, r.f, r.g, r.h::jsonb, r.i
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[],
                    %s::text[], %s::timestamptz[]) AS r(a, b, c, d, e, f, g, h, i)
        RETURNING id, chat_id, seq"""
    READ_OWN = """
        UPDATE chat_membership m SET last_read_seq = d.seq
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS d(chat_id, user_id, seq)
        WHERE m.chat_id = d.chat_id AND m.user_id = d.user_id AND m.last_read_seq < d.seq"""

    @staticmethod
    def arguments(rows: Sequence[Sequence[Any]]) -> list[Any]:
        return [list(column) for column in zip(*rows, strict=True)]


class SQLite:
    # One writer at a time (BEGIN IMMEDIATE): there is nothing to lock.
    ALLOT = """
        UPDATE chat_chat
        SET last_seq = last_seq + w.n, version = version + w.n, changed_at = strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')
        FROM (SELECT value ->> 0 AS id, value ->> 1 AS n FROM json_each(%s)) AS w
        WHERE chat_chat.id = w.id AND archived_at IS NULL
        RETURNING id, kind, last_seq, version, user_low_id, user_high_id"""
    REPEATS = """
        SELECT m.chat_id, m.sender_id, m.client_id, m.id, m.seq, m.version, m.created_at
        FROM json_each(%s) AS d
        CROSS JOIN chat_message m
        ON m.chat_id = d.value ->> 0 AND m.sender_id = d.value ->> 1 AND m.client_id = d.value ->> 2"""
    INSERT = f"""
        INSERT INTO chat_message ({COLUMNS})
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
               value ->> 7, value ->> 8
        FROM json_each(%s)
        RETURNING id, chat_id, seq"""
    READ_OWN = """
        UPDATE chat_membership SET last_read_seq = d.seq
        FROM (SELECT value ->> 0 AS chat_id, value ->> 1 AS user_id, value ->> 2 AS seq FROM json_each(%s)) AS d
        WHERE chat_membership.chat_id = d.chat_id AND chat_membership.user_id = d.user_id
        AND last_read_seq < d.seq"""

    @staticmethod
    def arguments(rows: Sequence[Sequence[Any]]) -> list[Any]:
        return [json.dumps(rows, default=SQLite.time)]

    @staticmethod
    def time(value: datetime) -> str:
        """As Django writes times for SQLite: UTC without a zone."""
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def _dialect() -> type[Postgres] | type[SQLite]:
    return Postgres if connection.vendor == "postgresql" else SQLite


def _run(statement: str, rows: Sequence[Sequence[Any]], returns: bool = True) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, _dialect().arguments(rows))
        return cursor.fetchall() if returns else []


def allot(counts: dict[int, int]) -> list[Allotted]:
    """Take `n` numbers of each chat and lock it; chats that are gone or archived are not among the answers."""
    return [Allotted(*row) for row in _run(_dialect().ALLOT, list(counts.items()))]


def repeats(keys: Iterable[tuple[int, int, str]]) -> list[Repeat]:
    """The messages stored already under these (chat, sender, client_id)."""
    rows = _run(_dialect().REPEATS, list(keys))
    return [
        Repeat(*row)._replace(created_at=row[6].replace(tzinfo=UTC)) for row in rows
    ]  # SQLite knows no zone


def insert(rows: list[Row]) -> dict[tuple[int, int], int]:
    """Insert messages; their ids by (chat, seq)."""
    return {(chat_id, seq): id for id, chat_id, seq in _run(_dialect().INSERT, rows)}


def read_own(positions: dict[tuple[int, int], int]) -> None:
    """Move senders' read positions to what they said last: {(chat, user): seq}."""
    _run(
        _dialect().READ_OWN,
        [(chat, user, seq) for (chat, user), seq in sorted(positions.items())],
        returns=False,
    )
