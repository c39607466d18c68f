"""The index of words in messages: `chat_search`, which `chat.search` reads.

On PostgreSQL a table with a `tsvector`, on SQLite an FTS5 table; both hold the tokens of `lib.tokens` and cut nothing
themselves. `chat.indexing` takes new messages into it soon after they are stored: in the statement that stores them it
cost 30 % of the messages a second on SQLite, and 40 % on PostgreSQL. Edits and deletions change it at once, and a trigger
deletes the entry of a row that is deleted.
"""

from collections.abc import Iterable, Sequence

import msgspec
from django.db import connection, transaction

from chat.protocol import Attachment
from lib import tokens

PUT = {
    "postgresql": """
        INSERT INTO chat_search (message_id, tokens)
        SELECT id, tokens::tsvector FROM json_to_recordset(%s) AS r(id bigint, tokens text)
        ON CONFLICT (message_id) DO UPDATE SET tokens = excluded.tokens""",
    "sqlite": """
        INSERT OR REPLACE INTO chat_search (rowid, tokens)
        SELECT value ->> 'id', value ->> 'tokens' FROM json_each(%s)""",
}
REMOVE = {
    "postgresql": "DELETE FROM chat_search WHERE message_id IN (SELECT value::bigint FROM json_array_elements_text(%s))",
    "sqlite": "DELETE FROM chat_search WHERE rowid IN (SELECT value FROM json_each(%s))",
}


def texts_of(content: str, attachments: Iterable[Attachment]) -> list[str]:
    """What is searched of a message: its text, and the names and descriptions of its files."""
    return [content, *(text for file in attachments for text in (file.name, file.alt) if text)]


def put(messages: Sequence[tuple[int, list[str]]]) -> None:
    """Let the index have these messages: ids and texts; those without a word are taken out."""
    entries, gone = [], []
    for id, texts in messages:
        if found := _document(texts):
            entry = _vector(found) if connection.vendor == "postgresql" else " ".join(found)
            entries.append({"id": id, "tokens": entry})
        else:
            gone.append(id)
    with transaction.atomic(), connection.cursor() as cursor:
        if entries:
            cursor.execute(PUT[connection.vendor], [msgspec.json.encode(entries).decode()])
        if gone:
            cursor.execute(REMOVE[connection.vendor], [msgspec.json.encode(gone).decode()])


def _document(texts: Iterable[str]) -> list[str]:
    """The tokens of texts, with a gap between two of them."""
    found: list[str] = []
    for text in texts:
        if words := tokens.words(text):
            found += [tokens.GAP, *words] if found else words
    return found


def _vector(words: Iterable[str]) -> str:
    """Tokens as PostgreSQL's `tsvector` is written. They have neither quotes nor backslashes."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(str(place))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())
