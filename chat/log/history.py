"""Reading the log: pages of a chat's history, and what changed since a version.

Each page is one statement, so that the messages and the chat's `version` beside them are of the same moment:
whoever goes on from that version misses nothing and gets nothing twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from msgspec import Struct

from chat import epoch, models
from chat.models import Chat, chat_key
from chat.protocol import Message
from lib import errors
from lib.database.compiled import Compiled, Ids, among

Counters = dict[int, tuple[int, int]]  # chat id: its `last_seq` and `version`
PRIVATE, ROOM = Chat.Kind.PRIVATE.value, Chat.Kind.ROOM.value  # for each row: looking an enum up takes time
PAGE = 50
MAX_PAGE = 200
FIELDS = (
    "id",
    "chat_id",
    "chat__kind",
    "seq",
    "version",
    "sender_id",
    "sender__username",
    "content",
    "created_at",
    "client_id",
    "reply_to_id",
    "edited_at",
    "deleted_at",
    "mentions",
    "chat__user_low_id",
    "chat__user_high_id",
)


class History(Struct, kw_only=True):
    """A page of messages, oldest first. `has_more`: there are more in the direction that was asked for."""

    messages: list[Message]
    last_seq: int
    version: int
    has_more: bool
    has_newer: bool
    epoch: str


class Changes(Struct, kw_only=True):
    """Messages changed since a version, as they now are, by `version`; go on from `version` while `has_more`.

    With `reset` they are the chat's newest, by `seq`: the version was of another epoch, or is none of this one's yet,
    so nothing that is known of the chat holds.
    """

    messages: list[Message]
    last_seq: int
    version: int
    has_more: bool
    epoch: str
    reset: bool = False


@dataclass(slots=True)
class Place:
    """Where in a chat's history to read: at most one of the four, the newest page if none."""

    limit: int = PAGE
    offset: int = 0  # messages to skip, from the newest
    before_seq: int | None = None
    after_seq: int | None = None
    around_seq: int | None = None


def message_of(row: Sequence[Any]) -> Message:
    """A row of `messages` as the message everybody sees."""
    # fmt: off
    (id, chat_id, kind, seq, version, sender_id, username, content, created_at, client_id,
     reply_to, edited_at, deleted_at, mentions, low, high, _, _) = row
    # fmt: on
    message = Message(
        id=id,
        chat=chat_key(kind, chat_id),
        chat_type=kind,
        seq=seq,
        version=version,
        user_id=sender_id,
        username=username,
        content=content,
        timestamp=created_at,
        client_id=client_id,
        reply_to=reply_to,
        edited_at=edited_at,
        deleted_at=deleted_at,
        mentions=mentions,
    )
    if kind == PRIVATE:
        message.sender_id = sender_id
        message.receiver_id = low if sender_id == high else high
    elif kind == ROOM:
        message.room_id = chat_id
    return message


def messages(where: Q | None = None) -> QuerySet[models.Message, tuple[Any, ...]]:
    """Rows of FIELDS plus the chat's counters at the same moment."""
    found = models.Message.objects.filter(where) if where is not None else models.Message.objects.all()
    return found.values_list(*FIELDS, "chat__last_seq", "chat__version")


# A page ends where its limit does, not at the chat's `last_seq`: a range up to what stands in another table is a guess
# for a planner, and PostgreSQL's then read ten million messages to give fifty.


def _after(chat_id: int, seq: int, shape: int) -> QuerySet[models.Message, tuple[Any, ...]]:
    return messages(Q(chat_id=chat_id, seq__gt=seq)).order_by("seq")[:shape]


def _before(chat_id: int, seq: int, shape: int) -> QuerySet[models.Message, tuple[Any, ...]]:
    return messages(Q(chat_id=chat_id, seq__lt=seq)).order_by("-seq")[:shape]


def _newest(chat_id: int, shape: int) -> QuerySet[models.Message, tuple[Any, ...]]:
    return messages(Q(chat_id=chat_id)).order_by("-seq")[:shape]


COUNTERS = Compiled(
    lambda ids: Chat.objects.filter(pk__in=among(ids)).values_list("pk", "last_seq", "version"), (Ids,)
)
AFTER = Compiled(_after, (int, int))
BEFORE = Compiled(_before, (int, int))
NEWEST = Compiled(_newest, (int,))


def one(message_id: int) -> Message | None:
    row = messages(Q(pk=message_id)).first()
    return message_of(row) if row else None


def page(chat_id: int, place: Place) -> History:
    """A page of a chat's history; at any depth it costs the same, as `seq` has no gaps."""
    now, limit = epoch.current(), place.limit
    if place.around_seq is not None:
        rows = AFTER(chat_id, max(0, place.around_seq - 1 - limit // 2), shape=limit)
    elif place.after_seq is not None:
        rows = AFTER(chat_id, place.after_seq, shape=limit)
    elif place.before_seq is not None:
        rows = BEFORE(chat_id, place.before_seq, shape=limit)[::-1]
    elif place.offset:
        last_seq, _ = counters(chat_id)
        rows = BEFORE(chat_id, last_seq - place.offset + 1, shape=limit)[::-1]
    else:
        rows = NEWEST(chat_id, shape=limit)[::-1]
    last_seq, version = rows[0][-2:] if rows else counters(chat_id)
    older = bool(rows) and rows[0][3] > 1
    newer = bool(rows) and rows[-1][3] < last_seq
    return History(
        messages=[message_of(row) for row in rows],
        last_seq=last_seq,
        version=version,
        has_more=newer if place.after_seq is not None else older,
        has_newer=newer,
        epoch=now,
    )


def counters(chat_id: int) -> tuple[int, int]:
    """The chat's `last_seq` and `version` now. Raises `NotFound`."""
    found = many_counters([chat_id])
    if chat_id not in found:
        raise errors.NotFound()
    return found[chat_id]


def many_counters(chat_ids: Iterable[int]) -> Counters:
    """The same for many chats, in one query."""
    return {chat_id: (last_seq, version) for chat_id, last_seq, version in COUNTERS(Ids(chat_ids))}


def counters_for_many(asked: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], Counters]:
    """The same for many who each ask for some chats, still in one query."""
    found = many_counters({chat_id for chat_ids in asked for chat_id in chat_ids})
    return {
        chat_ids: {chat_id: found[chat_id] for chat_id in chat_ids if chat_id in found} for chat_ids in asked
    }


def _changed(chat_id: int, since_version: int, shape: int) -> QuerySet[models.Message, tuple[Any, ...]]:
    return messages(Q(chat_id=chat_id, version__gt=since_version)).order_by("version")[:shape]


CHANGED = Compiled(_changed, (int, int))


def changes(
    chat_id: int, since_version: int, limit: int = MAX_PAGE, known_epoch: str | None = None
) -> Changes:
    """What changed after `since_version` of `known_epoch` (None: of this one), in pages of `limit`.

    A message that changed again later stands on a later page, so the pages together miss nothing.
    """
    now = epoch.current()
    if known_epoch not in (None, now):
        return anew(chat_id, limit)
    rows = CHANGED(chat_id, since_version, shape=limit + 1)
    has_more = len(rows) > limit
    del rows[limit:]
    if rows:
        last_seq, version = rows[0][-2:]
    else:
        last_seq, version = counters(chat_id)
        if since_version > version:
            return anew(chat_id, limit)
        version = since_version  # what came between the two reads is not on this page
    return Changes(
        messages=[message_of(row) for row in rows],
        last_seq=last_seq,
        version=rows[-1][4] if has_more else version,
        has_more=has_more,
        epoch=now,
    )


def anew(chat_id: int, limit: int = PAGE) -> Changes:
    """What somebody gets whose versions mean nothing here: the newest page."""
    newest = page(chat_id, Place(limit=min(limit, PAGE)))
    return Changes(
        messages=newest.messages,
        last_seq=newest.last_seq,
        version=newest.version,
        has_more=False,
        epoch=newest.epoch,
        reset=True,
    )


class Since(NamedTuple):
    """What `changes` is asked for."""

    chat_id: int
    version: int
    limit: int = MAX_PAGE


def many_changes(asked: Sequence[Since]) -> dict[Since, Changes | errors.Refused]:
    """`changes` for each of these."""
    found: dict[Since, Changes | errors.Refused] = {}
    for since in asked:
        try:
            found[since] = changes(*since)
        except errors.NotFound as error:
            found[since] = error
    return found


def changed_lately(window: timedelta) -> list[tuple[int, int]]:
    """(chat id, version) of the chats that changed within `window`, by the database's clock."""
    return list(Chat.objects.filter(changed_at__gt=Now() - window).values_list("pk", "version"))
