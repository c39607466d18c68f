"""Reading the log: pages of a chat's history, and what changed since a version.

Each page is one statement, so its messages and the chat's `version` are of the same moment: a reader that continues
from that version misses nothing and gets nothing twice.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from msgspec import Struct

from chat import epoch, models
from chat.log.rows import FIELDS, MessageRow, message_of
from chat.models import Chat
from chat.protocol import Message
from lib import errors
from lib.database.compiled import Compiled, Ids, among

Counters = dict[int, tuple[int, int]]  # chat id: its `last_seq` and `version`
PAGE = 50
MAX_PAGE = 200


class History(Struct, kw_only=True):
    """A page of messages, oldest first. `has_more`: there are more in the requested direction."""

    messages: list[Message]
    last_seq: int
    version: int
    has_more: bool
    has_newer: bool
    epoch: str


class Changes(Struct, kw_only=True):
    """Messages changed since a version, as they are now, by `version`; continue from `version` while `has_more`.

    With `reset` they are the chat's newest, by `seq`: the version was of another epoch, or ahead of the chat's, so
    the reader must forget what it knows of the chat.
    """

    messages: list[Message]
    last_seq: int
    version: int
    has_more: bool
    epoch: str
    reset: bool = False


@dataclass(slots=True)
class PageRequest:
    """Which page of a chat's history to read: at most one of the five, the newest page if none."""

    limit: int = PAGE
    offset: int = 0  # messages to skip, from the newest
    before_seq: int | None = None
    after_seq: int | None = None
    around_seq: int | None = None
    at: datetime | None = None  # around the first message of this time or later


Rows = QuerySet[models.Message, tuple[Any, ...]]


def rows(where: Q) -> Rows:
    """Messages as the values of a `MessageRow`, with the chat's counters at the same moment."""
    return models.Message.objects.filter(where).values_list(*FIELDS)


# A page is bounded by its limit, not by the chat's `last_seq`: the planner can only guess the size of a range that ends
# at a column of another table, and PostgreSQL then read ten million messages for a page of fifty.


def _after(chat_id: int, seq: int, shape: int) -> Rows:
    return rows(Q(chat_id=chat_id, seq__gt=seq)).order_by("seq")[:shape]


def _before(chat_id: int, seq: int, shape: int) -> Rows:
    return rows(Q(chat_id=chat_id, seq__lt=seq)).order_by("-seq")[:shape]


def _newest(chat_id: int, shape: int) -> Rows:
    return rows(Q(chat_id=chat_id)).order_by("-seq")[:shape]


COUNTERS = Compiled(
    lambda ids: Chat.objects.filter(pk__in=among(ids)).values_list("pk", "last_seq", "version"), (Ids,)
)
AFTER = Compiled(_after, (int, int), MessageRow)
BEFORE = Compiled(_before, (int, int), MessageRow)
NEWEST = Compiled(_newest, (int,), MessageRow)


def one(message_id: int) -> Message | None:
    values = rows(Q(pk=message_id)).first()
    return message_of(MessageRow(*values), Message) if values else None


def some(message_ids: Collection[int]) -> dict[int, Message]:
    """These messages by id, as far as they are there."""
    found = rows(Q(pk__in=message_ids)) if message_ids else ()
    return {row.id: message_of(row, Message) for row in (MessageRow(*values) for values in found)}


def page(chat_id: int, request: PageRequest) -> History:
    """A page of a chat's history. It costs the same at any depth, as `seq` has no gaps."""
    now, limit = epoch.current(), request.limit
    around = first_since(chat_id, request.at) if request.at else request.around_seq
    if around is not None:
        found = AFTER(chat_id, max(0, around - 1 - limit // 2), shape=limit)
    elif request.after_seq is not None:
        found = AFTER(chat_id, request.after_seq, shape=limit)
    elif request.before_seq is not None:
        found = BEFORE(chat_id, request.before_seq, shape=limit)[::-1]
    elif request.offset:
        last_seq, _ = counters(chat_id)
        found = BEFORE(chat_id, last_seq - request.offset + 1, shape=limit)[::-1]
    else:
        found = NEWEST(chat_id, shape=limit)[::-1]
    last_seq, version = _counters_of(found) or counters(chat_id)
    older = bool(found) and found[0].seq > 1
    newer = bool(found) and found[-1].seq < last_seq
    return History(
        messages=[message_of(row, Message) for row in found],
        last_seq=last_seq,
        version=version,
        has_more=newer if request.after_seq is not None else older,
        has_newer=newer,
        epoch=now,
    )


def first_since(chat_id: int, time: datetime) -> int:
    """The position of the first message of this time or later; of the newest message if all are earlier.

    Times never go back in a chat, so no index of them is needed: each query looks at 32 messages at equal
    distances, and the next one looks between two of them. Ten million messages take five queries.
    """
    last_seq, _ = counters(chat_id)
    first, end = 1, last_seq + 1
    while first < end:
        step = -(-(end - first) // 32)
        asked = models.Message.objects.filter(chat_id=chat_id, seq__in=range(first, end, step))
        last = first
        for seq, created_at in asked.order_by("seq").values_list("seq", "created_at"):
            if created_at >= time:
                end = seq
                break
            first = seq + 1
        if first == last:
            break
    return max(1, min(first, last_seq))


def _counters_of(page: Sequence[MessageRow]) -> tuple[int, int] | None:
    """`last_seq` and `version` of the chat of these rows."""
    return (page[0].chat__last_seq, page[0].chat__version) if page else None


def counters(chat_id: int) -> tuple[int, int]:
    """The chat's `last_seq` and `version` now. Raises `NotFound`."""
    counters = many_counters([chat_id]).get(chat_id)
    if counters is None:
        raise errors.NotFound()
    return counters


def many_counters(chat_ids: Iterable[int]) -> Counters:
    """`counters` of many chats, in one query; missing chats are left out."""
    return {chat_id: (last_seq, version) for chat_id, last_seq, version in COUNTERS(Ids(chat_ids))}


def counters_for_many(asked: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], Counters]:
    """`many_counters` for each of these tuples of chat ids, still in one query."""
    counters = many_counters({chat_id for chat_ids in asked for chat_id in chat_ids})
    return {
        chat_ids: {chat_id: counters[chat_id] for chat_id in chat_ids if chat_id in counters}
        for chat_ids in asked
    }


def _changed(chat_id: int, since_version: int, shape: int) -> Rows:
    return rows(Q(chat_id=chat_id, version__gt=since_version)).order_by("version")[:shape]


CHANGED = Compiled(_changed, (int, int), MessageRow)


def changes(
    chat_id: int, since_version: int, limit: int = MAX_PAGE, known_epoch: str | None = None
) -> Changes:
    """What changed after `since_version` of `known_epoch` (None: the current one), in pages of `limit`.

    A message that changes again moves to a later page, so the pages together miss nothing. Raises `NotFound`.
    """
    now = epoch.current()
    if known_epoch not in (None, now):
        return anew(chat_id, limit)
    found = CHANGED(chat_id, since_version, shape=limit + 1)
    has_more = len(found) > limit
    del found[limit:]
    if now_at := _counters_of(found):
        last_seq, version = now_at
    else:
        last_seq, version = counters(chat_id)
        if since_version > version:
            return anew(chat_id, limit)
        version = since_version  # a change between the two reads is not on this page
    return Changes(
        messages=[message_of(row, Message) for row in found],
        last_seq=last_seq,
        version=found[-1].version if has_more else version,
        has_more=has_more,
        epoch=now,
    )


def anew(chat_id: int, limit: int = PAGE) -> Changes:
    """The answer to a version of another epoch: the newest page."""
    newest = page(chat_id, PageRequest(limit=min(limit, PAGE)))
    return Changes(
        messages=newest.messages,
        last_seq=newest.last_seq,
        version=newest.version,
        has_more=False,
        epoch=newest.epoch,
        reset=True,
    )


class Since(NamedTuple):
    """The arguments of `changes`."""

    chat_id: int
    version: int
    limit: int = MAX_PAGE


def many_changes(asked: Sequence[Since]) -> dict[Since, Changes | errors.Refused]:
    """`changes` for each of these requests; `NotFound` is returned, not raised."""
    answers: dict[Since, Changes | errors.Refused] = {}
    for since in asked:
        try:
            answers[since] = changes(*since)
        except errors.NotFound as error:
            answers[since] = error
    return answers


def changed_lately(window: timedelta) -> list[tuple[int, int]]:
    """(chat id, version) of the chats that changed within `window`, by the database's clock."""
    return list(Chat.objects.filter(changed_at__gt=Now() - window).values_list("pk", "version"))
