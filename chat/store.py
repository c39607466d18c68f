"""Storing messages: the one function that hands out `seq` and `version`.

`store` takes a batch, so that the realtime writer pays for one transaction whatever came in meanwhile; a REST view
or a command calls it with one. It stores and commits; who calls it publishes the changes afterwards.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, OperationalError, transaction

from accounts import errors
from chat import mentions, statements
from chat.models import Chat, Message, chat_key
from chat.realtime.events import Change
from chat.realtime.protocol import NewMessage, encode

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
    created_at: datetime | None = None  # None: now


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
            with transaction.atomic():
                return _store(drafts)
        except IntegrityError as error:
            # Another process stored the same client_id meanwhile: next time it is found as a repeat.
            logger.info("stored again after a conflict: %s", error)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in TRANSIENT or attempt == ATTEMPTS - 1:
                raise
    if len(drafts) == 1:
        return [errors.Conflict("This message can't be stored: its chat or its sender is gone.")]
    return [outcome for draft in drafts for outcome in store([draft])]


def _store(drafts: Sequence[Draft]) -> list[Outcome]:
    outcomes: dict[int, Outcome] = _refuse_bad_replies(drafts)
    known = _repeats(drafts)
    first_of: dict[tuple[int, int, str | None], int] = {}
    fresh: list[int] = []
    for index, draft in enumerate(drafts):
        if index in outcomes:
            continue
        key = (draft.chat_id, draft.user_id, draft.client_id)
        if draft.client_id is not None and key in known:
            outcomes[index] = known[key]
        elif draft.client_id is not None and key in first_of:
            continue  # the same message twice in one batch: answered below
        else:
            first_of[key] = index
            fresh.append(index)
    outcomes.update(_insert(drafts, fresh))
    for index, draft in enumerate(drafts):
        if index not in outcomes:
            first = outcomes[first_of[(draft.chat_id, draft.user_id, draft.client_id)]]
            outcomes[index] = _repeat_of(first) if isinstance(first, Stored) else first
    return [outcomes[index] for index in range(len(drafts))]


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


def _repeats(drafts: Sequence[Draft]) -> dict[tuple[int, int, str | None], Outcome]:
    keys = {
        (draft.chat_id, draft.user_id, draft.client_id) for draft in drafts if draft.client_id is not None
    }
    if not keys:
        return {}
    rows = statements.repeats(keys)
    kinds = (
        dict(Chat.objects.filter(pk__in={row.chat_id for row in rows}).values_list("pk", "kind"))
        if rows
        else {}
    )
    return {
        (row.chat_id, row.sender_id, row.client_id): Stored(
            row.id, chat_key(kinds[row.chat_id], row.chat_id), row.seq, row.version, row.created_at
        )
        for row in rows
    }


def _insert(drafts: Sequence[Draft], fresh: list[int]) -> dict[int, Outcome]:
    if not fresh:
        return {}
    counts = Counter(drafts[index].chat_id for index in fresh)
    chats = {chat.chat_id: chat for chat in statements.allot(counts)}
    named = mentions.find([(drafts[index].chat_id, drafts[index].content) for index in fresh])
    now = datetime.now(UTC)
    # The first of the numbers each chat gave us.
    next_number = {
        id: (chat.last_seq - counts[id] + 1, chat.version - counts[id] + 1) for id, chat in chats.items()
    }
    outcomes: dict[int, Outcome] = {}
    rows: list[statements.Row] = []
    for place, index in enumerate(fresh):
        draft = drafts[index]
        if draft.chat_id not in chats:
            outcomes[index] = errors.Forbidden(
                "This chat is archived: nothing more can be said in it.", code="archived"
            )
            continue
        seq, version = next_number[draft.chat_id]
        next_number[draft.chat_id] = (seq + 1, version + 1)
        rows.append(
            statements.Row(
                draft.chat_id,
                seq,
                version,
                draft.user_id,
                draft.content,
                draft.client_id,
                draft.reply_to,
                mentions.to_json(named.get(place)),
                draft.created_at or now,
            )
        )
        outcomes[index] = _message(
            draft, chats[draft.chat_id], seq, version, draft.created_at or now, named.get(place)
        )
    if not rows:
        return outcomes
    ids = statements.insert(rows)
    statements.read_own({(row.chat_id, row.sender_id): row.seq for row in rows})
    for outcome in outcomes.values():
        if isinstance(outcome, Stored):
            _publishable(outcome, ids)
    mentions.save(
        (drafts[index].chat_id, outcome.message)
        for index, outcome in outcomes.items()
        if isinstance(outcome, Stored) and outcome.message
    )
    return outcomes


def _message(
    draft: Draft, chat: statements.Allotted, seq: int, version: int, at: datetime, named: list[int] | None
) -> Stored:
    key = chat_key(chat.kind, chat.chat_id)
    message = NewMessage(
        id=0,
        chat=key,
        chat_type=chat.kind,
        seq=seq,
        version=version,
        user_id=draft.user_id,
        username=draft.username,
        content=draft.content,
        timestamp=at,
        client_id=draft.client_id,
        reply_to=draft.reply_to,
        mentions=named or [],
    )
    if chat.kind == Chat.Kind.PRIVATE:
        assert chat.user_low_id and chat.user_high_id
        message.sender_id = draft.user_id
        message.receiver_id = chat.user_low_id if draft.user_id == chat.user_high_id else chat.user_high_id
    elif chat.kind == Chat.Kind.ROOM:
        message.room_id = chat.chat_id
    return Stored(0, key, seq, version, at, message, Change(chat.chat_id, version, seq, b""))


def _publishable(stored: Stored, ids: dict[tuple[int, int], int]) -> None:
    """Fill in the id the database gave, and encode the frame: once, for every socket everywhere."""
    assert stored.message and stored.change
    stored.id = stored.message.id = ids[(stored.change.chat_id, stored.seq)]
    stored.change = Change(stored.change.chat_id, stored.version, stored.seq, encode(stored.message))
