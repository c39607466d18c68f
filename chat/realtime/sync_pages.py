"""Cached answers to `sync`: read in batches, and reused while the chat's version has not moved.

Clients that reconnect at the same time request the same pages. A page is reused only for the same starting version, and
only if the chat's version, read from the database after the request, is still the page's: no answer is older than its
request.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL

from chat import epoch, protocol
from chat.log import history
from chat.log.rows import MessageRow, message_of
from chat.policy import Seat
from chat.protocol import Message
from lib import errors
from lib.database.compiled import Compiled, Ids, among

MOST_BYTES = 8 * 1024 * 1024
ANEW = -1
LATELY = 20  # changes of one chat; pages of up to so many are read together


def _newest(chat_ids: Ids, most: int) -> QuerySet[Any, Any]:
    """The latest changes of these chats, `most` versions back."""
    if connection.vendor != "postgresql":
        lately = Q(chat_id__in=among(chat_ids), version__gt=F("chat__version") - most)
    else:
        # As above, but with a LIMIT: without one, the planner estimates the latest changes at a third of a chat, and
        # reads all messages.
        sql = f"""
            SELECT m.id FROM chat_chat c CROSS JOIN LATERAL (
                SELECT id FROM chat_message WHERE chat_id = c.id AND version > c.version - %s
                ORDER BY version LIMIT %s
            ) AS m WHERE c.id IN ({among(chat_ids).sql})"""  # noqa: S608 (all of it is ours)
        lately = Q(pk__in=RawSQL(sql, [most, most, *among(chat_ids).params]))  # noqa: S611 (the same)
    return history.rows(lately).order_by("version")


NEWEST = Compiled(_newest, (Ids, int), MessageRow)


class Ask(NamedTuple):
    """A request for the changes after `since` of `epoch` (None: the current one).

    `now`: the chat's `last_seq` and `version`, read after the request; None if unknown.
    """

    seat: Seat
    since: int
    now: tuple[int, int] | None
    epoch: str | None = None

    @property
    def is_void(self) -> bool:
        """Whether its version is invalid in the current log."""
        is_ahead = self.now is not None and self.since > self.now[1]
        return is_ahead or self.epoch not in (None, epoch.current())


class Page(NamedTuple):
    """A `synced` frame, and the version from which its reader continues."""

    frame: bytes
    version: int
    last_seq: int
    has_more: bool
    epoch: str


Found = dict[Ask, Page | None]  # None: the chat is gone
Kept = dict[tuple[int, int], Page]  # by chat id and starting version, or ANEW


class Pages:
    """A cache of pages. `get` and `forget` are called on the event loop, `read` in a thread, one at a time."""

    def __init__(self) -> None:
        self._pages: Kept = {}
        self._bytes = 0

    def get(self, ask: Ask) -> Page | None:
        """The cached answer, or None."""
        if ask.now is None:
            return None
        last_seq, version = ask.now
        now, is_void = epoch.current(), ask.is_void
        if ask.since == version and not is_void:
            nothing = history.Changes(
                messages=[], last_seq=last_seq, version=version, has_more=False, epoch=now
            )
            return _page(ask.seat, nothing)
        page = self._pages.get((ask.seat.chat_id, ANEW if is_void else ask.since))
        return page if page is not None and (page.version, page.epoch) == (version, now) else None

    def read(self, asked: Sequence[tuple[Ask, ...]]) -> dict[tuple[Ask, ...], Found]:
        """The answers to many lists of requests: one query, and one for each page of more than LATELY changes."""
        pages = self._pages  # pages read before `forget` are not cached after it
        found: Found = {}
        every = {ask for asks in asked for ask in asks}
        missing = [ask for ask in every if found.setdefault(ask, self.get(ask)) is None]
        lately = _lately(
            [ask for ask in missing if ask.now and ask.now[1] - ask.since <= LATELY and not ask.is_void]
        )
        for ask in missing:
            try:
                changes = lately.get(ask) or history.changes(
                    ask.seat.chat_id, ask.since, known_epoch=ask.epoch
                )
                found[ask] = self._put(pages, ask, changes)
            except errors.NotFound:
                found[ask] = None
        return {asks: {ask: found[ask] for ask in asks} for asks in asked}

    def _put(self, pages: Kept, ask: Ask, changes: history.Changes) -> Page:
        page = _page(ask.seat, changes)
        if not page.has_more and pages is self._pages:
            if self._bytes > MOST_BYTES:
                self.forget()
            pages[ask.seat.chat_id, ANEW if changes.reset else ask.since] = page
            self._bytes += len(page.frame)
        return page

    def forget(self) -> None:
        """Called every few seconds, as a page may hold a name that has changed since."""
        self._pages = {}
        self._bytes = 0


def _lately(asked: Sequence[Ask]) -> dict[Ask, history.Changes]:
    """The pages with few changes, in one query: a round trip for each took a third of the time of a reconnect storm.

    A page that has meanwhile grown beyond LATELY is left out.
    """
    if not asked:
        return {}
    now = epoch.current()
    most = max(ask.now[1] - ask.since for ask in asked if ask.now)
    rows: dict[int, list[MessageRow]] = {}
    for row in NEWEST(Ids({ask.seat.chat_id for ask in asked}), most):
        rows.setdefault(row.chat_id, []).append(row)
    found = {}
    for ask in asked:
        if not (own := rows.get(ask.seat.chat_id)):
            continue
        last_seq, version = own[0].chat__last_seq, own[0].chat__version
        if ask.since >= version - most:
            messages = [message_of(row, Message) for row in own if row.version > ask.since]
            found[ask] = history.Changes(
                messages=messages, last_seq=last_seq, version=version, has_more=False, epoch=now
            )
    return found


def _page(seat: Seat, changes: history.Changes) -> Page:
    frame = protocol.Synced(
        chat=seat.key,
        messages=changes.messages,
        version=changes.version,
        last_seq=changes.last_seq,
        has_more=changes.has_more,
        epoch=changes.epoch,
        reset=changes.reset,
    )
    return Page(protocol.encode(frame), changes.version, changes.last_seq, changes.has_more, changes.epoch)
