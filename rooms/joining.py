"""The verbs for entering a room: join, withdraw, approve, deny. They work like those of `rooms.services`."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts import changes, signing_in, users
from accounts.models import User
from accounts.online import person
from accounts.tokens import Device, TokenPair
from chat import members
from chat import policy as chat_policy
from chat.events import Item, Personal
from chat.models import Membership
from chat.protocol import ChatUpdated, JoinApproved, JoinDecided, JoinDenied, JoinRequested, encode
from chat.realtime.state import Changed, News
from lib import errors
from lib.database.compiled import Compiled, Ids, among
from rooms import invites, policy
from rooms.audit import note
from rooms.models import Ban, Invite, JoinRequest, Room

JOINED = "joined"
PENDING = "pending_approval"
Status = JoinRequest.Status
ANNOUNCED = timedelta(hours=1)  # in which the moderators are notified of a person's requests only once


@transaction.atomic
def join(room_id: int, user: User, invite_link: str = "") -> str:
    """Join the room, or ask to. Returns "joined" or "pending_approval". Idempotent.

    Everybody may join a public room at once. Other rooms need a link: the whole one or its token. Raises `NotFound` if
    the link isn't a valid one into this room, `Forbidden` (codes `banned`, `archived`, or for guests), `Invalid`.
    """
    token = invites.token_of(invite_link, room_id)
    room = policy.lock(room_id, missing=invites.dead() if token else None)
    if _is_member(room, user):
        return JOINED
    if Ban.objects.filter(room=room, user=user).exists():
        raise policy.banned()
    invite = None
    if not room.chat.is_public or user.kind == User.Kind.ROOM_GUEST:
        if not waiting(room.pk).filter(user=user).exists():
            invite = _invite_for(room, user, token)
        elif room.requires_approval:
            return PENDING
    policy.check_not_archived(room)
    return _enter(room, user, invite)


@transaction.atomic
def join_as_guest(
    room_id: int, invite_link: str, username: str, device: Device | None = None
) -> tuple[User, str, TokenPair]:
    """A new guest of this one room, by a link that is open to guests; what `join` returns; and their tokens.

    Raises `NotFound` if the link isn't a valid one into this room, `Forbidden` if it isn't for guests, `Invalid` if the
    name is taken, `Forbidden` (`guests_closed`) if the operator allows no guests.
    """
    if not settings.ALLOW_GUESTS:
        raise errors.Forbidden("This server doesn't allow guests. Sign up or log in.", code="guests_closed")
    token = invites.token_of(invite_link, room_id)
    room = policy.lock(room_id, missing=invites.dead())
    invite = invites.find(room_id, token)
    if not invite.for_guests:
        raise errors.Forbidden("This link needs an account. Log in, then open it again.")
    policy.check_not_archived(room)
    guest = users.make_guest(username, User.Kind.ROOM_GUEST)
    status = _enter(room, guest, invite)
    return guest, status, signing_in.as_guest(guest, device)


def _is_member(room: Room, user: User) -> bool:
    return Membership.objects.filter(chat=room.chat, user=user, state=Membership.State.ACTIVE).exists()


def _invite_for(room: Room, user: User, token: str) -> Invite:
    """The link of a signed-in person into a room that they can't join without one."""
    if not token:
        try:
            policy.seat(user, room.pk)
        except errors.NotAMember as refusal:
            raise errors.Invalid({"invite_link": ["You need an invite link to join this room."]}) from refusal
    invite = invites.find(room.pk, token, user)
    if user.kind != User.Kind.MEMBER:
        raise errors.Forbidden("Guests can join public rooms only. Sign up to join this one.")
    return invite


def _enter(room: Room, user: User, invite: Invite | None) -> str:
    """Make the person a member, or create a request to join, and count the use of the link."""
    if invite is not None:
        invites.use(invite, user)
    request = waiting(room.pk).filter(user=user).first()
    if room.chat.is_public or not room.requires_approval:
        if request is not None:
            decide(room, request, Status.APPROVED, None)
        elif invite is not None:
            # Records which link the person used.
            JoinRequest.objects.create(
                room=room, user=user, invite=invite, status=Status.APPROVED, decided_at=timezone.now()
            )
        members.admit(room.chat, user)
        return JOINED
    if request is None:
        _ask(room, user, invite)
    return PENDING


def _ask(room: Room, user: User, invite: Invite | None) -> None:
    """Create a request, or reopen the withdrawn one. Moderators get a notification of a person's requests once in
    ANNOUNCED, but always the current number and list of open requests."""
    own = JoinRequest.objects.filter(room=room, user=user)
    values: dict[str, Any] = {"status": Status.PENDING, "created_at": timezone.now(), "changed_at": Now()}
    if not own.filter(announced_at__gt=Now() - ANNOUNCED).exists():
        values["announced_at"] = Now()
    withdrawn = own.filter(invite=invite, status=Status.WITHDRAWN).order_by("-pk").first()
    if withdrawn is not None:
        own.filter(pk=withdrawn.pk).update(**values, decided_at=None, decided_by=None)
    else:
        JoinRequest.objects.create(room=room, user=user, invite=invite, **values)
    changes.state_changed()


@transaction.atomic
def withdraw(room_id: int, user: User) -> None:
    """Withdraw one's request. Idempotent. Raises `Conflict` if it was decided, `NotFound` if there is none."""
    room = policy.lock(room_id)
    request = _latest(room, user.pk)
    if request is None:
        policy.seat(user, room_id)  # raises the fitting refusal if they are not a member
        raise errors.NotFound("You haven't asked to join.")
    if request.status == Status.PENDING:
        decide(room, request, Status.WITHDRAWN, None)
    elif request.status != Status.WITHDRAWN:
        raise errors.Conflict(f"This request was already decided: {request.status}.")


@transaction.atomic
def approve(room_id: int, user_id: int, by: User, *, as_staff: bool = False) -> str:
    """Approve a person's request to join. Returns "approved". Idempotent.

    Raises `Forbidden`, `NotFound` if they never asked, `Conflict` if the request was denied or withdrawn.
    """
    room = policy.lock(room_id)
    policy.check_moderator(room_id, by, as_staff)
    request = _asked(room, user_id)
    if request.status == Status.APPROVED and _is_member(room, request.user):
        return request.status
    _check_waiting(request)
    policy.check_not_archived(room)
    decide(room, request, Status.APPROVED, by)
    members.admit(room.chat, request.user)
    return request.status


@transaction.atomic
def deny(room_id: int, user_id: int, by: User, *, as_staff: bool = False) -> str:
    """Deny a person's request to join. Returns "denied". Idempotent.

    Raises `Forbidden`, `NotFound` if they never asked, `Conflict` if the request was approved or withdrawn.
    """
    room = policy.lock(room_id)
    policy.check_moderator(room_id, by, as_staff)
    request = _asked(room, user_id)
    if request.status != Status.DENIED:
        _check_waiting(request)
        decide(room, request, Status.DENIED, by)
    return request.status


def decide(room: Room, request: JoinRequest, status: JoinRequest.Status, by: User | None) -> None:
    """Close a waiting request of a locked room, and notify those concerned. Does not make anybody a member."""
    request.status = status
    request.decided_at = timezone.now()
    request.decided_by = by
    request.save(update_fields=["status", "decided_at", "decided_by"])
    JoinRequest.objects.filter(pk=request.pk).update(changed_at=Now())
    if by is not None:
        note(room, by, {Status.APPROVED: "approve", Status.DENIED: "deny"}[status], request.user)
    changes.state_changed()


changed_requests = Changed(JoinRequest, "changed_at")


def told(news: News) -> Iterator[Item]:
    """Events for the recent changes of requests, for moderators and requesters (see `chat.realtime.state`)."""
    rows = changed_requests(news).select_related("user", "room__chat")
    changed = [
        row for row in rows.order_by("changed_at", "pk") if news.has("request", row.pk, row.changed_at)
    ]
    if not changed:
        return
    moderators = chat_policy.room_moderators({row.room_id for row in changed})
    counts = waiting_counts(Ids(moderators))
    quiet: dict[int, str] = {}  # rooms whose open requests changed without another event for it
    for row in changed:
        chat, user = row.room.chat, row.user
        deciding, number = moderators.get(chat.pk, []), counts.get(chat.pk, 0)
        here: Any = {"chat": chat.key, "room_id": chat.pk, "waiting_requests": number}
        if row.status != Status.PENDING:
            yield Personal(deciding, encode(JoinDecided(**here, user_id=user.pk, status=row.status)))
        elif row.announced_at == row.changed_at and user.is_active:
            asked = JoinRequested(**here, request_id=row.pk, user=person(user, is_online=True))
            yield Personal(deciding, encode(asked))
        else:
            quiet[chat.pk] = chat.key
        if row.status == Status.APPROVED:
            approved = JoinApproved(chat=chat.key, room_id=chat.pk, room_name=chat.title)
            yield Personal([user.pk], encode(approved))
        elif row.status == Status.DENIED:
            yield Personal([user.pk], encode(JoinDenied(room_id=chat.pk, room_name=chat.title)))
    for room_id, key in quiet.items():
        frame = ChatUpdated(chat=key, waiting_requests=counts.get(room_id, 0))
        yield Personal(moderators.get(room_id, []), encode(frame))


def follow_standing(user: User) -> None:
    """Requests of a deactivated account are hidden until it is active again."""
    JoinRequest.objects.filter(user=user, status=Status.PENDING).update(changed_at=Now())


def _counts(room_ids: Ids) -> QuerySet[JoinRequest, Any]:
    pending = JoinRequest.objects.filter(
        room__in=among(room_ids), status=Status.PENDING, user__is_active=True
    )
    return pending.order_by().values_list("room_id").annotate(count=Count("pk"))


COUNTS = Compiled(_counts, (Ids,))


def waiting_counts(room_ids: Ids) -> dict[int, int]:
    """The number of open requests by room; rooms without any are left out."""
    return dict(COUNTS(room_ids)) if room_ids else {}


def waiting(room_id: int) -> QuerySet[JoinRequest]:
    """Open requests, the oldest first."""
    return (
        JoinRequest.objects.select_related("user")
        .filter(room=room_id, status=Status.PENDING, user__is_active=True)
        .order_by("created_at", "pk")
    )


def was_denied(room_id: int, user: User) -> bool:
    """Whether the person's last request was denied."""
    asked = JoinRequest.objects.filter(room=room_id, user=user).order_by("-created_at", "-pk")
    return asked.values_list("status", flat=True).first() == Status.DENIED


def _latest(room: Room, user_id: int) -> JoinRequest | None:
    asked = JoinRequest.objects.select_related("user").filter(room=room, user=user_id, user__is_active=True)
    return asked.order_by("-created_at", "-pk").first()  # a withdrawn request may be made again


def _asked(room: Room, user_id: int) -> JoinRequest:
    request = _latest(room, user_id)
    if request is None:
        raise errors.NotFound("This person hasn't asked to join.")
    return request


def _check_waiting(request: JoinRequest) -> None:
    if request.status != Status.PENDING:
        raise errors.Conflict(f"This request is no longer waiting: it was {request.status}.")
