"""The hub of a process: takes in all changes and delivers them to its sockets.

It puts each chat's changes in order (`order.Stream`), encodes each frame once, joins the frames of a batch into one
write per socket, and fills gaps from the log: so nothing that the channel layer loses is missed.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import NamedTuple

from accounts.changes import AccessChanged, StateChanged
from chat import protocol
from chat.events import (
    Archived,
    Change,
    Event,
    Item,
    Personal,
    Posted,
    Read,
    Renamed,
    Rung,
    Status,
    Told,
    Typing,
)
from chat.log.history import Changes, Since
from chat.models import chat_key
from chat.protocol import Message
from chat.realtime import metrics
from chat.realtime.order import Stream
from chat.realtime.sockets import Socket, ws_frame
from chat.realtime.typing import Typists

logger = logging.getLogger(__name__)

STRAGGLER = 0.02  # seconds that a gap waits for a change that is only late
REPAIR_RETRY = 0.5  # seconds until a repair is retried while the database is unreachable
REPAIR_PAGE = 1000  # messages
REPAIR_MOST = 5000  # messages; beyond that the chat's sockets are told to `sync`
TOGETHER = 0.25  # seconds from one delivery of a chat's reactions to the next
BIG_CHAT = 100  # sockets in this process from which presence is sent as a count


class Position(NamedTuple):
    """A position in a chat: all changes up to `version`, at which the newest message is `seq`."""

    version: int
    seq: int


class LiveChat:
    """A chat that sockets of this process follow."""

    __slots__ = ("key", "released_at", "releasing", "repair", "sockets", "stream")

    def __init__(self, key: str, stream: Stream) -> None:
        self.key = key
        self.stream = stream
        self.sockets: set[Socket] = set()
        self.repair: asyncio.Task[None] | None = None
        # The timer that will send what the stream holds back, and when that was last sent, by the event loop's clock.
        self.releasing: asyncio.TimerHandle | None = None
        self.released_at = 0.0


class RecentVersions:
    """The newest versions announced of chats that nobody here follows, kept for two to three calls of `age`.

    Otherwise a socket that read a chat's version just before a change, and joins just after it, would miss the change.
    """

    def __init__(self) -> None:
        self.young: dict[int, int] = {}
        self.old: dict[int, int] = {}

    def note(self, chat_id: int, version: int) -> None:
        if version > self.get(chat_id):
            self.young[chat_id] = version

    def get(self, chat_id: int) -> int:
        return max(self.young.get(chat_id, 0), self.old.get(chat_id, 0))

    def age(self) -> None:
        self.old, self.young = self.young, {}


class Hub:
    def __init__(
        self,
        read_changes: Callable[[Since], Awaitable[Changes]],
        spawn: Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"],
        repair_most: int = REPAIR_MOST,
    ) -> None:
        """`read_changes` reads a page of the log, and may raise anything; `spawn` runs a background task."""
        self.read_changes = read_changes
        self.spawn = spawn
        self.repair_most = repair_most
        self.chats: dict[int, LiveChat] = {}
        self.users: dict[int, set[Socket]] = {}
        self.recent = RecentVersions()
        self._joins: dict[tuple[Socket, int], object] = {}  # joins that wait for the log
        #: What to do with people whose access changed, when something else did, and with items for other processes.
        self.on_access: Callable[[Iterable[int]], None] = lambda user_ids: None
        self.on_state: Callable[[], None] = lambda: None
        self.on_told: Callable[[Told], None] = lambda told: None
        self.on_status: Callable[[Status], None] = lambda status: None
        #: A socket no longer follows a chat.
        self.on_leave: Callable[[Socket, int], None] = lambda socket, chat_id: None
        self.on_posted: Callable[[Posted], None] = lambda posted: None
        self.on_items: Callable[[Sequence[Item]], None] = lambda items: None
        self.on_publish: Callable[[Sequence[Rung]], None] = lambda items: None
        self.typists = Typists()
        self._delivered = 0  # frames not yet added to the metrics

    # ------------------------------------------------------------ sockets

    def add(self, socket: Socket) -> None:
        socket.on_drained, socket.on_hopeless = self._drained, self._hopeless
        self.users.setdefault(socket.user_id, set()).add(socket)

    def remove(self, socket: Socket) -> None:
        socket.closed = True
        for chat_id in list(socket.following):
            self.leave(socket, chat_id)
        socket.lagging.clear()
        mine = self.users.get(socket.user_id, set())
        mine.discard(socket)
        if not mine:
            self.users.pop(socket.user_id, None)

    def remove_now(self, socket: Socket, code: int) -> None:
        """Close a socket: from now on no event reaches it."""
        socket.close(code)
        self.remove(socket)

    def leave(self, socket: Socket, chat_id: int) -> None:
        socket.following.pop(chat_id, None)
        self._joins.pop((socket, chat_id), None)
        self.on_leave(socket, chat_id)
        chat = self.chats.get(chat_id)
        if chat is None:
            return
        chat.sockets.discard(socket)
        if not chat.sockets:
            del self.chats[chat_id]
            if chat.repair is not None:
                chat.repair.cancel()
            if chat.releasing is not None:
                chat.releasing.cancel()
            self.recent.note(chat_id, chat.stream.heard)

    def try_join(self, socket: Socket, chat_id: int, key: str, since: Position) -> bool:
        """Go live from `since` if all later changes are in memory: they are queued for the socket, then it is live.

        Both happen in one step of the event loop, so each change comes once and in order.
        """
        if socket.closed:
            return True
        chat = self.chats.get(chat_id)
        if chat is not None and chat.stream.held:
            self._send(
                chat, chat.stream.release()
            )  # sent to the others now: the new socket has it or gets it below, and must not get it twice
            chat = self.chats.get(chat_id)
        if chat is None:
            stream = Stream(chat_id, since.version, since.seq)
            stream.heard = max(stream.heard, self.recent.get(chat_id))
            chat = self.chats[chat_id] = LiveChat(key, stream)
        missed = chat.stream.after(since.version)
        if missed is None:
            return False
        if missed:
            for frame in missed:
                socket.put(ws_frame(frame), [frame])
            socket.flush()
        chat.sockets.add(socket)
        socket.following[chat_id] = None
        socket.lagging.discard(chat_id)
        if chat.stream.has_gap:
            self._mind_gap(chat)
        return True

    async def join(self, socket: Socket, chat_id: int, key: str, since: Position) -> None:
        """Subscribe, catch up and go live: everything after `since` reaches the socket once, in order.

        First join, resume and `sync` all use this. Returns early if the socket leaves the chat, or joins it anew, in
        the meantime. Raises what reading the log raises.
        """
        place, this = (socket, chat_id), object()
        self._joins[place] = this
        try:
            while self._joins.get(place) is this and not self.try_join(socket, chat_id, key, since):
                chat = self.chats[chat_id]
                if since.version > chat.stream.version:
                    await self._fill(chat)  # this process is behind what the socket has read
                    if self.chats.get(chat_id) is chat and since.version > chat.stream.version:
                        since = Position(chat.stream.version, chat.stream.seq)
                    continue
                found = await self.read_changes(Since(chat_id, since.version, REPAIR_PAGE))
                if self._joins.get(place) is not this or socket.closed:
                    return
                if found.has_more:  # later changes could be of messages on this page: the client syncs
                    self._have_sync(socket, chat_id, key)
                    return
                missed = Stream(chat_id, since.version, since.seq)
                for frame in missed.fill(found.messages, found.version):
                    socket.put(ws_frame(frame), [frame])
                socket.flush()
                since = Position(missed.version, missed.seq)
                if socket.is_full():
                    self._have_sync(socket, chat_id, key)
                    return
        finally:
            if self._joins.get(place) is this:
                del self._joins[place]

    # ------------------------------------------------------------ changes in

    def publish(self, items: Sequence[Rung], replies: Iterable[tuple[Socket, bytes]] = ()) -> None:
        """Deliver here and send to the other processes; `replies` go out in the same writes, before the items."""
        self.accept(items, replies)
        if items:
            self.on_publish(items)

    def accept(self, items: Sequence[Item], replies: Iterable[tuple[Socket, bytes]] = ()) -> None:
        """Deliver to the sockets of this process: one write per socket for the whole batch."""
        touched: set[Socket] = set()
        for socket, frame in replies:
            if socket.put_own(frame):
                touched.add(socket)
        ready: dict[int, list[bytes]] = {}
        for item in items:
            match item:
                case Change():
                    self._change(item, ready)
                case Event():
                    if (chat := self.chats.get(item.chat_id)) is not None:
                        self._put(chat.sockets, [item.frame], touched, item.skip_user)
                case Personal():
                    for user_id in item.user_ids:
                        self._tell(user_id, item.frame, touched)
                case Status():
                    self._put(self._who_sees(item), [item.frame], touched, item.user_id)
                    self.on_status(item)
                case Typing():
                    self._typing(item, touched)
                case Posted():
                    self.on_posted(item)
                case Read():
                    if item.others and (chat := self.chats.get(item.chat_id)) is not None:
                        self._put(chat.sockets, [item.others], touched, item.user_id)
                    self._tell(item.user_id, item.own, touched)
                case Archived():
                    self._close(item)
                case Renamed():
                    for socket in self.users.get(item.user_id, ()):
                        socket.username, socket.display_name = item.username, item.display_name
                        socket.avatar_id = item.avatar_id
                case AccessChanged():
                    self.on_access(item.user_ids)
                case StateChanged():
                    self.on_state()
                case Told():
                    self.on_told(item)
        for chat_id, frames in ready.items():
            if (chat := self.chats.get(chat_id)) is not None:  # its last socket may just have lagged out
                self._put(chat.sockets, frames, touched)
        for socket in touched:
            socket.flush()
        self.on_items(items)
        if self._delivered:
            metrics.DELIVERIES.inc(self._delivered)
            self._delivered = 0

    def _change(self, change: Change, ready: dict[int, list[bytes]]) -> None:
        chat = self.chats.get(change.chat_id)
        if chat is None:
            self.recent.note(change.chat_id, change.version)
            return
        frames = chat.stream.offer(change)
        if chat.stream.held:
            frames += self._held(chat)
        if frames:
            ready.setdefault(change.chat_id, []).extend(frames)
        if chat.stream.has_gap:
            self._mind_gap(chat)

    def _held(self, chat: LiveChat) -> list[bytes]:
        """What the chat's stream holds back, if TOGETHER has passed since the last time; if not, sets a timer."""
        loop = asyncio.get_running_loop()
        due = chat.released_at + TOGETHER
        if loop.time() >= due:
            chat.released_at = loop.time()
            return chat.stream.release()
        if chat.releasing is None:
            chat.releasing = loop.call_at(due, self._release, chat)
        return []

    def _release(self, chat: LiveChat) -> None:
        chat.releasing = None
        chat.released_at = asyncio.get_running_loop().time()
        self._send(chat, chat.stream.release())

    def _who_sees(self, status: Status) -> set[Socket]:
        """Sockets that share a chat with the person; in big chats the status of single people is not announced."""
        found: set[Socket] = set()
        for chat_id in status.chat_ids:
            chat = self.chats.get(chat_id)
            if chat is not None and (status.everywhere or len(chat.sockets) <= BIG_CHAT):
                found |= chat.sockets
        return found

    # ------------------------------------------------------------ frames out

    def _put(
        self, sockets: Iterable[Socket], frames: list[bytes], touched: set[Socket], skip: int = 0
    ) -> None:
        framed = b"".join(map(ws_frame, frames))
        slow = []
        reached = 0
        for socket in sockets:
            if skip and socket.user_id == skip:
                continue
            if socket.closed or socket.is_full():
                slow.append(socket)
            else:
                socket.put(framed, frames)
                touched.add(socket)
                reached += 1
        self._delivered += reached * len(frames)
        for socket in slow:
            self._lag(socket)

    def _send(self, chat: LiveChat, frames: list[bytes]) -> None:
        """Deliver frames to a chat's sockets at once."""
        if frames:
            touched: set[Socket] = set()
            self._put(chat.sockets, frames, touched)
            for socket in touched:
                socket.flush()

    def _lag(self, socket: Socket) -> None:
        """Handle a slow reader: it gets nothing more until it has drained, then learns which chats it must sync."""
        if not socket.closed:
            metrics.LAGGED.inc()
            socket.lagging.update(socket.following)
        for chat_id in list(socket.following):
            self.leave(socket, chat_id)

    def _tell(self, user_id: int, frame: bytes, touched: set[Socket]) -> None:
        """Send a frame about a person to all their sockets."""
        for socket in list(self.users.get(user_id, ())):
            if socket.put_own(frame):
                touched.add(socket)
                self._delivered += 1

    def _typing(self, item: Typing, touched: set[Socket]) -> None:
        chat = self.chats.get(item.chat_id)
        place = item.chat_id, item.user_id
        if chat and self.typists.note(place, item.socket_id, item.is_typing, time.monotonic()):
            self._put(chat.sockets, [item.frame], touched, item.user_id)

    def _close(self, item: Archived) -> None:
        """Update the seats of all sockets in the chat, whether they follow it or not."""
        for sockets in self.users.values():
            for socket in sockets:
                if (seat := socket.seats.get(item.chat_id)) is not None:
                    socket.seats[item.chat_id] = seat.with_archived(item.archived)

    def _hopeless(self, socket: Socket) -> None:
        metrics.LAGGED.inc()
        self.remove_now(socket, protocol.Close.TRY_LATER)

    def _drained(self, socket: Socket) -> None:
        for frame in socket.take_kept():
            socket.send(frame)  # if that fills it again, the rest is kept again
        if socket.lagging:
            keys = [chat_key(socket.seats[id].kind, id) for id in socket.lagging if id in socket.seats]
            socket.lagging.clear()
            socket.send(protocol.encode(protocol.Lagged(chats=sorted(keys))))

    # ------------------------------------------------------------ gaps

    def _mind_gap(self, chat: LiveChat) -> None:
        if chat.stream.has_gap and chat.sockets and chat.repair is None:
            chat.repair = self.spawn(self._repair(chat))

    async def _repair(self, chat: LiveChat) -> None:
        """Wait a moment for the late change, then read what is missing."""
        try:
            await asyncio.sleep(STRAGGLER)
            while chat.stream.has_gap and chat.sockets:
                try:
                    await self._fill(chat)
                    break
                except Exception as error:  # the database is unreachable: the gap stays until it is back
                    logger.warning(
                        "chat %s waits for the database to fill a gap: %s", chat.stream.chat_id, error
                    )
                    await asyncio.sleep(REPAIR_RETRY)
        finally:
            chat.repair = None
        self._mind_gap(chat)

    async def _fill(self, chat: LiveChat) -> None:
        """Bring a chat up to date with the database, in order."""
        metrics.REPAIRS.inc()
        stream = chat.stream
        since = stream.version
        messages: dict[int, Message] = {}  # by id: a message changed meanwhile is on a later page again
        while True:
            found = await self.read_changes(Since(stream.chat_id, since, REPAIR_PAGE))
            messages |= {message.id: message for message in found.messages}
            since = found.version
            if not found.has_more:
                break
            if len(messages) >= self.repair_most:
                self._restart(chat)
                return
        # The database decides: a version that was announced but rolled back is not waited for.
        stream.heard = min(stream.heard, max(since, stream.version, *stream.pending, 0))
        frames = stream.fill(list(messages.values()), since)
        if stream.held:
            frames += self._held(chat)
        self._send(chat, frames)

    def _restart(self, chat: LiveChat) -> None:
        """The chat is too far behind to repair here: each socket syncs by itself, in pages."""
        for socket in list(chat.sockets):
            self.leave(socket, chat.stream.chat_id)
            self._have_sync(socket, chat.stream.chat_id, chat.key)

    def _have_sync(self, socket: Socket, chat_id: int, key: str) -> None:
        if socket.is_full():
            socket.lagging.add(chat_id)  # sent once it has drained, unless it leaves before
        else:
            socket.send(protocol.encode(protocol.Lagged(chats=[key])))

    def behind(self, versions: Iterable[tuple[int, int]]) -> None:
        """Called by the sweep with the chats' versions in the database."""
        for chat_id, version in versions:
            chat = self.chats.get(chat_id)
            if chat is not None and version > chat.stream.version:
                chat.stream.heard = max(chat.stream.heard, version)
                self._mind_gap(chat)

    def begin_anew(self) -> None:
        """A new epoch began, so all state here is void: close all sockets; their clients reconnect and reload."""
        for sockets in list(self.users.values()):
            for socket in list(sockets):
                self.remove_now(socket, protocol.Close.RESTARTING)
        self.recent = RecentVersions()
