"""Chat summaries: a person's chats as listed by `GET /chats` and the first frame of a socket.

They are read for many people at once, with a fixed number of queries.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from msgspec import UNSET

from accounts.models import User
from accounts.online import is_online
from accounts.person import Person
from accounts.profile import status_of
from chat import counting, policy
from chat.log import history
from chat.log.rows import MessageRow, message_of
from chat.models import Chat, Connection, Membership, chat_key
from chat.policy import ChatParts, Seat
from chat.protocol import ChatSummary, Message
from files.avatars import address
from lib.database.compiled import Compiled, Ids, among, among_pairs

CACHED = 10_000  # chats whose last message is kept, about 1 kB each


def _nobody(room_ids: Ids) -> dict[int, int]:
    return {}


#: The number of open join requests by room, for summaries of moderators. Set by `rooms`.
waiting_requests: Callable[[Ids], dict[int, int]] = _nobody


class MembershipRow(NamedTuple):
    """An active membership with its chat as it is now: plain values, as a list may have a thousand."""

    user_id: int
    chat_id: int
    kind: str
    title: str
    avatar_id: str | None
    last_seq: int
    version: int
    archived_at: datetime | None
    edit_window: int | None
    delete_window: int | None
    user_low_id: int | None
    user_high_id: int | None
    role: str
    last_read_seq: int
    muted_until: datetime | None
    joined_version: int
    unread: int
    mentioned: int
    ignores_everyone: bool | None

    @property
    def chat(self) -> ChatParts:
        return ChatParts(self.chat_id, self.kind, self.archived_at, self.user_low_id, self.user_high_id)

    @property
    def decides(self) -> bool:
        """Whether the person may approve and deny requests to join."""
        return self.role in policy.MODERATING and self.kind == Chat.Kind.ROOM

    @property
    def peer_id(self) -> int:
        """The other person of a private chat; else 0."""
        low, high = self.user_low_id, self.user_high_id
        return 0 if low is None else policy.other_of(self.user_id, low, high)

    @property
    def seat(self) -> Seat:
        return self.chat.seat(self.user_id, self.role)


def _memberships(**where: Any) -> QuerySet[Membership, Any]:
    """The values of MembershipRow, the latest activity first."""
    return (
        Membership.objects.filter(**where, state=Membership.State.ACTIVE)
        # When something was said last: an edit or a reaction doesn't move a chat up.
        .order_by(Coalesce("chat__last_message_at", "chat__created_at").desc(), "-chat_id")
        .values_list(
            "user_id",
            "chat_id",
            "chat__kind",
            "chat__title",
            "chat__avatar_id",
            "chat__last_seq",
            "chat__version",
            "chat__archived_at",
            "chat__edit_window",
            "chat__delete_window",
            "chat__user_low_id",
            "chat__user_high_id",
            "role",
            "last_read_seq",
            "muted_until",
            "joined_version",
            counting.unread(),
            counting.unread_mentions(),
            "ignores_everyone",
        )
    )


OF_PEOPLE = Compiled(lambda user_ids: _memberships(user_id__in=among(user_ids)), (Ids,), MembershipRow)
OF_PLACES = Compiled(
    lambda chat_ids, user_ids: _memberships().filter(
        among_pairs("chat_membership.chat_id", "chat_membership.user_id", chat_ids, user_ids)
    ),
    (Ids, Ids),
    MembershipRow,
)


def memberships(user_ids: Iterable[int]) -> list[MembershipRow]:
    """All active memberships of these people, the latest activity first."""
    return OF_PEOPLE(Ids(user_ids))


def memberships_at(places: Collection[tuple[int, int]]) -> list[MembershipRow]:
    """The active memberships among these pairs of a chat's id and a person's."""
    return OF_PLACES(Ids(chat_id for chat_id, _ in places), Ids(user_id for _, user_id in places))


def all_memberships(user: User) -> list[MembershipRow]:
    """All active memberships of a person; that of general is created if it is missing and they may be in it."""
    rows = memberships([user.pk])
    if policy.is_in_general(user) and not any(row.kind == Chat.Kind.GENERAL for row in rows):
        policy.enter_general(user)
        rows = memberships([user.pk])
    return rows


class SummaryCache:
    """Last messages and online counts of chats, shared by the summaries of many people within a few seconds."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, Message]] = {}  # chat id: the chat's version, its last message
        self._online: dict[int, int] = {}

    def last_messages(self, rows: Iterable[MembershipRow]) -> dict[int, Message]:
        """The last message of each chat; cached ones only while the chat has the same version."""
        versions = {row.chat_id: row.version for row in rows if row.last_seq}
        cached = self._last
        last = {
            id: entry for id, version in versions.items() if (entry := cached.get(id)) and entry[0] == version
        }
        if missing := Ids(versions.keys() - last.keys()):
            if len(cached) > CACHED:
                cached = self._last = {}
            read = {row.chat_id: (row.chat__version, message_of(row, Message)) for row in LAST(missing)}
            cached.update(read)
            last |= read
        return {id: message for id, (_, message) in last.items()}

    def online(self, chat_ids: set[int]) -> dict[int, int]:
        """How many members of each chat are online."""
        counts = self._online  # if `forget_online` comes during the query, its result goes to the old dict
        if missing := Ids(chat_ids.difference(counts)):
            counts.update(dict.fromkeys(missing, 0) | online_counts(missing))
        return counts

    def forget_online(self) -> None:
        """Called when somebody came online or went offline."""
        self._online = {}

    def forget(self) -> None:
        """Called every few seconds: people may have changed their name or their chats."""
        self._last = {}
        self._online = {}


def summaries(rows: Sequence[MembershipRow], cache: SummaryCache | None = None) -> list[ChatSummary]:
    """The summaries of these memberships: two queries, one more if there are private chats, and one more if any of the
    members may decide on requests to join."""
    cache = cache or SummaryCache()
    last = cache.last_messages(rows)
    online = cache.online({row.chat_id for row in rows})
    peers = persons({row.peer_id for row in rows} - {0})
    now, edit, delete = timezone.now(), policy.edit_window(None), policy.delete_window(None)
    made = [_summary(row, last, online, peers, now, edit, delete) for row in rows]
    decided = [(row.chat_id, summary) for row, summary in zip(rows, made, strict=True) if row.decides]
    if decided:
        waiting = waiting_requests(Ids(chat_id for chat_id, _ in decided))
        for chat_id, summary in decided:
            summary.waiting_requests = waiting.get(chat_id, 0)
    return made


def for_sockets(rows: Sequence[MembershipRow], cache: SummaryCache | None = None) -> list[ChatSummary]:
    """The same for people with an open socket, which may not be recorded yet: they count as online. One query more."""
    counted = {user_id for (user_id,) in COUNTED(Ids({row.user_id for row in rows}))}
    made = summaries(rows, cache)
    for row, summary in zip(rows, made, strict=True):
        summary.online_count += row.user_id not in counted
    return made


def _online(chat_ids: Ids) -> QuerySet[Membership, Any]:
    # `+ 0`: otherwise SQLite reads all chats of all people online, many times the chats it needs.
    members = Membership.objects.alias(who=F("user_id") + 0).filter(
        who__in=Connection.objects.living().values("user_id"),
        chat_id__in=among(chat_ids),
        state=Membership.State.ACTIVE,
    )
    return members.values_list("chat_id").annotate(count=Count("pk"))


class PersonRow(NamedTuple):
    id: int
    username: str
    display_name: str
    avatar_id: str | None
    last_seen: datetime | None
    status_emoji: str | None
    status_text: str | None
    status_until: datetime | None
    is_online: bool


def _people(user_ids: Ids) -> QuerySet[User, Any]:
    people = User.objects.filter(pk__in=among(user_ids))
    return people.values_list(
        "pk",
        "username",
        "display_name",
        "avatar_id",
        "last_seen",
        "status_emoji",
        "status_text",
        "status_until",
        is_online(),
    )


LAST = Compiled(
    lambda ids: history.rows(Q(chat_id__in=among(ids), seq=F("chat__last_seq"))), (Ids,), MessageRow
)
ONLINE = Compiled(_online, (Ids,))
#: Includes people whose server process died within the last two minutes: checking processes would cost more than the
#: whole query.
COUNTED = Compiled(
    lambda ids: Connection.objects.filter(user_id__in=among(ids)).values_list("user_id"), (Ids,)
)
PEOPLE = Compiled(_people, (Ids,), PersonRow)


def online_counts(chat_ids: Iterable[int]) -> dict[int, int]:
    """How many members of each chat have an open socket."""
    return dict(ONLINE(Ids(chat_ids)))


def persons(user_ids: Iterable[int]) -> dict[int, Person]:
    """These people as others see them."""
    rows = PEOPLE(ids) if (ids := Ids(user_ids)) else ()
    return {
        row.id: Person(
            id=row.id,
            username=row.username,
            display_name=row.display_name,
            avatar=address(row.avatar_id),
            is_online=row.is_online,
            last_seen=row.last_seen,
            status=status_of(row),
        )
        for row in rows
    }


def _summary(
    row: MembershipRow,
    last: dict[int, Message],
    online: dict[int, int],
    peers: dict[int, Person],
    now: datetime,
    edit_window: int,
    delete_window: int,
) -> ChatSummary:
    """`edit_window`, `delete_window`: of chats without their own; a setting takes long to read for each chat."""
    peer = peers.get(row.peer_id)
    summary = ChatSummary(
        key=chat_key(row.kind, row.chat_id),
        id=row.chat_id,
        kind=row.kind,
        title=(peer.display_name or peer.username) if peer else row.title,
        last_message=last.get(row.chat_id),
        last_seq=row.last_seq,
        version=row.version,
        last_read_seq=row.last_read_seq,
        unread_count=row.unread,
        mention_count=row.mentioned,
        muted=policy.is_muted(row.muted_until, now),
        role=row.role,
        online_count=online.get(row.chat_id, 0),
        archived=row.archived_at is not None,
    )
    if peer:
        summary.peer = peer
    if row.avatar_id is not None:
        summary.avatar = address(row.avatar_id) or UNSET
    if edit := edit_window if row.edit_window is None else row.edit_window:
        summary.edit_window = edit
    if delete := delete_window if row.delete_window is None else row.delete_window:
        summary.delete_window = delete
    if row.ignores_everyone:
        summary.ignore_everyone = True
    return summary
