"""The index of words in messages: `chat_search`, which `chat.search` reads.

On PostgreSQL a table with a `tsvector`, on SQLite an FTS5 table; both hold the tokens of `lib.tokens` and cut nothing
themselves. `chat.indexing` takes new messages into it soon after they are stored: within the statement that stores them
this cost 30 % of the messages a second on SQLite, and 40 % on PostgreSQL. Edits and deletions change it at once, and a
trigger deletes the entry of a row that is deleted.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import msgspec
from django.db import connection, transaction

from chat.protocol import Attachment, Message
from lib import tokens

TABLE = "chat_search"
FOLLOWER = "search"  # the name of the follower that fills it, in `chat_followed`
#: Above so many chats, the messages that were found are filtered by their chat afterwards.
MOST_CHATS = 200
#: What makes a text have a link.
SCHEMES = ("http://", "https://")


class Postgres:
    PUT = """
        INSERT INTO chat_search (message_id, tokens)
        SELECT id, tokens::tsvector FROM json_to_recordset(%s) AS r(id bigint, tokens text)
        ON CONFLICT (message_id) DO UPDATE SET tokens = excluded.tokens"""
    REMOVE = """
        DELETE FROM chat_search
        WHERE message_id IN (SELECT value::bigint FROM json_array_elements_text(%s))"""
    NEWEST = """
        SELECT message_id FROM chat_search WHERE tokens @@ %s::tsquery AND message_id < %s
        ORDER BY message_id DESC LIMIT %s"""
    MISSING = """
        SELECT m.id FROM chat_chat c
        LEFT JOIN chat_followed f ON f.chat_id = c.id AND f.name = %s
        JOIN chat_message m ON m.chat_id = c.id AND m.version > COALESCE(f.version, 0)
        WHERE c.id IN (SELECT value::bigint FROM json_array_elements_text(%s))
            AND c.version > COALESCE(f.version, 0)
        ORDER BY m.id DESC LIMIT %s"""
    AND, OR = " & ", " | "

    @staticmethod
    def entry(words: Sequence[str]) -> str:
        """A `tsvector` as it is written. Tokens have neither quotes nor backslashes."""
        places: dict[str, list[str]] = {}
        for place, word in enumerate(words, 1):
            places.setdefault(word, []).append(str(place))
        return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())

    @staticmethod
    def phrase(words: Sequence[str], is_beginning: bool = False) -> str:
        inside = " <-> ".join(f"'{word}'" for word in words)
        return f"({inside}{':*' if is_beginning else ''})"


class SQLite:
    PUT = """
        INSERT OR REPLACE INTO chat_search (rowid, tokens)
        SELECT value ->> 'id', value ->> 'tokens' FROM json_each(%s)"""
    REMOVE = "DELETE FROM chat_search WHERE rowid IN (SELECT value FROM json_each(%s))"
    NEWEST = """
        SELECT rowid FROM chat_search WHERE chat_search MATCH %s AND rowid < %s
        ORDER BY rowid DESC LIMIT %s"""
    MISSING = """
        SELECT m.id FROM chat_chat c
        LEFT JOIN chat_followed f ON f.chat_id = c.id AND f.name = %s
        JOIN chat_message m ON m.chat_id = c.id AND m.version > COALESCE(f.version, 0)
        WHERE c.id IN (SELECT value FROM json_each(%s)) AND c.version > COALESCE(f.version, 0)
        ORDER BY m.id DESC LIMIT %s"""
    AND, OR = " AND ", " OR "

    @staticmethod
    def entry(words: Sequence[str]) -> str:
        return " ".join(words)

    @staticmethod
    def phrase(words: Sequence[str], is_beginning: bool = False) -> str:
        return f'"{" ".join(words)}"{" *" if is_beginning else ""}'


class Term(Protocol):
    """Tokens that follow each other."""

    @property
    def tokens(self) -> tuple[str, ...]: ...
    @property
    def is_beginning(self) -> bool: ...


class Indexed(NamedTuple):
    id: int
    texts: list[str]
    marks: list[str]  # what else it can be found by, see `mark`


def texts_of(content: str, attachments: Iterable[Attachment]) -> list[str]:
    """What is searched of a message: its text, and the names and descriptions of its files."""
    return [content, *(text for file in attachments for text in (file.name, file.alt) if text)]


def mark(name: str, value: int | str) -> str:
    """The token of messages in a `chat`, `from` a person, or that `has` a link, a file, or a file of a kind."""
    return f"{tokens.MARK}{name}{value}"


def of(chat_id: int, message: Message) -> Indexed:
    has = {file.kind for file in message.attachments} | ({"file"} if message.attachments else set())
    if any(scheme in message.content for scheme in SCHEMES):
        has.add("link")
    marks = [
        mark("chat", chat_id),
        mark("from", message.user_id),
        *(mark("has", what) for what in sorted(has)),
    ]
    texts = texts_of(message.content, message.attachments)
    return Indexed(message.id, texts, marks if message.deleted_at is None else [])


def _dialect() -> type[Postgres] | type[SQLite]:
    return Postgres if connection.vendor == "postgresql" else SQLite


def put(messages: Iterable[Indexed]) -> None:
    """Let the index have these messages as they are now; those without marks are taken out."""
    dialect, entries, gone = _dialect(), [], []
    for id, texts, marks in messages:
        if marks:
            entries.append({"id": id, "tokens": dialect.entry([*_document(texts), *marks])})
        else:
            gone.append(id)
    with transaction.atomic(), connection.cursor() as cursor:
        if entries:
            cursor.execute(dialect.PUT, [_json(entries)])
        if gone:
            cursor.execute(dialect.REMOVE, [_json(gone)])


def newest(
    terms: Iterable[Term], marks: Iterable[str], chat_ids: Sequence[int] | None, before: int, limit: int
) -> list[int]:
    """The ids of the newest messages below `before` that have these words and marks, in these chats (None: all) unless
    they are many."""
    dialect = _dialect()
    parts = [dialect.phrase(term.tokens, term.is_beginning) for term in terms]
    parts += [dialect.phrase([one]) for one in marks]
    if chat_ids is not None and len(chat_ids) <= MOST_CHATS:
        either = dialect.OR.join(dialect.phrase([mark("chat", chat_id)]) for chat_id in chat_ids)
        parts.append(f"({either})")
    return _ids(dialect.NEWEST, dialect.AND.join(parts), before, limit)


def missing(chat_ids: Sequence[int], limit: int) -> list[int]:
    """The ids of the newest messages of these chats that are not in the index yet, or have changed since."""
    return _ids(_dialect().MISSING, FOLLOWER, _json(chat_ids), limit)


def _ids(statement: str, *parameters: str | int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [id for (id,) in cursor.fetchall()]


def _document(texts: Iterable[str]) -> list[str]:
    """The tokens of texts, with a gap between two of them."""
    found: list[str] = []
    for text in texts:
        if words := tokens.words(text):
            found += [tokens.GAP, *words] if found else words
    return found


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
