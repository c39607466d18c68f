"""Stores messages: the one function that assigns `seq` and `version`.

`store` takes a batch, so that the realtime writer needs one transaction for all messages that arrived during the last
one; a REST view or a command passes one draft. It stores and commits; its caller then publishes the changes.
"""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Protocol

from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from msgspec import Struct

from chat import mentions, policy
from chat.events import Change
from chat.log import attachments, statements, threads
from chat.log.rows import Draft, MessageRow, message_of
from chat.log.statements import Key
from chat.models import Chat, Message, chat_key
from chat.protocol import NewMessage, encode
from lib import errors

logger = logging.getLogger(__name__)
ATTEMPTS = 4
#: SQLSTATEs after which the same transaction may well succeed: serialization failure, deadlock.
TRANSIENT = {"40001", "40P01"}


class Companion(Protocol):
    """Data of messages in other tables (mentions, …), stored in the same transaction."""

    def find(self, rows: Sequence[MessageRow]) -> bool:
        """Complete rows before they are stored. Returns whether any of them needs `save`."""

    def save(self, rows: Sequence[MessageRow]) -> Sequence[Change]:
        """Store the data of rows that are now stored. Returns the changes of other messages that this makes."""


COMPANIONS: Sequence[Companion] = (mentions, threads, attachments)


class Stored(Struct, gc=False):
    """A message in the log. `message` and `change` are None for a repeat, which was published before.

    `others`: changes of other messages of its chat that were stored along with it.
    """

    id: int
    chat_key: str
    seq: int
    version: int
    timestamp: datetime
    message: NewMessage | None = None
    change: Change | None = None
    others: list[Change] = []


Outcome = Stored | errors.Refused


def store(drafts: Sequence[Draft]) -> list[Outcome]:
    """Store a batch in one transaction. Returns an outcome for each draft, in their order.

    A refused draft does not affect the others. Raises the database's error when it is unavailable: then none of the
    batch is stored, or all of it if the connection broke during the commit; storing again with the same `client_id`
    finds out which.
    """
    for attempt in range(ATTEMPTS):
        try:
            return _store(drafts, look_for_repeats=attempt > 0)
        except IntegrityError as error:
            # A client_id is already stored: the next try looks for repeats. They are so rare that looking for
            # them in every batch would cost more.
            logger.debug("stored again after a conflict: %s", error)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in TRANSIENT or attempt == ATTEMPTS - 1:
                raise
        except (DataError, ValueError) as error:
            # Text that passed our checks but can't be stored. ValueError: the driver could not encode it.
            logger.error("one of %d messages can't be stored: %s", len(drafts), error)
            break
    if len(drafts) == 1:
        return [errors.Conflict("This message can't be stored: its chat or its sender is gone.")]
    return [outcome for draft in drafts for outcome in store([draft])]


def _store(drafts: Sequence[Draft], look_for_repeats: bool) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {**_place_replies(drafts), **attachments.place(drafts)}
    known = _repeats(drafts) if look_for_repeats else {}
    first_of: dict[Key, int] = {}
    fresh: list[int] = []
    for index, draft in enumerate(drafts):
        if draft.refusal is not None:
            outcomes[index] = draft.refusal
        if index in outcomes:
            continue
        key = _key(draft)
        if key is not None and key in known:
            outcomes[index] = known[key]
        elif key is None or first_of.setdefault(key, index) == index:
            fresh.append(index)
    outcomes.update(_insert(drafts, fresh))
    outcomes.update(_stored_before(drafts, outcomes))
    for index, draft in enumerate(drafts):
        if index not in outcomes and (key := _key(draft)):  # the same message twice in one batch
            first = outcomes[first_of[key]]
            outcomes[index] = _repeat_of(first) if isinstance(first, Stored) else first
    return [outcomes[index] for index in range(len(drafts))]


def _key(draft: Draft) -> Key | None:
    return None if draft.client_id is None else Key(draft.chat_id, draft.user_id, draft.client_id)


def _repeat_of(stored: Stored) -> Stored:
    return Stored(stored.id, stored.chat_key, stored.seq, stored.version, stored.timestamp)


def _place_replies(drafts: Sequence[Draft]) -> dict[int, Outcome]:
    """Find the chain of each reply; refuse those to a message that is not in the chat."""
    ids = {draft.reply_to for draft in drafts if draft.reply_to is not None}
    if not ids:
        return {}
    found = Message.objects.filter(pk__in=ids).values_list("pk", "chat_id", "thread_root")
    places = {id: (chat_id, root or id) for id, chat_id, root in found}
    refused: dict[int, Outcome] = {}
    for index, draft in enumerate(drafts):
        if draft.reply_to is not None:
            chat_id, root = places.get(draft.reply_to, (0, 0))
            if chat_id == draft.chat_id:
                draft.thread_root = root
            else:
                refused[index] = errors.Invalid({"reply_to": ["There is no such message in this chat."]})
    return refused


def _repeats(drafts: Sequence[Draft]) -> dict[Key, Outcome]:
    keys = {key for draft in drafts if (key := _key(draft))}
    rows = statements.repeats(keys) if keys else []
    if not rows:
        return {}
    kinds = dict(Chat.objects.filter(pk__in={row.chat_id for row in rows}).values_list("pk", "kind"))
    return {
        Key(row.chat_id, row.sender_id, row.client_id): Stored(
            row.id, chat_key(kinds[row.chat_id], row.chat_id), row.seq, row.version, row.created_at
        )
        for row in rows
    }


def _stored_before(drafts: Sequence[Draft], outcomes: dict[int, Outcome]) -> dict[int, Outcome]:
    """Refused drafts that were stored while still allowed: the sender repeats them because the ack was lost."""
    refused = {
        index: key
        for index, outcome in outcomes.items()
        if isinstance(outcome, errors.Refused) and (key := _key(drafts[index]))
    }
    known = _repeats([drafts[index] for index in refused]) if refused else {}
    return {index: known[key] for index, key in refused.items() if key in known}


def _insert(drafts: Sequence[Draft], fresh: list[int]) -> dict[int, Outcome]:
    if not fresh:
        return {}
    now = datetime.now(UTC)
    rows = [drafts[index].row(now) for index in fresh]
    companions = [companion for companion in COMPANIONS if companion.find(rows)]
    with _transaction(bool(companions)):
        stored = statements.add(rows)
        others = [change for companion in companions for change in companion.save(stored)]
    closed = {row.chat_id for row in rows if not row.id} if len(stored) < len(rows) else ()
    kinds = dict(Chat.objects.filter(pk__in=closed).values_list("pk", "kind")) if closed else {}
    outcomes: dict[int, Outcome] = {}
    last: dict[int, Stored] = {}
    for index, row in zip(fresh, rows, strict=True):
        if row.id:
            outcomes[index] = last[row.chat_id] = _stored(row)
        else:
            outcomes[index] = policy.closed(kinds.get(row.chat_id, ""))
    for change in others:
        last[change.chat_id].others.append(change)
    return outcomes


def _stored(row: MessageRow) -> Stored:
    message = message_of(row, NewMessage)
    change = Change(row.chat_id, row.version, row.seq, encode(message))
    return Stored(row.id, message.chat, row.seq, row.version, row.created_at, message, change)


def _transaction(is_needed: bool) -> AbstractContextManager[object]:
    """A transaction if one is needed. On PostgreSQL storing is one statement, which is its own transaction."""
    if is_needed or connection.vendor != "postgresql" or connection.in_atomic_block:
        return transaction.atomic()
    return nullcontext()
