"""Storing messages: the one function that hands out `seq` and `version`.

`store` takes a batch, so that the realtime writer pays for one transaction whatever came in meanwhile; a REST view
or a command calls it with one. It stores and commits; who calls it publishes the changes afterwards.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import IntegrityError, OperationalError

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


class Key(NamedTuple):
    """What a sender calls a message."""

    chat_id: int
    user_id: int
    client_id: str


def store(drafts: Sequence[Draft]) -> list[Outcome]:
    """Store a batch in one transaction; an outcome for each draft, in their order.

    A refused draft takes nothing from the others. Raises what the database raises when it is away:
    then nothing of the batch is stored, or (the connection broke during the commit) all of it is,
    and sending again with the same `client_id` finds out.
    """
    for attempt in range(ATTEMPTS):
        try:
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
    first_of: dict[Key, int] = {}
    places: list[int] = []  # of what is to be written: not refused, and each key once
    for place, draft in enumerate(drafts):
        key = _key(draft)
        if place not in outcomes and (key is None or first_of.setdefault(key, place) == place):
            places.append(place)
    outcomes.update(_write(drafts, places))
    for place, draft in enumerate(drafts):
        if place not in outcomes and (key := _key(draft)):  # the same message twice in one batch
            first = outcomes[first_of[key]]
            outcomes[place] = _repeat_of(first) if isinstance(first, Stored) else first
    return [outcomes[place] for place in range(len(drafts))]


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
        place: errors.Invalid({"reply_to": ["There is no such message in this chat."]})
        for place, draft in enumerate(drafts)
        if draft.reply_to is not None and found.get(draft.reply_to) != draft.chat_id
    }


def _write(drafts: Sequence[Draft], places: list[int]) -> dict[int, Outcome]:
    if not places:
        return {}
    named = mentions.find([(drafts[place].chat_id, drafts[place].content) for place in places])
    now = datetime.now(UTC)
    times = {at: statements.timestamp(at or now) for at in {drafts[place].created_at for place in places}}
    written = statements.write([_row(drafts[p], p, named.get(n, []), times) for n, p in enumerate(places)])
    mentioned = {place: named.get(n, []) for n, place in enumerate(places)}
    archived = errors.Forbidden("This chat is archived: nothing more can be said in it.", code="archived")
    outcomes: dict[int, Outcome] = dict.fromkeys(places, archived)
    for one in written:
        outcomes[one.place] = _stored(drafts[one.place], one, mentioned[one.place])
    return outcomes


def _row(draft: Draft, place: int, named: list[int], times: dict[datetime | None, str]) -> statements.Row:
    return statements.Row(
        place,
        draft.chat_id,
        draft.user_id,
        draft.content,
        draft.client_id,
        draft.reply_to,
        named,
        times[draft.created_at],
    )


def _stored(draft: Draft, written: statements.Written, named: list[int]) -> Stored:
    key = chat_key(written.kind, draft.chat_id)
    if written.is_repeat:
        return Stored(written.id, key, written.seq, written.version, written.created_at)
    message = NewMessage(
        id=written.id,
        chat=key,
        chat_type=written.kind,
        seq=written.seq,
        version=written.version,
        user_id=draft.user_id,
        username=draft.username,
        content=draft.content,
        timestamp=written.created_at,
        client_id=draft.client_id,
        reply_to=draft.reply_to,
        mentions=named,
    )
    if written.kind == Chat.Kind.PRIVATE:
        low, high = written.user_low_id, written.user_high_id
        assert low and high
        message.sender_id = draft.user_id
        message.receiver_id = low if draft.user_id == high else high
    elif written.kind == Chat.Kind.ROOM:
        message.room_id = draft.chat_id
    change = Change(draft.chat_id, written.version, written.seq, encode(message))
    return Stored(written.id, key, written.seq, written.version, written.created_at, message, change)
