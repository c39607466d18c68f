"""A person's chats as their list shows them: in `GET /chats` and in the first frame of a socket.

All of it is read for many people at once, in the same few queries.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from msgspec import UNSET

from accounts.models import User
from chat import counting, policy
from chat.log import history
from chat.models import Chat, Connection, Membership, ServerProcess, chat_key
from chat.policy import ChatParts, Seat
from chat.protocol import ChatSummary, Message, Person
from lib.database.compiled import Compiled, Ids, among

#: A server process whose heartbeat is older than this is gone, and so are its connections.
PROCESS_GONE = timedelta(seconds=40)
KNOWN = 10_000  # chats whose last message is remembered, about 1 kB each


def _nobody(room_ids: Ids) -> dict[int, int]:
    return {}


#: How many people ask to come into each of these rooms, for those who decide. Given by `rooms`, which knows them.
waiting_requests: Callable[[Ids], dict[int, int]] = _nobody


class Place(NamedTuple):
    """An active membership with what its chat is now: plain values, as a list may have a thousand of them."""

    user_id: int
    chat_id: int
    kind: str
    title: str
    last_seq: int
    version: int
    archived_at: datetime | None
    user_low_id: int | None
    user_high_id: int | None
    role: str
    last_read_seq: int
    muted_until: datetime | None
    joined_version: int
    unread: int
    mentioned: int

    @property
    def chat(self) -> ChatParts:
        return ChatParts(self.chat_id, self.kind, self.archived_at, self.user_low_id, self.user_high_id)

    @property
    def decides(self) -> bool:
        """Whether the person lets others in."""
        return self.role in policy.MODERATING and self.kind == Chat.Kind.ROOM

    @property
    def peer_id(self) -> int:
        """Of a private chat; else 0."""
        low, high = self.user_low_id, self.user_high_id
        return 0 if low is None else policy.other_of(self.user_id, low, high)

    @property
    def seat(self) -> Seat:
        return self.chat.seat(self.user_id, self.role)


def live_connections() -> QuerySet[Connection]:
    processes = ServerProcess.objects.filter(heartbeat_at__gt=Now() - PROCESS_GONE)
    return Connection.objects.filter(process__in=processes)  # a join looks at the process of each connection


def _places(**where: Any) -> QuerySet[Membership, Any]:
    """The active memberships among these, the latest activity first."""
    return (
        Membership.objects.filter(**where, state=Membership.State.ACTIVE)
        .order_by("-chat__changed_at", "-chat_id")
        .values_list(
            "user_id",
            "chat_id",
            "chat__kind",
            "chat__title",
            "chat__last_seq",
            "chat__version",
            "chat__archived_at",
            "chat__user_low_id",
            "chat__user_high_id",
            "role",
            "last_read_seq",
            "muted_until",
            "joined_version",
            counting.unread(),
            counting.unread_mentions(),
        )
    )


OF_PEOPLE = Compiled(lambda user_ids: _places(user_id__in=among(user_ids)), (Ids,))
IN_CHAT = Compiled(
    lambda chat_id, user_ids: _places(chat_id=chat_id, user_id__in=among(user_ids)), (int, Ids)
)


def places(user_ids: Iterable[int]) -> list[Place]:
    """All active memberships of these people, the latest activity first."""
    return [Place(*row) for row in OF_PEOPLE(Ids(user_ids))]


def places_in(chat_id: int, user_ids: Iterable[int]) -> list[Place]:
    """Those in one chat."""
    return [Place(*row) for row in IN_CHAT(chat_id, Ids(user_ids))]


def all_places(user: User) -> list[Place]:
    """Every one of them, general included, which everybody but a guest of one room is in."""
    found = places([user.pk])
    if policy.is_in_general(user) and not any(place.kind == Chat.Kind.GENERAL for place in found):
        policy.enter_general(user)
        found = places([user.pk])
    return found


class Known:
    """What was read of chats for those who came a moment ago, and is still so for who comes now."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, Message]] = {}  # chat id: its version then, and its last message
        self._online: dict[int, int] = {}

    def last(self, found: Iterable[Place]) -> dict[int, Message]:
        """The last message of each chat. Of what is known that counts which is of the chat's version now."""
        versions = {place.chat_id: place.version for place in found if place.last_seq}
        known = self._last
        now = {id: one for id, version in versions.items() if (one := known.get(id)) and one[0] == version}
        if missing := Ids(versions.keys() - now.keys()):
            if len(known) > KNOWN:
                known = self._last = {}
            read = {row[1]: (row[-1], history.message_of(row)) for row in LAST(missing)}
            known.update(read)
            now |= read
        return {id: message for id, (_, message) in now.items()}

    def online(self, chat_ids: set[int]) -> dict[int, int]:
        """How many members of each chat are online."""
        known = self._online  # what was read before `forget_online` is not what is known after it
        if missing := Ids(chat_ids.difference(known)):
            known.update(dict.fromkeys(missing, 0) | online_counts(missing))
        return known

    def forget_online(self) -> None:
        """Somebody came or went."""
        self._online = {}

    def forget(self) -> None:
        """Called every few seconds: somebody may have another name now, or be in another chat."""
        self._last = {}
        self._online = {}


def summaries(found: Sequence[Place], known: Known | None = None) -> list[ChatSummary]:
    """What these people's lists say of these chats: two queries, one if there are private chats, and one if somebody
    decides on who comes into a room."""
    known = known or Known()
    last = known.last(found)
    online = known.online({place.chat_id for place in found})
    peers = persons({place.peer_id for place in found} - {0})
    now = timezone.now()
    made = [_summary(place, last, online, peers, now) for place in found]
    decided = [(place.chat_id, summary) for place, summary in zip(found, made, strict=True) if place.decides]
    if decided:
        waiting = waiting_requests(Ids(chat_id for chat_id, _ in decided))
        for chat_id, summary in decided:
            summary.waiting_requests = waiting.get(chat_id, 0)
    return made


def _online(chat_ids: Ids) -> QuerySet[Membership, Any]:
    # `+ 0`: SQLite would else go from all who are online to all their chats, many times as many as are asked for.
    members = Membership.objects.alias(who=F("user_id") + 0).filter(
        who__in=live_connections().values("user_id"),
        chat_id__in=among(chat_ids),
        state=Membership.State.ACTIVE,
    )
    return members.values_list("chat_id").annotate(count=Count("pk"))


def _people(user_ids: Ids) -> QuerySet[User, Any]:
    online = Exists(live_connections().filter(user_id=OuterRef("pk")))
    people = User.objects.filter(pk__in=among(user_ids))
    return people.values_list("pk", "username", "display_name", "last_seen", online)


LAST = Compiled(lambda ids: history.messages(Q(chat_id__in=among(ids), seq=F("chat__last_seq"))), (Ids,))
ONLINE = Compiled(_online, (Ids,))
PEOPLE = Compiled(_people, (Ids,))


def online_counts(chat_ids: Iterable[int]) -> dict[int, int]:
    """How many members of each chat have an open socket."""
    return dict(ONLINE(Ids(chat_ids)))


def persons(user_ids: Iterable[int]) -> dict[int, Person]:
    """These people as others see them."""
    rows = PEOPLE(ids) if (ids := Ids(user_ids)) else ()
    return {
        id: Person(
            id=id, username=username, display_name=display_name, is_online=is_online, last_seen=last_seen
        )
        for id, username, display_name, last_seen, is_online in rows
    }


def _summary(
    place: Place, last: dict[int, Message], online: dict[int, int], peers: dict[int, Person], now: datetime
) -> ChatSummary:
    peer = peers.get(place.peer_id)
    return ChatSummary(
        key=chat_key(place.kind, place.chat_id),
        id=place.chat_id,
        kind=place.kind,
        title=(peer.display_name or peer.username) if peer else place.title,
        last_message=last.get(place.chat_id),
        last_seq=place.last_seq,
        version=place.version,
        last_read_seq=place.last_read_seq,
        unread_count=place.unread,
        mention_count=place.mentioned,
        muted=policy.is_muted(place.muted_until, now),
        role=place.role,
        online_count=online.get(place.chat_id, 0),
        archived=place.archived_at is not None,
        peer=peer or UNSET,
    )


def person(user: User, is_online: bool) -> Person:
    return Person(
        id=user.pk,
        username=user.username,
        display_name=user.display_name,
        is_online=is_online,
        last_seen=user.last_seen,
    )
