"""Permissions in a room: those of `chat.policy`, and what only rooms know (requests, bans, the admin)."""

from accounts.models import User
from chat import policy
from chat.models import Chat, Membership
from chat.policy import Seat
from lib import errors
from rooms.models import Ban, JoinRequest, Room, Status


def lock(room_id: int, missing: errors.NotFound | None = None) -> Room:
    """The room, its chat's row locked until the end of the transaction.

    Every verb on a room begins here, so that two of them never interleave. Raises `missing`, or plain `NotFound`.
    """
    locked = Room.objects.select_related("chat").select_for_update(of=("chat",), no_key=True)
    room = locked.filter(pk=room_id).first()
    if room is None:
        raise missing or errors.NotFound()
    return room


def seat(user: User, room_id: int) -> Seat:
    """The person's seat in the room.

    Raises `NotFound` if the person may not know the room exists, `NotAMember` if they may but are not in it,
    `Forbidden` (`banned`) if they are banned.
    """
    try:
        return policy.seat(user, Chat.Kind.ROOM, room_id)
    except (errors.NotFound, errors.NotAMember) as refusal:
        raise _refusal(user, room_id, refusal) from refusal


def _refusal(user: User, room_id: int, refusal: errors.Refused) -> errors.Refused:
    if Ban.objects.filter(room=room_id, user=user).exists():
        return banned()
    if Membership.objects.filter(chat=room_id, user=user).exists():
        return errors.NotAMember()
    if JoinRequest.objects.filter(room=room_id, user=user).exists():
        return errors.NotAMember()
    # A guest of one room may not know of other rooms, not even public ones.
    return errors.NotFound() if user.kind == User.Kind.ROOM_GUEST else refusal


def see(user: User, room_id: int) -> Room:
    """The room from `RoomQuerySet.seen_by`, if the person is a member, has asked to join, or the room is public. Raises
    like `seat` otherwise."""
    room = Room.objects.seen_by(user.pk).filter(pk=room_id).first()
    if room is None:
        raise errors.NotFound()
    public = room.chat.is_public and user.kind != User.Kind.ROOM_GUEST
    if not public and room.status not in (Status.MEMBER, Status.PENDING):
        raise _refusal(user, room_id, errors.NotFound())
    return room


def authority(room_id: int, by: User, as_staff: bool = False) -> str:
    """The role with whose rights the person acts: their own, or an owner's if they act as staff (in the admin only),
    who need not be members. Raises like `seat`."""
    if as_staff:
        if not by.is_staff:
            raise errors.Forbidden()
        return Membership.Role.OWNER
    return seat(by, room_id).role


def check_moderator(room_id: int, by: User, as_staff: bool = False) -> str:
    """The acting role, which is owner or moderator; raises `Forbidden`, or like `seat`."""
    role = authority(room_id, by, as_staff)
    if role not in policy.MODERATING:
        raise errors.Forbidden("Only an owner or a moderator of the room can do this.")
    return role


def check_owner(room_id: int, by: User, as_staff: bool = False) -> None:
    if authority(room_id, by, as_staff) != Membership.Role.OWNER:
        raise errors.Forbidden("Only an owner of the room can do this.")


def check_outranks(role: str, target: Membership, by: User) -> None:
    """Check that a person acting as `role` may remove the target: owners anybody else, moderators only members."""
    if target.user_id == by.pk:
        raise errors.Conflict("You can't remove yourself. Leave the room instead.")
    if role != Membership.Role.OWNER and target.role != Membership.Role.MEMBER:
        raise errors.Forbidden("Only an owner can remove an owner or a moderator.")


def check_not_archived(room: Room) -> None:
    if room.chat.archived_at is not None:
        raise errors.Forbidden("This room is archived and can't be changed.", code="archived")


def banned() -> errors.Refused:
    return errors.Forbidden("You're banned from this room.", code="banned")
