"""Storing messages: the one function that hands out `seq` and `version`.

`store` takes a batch, so that the realtime writer pays for one transaction whatever came in meanwhile; a REST view
or a command calls it with one. It stores and commits; who calls it publishes the changes afterwards.
"""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from chat import mentions, policy
from chat.events import Change
from chat.log import statements
from chat.log.statements import Key
from chat.models import Chat, Message, chat_key
from chat.protocol import NewMessage, encode
from lib import errors

logger = logging.getLogger(__name__)
ATTEMPTS = 4
#: SQLSTATEs after which the same transaction may well succeed: serialization failure, deadlock.
TRANSIENT = {"40001", "40P01"}


@dataclass(slots=True)
class Draft:
    """A message to be: checked by `chat.messages`, allowed by `chat.policy`."""

    chat_id: int
    user_id: int
    username: str
    content: str
    client_id: str | None = None
    reply_to: int | None = None
    created_at: datetime | None = None  # None: now; never before the message that the chat ends with
    refusal: errors.Refused | None = None  # why it may not be said, unless it was stored before


@dataclass(slots=True)
class Stored:
    """A message that is in the log. `message` and `change` are None for a repeat: it was published before."""

    id: int
    chat_key: str
    seq: int
    version: int
    timestamp: datetime
    message: NewMessage | None = None
    change: Change | None = None


Outcome = Stored | errors.Refused


def store(drafts: Sequence[Draft]) -> list[Outcome]:
    """Store a batch in one transaction; an outcome for each draft, in their order.

    A refused draft takes nothing from the others. Raises what the database raises when it is away:
    then nothing of the batch is stored, or (the connection broke during the commit) all of it is,
    and sending again with the same `client_id` finds out.
    """
    for attempt in range(ATTEMPTS):
        try:
            return _store(drafts, look_for_repeats=attempt > 0)
        except IntegrityError as error:
            # A client_id that is stored already: it is found as a repeat now. Hardly any message is one, so looking
            # for all of them first would cost more than a second try.
            logger.debug("stored again after a conflict: %s", error)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in TRANSIENT or attempt == ATTEMPTS - 1:
                raise
        except (DataError, ValueError) as error:
            # A text that the database can't hold: it got past our checks. ValueError: the driver could not write it.
            logger.error("one of %d messages can't be stored: %s", len(drafts), error)
            break
    if len(drafts) == 1:
        return [errors.Conflict("This message can't be stored: its chat or its sender is gone.")]
    return [outcome for draft in drafts for outcome in store([draft])]


def _store(drafts: Sequence[Draft], look_for_repeats: bool) -> list[Outcome]:
    outcomes: dict[int, Outcome] = _refuse_bad_replies(drafts)
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


def _refuse_bad_replies(drafts: Sequence[Draft]) -> dict[int, Outcome]:
    wanted = {draft.reply_to for draft in drafts if draft.reply_to is not None}
    if not wanted:
        return {}
    found = dict(Message.objects.filter(pk__in=wanted).values_list("pk", "chat_id"))
    return {
        index: errors.Invalid({"reply_to": ["There is no such message in this chat."]})
        for index, draft in enumerate(drafts)
        if draft.reply_to is not None and found.get(draft.reply_to) != draft.chat_id
    }


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
    """Of what is refused, what was stored when it was still allowed: its sender, who heard no ack, tries again."""
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
    named = mentions.find([(drafts[index].chat_id, drafts[index].content) for index in fresh])
    now = datetime.now(UTC)
    # Most have the same time, that of the batch.
    times = {at: statements.timestamp(at) for at in {drafts[index].created_at or now for index in fresh}}
    rows = [
        statements.Row(
            draft.chat_id,
            draft.user_id,
            draft.content,
            draft.client_id,
            draft.reply_to,
            mentions.to_json(named.get(place)),
            times[draft.created_at or now],
        )
        for place, draft in enumerate(drafts[index] for index in fresh)
    ]
    outcomes: dict[int, Outcome] = {}
    latest: dict[int, datetime] = {}  # by chat
    closed: list[int] = []
    with _transaction(bool(named)):
        for place, (index, added) in enumerate(zip(fresh, statements.add(rows), strict=True)):
            if added is None:
                closed.append(index)
                continue
            draft = drafts[index]
            at = draft.created_at or now
            if (before := latest.get(draft.chat_id) or added.chat.before) is not None:
                at = max(at, before)
            latest[draft.chat_id] = at
            message = _message(draft, added, at, named.get(place, []))
            change = Change(draft.chat_id, message.version, message.seq, encode(message))
            outcomes[index] = Stored(
                message.id, message.chat, message.seq, message.version, message.timestamp, message, change
            )
        if named:
            mentions.save(
                (drafts[index].chat_id, outcome.message)
                for index, outcome in outcomes.items()
                if isinstance(outcome, Stored) and outcome.message is not None
            )
    if closed:
        kinds = dict(
            Chat.objects.filter(pk__in={drafts[index].chat_id for index in closed}).values_list("pk", "kind")
        )
        outcomes |= {index: policy.closed(kinds.get(drafts[index].chat_id, "")) for index in closed}
    return outcomes


def _transaction(is_needed: bool) -> AbstractContextManager[object]:
    """PostgreSQL stores with one statement, which is a transaction by itself."""
    if is_needed or connection.vendor != "postgresql" or connection.in_atomic_block:
        return transaction.atomic()
    return nullcontext()


def _message(draft: Draft, added: statements.Added, at: datetime, named: list[int]) -> NewMessage:
    chat = added.chat
    message = NewMessage(
        id=added.id,
        chat=chat_key(chat.kind, chat.chat_id),
        chat_type=chat.kind,
        seq=added.seq,
        version=added.version,
        user_id=draft.user_id,
        username=draft.username,
        content=draft.content,
        timestamp=at,
        client_id=draft.client_id,
        reply_to=draft.reply_to,
        mentions=named,
    )
    if chat.kind == Chat.Kind.PRIVATE:
        assert chat.user_low_id and chat.user_high_id
        message.sender_id = draft.user_id
        message.receiver_id = chat.user_low_id if draft.user_id == chat.user_high_id else chat.user_high_id
    elif chat.kind == Chat.Kind.ROOM:
        message.room_id = chat.chat_id
    return message
