"""One open socket of a signed-in person: decodes incoming frames, checks permissions, and puts messages into the
writer.

Up to there a message needs no thread switch and no query; work that needs the database is returned to be awaited.
"""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime
from itertools import islice
from math import ceil
from typing import Any

from django.conf import settings

from accounts import tokens
from chat import messages, policy, protocol
from chat.limits import BAD_FRAMES, OVER_LIMIT
from chat.log import history
from chat.log.rows import Draft
from chat.models import Chat
from chat.policy import Seat
from chat.protocol import Close, encode
from chat.realtime import decoding, metrics, runtime
from chat.realtime.hub import Position
from chat.realtime.opening import Opening, Wanted
from chat.realtime.sockets import Socket
from chat.realtime.sync_pages import Ask, Page
from lib import errors, refusals
from lib.rest import translate

logger = logging.getLogger(__name__)


GENERAL = Chat.Kind.GENERAL.value  # used for each chat: enum look-ups are slow
SYNC_TOGETHER = 10  # pages that are read, and held in memory, at a time
SMALL_PAGE = 4096  # bytes


class Connection:
    """One open socket of a signed-in person."""

    def __init__(self, socket: Socket, claims: tokens.Claims, live: runtime.Runtime | None = None) -> None:
        self.runtime = live or runtime.current()
        self.hub = self.runtime.hub
        self.reads = self.runtime.reads
        self.writer = self.runtime.writer
        self.socket = socket
        self.claims = claims
        self.messages = self.runtime.message_limit(socket.user_id)
        self.refused = self.bad = 0
        self.general = 0  # the id of the general chat
        self._expiry: asyncio.TimerHandle | None = None
        self.hub.add(socket)

    # ------------------------------------------------------------ life

    async def open(self, kind: str | None, chat_id: int) -> None:
        """Send the first frame, and go live from the versions in it. Raises `Refused`, and what the database raises."""
        opening = await self.reads.open(Wanted(self.claims, kind, chat_id))
        if self.socket.closed:
            return
        self.socket.username = opening.person.username
        self.socket.display_name = opening.person.display_name
        self.socket.avatar_id = opening.avatar_id
        self.socket.seats, self.socket.one_chat = dict(opening.seats), opening.seat
        self.general = next((id for id, seat in opening.seats.items() if seat.kind == GENERAL), 0)
        self.socket.opening = False
        self.expire_at(self.claims.expires_at)
        self.runtime.presence.opened(self.socket)
        kept = self.socket.take_kept()
        self._greet(opening)
        for frame in kept:  # frames of changes during the read, which may have missed them
            self.socket.send(frame)
        page = opening.history
        if page is not None and opening.seat is not None:
            await self.join(opening.seat.chat_id, opening.seat.key, Position(page.version, page.last_seq))
        for chat in opening.summaries if page is None else ():
            since = Position(chat.version, chat.last_seq)
            # Nearly all can join synchronously, without the cost of a coroutine.
            if not self.hub.try_join(self.socket, chat.id, chat.key, since):
                await self.join(chat.id, chat.key, since)
        for chat in opening.summaries:
            if chat.id == self.general:
                self.runtime.presence.greeted(self.socket, chat.id, chat.online_count)
        if self.socket.look_again:
            self.runtime.access.look([self.socket.user_id])

    def _greet(self, opening: Opening) -> None:
        self.socket.send(
            encode(
                protocol.ConnectionEstablished(
                    user=opening.person,
                    session=str(self.claims.session_id),
                    chats=opening.summaries,
                    expires_at=self.claims.expires_at,
                    epoch=opening.epoch,
                )
            )
        )
        if opening.history is not None and opening.seat is not None:
            page = opening.history
            self.socket.send(
                encode(
                    protocol.MessageHistory(
                        chat=opening.seat.key,
                        messages=page.messages,
                        last_seq=page.last_seq,
                        version=page.version,
                        has_more=page.has_more,
                        epoch=page.epoch,
                    )
                )
            )

    async def join(self, chat_id: int, key: str, since: Position) -> None:
        await self.hub.join(self.socket, chat_id, key, since)
        if chat_id == self.general:
            self.runtime.presence.doubt()

    def expire_at(self, expires_at: datetime) -> None:
        """Close when the access token ends, unless a fresh one came before (by an `auth` frame)."""
        if self._expiry is not None:
            self._expiry.cancel()
        left = (expires_at - datetime.now(UTC)).total_seconds()
        self._expiry = self.runtime.loop.call_later(max(0.0, left), self.close, Close.UNAUTHENTICATED)

    def close(self, code: int) -> None:
        self.hub.remove_now(self.socket, code)

    def gone(self) -> None:
        """Clean up after the socket is closed."""
        if self._expiry is not None:
            self._expiry.cancel()
        self.hub.remove(self.socket)
        if not self.socket.opening:
            self.runtime.presence.closed(self.socket)

    # ------------------------------------------------------------ frames

    def receive(self, text: str | None) -> Coroutine[Any, Any, None] | None:
        """Handle one frame. Work that needs the database (never for a message) is returned to be awaited."""
        if self.socket.closed:
            return None
        wait = self.socket.limit.take() if settings.RATE_LIMITS else 0.0
        client_id = None
        try:
            if text is None:
                raise errors.Invalid({"frame": ["Frames must be text (JSON), not binary."]})
            frame = decoding.decode(text)
            client_id = frame.client_id if type(frame) is protocol.SendMessage else None
            if wait:
                raise errors.RateLimited(ceil(wait), "Too many frames. Slow down.")
            work = self._message(frame) if type(frame) is protocol.SendMessage else self._other(frame)
        except errors.Refused as error:
            self._refuse(error, client_id)
            return None
        self.bad = 0
        # Not reset to 0: a flooding client also gets a frame through now and then.
        self.refused = max(0, self.refused - 1)
        return work

    def _refuse(self, error: errors.Refused, client_id: str | None = None) -> None:
        """Send an `error` frame; close the socket after too many bad frames in a row."""
        self.socket.send(decoding.error_frame(error, client_id))
        metrics.REFUSALS.labels(error.code).inc()
        if isinstance(error, errors.Invalid):
            self.bad += 1
            if self.bad >= BAD_FRAMES:
                self._end(Close.BAD_FRAME, "bad frames")
        elif isinstance(error, errors.RateLimited):
            self.refused += 1
            if self.refused >= OVER_LIMIT:
                self._end(Close.FLOODING, "flooding")

    def _end(self, code: int, why: str) -> None:
        refusals.note("socket", why, close=code, client=self.socket.address or "")
        self.close(code)

    def _seat(self, key: str | None) -> Seat:
        """The seat in the frame's chat: the socket's own chat, or the one that the frame names."""
        own = self.socket.one_chat
        if own is not None:
            if key is not None and key != own.key:  # it would reach the wrong people
                raise errors.Invalid({"chat": [f"This is the socket of {own.key} alone."]})
            return self.socket.seats[own.chat_id]
        if key is None:
            raise errors.Invalid({"chat": ["On this socket every frame names its chat."]})
        kind, chat_id = policy.parse_key(key)
        if kind == GENERAL:
            chat_id = self.general
        found = self.socket.seats.get(chat_id)
        if found is None or found.kind != kind:
            raise errors.NotAMember()
        return found

    def _message(self, frame: protocol.SendMessage) -> Coroutine[Any, Any, None] | None:
        try:
            seat: Seat | errors.NotAMember = self._seat(frame.chat)
        except errors.NotAMember as error:
            seat = error
        if settings.RATE_LIMITS and (wait := self.messages.take()):
            raise errors.RateLimited(ceil(wait), "Too many messages. Slow down.")
        draft = self._draft(frame, seat)
        if self.runtime.stopping:
            raise errors.Unavailable("The server is restarting. Send the message again.", 1)
        self.writer.put(self.socket, draft)
        if isinstance(seat, Seat):
            self.runtime.presence.sent(self.socket, seat)
        return self.writer.room() if self.writer.is_full else None

    def _draft(self, frame: protocol.SendMessage, seat: Seat | errors.NotAMember) -> Draft:
        if isinstance(seat, errors.NotAMember):
            _, chat_id = policy.parse_key(frame.chat or "")
            return messages.draft_of_outsider(chat_id, self.socket.user_id, frame.client_id, seat)
        return messages.draft(
            seat,
            self.socket.user_id,
            self.socket.username,
            frame.content,
            frame.client_id,
            frame.reply_to,
            frame.attachments,
            self.socket.display_name,
            self.socket.avatar_id,
        )

    def _other(self, frame: protocol.Incoming) -> Coroutine[Any, Any, None] | None:
        match frame:
            case protocol.Ping():
                self.socket.send(encode(protocol.Pong()))
            case protocol.Typing() | protocol.StopTyping():
                seat = self._seat(frame.chat)
                policy.check_may_post(seat)
                is_typing = isinstance(frame, protocol.Typing)
                self.runtime.presence.typing(self.socket, seat, is_typing)
            case protocol.Read():
                self.writer.read(self._seat(frame.chat).chat_id, self.socket.user_id, frame.seq)
            case protocol.Sync():
                return self._sync(self._wanted(frame), frame.epoch)
            case protocol.Auth():
                return self._renew(frame.token)
            case protocol.JoinRoom():
                return self._follow(self._named(frame.chat))
            case protocol.LeaveRoom():
                seat = self._named(frame.chat)
                self.hub.leave(self.socket, seat.chat_id)
                self.socket.send(encode(protocol.RoomLeft(chat=seat.key)))
        return None

    def _named(self, key: str | None) -> Seat:
        if self.socket.one_chat is not None:
            raise errors.Invalid({"type": ["Only the socket at /ws follows and unfollows chats."]})
        return self._seat(key)

    def _wanted(self, frame: protocol.Sync) -> list[tuple[Seat, int]]:
        if frame.versions is not None:
            if self.socket.one_chat is not None:
                raise errors.Invalid({"versions": ["This socket is of one chat: send its `version`."]})
            wanted = []
            for key, version in frame.versions.items():
                try:
                    wanted.append((self._seat(key), version))
                except errors.Refused as error:
                    self.socket.send(decoding.error_frame(error, chat=key))
            return wanted
        if frame.version is None:
            raise errors.Invalid({"version": ["A sync needs the `version` to go on from."]})
        return [(self._seat(frame.chat), frame.version)]

    # ------------------------------------------------------------ work on the database

    async def _sync(self, wanted: list[tuple[Seat, int]], known_epoch: str | None) -> None:
        """Send one page of changes for each chat, or its newest messages if the epoch differs. After the last page the
        chat is live again.

        Usually few of many chats have changed: one query finds which.
        """
        for seat, _ in wanted:
            self.hub.leave(self.socket, seat.chat_id)
            self.socket.lagging.discard(seat.chat_id)
        now: history.Counters = {}
        if len(wanted) > 1:
            now = await self.reads.counters(tuple(seat.chat_id for seat, _ in wanted))
        rest = (Ask(seat, since, now.get(seat.chat_id), known_epoch) for seat, since in wanted)
        while some := list(islice(rest, SYNC_TOGETHER)):
            if self.socket.is_full():
                self.socket.lagging.update(ask.seat.chat_id for ask in some)
                continue
            for seat, page in await self._pages(some):
                if seat.chat_id in self.socket.seats:  # unless access ended meanwhile
                    await self._synced(seat, page)
            self.socket.flush()

    async def _pages(self, asked: list[Ask]) -> list[tuple[Seat, Page]]:
        """The first page for each of these; pages that this process has cached and that are still current are
        reused."""
        found = {ask: self.reads.pages.get(ask) for ask in asked}
        if missing := tuple(ask for ask, page in found.items() if page is None):
            found |= await self.reads.sync_pages(missing)
        return [(ask.seat, page) for ask in asked if (page := found[ask]) is not None]

    async def _synced(self, seat: Seat, page: Page) -> None:
        if self.socket.is_full():  # the page would be dropped: once the socket has drained, it gets `lagged`
            self.socket.lagging.add(seat.chat_id)
            return
        self.socket.put_own(page.frame)
        if len(page.frame) > SMALL_PAGE:  # small pages are written together
            self.socket.flush()
        if not page.has_more:
            await self.join(seat.chat_id, seat.key, Position(page.version, page.last_seq))

    async def _follow(self, seat: Seat) -> None:
        if seat.chat_id not in self.socket.following:
            last_seq, version = await self.runtime.database(history.counters, seat.chat_id)
            await self.join(seat.chat_id, seat.key, Position(version, last_seq))
        self.socket.send(encode(protocol.RoomJoined(chat=seat.key)))

    async def _renew(self, token: str) -> None:
        claims = tokens.verify(token)
        session = await self.runtime.database(tokens.load, claims)
        if session.user_id != self.socket.user_id:
            raise errors.NotAuthenticated("This token is of somebody else.")
        self.socket.session_id = session.pk
        self.expire_at(claims.expires_at)

    async def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Await a frame's work; a refusal becomes an `error` frame, and the connection stays open."""
        try:
            await work
        except Exception as error:
            refusal = translate(error)
            if refusal is None:
                logger.error("a frame of user %s failed", self.socket.user_id, exc_info=error)
                refusal = errors.Refused("Something went wrong on the server.", code="server_error")
            if refusal.status == 401:
                self.socket.send(decoding.error_frame(refusal))
                self.close(Close.UNAUTHENTICATED)
            else:
                self._refuse(refusal)
