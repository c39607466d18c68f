"""Online status: records the open sockets of this process in the database, and notifies people who share a chat.

Opened and closed sockets are batched for about a second, so that a page reload is silent and a storm of connects takes
two statements; while thousands connect, for up to five.

The number online in general is counted once more by each process after each change, and told to those of its sockets
that know another one: when it was read for a first frame, or for a status that arrived late or never, people came and
went, and nobody is told of their own status.
"""

import asyncio
import logging
import time
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models.functions import Now
from msgspec import UNSET

from accounts.models import User
from chat import policy, protocol
from chat.events import Event, Posted, Rung, Status, Typing
from chat.log import summaries
from chat.models import Chat, Connection, Membership, ServerProcess, chat_key
from chat.policy import Seat
from chat.realtime.database import DatabaseThreads
from chat.realtime.hub import BIG_CHAT, Hub
from chat.realtime.sockets import Socket
from chat.realtime.typing import LASTS
from lib import errors
from lib.rest import translate

logger = logging.getLogger(__name__)
GATHER = 0.5  # seconds
#: In a storm each announcement is a write to every socket: announcements take at most one part in so many of the time.
SHARE = 20
GATHER_MOST = 5.0  # seconds
HEARTBEAT = 10.0  # seconds
FORGOTTEN = timedelta(minutes=2)  # after which another process deletes a dead one's rows
TYPING_AGAIN = 2.0  # seconds between two `user_typing` of one socket in one chat
_NOTHING: dict[int, float] = {}

Place = tuple[int, int]  # (chat id, user id)


class News(NamedTuple):
    """Changes of online status: of people, and of their one-chat sockets in chats."""

    came: list[User]
    went: list[User]
    joined: set[Place]
    left: set[Place]


class Presence:
    def __init__(self, hub: Hub, database: DatabaseThreads) -> None:
        self.hub = hub
        self.database = database
        self.process_id = uuid4()
        self._opened: dict[UUID, Socket] = {}
        self._closed: dict[UUID, Socket] = {}
        self._wake = asyncio.Event()
        #: When each socket last signalled typing, by chat id; 0.0: the message has been sent since.
        self._typing: dict[Socket, dict[int, float]] = {}
        self._beat_at = 0.0
        self._gather = GATHER
        self._general = 0  # its id, once a socket follows it
        self._online: int | None = None  # in general, as sockets here were told last
        #: What sockets were told that may not have heard that, or that are not recorded yet.
        self._greeted: dict[Socket, int | None] = {}
        self._doubtful = False

    def opened(self, socket: Socket) -> None:
        self._opened[socket.id] = socket
        self._wake.set()

    def closed(self, socket: Socket) -> None:
        if self._opened.pop(socket.id, None) is None:
            self._closed[socket.id] = socket
        self._wake.set()

    def greeted(self, socket: Socket, general: int, online: int) -> None:
        """A socket follows general, and was told this number online."""
        self._general, self._greeted[socket] = general, online
        self.doubt()

    def heard(self, status: Status) -> None:
        """A status was delivered here."""
        if status.online is None:
            return
        own = self.hub.users.get(status.user_id, ())
        if not self._is_big(self._general):  # else nobody is told the number by it
            for socket in own:
                if self._general in socket.following:
                    self._greeted.setdefault(socket, self._online)
            for socket in self._greeted:
                if socket not in own and self._general in socket.following:
                    self._greeted[socket] = status.online
            self._online = status.online
        self.doubt()

    def doubt(self) -> None:
        """Soon count who is online in general, and tell the number to sockets that know another one."""
        self._doubtful = True
        self._wake.set()

    def _is_big(self, chat_id: int) -> bool:
        chat = self.hub.chats.get(chat_id)
        return chat is not None and len(chat.sockets) > BIG_CHAT

    def typing(self, socket: Socket, seat: Seat, is_typing: bool) -> None:
        """Tell the others in the chat; repeated signals of one socket are throttled."""
        signs, now = self._typing.setdefault(socket, {}), time.monotonic()
        last = signs.get(seat.chat_id)
        if is_typing and last is not None and now - last < TYPING_AGAIN:
            return
        if is_typing:
            signs[seat.chat_id] = now
            self._tell_typing(socket, seat.chat_id, seat.key, True)
        else:
            self._forget_typing(socket, seat.chat_id)
            if last != 0.0:  # else the message ended it
                self._tell_typing(socket, seat.chat_id, seat.key, False)

    def sent(self, socket: Socket, seat: Seat) -> None:
        """A message was sent over this socket: its sender no longer types."""
        if self._typing.get(socket, _NOTHING).get(seat.chat_id):
            self._typing[socket][seat.chat_id] = 0.0
            self._tell_typing(socket, seat.chat_id, seat.key, False)

    def posted(self, posted: Posted) -> None:
        """The same for a message that didn't come over a socket: it is unknown on which one it was typed."""
        for socket in self.hub.users.get(posted.user_id, ()):
            if (seat := socket.seats.get(posted.chat_id)) is not None:
                # After the delivery of the message.
                asyncio.get_running_loop().call_soon(self.sent, socket, seat)

    def left(self, socket: Socket, chat_id: int) -> None:
        """A socket no longer follows a chat, or is closed: typing there ends."""
        seat = socket.seats.get(chat_id)
        if seat is not None and seat.kind == Chat.Kind.GENERAL and not socket.closed:
            # It misses what comes until it follows general again.
            self._greeted.setdefault(socket, self._online)
        if (at := self._forget_typing(socket, chat_id)) and time.monotonic() - at < LASTS:
            chat = self.hub.chats.get(chat_id)
            if chat is not None:
                # Not during the delivery that found the socket too slow.
                asyncio.get_running_loop().call_soon(self._tell_typing, socket, chat_id, chat.key, False)

    def _forget_typing(self, socket: Socket, chat_id: int) -> float | None:
        signs = self._typing.get(socket)
        if signs is None:
            return None
        at = signs.pop(chat_id, None)
        if not signs:
            del self._typing[socket]
        return at

    def _tell_typing(self, socket: Socket, chat_id: int, key: str, is_typing: bool) -> None:
        frame = protocol.UserTyping(
            chat=key,
            user_id=socket.user_id,
            username=socket.username,
            display_name=socket.display_name,
            typing=is_typing,
        )
        self.hub.publish([Typing(chat_id, socket.user_id, str(socket.id), is_typing, protocol.encode(frame))])

    async def run(self) -> None:
        """The task that records and announces changes."""
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await asyncio.sleep(self._gather)
            self._gather = GATHER
            try:
                await self._beat()
                await self._flush()
                await self._recount()
            except Exception as error:  # the database is unreachable: the batch is recorded later
                logger.warning("presence is noted when the database is back: %s", error)
                await asyncio.sleep(1)
                self.doubt()

    async def _beat(self) -> None:
        if time.monotonic() - self._beat_at >= HEARTBEAT:
            await self.database(heartbeat, self.process_id)
            self._beat_at = time.monotonic()
            self._doubtful = True  # a process may have died

    async def _flush(self) -> None:
        opened, closed = list(self._opened.values()), list(self._closed.values())
        if not opened and not closed:
            return
        try:
            news = await self.database(note, self.process_id, opened, closed)
        except Exception as error:
            if isinstance(translate(error), errors.Unavailable):
                raise
            logger.warning("presence is noted one by one: %s", error)
            news = await self.database(note_each, self.process_id, opened, closed)
        for socket in opened:
            self._opened.pop(socket.id, None)
            if socket.closed:
                self._closed[socket.id] = socket
        for socket in closed:
            self._closed.pop(socket.id, None)
        items = [*await self._people(news), *self._places(news, [*opened, *closed])]
        started = time.monotonic()
        self.hub.publish(items)
        self._pace(started)
        if self._closed:
            self._wake.set()

    def _pace(self, started: float) -> None:
        """Announcements are being made since `started`."""
        self._gather = min(max(self._gather, SHARE * (time.monotonic() - started)), GATHER_MOST)

    async def _people(self, news: News) -> list[Rung]:
        """`user_status` of people who came online or went offline; in big chats the number online instead."""
        people = {user.pk: (user, True) for user in news.came}
        people |= {user.pk: (user, False) for user in news.went}
        if not people:
            return []
        chats = await self.database(chats_of, list(people))
        everywhere = {chat_id for found in chats.values() for chat_id in found}
        big = [chat_id for chat_id in everywhere - {self._general} if self._is_big(chat_id)]
        general, counts = await self.database(online_now, big)
        items: list[Rung] = [
            Status(
                user.pk,
                chats.get(user.pk, []),
                protocol.encode(
                    protocol.UserStatus(
                        user_id=user.pk,
                        username=user.username,
                        display_name=user.display_name,
                        is_online=is_online,
                        last_seen=user.last_seen,
                        online_count=counts[general] if general in chats.get(user.pk, ()) else UNSET,
                    )
                ),
                online=counts[general] if general in chats.get(user.pk, ()) else None,
            )
            for user, is_online in people.values()
        ]
        items += [
            Event(
                chat_id,
                protocol.encode(
                    protocol.ChatUpdated(chat=self.hub.chats[chat_id].key, online_count=counts[chat_id])
                ),
            )
            for chat_id in big
            if chat_id in self.hub.chats
        ]
        return items

    async def _recount(self) -> None:
        """Tell the number online in general to sockets here that know another one."""
        if not self._doubtful or not self.hub.users:
            return
        self._doubtful = False
        general, counts = await self.database(online_now, [])
        self._general, online = general, counts[general]
        frame = protocol.encode(
            protocol.ChatUpdated(chat=chat_key(Chat.Kind.GENERAL, 0), online_count=online)
        )
        started = time.monotonic()
        is_told = self._online not in (None, online)
        if is_told:
            self.hub.accept([Event(general, frame)])
        self._online = online
        left: dict[Socket, int | None] = {}
        for socket, told in self._greeted.items():
            if general not in socket.following:
                if not socket.closed:
                    left[socket] = told
            elif socket.id in self._opened:  # not in this number yet
                left[socket] = online if is_told else told
            elif not is_told and told != online:
                socket.send(frame)
        self._greeted = left
        self._pace(started)

    def _places(self, news: News, sockets: list[Socket]) -> list[Rung]:
        """`user_joined` and `user_disconnected`: people whose first one-chat socket opened, or whose last one
        closed."""
        items: list[Rung] = []
        seen: set[Place] = set()
        for socket in sockets:
            seat = socket.one_chat
            if seat is None or (place := (seat.chat_id, socket.user_id)) in seen:
                continue
            seen.add(place)
            chat = self.hub.chats.get(seat.chat_id)
            if chat is not None and len(chat.sockets) > BIG_CHAT:
                continue
            if place in news.joined:
                kind: type[protocol.UserJoined | protocol.UserDisconnected] = protocol.UserJoined
            elif place in news.left:
                kind = protocol.UserDisconnected
            else:
                continue
            frame = kind(
                chat=seat.key,
                user_id=socket.user_id,
                username=socket.username,
                display_name=socket.display_name,
            )
            items.append(Event(seat.chat_id, protocol.encode(frame), socket.user_id))
        return items

    async def stop(self) -> None:
        """Delete this process's connections, as it ends."""
        await self.database(forget, self.process_id)


def heartbeat(process_id: UUID) -> None:
    ServerProcess.objects.update_or_create(pk=process_id, defaults={"heartbeat_at": Now()})
    ServerProcess.objects.filter(heartbeat_at__lt=Now() - FORGOTTEN).delete()


def forget(process_id: UUID) -> None:
    ServerProcess.objects.filter(pk=process_id).delete()


@transaction.atomic
def note(process_id: UUID, opened: list[Socket], closed: list[Socket]) -> News:
    """Record opened and closed sockets. Returns who came online and who went offline."""
    ids = {socket.user_id for socket in (*opened, *closed)}
    # Processes that record sockets of one person take turns, so that exactly one of them sees the change.
    list(User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    live = Connection.objects.living().filter(user_id__in=ids).values_list("chat_id", "user_id")
    before = set(live)
    ServerProcess.objects.get_or_create(pk=process_id)
    Connection.objects.bulk_create(
        [
            Connection(
                id=socket.id,
                process_id=process_id,
                user_id=socket.user_id,
                session_id=socket.session_id,
                chat_id=socket.one_chat.chat_id if socket.one_chat else None,
                address=socket.address,
            )
            for socket in opened
        ],
        ignore_conflicts=True,
    )
    Connection.objects.filter(pk__in=[socket.id for socket in closed]).delete()
    after = set(live.all())
    here = {user_id for _, user_id in after}
    came = here - {user_id for _, user_id in before}
    went = {socket.user_id for socket in closed} - here
    User.objects.filter(pk__in=came | went).update(last_seen=Now())
    users = {user.pk: user for user in User.objects.filter(pk__in=came | went)}
    return News(
        [users[id] for id in came if id in users],
        [users[id] for id in went if id in users],
        {(chat_id, user_id) for chat_id, user_id in after - before if chat_id},
        {(chat_id, user_id) for chat_id, user_id in before - after if chat_id},
    )


def note_each(process_id: UUID, opened: list[Socket], closed: list[Socket]) -> News:
    """The same in one transaction for each socket, so that one that can't be stored doesn't affect the others.

    Raises what the database raises when it is unreachable.
    """
    news = News([], [], set(), set())
    alone: list[tuple[list[Socket], list[Socket]]] = [([socket], []) for socket in opened]
    for came, went in [*alone, *(([], [socket]) for socket in closed)]:
        try:
            more = note(process_id, came, went)
        except Exception as error:
            if isinstance(translate(error), errors.Unavailable):
                raise
            logger.error("a socket of user %d is not noted: %s", (came or went)[0].user_id, error)
            continue
        news.came.extend(more.came)
        news.went.extend(more.went)
        news.joined.update(more.joined)
        news.left.update(more.left)
    return news


def online_now(chat_ids: list[int]) -> tuple[int, dict[int, int]]:
    """The id of general, and how many members of it and of these chats are online."""
    general = policy.general_id()
    wanted = {general, *chat_ids}
    return general, dict.fromkeys(wanted, 0) | summaries.online_counts(wanted)


def chats_of(user_ids: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = Membership.objects.filter(user_id__in=user_ids, state=Membership.State.ACTIVE)
    for user_id, chat_id in rows.values_list("user_id", "chat_id"):
        found.setdefault(user_id, []).append(chat_id)
    return found
