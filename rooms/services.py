"""The verbs on a room: create, change and archive it; leave it; roles, bans and links.

Each runs in one transaction that begins by locking the room, asks `rooms.policy` for permission, makes the change,
writes an audit entry if the person acted on others, and notifies the sockets after the commit. `as_staff` is for the
admin: there a member of staff acts with an owner's rights. Requests to join are in `rooms.joining`.
"""

from django.db import transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone
from msgspec import UNSET, UnsetType

from accounts.changes import access_changed
from accounts.models import User
from accounts.person import SharedRoom
from chat import events, members, rules
from chat.models import Chat, Membership, chat_key
from chat.protocol import Notification
from lib import errors
from lib.text import clean
from rooms import invites, joining, policy
from rooms.audit import note
from rooms.invites import Link, Terms
from rooms.models import Ban, Invite, JoinRequest, Room

NAME_LENGTH = 80
DESCRIPTION_LENGTH = 500
REASON_LENGTH = 300
Role = Membership.Role


@transaction.atomic
def create(
    creator: User,
    name: str,
    description: str = "",
    *,
    is_public: bool = False,
    requires_approval: bool = True,
) -> tuple[Room, Link]:
    """Create a room owned by its creator, and the first link into it. Raises `Invalid`, `Forbidden` for guests."""
    if creator.kind != User.Kind.MEMBER:
        raise errors.Forbidden("Guests can't create rooms.")
    title = clean("name", name, NAME_LENGTH, required=True)
    description = clean("description", description, DESCRIPTION_LENGTH, lines=True)
    chat = Chat.objects.create(kind=Chat.Kind.ROOM, title=title, is_public=is_public)
    room = Room.objects.create(
        chat=chat, description=description, requires_approval=requires_approval, creator=creator
    )
    members.admit(chat, creator, Role.OWNER)
    return room, invites.issue(room, creator)


@transaction.atomic
def update(
    room_id: int,
    by: User,
    *,
    name: str | None = None,
    description: str | None = None,
    is_public: bool | None = None,
    requires_approval: bool | None = None,
    pin_by: str | None = None,
    edit_window: int | UnsetType | None = UNSET,
    delete_window: int | UnsetType | None = UNSET,
    mention_everyone: str | UnsetType | None = UNSET,
    as_staff: bool = False,
) -> Room:
    """Change the given values, as an owner. Raises `Invalid`, `Forbidden`, `NotFound`.

    The windows are in seconds; 0: no end, None: as the operator says.
    """
    room = policy.lock(room_id)
    policy.check_owner(room_id, by, as_staff)
    policy.check_not_archived(room)
    chat, before = room.chat, _settings(room)
    if name is not None:
        chat.title = clean("name", name, NAME_LENGTH, required=True)
    if description is not None:
        room.description = clean("description", description, DESCRIPTION_LENGTH, lines=True)
    if is_public is not None:
        chat.is_public = is_public
    if requires_approval is not None:
        room.requires_approval = requires_approval
    given = {
        "pin_by": UNSET if pin_by is None else pin_by,
        "mention_everyone": mention_everyone,
        "edit_window": edit_window,
        "delete_window": delete_window,
    }
    rules.set_on(chat, {name: rule for name, rule in given.items() if not isinstance(rule, UnsetType)})
    after = _settings(room)
    if changed := [field for field in after if after[field] != before[field]]:
        chat.save(update_fields=["title", "search_text", "is_public", *rules.NAMES])
        room.save(update_fields=["description", "search_text", "requires_approval"])
        note(room, by, "update", detail=", ".join(changed))
        _chat_changed(chat)
    return room


def _settings(room: Room) -> dict[str, str | bool | int | None]:
    return {
        "name": room.chat.title,
        "description": room.description,
        "is_public": room.chat.is_public,
        "requires_approval": room.requires_approval,
        **rules.of(room.chat),
    }


@transaction.atomic
def archive(room_id: int, by: User, *, as_staff: bool = False) -> None:
    """Archive the room, as an owner: it can be read, but nothing in it changes any more. Idempotent."""
    room = policy.lock(room_id)
    policy.check_owner(room_id, by, as_staff)
    if room.chat.archived_at is None:
        _archive(room, by)


def _archive(room: Room, by: User | None) -> None:
    chat = room.chat
    chat.archived_at = timezone.now()
    chat.save(update_fields=["archived_at"])
    for request in joining.waiting(room.pk):
        joining.decide(room, request, JoinRequest.Status.DENIED, by)
    note(room, by, "archive")
    _chat_changed(chat)


def _chat_changed(chat: Chat) -> None:
    events.change_chats(Chat.objects.filter(pk=chat.pk))


@transaction.atomic
def leave(room_id: int, user: User) -> None:
    """Leave the room, or withdraw the request to join. Idempotent.

    If the last owner leaves, the longest-standing moderator, or else member, becomes owner; an empty room is archived.
    Raises `NotFound`, `NotAMember`.
    """
    room = policy.lock(room_id)
    membership = _active(room).filter(user=user).first()
    if membership is not None:
        _dismiss(room, membership, None)
    elif request := joining.waiting(room.pk).filter(user=user).first():
        joining.decide(room, request, JoinRequest.Status.WITHDRAWN, None)
    elif not Membership.objects.filter(chat=room.chat, user=user, state=Membership.State.LEFT).exists():
        policy.seat(user, room_id)  # raises the fitting refusal


@transaction.atomic
def leave_all(user: User) -> None:
    """Leave every room and withdraw every request, as the account is deleted."""
    rooms = Q(memberships__user=user, memberships__state=Membership.State.ACTIVE) | Q(
        room__join_requests__user=user, room__join_requests__status=JoinRequest.Status.PENDING
    )
    found = Chat.objects.filter(rooms, kind=Chat.Kind.ROOM).order_by("pk").distinct()
    for room_id in found.values_list("pk", flat=True):
        leave(room_id, user)


@transaction.atomic
def kick(room_id: int, user_id: int, by: User, reason: str = "", *, as_staff: bool = False) -> None:
    """Remove a member, who may ask to join again. Raises `Forbidden`, `NotFound`, `Conflict` for oneself."""
    reason = clean("reason", reason, REASON_LENGTH)
    room = policy.lock(room_id)
    role = policy.check_moderator(room_id, by, as_staff)
    membership = _member(room, user_id)
    policy.check_outranks(role, membership, by)
    note(room, by, "kick", membership.user, reason)
    _dismiss(room, membership, reason)


@transaction.atomic
def ban(room_id: int, user_id: int, by: User, reason: str = "", *, as_staff: bool = False) -> None:
    """Ban a person: a member is removed, an open request denied, later ones are refused. Idempotent.

    Raises `Forbidden`, `NotFound`, `Conflict` for oneself.
    """
    reason = clean("reason", reason, REASON_LENGTH)
    room = policy.lock(room_id)
    role = policy.check_moderator(room_id, by, as_staff)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise errors.NotFound("There is no such person.")
    membership = _active(room).filter(user=user).first()
    target = membership or Membership(chat=room.chat, user=user)
    policy.check_outranks(role, target, by)
    _, created = Ban.objects.get_or_create(room=room, user=user, defaults={"banned_by": by, "reason": reason})
    if created:
        note(room, by, "ban", user, reason)
    for request in joining.waiting(room.pk).filter(user=user):
        joining.decide(room, request, JoinRequest.Status.DENIED, by)
    if membership is not None:
        _dismiss(room, membership, reason)


@transaction.atomic
def unban(room_id: int, user_id: int, by: User, *, as_staff: bool = False) -> None:
    """Lift a ban: the person may ask to join again. Raises `Forbidden`, `NotFound`."""
    room = policy.lock(room_id)
    policy.check_moderator(room_id, by, as_staff)
    found = Ban.objects.select_related("user").filter(room=room, user=user_id).first()
    if found is None:
        raise errors.NotFound("This person isn't banned.")
    found.delete()
    note(room, by, "unban", found.user)


@transaction.atomic
def set_role(room_id: int, user_id: int, role: str, by: User, *, as_staff: bool = False) -> None:
    """Make a member an owner, a moderator or a plain member, as an owner.

    Raises `Forbidden`, `NotFound`, `Conflict` for the last owner or a guest.
    """
    room = policy.lock(room_id)
    policy.check_owner(room_id, by, as_staff)
    policy.check_not_archived(room)
    membership = _member(room, user_id)
    if role not in Role.values:
        raise errors.Invalid({"role": ["The role must be owner, moderator or member."]})
    if role == membership.role:
        return
    if role != Role.MEMBER and membership.user.kind != User.Kind.MEMBER:
        raise errors.Conflict("A guest can't be an owner or a moderator.")
    if membership.role == Role.OWNER and not _owners(room).exclude(pk=membership.pk).exists():
        raise errors.Conflict("A room needs an owner. Make someone else an owner first.")
    note(room, by, "role", membership.user, f"{membership.role} to {role}")
    _give_role(room, membership, role)


@transaction.atomic
def rotate_invite(room_id: int, by: User, terms: Terms | None = None, *, as_staff: bool = False) -> Link:
    """Create a link and revoke all older ones. Raises `Forbidden`, `NotFound`, `Invalid`."""
    room = policy.lock(room_id)
    policy.check_moderator(room_id, by, as_staff)
    policy.check_not_archived(room)
    link = invites.issue(room, by, terms)
    Invite.objects.filter(room=room, revoked_at=None).exclude(pk=link.invite.pk).update(
        revoked_at=timezone.now()
    )
    note(room, by, "rotate link")
    return link


@transaction.atomic
def revoke_invite(invite: Invite, by: User, *, as_staff: bool = False) -> None:
    """Revoke a link. Raises `Forbidden`, `NotFound`."""
    room = policy.lock(invite.room_id)
    policy.check_moderator(room.pk, by, as_staff)
    if Invite.objects.filter(pk=invite.pk, revoked_at=None).update(revoked_at=timezone.now()):
        note(room, by, "revoke link")


def shared(one: User, other: User) -> list[SharedRoom]:
    """The rooms that both are in, by name, 100 at most; without archived ones."""
    rooms = Chat.objects.filter(kind=Chat.Kind.ROOM, archived_at=None)
    for user in (one, other):
        own = Membership.objects.filter(user=user, state=Membership.State.ACTIVE)
        rooms = rooms.filter(pk__in=own.values("chat"))
    found = rooms.order_by("search_text", "pk").values_list("pk", "title")[:100]
    return [SharedRoom(room_id=pk, key=chat_key(Chat.Kind.ROOM, pk), name=title) for pk, title in found]


def _active(room: Room) -> QuerySet[Membership]:
    return Membership.objects.select_related("user").filter(chat=room.chat, state=Membership.State.ACTIVE)


def _owners(room: Room) -> QuerySet[Membership]:
    return _active(room).filter(role=Role.OWNER, user__is_active=True)


def _member(room: Room, user_id: int) -> Membership:
    membership = _active(room).filter(user=user_id).first()
    if membership is None:
        raise errors.NotFound("There is no such member in this room.")
    return membership


def _dismiss(room: Room, membership: Membership, reason: str | None) -> None:
    membership.chat = room.chat
    members.dismiss(membership, reason=reason)
    if not _owners(room).exists():
        _hand_over(room)


def _hand_over(room: Room) -> None:
    """Call if the room has no owner any more: the longest-standing moderator, or else member, becomes one."""
    heir = (
        _active(room)
        .filter(user__is_active=True)
        .order_by(
            # A guest only if nobody else is left.
            Case(When(user__kind=User.Kind.MEMBER, then=Value(0)), default=Value(1)),
            Case(When(role=Role.MODERATOR, then=Value(0)), default=Value(1)),
            "joined_at",
            "pk",
        )
        .first()
    )
    if heir is not None:
        note(room, None, "role", heir.user, f"{heir.role} to owner: the last owner went")
        _give_role(room, heir, Role.OWNER)
    elif room.chat.archived_at is None:
        _archive(room, None)


def _give_role(room: Room, membership: Membership, role: str) -> None:
    membership.role = role
    membership.save(update_fields=["role"])
    access_changed(membership.user_id)  # their sockets know the old role
    detail = f"Your role in {room.name} is now: {role}."
    events.to_people([membership.user_id], Notification(kind="role", detail=detail, chat=room.chat.key))
