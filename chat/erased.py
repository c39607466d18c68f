"""Whether anything is left of a deleted message, wherever in the database it may be.

The tables and columns are read from the database itself, so that tables added later are searched too. What may stay is
listed here; anything else counts as left. Copies that don't refer to the message by its id are found if its text is
given.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from chat.models import Message, SavedDraft, Scheduled, ThreadFollow
from files.models import StoredFile
from lib import text

#: Columns of a deleted message that stay: its place in the chat, who wrote it, who deleted it, and when.
STAYS = (
    *("id", "chat", "seq", "version", "sender", "client_id"),
    *("reply_to", "thread_root", "reply_count", "last_reply_at"),
    *("created_at", "edited_at", "deleted_at", "deleted_by", "delete_reason"),
)
#: Columns that may still refer to a deleted message: those of replies to it, and of followers of its chain.
MAY_NAME = (
    (Message, "reply_to"),
    (Message, "thread_root"),
    (ThreadFollow, "root"),
    (SavedDraft, "reply_to"),
    (Scheduled, "reply_to"),
)
EMPTY: tuple[Any, ...] = (None, "", "[]", "{}", [], {})
NOT_TEXT = {
    *("AutoField", "BigAutoField", "SmallAutoField", "BigIntegerField", "IntegerField", "SmallIntegerField"),
    *("PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField", "FloatField"),
    *("BooleanField", "DateField", "DateTimeField", "TimeField", "DurationField", "DecimalField"),
    *("UUIDField", "GenericIPAddressField", "BinaryField"),
}
SHOWN = 5  # rows that are listed for a column


@dataclass
class Report:
    """What was looked at, as names of columns, and what was found there, as sentences."""

    deleted_at: datetime | None
    place: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)


def report(message: Message, said: Iterable[str] = ()) -> Report:
    """Search for what is left of a message; `said`: its content now and before edits, as far as that is known."""
    made = Report(message.deleted_at)
    wanted = variants(said)
    table = Message._meta.db_table
    with connection.cursor() as cursor:
        if message.deleted_at is None:
            made.found.append("The message isn't deleted.")
        if going := StoredFile.objects.filter(state=StoredFile.State.GOING).count():
            made.found.append(
                f"{going} deleted files are still in the storage. The server tries again daily."
            )
        stays = {column_of(Message, name) for name in STAYS}
        cursor.execute(f"SELECT * FROM {quoted(table)} WHERE id = %s", [message.pk])  # noqa: S608  (our own name)
        row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
        for name, value in row.items():
            if name not in stays:
                made.place.append(f"{table}.{name}")
                if value not in EMPTY:
                    made.found.append(f"{table}.{name} of the message is not empty.")
        may_name = {(model._meta.db_table, column_of(model, name)) for model, name in MAY_NAME}
        for other in sorted(connection.introspection.table_names(cursor)):
            for name in referring(cursor, other):
                made.references.append(f"{other}.{name}")
                if (other, name) not in may_name:
                    made.found += rows(cursor, other, name, f"{quoted(name)} = %s", [message.pk], "names it")
            for name in textual(cursor, other) if wanted else ():
                made.texts.append(f"{other}.{name}")
                where = " OR ".join([contains(name)] * len(wanted))
                made.found += rows(cursor, other, name, where, wanted, "holds the text")
    return made


def variants(said: Iterable[str]) -> list[str]:
    """The spellings in which a text may be stored: as it is, folded for search, and within JSON."""
    found: dict[str, None] = {}
    for one in filter(None, (each.strip() for each in said)):
        found |= dict.fromkeys(
            (one, text.fold(one), json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1])
        )
    return list(found)


def referring(cursor: CursorWrapper, table: str) -> Iterator[str]:
    """The columns that hold ids of messages: by a foreign key, or by their name."""
    keys = connection.introspection.get_relations(cursor, table)
    for column in connection.introspection.get_table_description(cursor, table):
        target = keys[column.name][1] if column.name in keys else None
        if target == Message._meta.db_table or (target is None and column.name.endswith("message_id")):
            yield column.name


def textual(cursor: CursorWrapper, table: str) -> Iterator[str]:
    """The columns that can hold text, JSON among them."""
    for column in connection.introspection.get_table_description(cursor, table):
        try:
            kind = connection.introspection.get_field_type(column.type_code, column)
        except KeyError:  # a type that Django doesn't know
            kind = "TextField"
        if kind not in NOT_TEXT:
            yield column.name


def contains(column: str) -> str:
    if connection.vendor == "postgresql":
        return f"strpos(CAST({quoted(column)} AS text), %s) > 0"
    return f"instr(CAST({quoted(column)} AS text), %s) > 0"


def rows(
    cursor: CursorWrapper, table: str, column: str, where: str, values: Sequence[Any], what: str
) -> list[str]:
    """A sentence if there are such rows, with the keys of the first."""
    key = connection.introspection.get_primary_key_column(cursor, table)
    shown = quoted(key) if key else "NULL"
    # All names are the database's own.
    cursor.execute(f"SELECT {shown} FROM {quoted(table)} WHERE {where} LIMIT {SHOWN + 1}", values)  # noqa: S608
    keys = [f"{value}" for (value,) in cursor.fetchall()]
    if not keys:
        return []
    named = ", ".join(keys[:SHOWN]) + (", …" if len(keys) > SHOWN else "")
    return [f"{table}.{column} {what}: {key or 'row'} {named}."]


def column_of(model: type[Model], name: str) -> str:
    """The database's name of a field."""
    return str(getattr(model._meta.get_field(name), "column"))  # noqa: B009  (relations from elsewhere have none)


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)
