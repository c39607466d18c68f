"""What changed and is no message reaches the sockets it concerns, also when its ring is lost.

A verb writes down in its transaction when something changed, and rings (`doorbell.state_changed`). Rings and the sweep
both end in `StateKeeper.look`: read what changed lately, by the database's clock, and tell what is true now. A process
tells each change once; two that come together are told as one. Who came and went is told by the ring itself, so that it
comes no later than what they say; a look finds it when that ring is lost.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Model
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from chat import members, policy, read_marks
from chat.events import Archived, Event, Item, Personal, Status, Told
from chat.models import Chat, Membership, chat_key
from chat.protocol import ChatUpdated, UserUpdated, encode
from chat.realtime.database import DatabaseThreads
from chat.realtime.hub import Hub
from chat.realtime.presence import chats_of
from lib.database.compiled import Compiled

logger = logging.getLogger(__name__)
SWEPT = timedelta(seconds=15)  # how far back a look goes
RETRY = 0.5  # seconds, when the database is away
LONG = 0.05  # seconds of a look, in a storm of changes: the next one waits for more of them to come together
GATHER = 0.5  # seconds

Key = tuple[str, int]  # what changed, and the id of its row


def changed_lately(model: type[Model], field: str) -> Compiled:
    """The ids of rows whose time in `field` is within SWEPT. Asked first by each look: nearly always there are none."""
    rows = model._default_manager.filter(**{f"{field}__gt": Now() - SWEPT})
    return Compiled(lambda: rows.values_list("pk"), ())


_changed_chats = changed_lately(Chat, "state_changed_at")
_changed_people = changed_lately(User, "profile_changed_at")
_changed_memberships = changed_lately(Membership, "state_changed_at")


class News:
    """What changed lately, and which of it this process has not told yet."""

    def __init__(self, told: dict[Key, datetime]) -> None:
        self._told = told
        self.found: dict[Key, datetime] = {}

    def has(self, what: str, id: int, at: datetime | None, newest: datetime | None = None) -> bool:
        """Whether this is to be told. With the time of the row's `newest` change: unless it is much older than that."""
        if at is None or (newest is not None and at < newest - SWEPT):
            return False
        self.found[what, id] = at
        return self._told.get((what, id)) != at


def chats(news: News) -> Iterator[Item]:
    """Title, visibility, archived or not: for everybody in the chat."""
    if not _changed_chats():
        return
    changed = Chat.objects.filter(state_changed_at__gt=Now() - SWEPT)
    for id, kind, title, is_public, archived_at, at in changed.values_list(
        "pk", "kind", "title", "is_public", "archived_at", "state_changed_at"
    ):
        if news.has("chat", id, at):
            frame = ChatUpdated(chat=chat_key(kind, id), archived=archived_at is not None)
            if kind == Chat.Kind.ROOM:
                frame.title, frame.is_public = title, is_public
            yield Archived(id, archived_at is not None)
            yield Event(id, encode(frame))


def people(news: News) -> Iterator[Item]:
    """Names: for everybody who shares a chat with the person, and for their own devices."""
    if not _changed_people():
        return
    changed = User.objects.filter(profile_changed_at__gt=Now() - SWEPT)
    rows = [
        row
        for row in changed.values_list("pk", "profile_changed_at", "username", "display_name")
        if news.has("person", row[0], row[1])
    ]
    shared = chats_of([id for id, *_ in rows]) if rows else {}
    for id, _, username, display_name in rows:
        frame = encode(UserUpdated(user_id=id, username=username, display_name=display_name))
        yield Status(id, shared.get(id, []), frame, everywhere=True)
        yield Personal([id], frame)


def memberships(news: News) -> Iterator[Item]:
    """Who came and went, for everybody in the chat; muting, reading and counts, for the person's own devices."""
    if not _changed_memberships():
        return
    changed = Membership.objects.filter(state_changed_at__gt=Now() - SWEPT).select_related("chat", "user")
    now, reads, recounted = timezone.now(), [], set()
    for row in changed.order_by("state_changed_at", "pk"):
        key, user = row.chat.key, row.user
        if news.has("moved", row.pk, row.moved_at, row.state_changed_at):
            yield Event(row.chat_id, encode(members.moved(row)))
        if news.has("mute", row.pk, row.mute_changed_at, row.state_changed_at):
            muted = policy.is_muted(row.muted_until, now)
            yield Personal([user.pk], encode(ChatUpdated(chat=key, muted=muted)))
        if (at := row.read_untold_at) and news.has("read", row.pk, at, row.state_changed_at):
            reads.append(row.pk)
            if row.read_changed_at is None or row.read_changed_at < at - SWEPT:
                recounted.add(row.pk)
    if reads:
        here = Membership.objects.filter(pk__in=reads, state=Membership.State.ACTIVE)
        yield from read_marks.told(here, recounted)[1]


#: The first queries of a look are one for each of these. Apps above add theirs.
sources: list[Callable[[News], Iterable[Item]]] = [chats, people, memberships]


def read(told: dict[Key, datetime]) -> tuple[list[Item], dict[Key, datetime]]:
    """What is to be told now, and what is told then."""
    news = News(told)
    items: list[Item] = [item for source in sources for item in source(news)]
    return items, news.found


@transaction.atomic
def note_reads(pairs: Iterable[tuple[int, int]]) -> None:
    """Read positions (chat id, user id) that could not be rung for: the other processes' sweeps find them."""
    chat_ids, user_ids = zip(*pairs, strict=True)
    # Others that read in one of these chats lately may be among them: they are told the truth once more.
    found = Membership.objects.filter(chat_id__in=set(chat_ids), user_id__in=set(user_ids))
    read_marks.tell_later(found.filter(read_changed_at__gt=Now() - SWEPT))


def reads_since(chat_ids: list[int], window: timedelta) -> Sequence[Item]:
    """What was read in these chats within the time, for a process that did not hear rings for so long."""
    lately = Membership.objects.filter(chat_id__in=chat_ids, read_changed_at__gt=Now() - window)
    return read_marks.told(lately)[1]


class StateKeeper:
    def __init__(self, hub: Hub, database: DatabaseThreads) -> None:
        self.hub = hub
        self.database = database
        self._wake = asyncio.Event()
        self._told: dict[Key, datetime] = {}
        self._heard: dict[Key, datetime] = {}  # while a look is under way

    def heard(self, told: Told) -> None:
        """A ring told a change by itself."""
        self._told[told.what, told.id] = self._heard[told.what, told.id] = told.at

    def look(self) -> None:
        """Tell soon what changed."""
        self._wake.set()

    async def run(self) -> None:
        """The task that tells. What changed before it begins is told to nobody: no socket is open yet."""
        self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._heard = {}
            started = time.monotonic()
            try:
                items, told = await self.database(read, self._told)
            except Exception as error:  # the database is away: look again
                logger.warning("what changed is told when the database is back: %s", error)
                await asyncio.sleep(RETRY)
                self._wake.set()
                continue
            self._told = told | self._heard
            self.hub.accept(items)
            if time.monotonic() - started > LONG:
                await asyncio.sleep(GATHER)

    def lost(self, pairs: set[tuple[int, int]]) -> None:
        """The channel layer did not take word of these read positions (chat id, user id)."""
        self.hub.spawn(self._note(pairs))

    async def _note(self, pairs: set[tuple[int, int]]) -> None:
        try:
            await self.database(note_reads, pairs)
        except Exception as error:  # both are away: devices learn it when they connect again
            logger.warning("%d read positions are not told to other processes: %s", len(pairs), error)

    def deaf(self, seconds: float) -> None:
        """This process hears rings again, after so long without."""
        self.look()
        self.hub.spawn(self._catch_up(timedelta(seconds=seconds) + SWEPT))

    async def _catch_up(self, window: timedelta) -> None:
        await asyncio.sleep(RETRY)  # by then Redis has taken the subscription
        try:
            items = await self.database(reads_since, list(self.hub.chats), window)
        except Exception as error:  # as above
            logger.warning("what others read meanwhile is not told: %s", error)
            return
        self.hub.accept(items)
