"""Permissions in chats: the one place that decides them, for REST, sockets, admin and commands.

A `Seat` is a person's place in a chat: `seat` and `seats` find it, and its methods say what the person may do. For a
chat that the person may not know exists the answer is `NotFound`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from chat.models import Chat, Membership, chat_key
from lib import errors
from lib.database.compiled import Compiled

if TYPE_CHECKING:
    from chat.models import Message

SEATS = 20_000  # seats that are cached, 300 bytes each
#: In chats of more people only moderators may mention everyone, unless the chat's `mention_everyone` says otherwise.
EVERYONE_BY_ALL = 15
MODERATING = (Membership.Role.OWNER, Membership.Role.MODERATOR)
#: The values by which a chat's settings say who may do something.
NOBODY, MODERATORS, ALL = "nobody", "moderators", "all"
#: Who may pin messages in a room: its owners and moderators, unless `Chat.pin_by` says otherwise, or all members.
PIN_BY = (MODERATORS, ALL)
MENTION_EVERYONE = (NOBODY, MODERATORS, ALL)


@dataclass(frozen=True, slots=True)
class Seat:
    """What a socket or a request must know of a chat to decide without a query.

    Seats with the same chat and role share one object: a thousand sockets in twenty rooms hold twenty seats.
    """

    chat_id: int
    kind: str
    key: str
    role: str
    archived: bool = False
    peer_id: int = 0  # the other person of a private chat

    def with_archived(self, archived: bool) -> "Seat":
        """The same seat after the chat was archived or reopened."""
        return _seat(self.chat_id, self.kind, self.role, archived, self.peer_id)

    @property
    def may_moderate(self) -> bool:
        return self.kind == Chat.Kind.ROOM and self.role in MODERATING


class ChatParts(NamedTuple):
    """The values of a chat that a seat is made from."""

    id: int
    kind: str
    archived_at: datetime | None
    user_low_id: int | None
    user_high_id: int | None

    def seat(self, user_id: int, role: str) -> Seat:
        """The seat of an active member."""
        return _seat(self.id, self.kind, role, self.archived_at is not None, self.peer_id(user_id))

    def peer_id(self, user_id: int) -> int:
        return other_of(user_id, self.user_low_id, self.user_high_id)


def other_of(user_id: int, low: int | None, high: int | None) -> int:
    """The id of the other person in a private chat; 0 for other chats."""
    return (high if user_id == low else low) or 0


@lru_cache(SEATS)
def _seat(chat_id: int, kind: str, role: str, archived: bool, peer_id: int) -> Seat:
    return Seat(chat_id, kind, chat_key(kind, chat_id), role, archived, peer_id)


def seat_of(membership: Membership) -> Seat:
    """The seat of an active membership whose chat is loaded."""
    chat = membership.chat
    parts = ChatParts(chat.pk, chat.kind, chat.archived_at, chat.user_low_id, chat.user_high_id)
    return parts.seat(membership.user_id, membership.role)


def _places(**which: Any) -> QuerySet[Membership, Any]:
    return Membership.objects.filter(**which).values_list(
        "role",
        "state",
        "chat_id",
        "chat__kind",
        "chat__archived_at",
        "chat__user_low_id",
        "chat__user_high_id",
    )


PLACE = Compiled(lambda user_id, chat_id: _places(user_id=user_id, chat_id=chat_id), (int, int))
IN_GENERAL = Compiled(lambda user_id: _places(user_id=user_id, chat__kind=Chat.Kind.GENERAL), (int,))


def room_moderators(room_ids: Iterable[int]) -> dict[int, list[int]]:
    """The ids of the owners and moderators of these rooms, by room."""
    acting = Membership.objects.filter(
        chat__in=list(room_ids), state=Membership.State.ACTIVE, role__in=MODERATING
    )
    found: dict[int, list[int]] = {}
    for room_id, user_id in acting.order_by("pk").values_list("chat_id", "user_id"):
        found.setdefault(room_id, []).append(user_id)
    return found


def moderators(chat: Chat) -> list[int]:
    """The ids of the people who moderate this chat: a room's owners and moderators; in general and private chats, which
    have none, the staff with the permission to delete messages in the admin."""
    if chat.kind == Chat.Kind.ROOM:
        return room_moderators([chat.pk]).get(chat.pk, [])
    staff = ModelBackend().with_perm("chat.delete_message")
    return list(staff.filter(is_staff=True).order_by("pk").values_list("pk", flat=True))


def seat(user: User | AnonymousUser, kind: str, chat_id: int = 0) -> Seat:
    """The person's seat in `general`, or in the private chat or room with this id: one query.

    Raises `NotFound` if the chat doesn't exist or the person may not know that it does, `NotAMember` if they may know
    (a public room, one they were in) but not read it.
    """
    assert isinstance(user, User)
    if kind == Chat.Kind.GENERAL:
        for role, _, *parts in IN_GENERAL(user.pk):
            return ChatParts(*parts).seat(user.pk, role)
        return seat_of(enter_general(user))
    for role, state, *parts in PLACE(user.pk, chat_id):
        chat = ChatParts(*parts)
        if chat.kind == kind and state == Membership.State.ACTIVE:
            return chat.seat(user.pk, role)
        if chat.kind == kind:
            raise errors.NotAMember()
    if Chat.objects.filter(pk=chat_id, kind=kind, is_public=True).exists():
        raise errors.NotAMember()
    raise errors.NotFound()


def seat_to_read(user: User, chat: Chat) -> Seat:
    """The seat of a person who asks for something of this chat. Raises `NotFound` unless they may read it."""
    try:
        return seat(user, chat.kind, chat.pk)
    except errors.NotAMember as error:
        raise errors.NotFound() from error


def readable_by(user_id: int) -> Q:
    """The condition for messages that the person may read: those of the chats they are in."""
    return Q(chat__memberships__user=user_id, chat__memberships__state=Membership.State.ACTIVE)


def inside(places: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these pairs (user id, chat id) in which the person may read the chat: one query for all."""
    users, chats = {user for user, _ in places}, {chat for _, chat in places}
    found = Membership.objects.filter(user__in=users, chat__in=chats, state=Membership.State.ACTIVE)
    return set(found.values_list("user_id", "chat_id")) & set(places) if users else set()


def general_id() -> int:
    return Chat.objects.values_list("pk", flat=True).get(kind=Chat.Kind.GENERAL)


def lock(chat_id: int) -> Chat:
    """The chat, its row locked until the transaction ends: nothing in it changes meanwhile. Rows that refer to the chat
    can still be written (`no_key`): otherwise a transaction that writes one and waits for the chat could deadlock."""
    return Chat.objects.select_for_update(no_key=True).get(pk=chat_id)


def is_in_general(user: User) -> bool:
    """Whether the person is in general: everybody except guests of a room."""
    return user.kind != User.Kind.ROOM_GUEST


def enter_general(user: User) -> Membership:
    """The person's membership of general, created if missing. Raises `NotFound` if they may not be in it."""
    if not is_in_general(user):
        raise errors.NotFound()
    general = Chat.objects.get(kind=Chat.Kind.GENERAL)
    membership, _ = Membership.objects.get_or_create(
        chat=general, user=user, defaults={"last_read_seq": general.last_seq}
    )
    membership.chat = general
    return membership


def arrive(user: User) -> None:
    """Add a new person to general, so that they can be mentioned at once."""
    if is_in_general(user):
        enter_general(user)


def check_may_post(seat: Seat) -> None:
    if seat.archived:
        raise closed(seat.kind)


def closed(kind: str) -> errors.Forbidden:
    """The refusal of a message to an archived chat of this kind."""
    if kind == Chat.Kind.PRIVATE:
        return errors.Forbidden(
            "This account is no longer active. You can read the conversation, but not reply.", code="gone"
        )
    return errors.Forbidden("This room is archived. You can read it, but not write in it.", code="archived")


def edit_window(chosen: int | None) -> int:
    """Seconds after sending in which a message may be edited: the chat's own choice, or the server's; 0: no limit."""
    return settings.EDIT_WINDOW if chosen is None else chosen


def delete_window(chosen: int | None) -> int:
    """The same for deleting one's own message."""
    return settings.DELETE_WINDOW if chosen is None else chosen


def check_may_edit(user_id: int, message: "Message", seat: Seat) -> None:
    check_may_post(seat)
    if message.sender_id != user_id:
        raise errors.Forbidden("You can edit only your own messages.")
    window = edit_window(message.chat.edit_window)
    if _is_over(message, window):
        raise errors.Forbidden(
            f"You can edit a message only for {in_words(window)} after sending it.", code="edit_window_over"
        )


def check_may_react(user_id: int, message: "Message", seat: Seat) -> None:
    """Whoever may post may also react, and take that back."""
    check_may_post(seat)


def check_may_delete(user_id: int, message: "Message", seat: Seat) -> None:
    if seat.may_moderate:
        return
    if message.sender_id != user_id:
        raise errors.Forbidden("Only the author or a moderator of the room can delete a message.")
    window = delete_window(message.chat.delete_window)
    if _is_over(message, window):
        raise errors.Forbidden(
            f"You can delete a message only for {in_words(window)} after sending it.",
            code="delete_window_over",
        )


def check_may_see_edits(user_id: int, message: "Message", seat: Seat) -> None:
    if settings.EDIT_HISTORY_FOR == "members" or message.sender_id == user_id or seat.may_moderate:
        return
    raise errors.Forbidden("Only the author and moderators can see earlier versions of a message.")


def _is_over(message: "Message", window: int) -> bool:
    """Whether the time to change a message has passed; never for a deleted one, so that deleting stays idempotent."""
    if not window or message.deleted_at is not None:
        return False
    return datetime.now(UTC) - message.created_at > timedelta(seconds=window)


def in_words(seconds: int) -> str:
    """`90 seconds`, `15 minutes`, `1 hour`, `2 days`: in the largest unit that it is a whole number of."""
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    unit, size = next((unit, size) for unit, size in units if seconds % size == 0)
    count = seconds // size
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def check_may_pin(user_id: int, message: "Message", seat: Seat) -> None:
    check_may_post(seat)
    if not may_pin(user_id, message.chat, seat):
        raise errors.Forbidden("Only moderators can pin messages here.")


def may_pin(user_id: int, chat: Chat, seat: Seat) -> bool:
    """Whether the person may pin: in private chats both may, elsewhere moderators, or all if `Chat.pin_by` says so."""
    if seat.archived:
        return False
    if chat.kind == Chat.Kind.PRIVATE or chat.pin_by == "all" or seat.may_moderate:
        return True
    return chat.kind == Chat.Kind.GENERAL and user_id in moderators(chat)


class MentioningEveryone(NamedTuple):
    """Whether a person may mention all of a chat with `@everyone` or `@here`, and the rule: `nobody`, `moderators`,
    `all`."""

    rule: str
    allowed: bool


def mentioning_everyone(places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], MentioningEveryone]:
    """By (chat id, user id), for active members: one query, and one more where general's moderators must be known."""
    chat_ids, user_ids = zip(*places, strict=True)
    members = Membership.objects.filter(state=Membership.State.ACTIVE)
    is_large = Exists(members.filter(chat=OuterRef("chat")).order_by()[EVERYONE_BY_ALL:])
    rows = members.filter(chat__in=set(chat_ids), user__in=set(user_ids)).select_related("chat")
    found = {}
    for row in rows.annotate(is_large=is_large):
        chat = row.chat
        rule = chat.mention_everyone or (MODERATORS if row.is_large else ALL)
        if chat.kind == Chat.Kind.PRIVATE:
            rule = NOBODY
        if chat.kind == Chat.Kind.ROOM:
            moderates = row.role in MODERATING
        else:
            moderates = rule == MODERATORS and row.user_id in moderators(chat)
        found[row.chat_id, row.user_id] = MentioningEveryone(
            rule, rule == ALL or (rule == MODERATORS and moderates)
        )
    return found


def check_may_open_private(user: User, other: User | None) -> User:
    """The other person of a new private chat; guests neither open nor receive one."""
    if other is None or not other.is_active:
        raise errors.NotFound("There is no such person.")
    if other.pk == user.pk:
        raise errors.Invalid({"receiver_id": ["You can't open a private chat with yourself."]})
    if user.kind != User.Kind.MEMBER or other.kind != User.Kind.MEMBER:
        raise errors.Forbidden("Guests can't take part in private chats.")
    return other


def is_muted(muted_until: datetime | None, now: datetime) -> bool:
    return muted_until is not None and muted_until > now


def parse_key(key: str) -> tuple[str, int]:
    """`general` (id 0), `private:<id>` or `room:<id>`; raises `Invalid` for anything else."""
    if key == Chat.Kind.GENERAL:
        return key, 0
    kind, _, number = key.partition(":")
    if (
        kind in (Chat.Kind.PRIVATE, Chat.Kind.ROOM)
        and number.isascii()
        and number.isdigit()
        and len(number) < 19
    ):
        if chat_key(kind, int(number)) == key:
            return kind, int(number)
    raise errors.Invalid({"chat": ["A chat is named `general`, `private:<id>` or `room:<id>`."]})
