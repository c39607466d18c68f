"""Which messages a query finds: candidates from the index of words and what is not in it yet, then only those that the
person may read now, then only those whose text has the words as it is now.

The index says who may be meant, never who is: a stale entry finds nothing.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q
from msgspec import Struct

from accounts import users
from accounts.models import User
from chat.log import history, index
from chat.log.rows import attachments_of
from chat.models import Chat, Membership, Mention, Message, Star, Upload
from chat.protocol import Message as WireMessage
from chat.search.query import Condition, Query, found_in
from lib import rest, text
from lib.database.errors import took_too_long
from lib.database.limits import limited

#: Seconds of one search; a statement that takes longer is ended, and its result is partial.
TIME = 0.2
#: Candidates that are looked at together: for each hit that is wanted at first, and at most.
CHUNK, MOST_CHUNK = 2, 3200
#: Ids that are looked at without an index's help once time was up.
WINDOW = 5000
#: The newest hits among which the most relevant are found.
RANKED = 300
#: Messages that are not in the index yet, of those that are looked at.
TAIL = 1000
#: Messages that are shorter than this are not more relevant for being short.
SHORT = 40


class Result(Struct, kw_only=True):
    """`highlights`: where the words are in `content`, as code points from and to."""

    message: WireMessage
    highlights: list[list[int]]
    chat_title: str


class Found(Struct, kw_only=True):
    """`next`: the cursor of the next page, null at the end. `partial`: time was up before all was looked at."""

    results: list[Result]
    next: int | None
    partial: bool


class Asked(Struct, kw_only=True):
    """A search within chats, people and times that are named beside the query."""

    query: Query
    chat_id: int | None = None
    sender_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    by_relevance: bool = False
    limit: int = 20
    cursor: int = 0  # `next` of the page before


class Hit(Struct):
    id: int
    highlights: list[list[int]]
    score: float


Row = tuple[int, str, str | None]


def search(user: User, asked: Asked) -> Found:
    """The newest messages that are found, or the most relevant ones of the newest RANKED."""
    chats = _chats(user, asked)
    meant = _meant(user, asked) if chats and not asked.query.is_impossible else None
    if meant is None:
        return Found(results=[], next=None, partial=False)
    where, marks = meant
    look = _Look(asked.query, marks, chats, where & Q(chat__in=list(chats), deleted_at=None))
    if asked.by_relevance and asked.query.wanted:
        hits, _ = look.hits(rest.MAX_ID, RANKED)
        hits = sorted(hits[:RANKED], key=lambda hit: (-hit.score, -hit.id))
        end = asked.cursor + asked.limit
        following = end if end < len(hits) else None
        hits = hits[asked.cursor : end]
    else:
        hits, at = look.hits(asked.cursor or rest.MAX_ID, asked.limit + 1)
        following = hits[asked.limit - 1].id if len(hits) > asked.limit else at
        hits = hits[: asked.limit]
    return Found(results=_results(user, hits, chats), next=following, partial=look.partial)


class _Look:
    """One search while it goes through candidates, the newest first."""

    def __init__(self, query: Query, marks: list[str], chats: dict[int, Chat], where: Q) -> None:
        self.query, self.marks, self.chats, self.where = query, marks, chats, where
        self.has_index = bool(query.wanted or marks)
        self.tail: list[int] = []
        self.partial = False  # time was up before all was looked at

    def hits(self, before: int, wanted: int) -> tuple[list[Hit], int | None]:
        """At least so many hits as far as there are any, and time allows; and where to go on, None: nowhere."""
        hits: list[Hit] = []
        end, chunk = time.monotonic() + TIME, CHUNK * wanted
        at: int | None = before
        while at is not None and len(hits) < wanted:
            try:
                with limited(max(0.001, end - time.monotonic())):
                    if self.has_index and at == before:
                        self.tail = index.missing(list(self.chats), TAIL)
                        self.partial = len(self.tail) == TAIL
                    rows, following = self._next(at, chunk)
            except DatabaseError as error:
                if not took_too_long(error):
                    raise
                self.partial = True
                if hits:
                    break
                rows, at = self._window(at)  # so that each page gets somewhere
                hits += self._checked(rows)
                break
            at, chunk = following, min(4 * chunk, MOST_CHUNK)
            hits += self._checked(rows)
        return hits, at

    def _next(self, before: int, limit: int) -> tuple[list[Row], int | None]:
        """The next messages that may be meant, and where to go on."""
        if not self.has_index:
            rows = self._rows(Q(pk__lt=before), limit)
            return rows, rows[-1][0] if len(rows) == limit else None
        ids = index.newest(self.query.wanted, self.marks, list(self.chats), before, limit)
        following = ids[-1] if len(ids) == limit else None
        ids += [id for id in self.tail if (following or 0) <= id < before]
        return self._rows(Q(pk__in=ids)) if ids else [], following

    def _window(self, before: int) -> tuple[list[Row], int | None]:
        newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        end = min(before, newest + 1)
        rows = self._rows(Q(pk__lt=end, pk__gte=end - WINDOW))
        return rows, end - WINDOW if end > WINDOW else None

    def _rows(self, which: Q, limit: int | None = None) -> list[Row]:
        rows = Message.objects.filter(self.where & which).order_by("-pk")
        return list(rows.values_list("pk", "content", "attachments")[:limit])

    def _checked(self, rows: Sequence[Row]) -> list[Hit]:
        found = []
        for id, content, attachments in rows:
            texts = index.texts_of(content, attachments_of(attachments) if attachments else ())
            places = found_in(texts, self.query.terms)
            if places is not None:
                length = sum(end - start for start, end in places)
                found.append(Hit(id, places, length / (len(content) + SHORT) ** 0.5))
        return found


def _chats(user: User, asked: Asked) -> dict[int, Chat]:
    """The chats to search: those that the person may read now, as far as they are meant."""
    seats = Membership.objects.filter(user=user, state=Membership.State.ACTIVE)
    if asked.chat_id is not None:
        seats = seats.filter(chat=asked.chat_id)
    chats = {seat.chat_id: seat.chat for seat in seats.select_related("chat")}
    for condition in asked.query.conditions:
        if condition.name in ("in", "with"):
            named = _named(user, chats, condition)
            chats = {id: chat for id, chat in chats.items() if (id in named) != condition.is_excluded}
    return chats


def _named(user: User, chats: dict[int, Chat], condition: Condition) -> set[int]:
    """Of these chats, those that `in:` names by their key or title, and the private one with the person named."""
    named = set()
    if condition.name == "in":
        key, title = condition.value.lower(), text.fold(condition.value)
        named = {id for id, chat in chats.items() if chat.key == key or text.fold(chat.title) == title != ""}
    if not named and (person := _person(user, condition.value)):
        pair = {user.pk, person}
        named = {id for id, chat in chats.items() if {chat.user_low_id, chat.user_high_id} == pair}
    return named


def _person(user: User, name: str) -> int | None:
    """Whom a name means; never an e-mail address."""
    if name.lower() == "me":
        return user.pk
    found = users.find(name) if "@" not in name else None
    return found.pk if found else None


def _meant(user: User, asked: Asked) -> tuple[Q, list[str]] | None:
    """The conditions beside chats and words, and those of them that the index knows as marks; None: no message meets
    them."""
    where, marks = Q(), []
    if asked.sender_id is not None:
        where &= Q(sender=asked.sender_id)
        marks.append(index.mark("from", asked.sender_id))
    if asked.since is not None:
        where &= Q(created_at__gte=asked.since)
    if asked.until is not None:
        where &= Q(created_at__lt=asked.until)
    for condition in asked.query.conditions:
        if condition.name in ("in", "with"):
            continue
        found = _condition(user, condition)
        if found is None and not condition.is_excluded:
            return None
        if found is not None:
            one, mark = found
            where &= ~one if condition.is_excluded else one
            if mark and not condition.is_excluded:
                marks.append(mark)
    return where, marks


def _condition(user: User, condition: Condition) -> tuple[Q, str] | None:
    """The messages of a condition, and the mark of all of them, if there is one; None: it names somebody unknown."""
    this = OuterRef("pk")
    if condition.name in ("from", "mentions"):
        person = _person(user, condition.value)
        if person is None:
            return None
        if condition.name == "from":
            return Q(sender=person), index.mark("from", person)
        return Q(Exists(Mention.objects.filter(message=this, user=person))), ""
    match condition.name, condition.value:
        case "before", _:
            return Q(created_at__lt=condition.since), ""
        case "after", _:
            return Q(created_at__gte=condition.until), ""
        case "on", _:
            return Q(created_at__gte=condition.since, created_at__lt=condition.until), ""
        case "is", "saved":
            return Q(Exists(Star.objects.filter(message=this, user=user))), ""
        case ("is", "pinned") | ("has", "pin"):
            return Q(pinned_at__isnull=False), ""
        case "has", "reaction":
            return Q(reactions__isnull=False), ""
        case "has", "file":
            return Q(attachments__isnull=False), index.mark("has", "file")
        case "has", "link":
            links = (Q(content__contains=scheme) for scheme in index.SCHEMES)
            return reduce(or_, links), index.mark("has", "link")
        case _, kind:
            return Q(Exists(Upload.objects.filter(message=this, kind=kind))), index.mark("has", kind)


def _results(user: User, hits: Sequence[Hit], chats: dict[int, Chat]) -> list[Result]:
    messages = history.some([hit.id for hit in hits])
    found = [(hit, messages[hit.id]) for hit in hits if hit.id in messages]
    others = {peer for chat in chats.values() if (peer := _peer(user, chat))}
    shown = {chats[id].key: chats[id] for id in chats}
    names = {
        person.pk: person.name
        for person in User.objects.filter(
            pk__in=others & {_peer(user, shown[message.chat]) for _, message in found}
        )
    }
    return [
        Result(
            message=message,
            highlights=hit.highlights,
            chat_title=shown[message.chat].title or names.get(_peer(user, shown[message.chat]) or 0, ""),
        )
        for hit, message in found
    ]


def _peer(user: User, chat: Chat) -> int | None:
    """The other person of a private chat, or oneself in one's own."""
    return chat.user_high_id if chat.user_low_id == user.pk else chat.user_low_id
