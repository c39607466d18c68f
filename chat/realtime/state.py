"""Delivers durable changes other than messages to the sockets concerned, even if their ring is lost.

A verb stores the time of the change in the row, in its transaction, and rings (`accounts.changes.state_changed`; for
chats and members `chat.events.change_chats` and `change_settings` do both). Both rings and the sweep call
`StateKeeper.look`: read which rows changed lately, by the database's clock, and send their current state. A process
sends each change once; two in quick succession are sent as one. A look costs a query for each of `sources`, and more
only for rows that changed, however many chats and sockets there are. Joining and leaving are also sent by the ring
itself, so that they come no later than the person's messages.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from msgspec import Struct

from accounts.models import User
from accounts.profile import status_of
from chat import members, policy, read_marks
from chat.events import Archived, Event, Item, Personal, Renamed, Status, Told
from chat.models import Chat, Membership
from chat.protocol import ChatUpdated, NotifyChanged, StatusChanged, UserUpdated, encode
from chat.realtime.database import DatabaseThreads
from chat.realtime.hub import Hub
from chat.realtime.presence import chats_of
from files.avatars import address
from lib.database.compiled import Compiled

logger = logging.getLogger(__name__)
SWEPT = timedelta(seconds=15)  # how far back a look reads
RETRY = 0.5  # seconds until a retry while the database is unreachable
LONG = 0.05  # seconds; a look that took longer (a storm of changes) delays the next one, so that it covers more of them
GATHER = 0.5  # seconds

M = TypeVar("M", bound=Model)
Key = tuple[str, int]  # the kind of change, and the id of its row


class News:
    """The changes within `window`, and which of them this process has not sent yet."""

    def __init__(self, told: dict[Key, datetime], window: timedelta = SWEPT) -> None:
        self._told = told
        self.window = window
        self.found: dict[Key, datetime] = {}

    def has(self, what: str, id: int, at: datetime | None, newest: datetime | None = None) -> bool:
        """Whether this change must be sent. With the time of the row's `newest` change: not if it is much older than
        that."""
        if at is None or (newest is not None and at < newest - self.window):
            return False
        self.found[what, id] = at
        return self._told.get((what, id)) != at


class Changed(Generic[M]):
    """The rows whose time in `field` is within the window of a look."""

    def __init__(self, model: type[M], field: str) -> None:
        self._model = model
        self._after = f"{field}__gt"
        self._ids = Compiled(lambda: self._within(SWEPT).values_list("pk"), ())

    def __call__(self, news: News) -> QuerySet[M]:
        # Nearly always there are none, and a compiled query is the cheapest way to find out.
        if news.window == SWEPT and not self._ids():
            return self._model._default_manager.none()
        return self._within(news.window)

    def _within(self, window: timedelta) -> QuerySet[M]:
        return self._model._default_manager.filter(**{self._after: Now() - window})


changed_chats = Changed(Chat, "state_changed_at")
changed_people = Changed(User, "profile_changed_at")
changed_memberships = Changed(Membership, "state_changed_at")


def of_chat(chat: Chat) -> ChatUpdated:
    """The frame for all followers of a chat when its state changed. New durable attributes of chats are added here."""
    frame = ChatUpdated(chat=chat.key, archived=chat.archived_at is not None)
    if chat.kind == Chat.Kind.ROOM:
        frame.title, frame.is_public = chat.title, chat.is_public
        frame.avatar = address(chat.avatar_id)
    if chat.kind != Chat.Kind.PRIVATE:  # which have no rules of their own
        frame.edit_window = policy.edit_window(chat.edit_window)
        frame.delete_window = policy.delete_window(chat.delete_window)
    return frame


def of_member(membership: Membership) -> ChatUpdated:
    """The frame for a member's own devices when their settings of a chat changed. New settings are added here."""
    return ChatUpdated(
        chat=membership.chat.key, muted=policy.is_muted(membership.muted_until, timezone.now())
    )


def of_settings(membership: Membership) -> NotifyChanged:
    """The frame for the same devices, of what `PUT /chats/…/notify` sets."""
    return NotifyChanged(chat=membership.chat.key, ignore_everyone=membership.ignores_everyone is True)


def of_person(user: User) -> UserUpdated:
    """The frame for a person, and everybody who shares a chat with them, when their profile changed."""
    return UserUpdated(
        user_id=user.pk,
        username=user.username,
        display_name=user.display_name,
        avatar=address(user.avatar_id),
    )


def chats(news: News) -> Iterator[Item]:
    for chat in changed_chats(news):
        if news.has("chat", chat.pk, chat.state_changed_at):
            yield Archived(chat.pk, chat.archived_at is not None)
            yield Event(chat.pk, encode(of_chat(chat)))


def people(news: News) -> Iterator[Item]:
    users = [user for user in changed_people(news) if news.has("person", user.pk, user.profile_changed_at)]
    shared = chats_of([user.pk for user in users]) if users else {}
    for user in users:
        yield Renamed(user.pk, user.username, user.display_name, user.avatar_id)
        frames: list[Struct] = [of_person(user)]
        if user.status_text is not None:
            frames.append(StatusChanged(user_id=user.pk, status=status_of(user) or None))
        for frame in map(encode, frames):
            yield Status(user.pk, shared.get(user.pk, []), frame, everywhere=True)
            yield Personal([user.pk], frame)


def memberships(news: News) -> Iterator[Item]:
    """Who joined and left, for all followers of the chat; settings, read marks and counts, for the person's own
    devices."""
    changed = changed_memberships(news).select_related("chat", "user")
    reads, recounted = [], set()
    for row in changed.order_by("state_changed_at", "pk"):
        if news.has("moved", row.pk, row.moved_at, row.state_changed_at):
            yield Event(row.chat_id, encode(members.moved(row)))
        if news.has("settings", row.pk, row.settings_changed_at, row.state_changed_at):
            yield Personal([row.user_id], encode(of_member(row)))
            yield Personal([row.user_id], encode(of_settings(row)))
        if (at := row.read_untold_at) and news.has("read", row.pk, at, row.state_changed_at):
            reads.append(row.pk)
            if row.read_changed_at is None or row.read_changed_at < at - SWEPT:
                recounted.add(row.pk)
    if reads:
        here = Membership.objects.filter(pk__in=reads, state=Membership.State.ACTIVE)
        yield from read_marks.told(here, recounted)[1]


#: Each look begins with one query for each of these. Apps above add theirs.
sources: list[Callable[[News], Iterable[Item]]] = [chats, people, memberships]


def read(told: dict[Key, datetime], window: timedelta = SWEPT) -> tuple[list[Item], dict[Key, datetime]]:
    """What is to be told now, and what is told then."""
    news = News(told, window)
    items: list[Item] = [item for source in sources for item in source(news)]
    return items, news.found


@transaction.atomic
def note_reads(pairs: Iterable[tuple[int, int]]) -> None:
    """Mark read positions (chat id, user id) whose ring failed, so that the sweeps of other processes find them."""
    chat_ids, user_ids = zip(*pairs, strict=True)
    # Others who read in these chats lately may be included: their current positions are sent once more.
    found = Membership.objects.filter(chat_id__in=set(chat_ids), user_id__in=set(user_ids))
    read_marks.tell_later(found.filter(read_changed_at__gt=Now() - SWEPT))


def reads_since(chat_ids: list[int], window: timedelta) -> Sequence[Item]:
    """The read positions moved in these chats within `window`, for a process that received no rings for so long."""
    lately = Membership.objects.filter(chat_id__in=chat_ids, read_changed_at__gt=Now() - window)
    return read_marks.told(lately)[1]


class StateKeeper:
    def __init__(self, hub: Hub, database: DatabaseThreads) -> None:
        self.hub = hub
        self.database = database
        self._wake = asyncio.Event()
        self._told: dict[Key, datetime] = {}
        self._heard: dict[Key, datetime] = {}  # while a look is under way
        self._window = SWEPT

    def heard(self, told: Told) -> None:
        """Note a change that a ring has already sent."""
        self._told[told.what, told.id] = self._heard[told.what, told.id] = told.at

    def look(self, window: timedelta = SWEPT) -> None:
        """Soon send the changes within `window`."""
        self._window = max(self._window, window)
        self._wake.set()

    async def run(self) -> None:
        """The task that sends changes. Changes from before it starts needn't be sent: no socket was open yet."""
        self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._heard = {}
            started = time.monotonic()
            window, self._window = self._window, SWEPT
            try:
                items, told = await self.database(read, self._told, window)
            except Exception as error:  # the database is unreachable: retry
                self._window = max(self._window, window)
                logger.warning("what changed is told when the database is back: %s", error)
                await asyncio.sleep(RETRY)
                self._wake.set()
                continue
            self._told = told | self._heard
            self.hub.accept(items)
            if time.monotonic() - started > LONG:
                await asyncio.sleep(GATHER)

    def lost(self, pairs: set[tuple[int, int]]) -> None:
        """The channel layer did not accept these read positions (chat id, user id)."""
        self.hub.spawn(self._note(pairs))

    async def _note(self, pairs: set[tuple[int, int]]) -> None:
        try:
            await self.database(note_reads, pairs)
        except Exception as error:  # both are unreachable: devices learn it when they reconnect
            logger.warning("%d read positions are not told to other processes: %s", len(pairs), error)

    def deaf(self, seconds: float) -> None:
        """This process receives rings again, after so many seconds without."""
        self.look()
        self.hub.spawn(self._catch_up(timedelta(seconds=seconds) + SWEPT))

    async def _catch_up(self, window: timedelta) -> None:
        await asyncio.sleep(RETRY)  # by then Redis has accepted the subscription
        try:
            items = await self.database(reads_since, list(self.hub.chats), window)
        except Exception as error:  # as above
            logger.warning("what others read meanwhile is not told: %s", error)
            return
        self.hub.accept(items)
