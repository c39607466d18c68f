"""Applies changes of access to open sockets within a second, with or without the channel layer.

Whatever changed (a log-out, a kick, a ban, an approval), the reaction is the same: read what these people may do now
and update their sockets. Both rings and the sweep call `AccessKeeper.look`.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Session, User
from chat import policy, protocol
from chat.log import summaries
from chat.models import Membership, Message
from chat.policy import Seat
from chat.protocol import ChatSummary, Close
from chat.realtime.database import DatabaseThreads
from chat.realtime.hub import Hub, Position
from chat.realtime.sockets import Socket
from lib.database.compiled import Ids

logger = logging.getLogger(__name__)
RETRY = 0.5  # seconds until a retry while the database is unreachable


@dataclass(slots=True)
class Standing:
    """What a person may do now."""

    username: str
    sessions: set[UUID]
    seats: dict[int, Seat]
    joined: dict[int, int]  # chat id: the chat's version when they joined
    reasons: dict[int, str | None]  # chat id: why they were removed; None if they left


def load(user_ids: Iterable[int]) -> dict[int, Standing]:
    """The standing of these people: two queries."""
    wanted = list(user_ids)
    found = {user_id: Standing("", set(), {}, {}, {}) for user_id in wanted}
    sessions = Session.objects.filter(
        user_id__in=wanted, user__is_active=True, revoked_at=None, expires_at__gt=timezone.now()
    )
    for user_id, username, session_id in sessions.values_list("user_id", "user__username", "pk"):
        found[user_id].username = username
        found[user_id].sessions.add(session_id)
    for membership in Membership.objects.filter(user_id__in=wanted).select_related("chat"):
        standing = found[membership.user_id]
        if membership.state == Membership.State.ACTIVE:
            standing.seats[membership.chat_id] = policy.seat_of(membership)
            standing.joined[membership.chat_id] = membership.joined_version
        elif membership.state == Membership.State.REMOVED:
            standing.reasons[membership.chat_id] = membership.removed_reason
        else:
            standing.reasons[membership.chat_id] = None
    return found


def changed_lately(window: timedelta) -> list[tuple[int, object]]:
    """People whose access changed within `window`, by the database's clock, and when."""
    changed = User.objects.filter(access_changed_at__gt=Now() - window)
    return list(changed.values_list("pk", "access_changed_at"))


def entered(user_id: int, chat_id: int) -> tuple[ChatSummary, Position] | None:
    """The summary of a chat that somebody joined, and the version from which they get its events."""
    found = summaries.memberships_at([(chat_id, user_id)])
    if not found:
        return None
    since = found[0].joined_version
    earlier = Message.objects.filter(chat_id=chat_id, version__lte=since)
    seq = earlier.order_by("-seq").values_list("seq", flat=True).first() or 0
    return summaries.for_sockets(found)[0], Position(since, seq)


class AccessKeeper:
    def __init__(self, hub: Hub, database: DatabaseThreads) -> None:
        self.hub = hub
        self.database = database
        self._wanted: set[int] = set()
        self._wake = asyncio.Event()
        self._seen: dict[int, object] = {}

    def look(self, user_ids: Iterable[int]) -> None:
        """Check the sockets of these people soon, if they have any here."""
        mine = {user_id for user_id in user_ids if user_id in self.hub.users}
        if mine:
            self._wanted |= mine
            self._wake.set()

    async def run(self) -> None:
        """The task that checks them."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            wanted, self._wanted = self._wanted, set()
            try:
                await self._check(wanted)
            except Exception as error:  # the database is unreachable: retry
                logger.warning("access is checked again when the database is back: %s", error)
                self._wanted |= wanted
                await asyncio.sleep(RETRY)
                self._wake.set()

    async def sweep(self, window: timedelta) -> None:
        """Find changes whose ring was lost."""
        found = dict(await self.database(changed_lately, window))
        self.look(user_id for user_id, at in found.items() if self._seen.get(user_id) != at)
        self._seen = found

    async def _check(self, wanted: set[int]) -> None:
        standings = await self.database(load, wanted)
        for user_id, standing in standings.items():
            for socket in list(self.hub.users.get(user_id, ())):
                await self._fit(socket, standing)

    async def _fit(self, socket: Socket, standing: Standing) -> None:
        if socket.opening:
            socket.look_again = True
            return
        if socket.session_id not in standing.sessions:
            self.hub.remove_now(socket, Close.UNAUTHENTICATED)
            return
        socket.username = standing.username
        for chat_id in [chat_id for chat_id in socket.seats if chat_id not in standing.seats]:
            self._take_away(socket, chat_id, standing.reasons.get(chat_id))
        if socket.one_chat is None:
            for chat_id, seat in standing.seats.items():
                is_new = chat_id not in socket.seats
                await self._seat(socket, seat)
                if is_new and not socket.closed:
                    await self._let_in(socket, chat_id)
        elif socket.one_chat.chat_id in standing.seats:
            await self._seat(socket, standing.seats[socket.one_chat.chat_id])

    async def _seat(self, socket: Socket, seat: Seat) -> None:
        before = socket.seats.get(seat.chat_id)
        socket.seats[seat.chat_id] = seat
        if before is not None and before.role != seat.role:
            frame = protocol.ChatUpdated(chat=seat.key, role=seat.role)
            if seat.may_moderate:
                waiting = await self.database(summaries.waiting_requests, Ids([seat.chat_id]))
                frame.waiting_requests = waiting.get(seat.chat_id, 0)
            socket.send(protocol.encode(frame))

    def _take_away(self, socket: Socket, chat_id: int, reason: str | None) -> None:
        seat = socket.seats.pop(chat_id)
        self.hub.leave(socket, chat_id)
        socket.lagging.discard(chat_id)
        if reason is None:
            socket.send(protocol.encode(protocol.RoomLeft(chat=seat.key)))
        else:
            socket.send(protocol.encode(protocol.Removed(chat=seat.key, reason=reason)))
        if socket.one_chat is not None:
            self.hub.remove_now(socket, Close.FORBIDDEN)

    async def _let_in(self, socket: Socket, chat_id: int) -> None:
        found = await self.database(entered, socket.user_id, chat_id)
        if found is None:
            return  # no longer a member: the next check removes it
        summary, since = found
        socket.send(protocol.encode(protocol.RoomJoined(chat=summary.key, summary=summary)))
        await self.hub.join(socket, chat_id, summary.key, since)
