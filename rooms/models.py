"""Rooms, and the ways into them: invite links, requests to join, and bans."""

import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Derived, User
from chat.models import Chat, Membership
from lib import text

USER = settings.AUTH_USER_MODEL


class RoomQuerySet(models.QuerySet["Room"]):
    def seen_by(self, user_id: int | None) -> "RoomQuerySet":
        """With the chat, `member_count`, and the person's `role` and `status` in each: one query for all."""
        members = Membership.objects.filter(chat=OuterRef("pk"), state=Membership.State.ACTIVE)
        own = members.filter(user=user_id)
        here = {"room": OuterRef("pk"), "user": user_id}
        count = members.order_by().values("chat").annotate(count=Count("pk")).values("count")
        return self.select_related("chat", "creator").annotate(
            member_count=Coalesce(Subquery(count), 0),
            role=Subquery(own.values("role")[:1]),
            status=Case(
                When(Exists(own), then=Value(Status.MEMBER)),
                When(Exists(Ban.objects.filter(**here)), then=Value(Status.BANNED)),
                When(
                    Exists(JoinRequest.objects.filter(**here, status=JoinRequest.Status.PENDING)),
                    then=Value(Status.PENDING),
                ),
                default=Value(Status.NONE),
            ),
        )

    def of(self, user: User) -> "RoomQuerySet":
        """Rooms of which the person is a member."""
        active = Membership.objects.filter(user=user, state=Membership.State.ACTIVE)
        return self.filter(pk__in=active.values("chat"))

    def asked_by(self, user: User) -> "RoomQuerySet":
        """Rooms that the person has asked to join."""
        asked = JoinRequest.objects.filter(user=user, status=JoinRequest.Status.PENDING)
        return self.filter(pk__in=asked.values("room"))

    def open_to(self, user: User) -> "RoomQuerySet":
        """Public rooms, which everybody may find and join; none for a guest of one room."""
        if user.kind == User.Kind.ROOM_GUEST:
            return self.none()
        return self.filter(chat__is_public=True, chat__archived_at=None)

    def by_name(self) -> "RoomQuerySet":
        return self.order_by("chat__search_text", "pk")

    def matching(self, search: str) -> "RoomQuerySet":
        """Rooms with this text in the name or description, without regard to case and accents; all if it is empty."""
        if not (wanted := text.fold(search)):
            return self
        return self.filter(Q(chat__search_text__contains=wanted) | Q(search_text__contains=wanted))


class Status(models.TextChoices):
    """What a person is to a room."""

    NONE = "none"
    PENDING = "pending"
    MEMBER = "member"
    BANNED = "banned"


class Room(models.Model):
    """A room: its id, name and visibility are those of its chat (`id`, `title`, `is_public`)."""

    # Given by `RoomQuerySet.seen_by`:
    member_count: int
    role: str | None
    status: str

    chat = models.OneToOneField(Chat, primary_key=True, on_delete=models.CASCADE, related_name="room")
    description = models.CharField(max_length=500, blank=True)
    #: Of the description; that of the name is in the chat.
    search_text = Derived(lambda room: text.fold(room.description), max_length=2000, db_default="")
    requires_approval = models.BooleanField(default=True)
    creator = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")

    objects = RoomQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.chat.title


class InviteQuerySet(models.QuerySet["Invite"]):
    def alive(self) -> "InviteQuerySet":
        """Neither revoked nor expired; perhaps used up."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)

    def usable(self) -> "InviteQuerySet":
        return self.alive().filter(Q(max_uses=None) | Q(uses__lt=F("max_uses")))


class Invite(models.Model):
    """A link into a room. Only the hash of its token is stored: a leaked database opens no room."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="invites")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0, editable=False)
    for_guests = models.BooleanField(default=False)  # lets people without an account join this room
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InviteQuerySet.as_manager()

    def __str__(self) -> str:
        return f"link into {self.room}"

    @staticmethod
    def hash(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @property
    def is_usable(self) -> bool:
        return (
            self.revoked_at is None
            and (self.expires_at is None or self.expires_at > timezone.now())
            and (self.max_uses is None or self.uses < self.max_uses)
        )


class JoinRequest(models.Model):
    """A request to join, and its outcome."""

    class Status(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        DENIED = "denied"
        WITHDRAWN = "withdrawn"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="join_requests")
    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="join_requests")
    invite = models.ForeignKey(Invite, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    #: When it was made or decided, for the sweep; and when the moderators were last notified of it.
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    announced_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "user"], condition=Q(status="pending"), name="one_pending_request_a_person"
            )
        ]
        indexes = [
            models.Index(fields=["room", "status", "created_at"], name="requests_of_room"),
            models.Index(
                fields=["changed_at"], condition=Q(changed_at__isnull=False), name="requests_changed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} to {self.room}: {self.status}"


class Ban(models.Model):
    """A person who may not join a room."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="bans")
    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="bans")
    banned_by = models.ForeignKey(USER, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_ban_a_person")]

    def __str__(self) -> str:
        return f"{self.user} banned from {self.room}"


class AuditEntry(models.Model):
    """An entry of the audit log: who did what to whom, in a room or none. Never changed (accounts.audit)."""

    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.CASCADE, related_name="audit")
    actor = models.ForeignKey(USER, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=32)
    target = models.ForeignKey(USER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.target or ''}"
