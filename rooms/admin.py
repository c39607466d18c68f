"""Rooms in the admin: uses the same verbs as HTTP, with the rights of staff."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Case, Count, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html_join

from accounts.admin import picture, staff
from chat import rules
from chat.admin import DELETING, EDITING, WHO_MENTIONS, WHO_PINS, RulesForm
from chat.models import Membership
from chat.rules import Rule
from lib import errors
from lib.admin_site import BoundedAdmin, ReadOnlyAdmin
from lib.text import clean
from rooms import avatars, joining, services
from rooms.models import AuditEntry, Ban, Invite, JoinRequest, Room

SHOWN_MEMBERS = 200


def run(request: HttpRequest, done: str, acts: Iterable[tuple[object, Callable[[], object]]]) -> None:
    """Run each act, and report how many succeeded and why the others were refused."""
    count = 0
    for subject, act in acts:
        try:
            act()
            count += 1
        except errors.Refused as error:
            messages.error(request, f"{subject}: {error.detail}")
    if count:
        messages.success(request, f"{done}: {count}")


class ReadOnlyInline(admin.TabularInline):
    """Rows that only verbs create and change."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RequestInline(ReadOnlyInline):
    """Open requests to join."""

    model = JoinRequest
    fields = readonly_fields = ("user", "status", "created_at")
    verbose_name_plural = "waiting requests"

    def get_queryset(self, request: HttpRequest) -> QuerySet[JoinRequest]:
        found = super().get_queryset(request).select_related("user", "room__chat")
        return found.filter(status=JoinRequest.Status.PENDING)


class BanInline(ReadOnlyInline):
    model = Ban
    fields = readonly_fields = ("user", "banned_by", "reason", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ban]:
        return super().get_queryset(request).select_related("user", "banned_by", "room__chat")


class RoomForm(RulesForm):
    """The settings of a room, including those stored in its chat."""

    name = forms.CharField(max_length=services.NAME_LENGTH)
    is_public = forms.BooleanField(required=False, label="Public")

    class Meta:
        model = Room
        fields = ("description", "requires_approval")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "name" in self.fields:
            chat = self.instance.chat
            self.initial.update(name=chat.title, is_public=chat.is_public, **rules.of(chat))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for field, limit in (("name", services.NAME_LENGTH), ("description", services.DESCRIPTION_LENGTH)):
            if field in data:
                try:
                    data[field] = clean(
                        field, data[field], limit, required=field == "name", lines=field == "description"
                    )
                except errors.Invalid as error:
                    self.add_error(field, ValidationError((error.fields or {}).get(field, [error.detail])))
        return data


@admin.register(Room)
class RoomAdmin(BoundedAdmin):
    form = RoomForm
    list_display = ("name", "is_public", "requires_approval", "creator", "members", "waiting", "archived_at")
    list_filter = ("chat__is_public", "requires_approval", ("chat__archived_at", admin.EmptyFieldListFilter))
    search_fields = ("chat__search_text", "search_text", "creator__search_text")
    search_help_text = "Name, description, or who made it"
    ordering = ("-pk",)
    fields = (
        "name",
        "picture",
        "description",
        "is_public",
        "requires_approval",
        *rules.NAMES,
        "creator",
        "created_at",
        "archived_at",
        "member_list",
    )
    readonly_fields = ("picture", "creator", "created_at", "archived_at", "member_list")
    inlines = (RequestInline, BanInline)
    actions = ("archive", "remove_picture")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        waiting = JoinRequest.objects.filter(room=OuterRef("pk"), status=JoinRequest.Status.PENDING)
        count = waiting.order_by().values("room").annotate(count=Count("pk")).values("count")
        rooms: Any = Room.objects.seen_by(None)
        return rooms.annotate(waiting_count=Coalesce(Subquery(count), 0)).order_by(*self.ordering)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        return False  # archive it instead: its messages stay

    def has_change_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        archived = obj is not None and obj.chat.archived_at is not None
        return not archived and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        services.update(obj.pk, staff(request), **form.cleaned_data, as_staff=True)

    @admin.display(description="name")
    def name(self, room: Room) -> str:
        return room.name

    @admin.display
    def picture(self, room: Room) -> str:
        return picture(room.chat.avatar_id)

    @admin.display(description="public", boolean=True)
    def is_public(self, room: Room) -> bool:
        return room.chat.is_public

    # (For archived rooms, whose form has no fields.)
    @admin.display(description=WHO_PINS)
    def pin_by(self, room: Room) -> Rule:
        return rules.of(room.chat)["pin_by"]

    @admin.display(description=WHO_MENTIONS)
    def mention_everyone(self, room: Room) -> Rule:
        return rules.of(room.chat)["mention_everyone"]

    @admin.display(description=EDITING)
    def edit_window(self, room: Room) -> Rule:
        return rules.of(room.chat)["edit_window"]

    @admin.display(description=DELETING)
    def delete_window(self, room: Room) -> Rule:
        return rules.of(room.chat)["delete_window"]

    @admin.display
    def members(self, room: Room) -> int:
        return room.member_count

    @admin.display(description="waiting to join")
    def waiting(self, room: Any) -> int:
        return room.waiting_count

    @admin.display(description="archived")
    def archived_at(self, room: Room) -> object:
        return room.chat.archived_at

    @admin.display(description="created")
    def created_at(self, room: Room) -> object:
        return room.chat.created_at

    @admin.display(description="members")
    def member_list(self, room: Room) -> str:
        found = Membership.objects.filter(chat=room.chat, state=Membership.State.ACTIVE).select_related(
            "user"
        )
        rows = [(each.user.username, each.role) for each in found.order_by("joined_at", "pk")[:SHOWN_MEMBERS]]
        return format_html_join(", ", "{} ({})", rows) or "nobody"

    @admin.action(description="Archive selected rooms", permissions=["change"])
    def archive(self, request: HttpRequest, rooms: QuerySet[Room]) -> None:
        def act(room: Room) -> Callable[[], object]:
            return lambda: services.archive(room.pk, staff(request), as_staff=True)

        run(request, "Archived", [(room, act(room)) for room in rooms])

    @admin.action(description="Remove the picture", permissions=["change"])
    def remove_picture(self, request: HttpRequest, rooms: QuerySet[Room]) -> None:
        def act(room: Room) -> Callable[[], object]:
            return lambda: avatars.remove(room.pk, staff(request), as_staff=True)

        run(request, "Pictures removed", [(room, act(room)) for room in rooms.exclude(chat__avatar=None)])


@admin.register(JoinRequest)
class JoinRequestAdmin(ReadOnlyAdmin):
    list_display = ("user", "room", "status", "created_at", "decided_at", "decided_by")
    list_filter = ("status", "created_at")
    list_select_related = ("user", "room__chat", "decided_by")
    search_fields = ("user__search_text", "room__chat__search_text")
    search_help_text = "Person or room"
    # Waiting requests first, the oldest of them last.
    ordering = (Case(When(status=JoinRequest.Status.PENDING, then=0), default=1), "-created_at")
    actions = ("approve", "deny")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("rooms.change_joinrequest")

    @admin.action(description="Approve selected", permissions=["decide"])
    def approve(self, request: HttpRequest, requests: QuerySet[JoinRequest]) -> None:
        self._decide(request, "Approved", requests, joining.approve)

    @admin.action(description="Deny selected", permissions=["decide"])
    def deny(self, request: HttpRequest, requests: QuerySet[JoinRequest]) -> None:
        self._decide(request, "Denied", requests, joining.deny)

    def _decide(
        self, request: HttpRequest, done: str, requests: QuerySet[JoinRequest], verb: Callable[..., object]
    ) -> None:
        def act(row: JoinRequest) -> Callable[[], object]:
            return lambda: verb(row.room_id, row.user_id, staff(request), as_staff=True)

        run(request, done, [(row, act(row)) for row in requests.select_related("user", "room__chat")])


@admin.register(Invite)
class InviteAdmin(ReadOnlyAdmin):
    list_display = (
        "room",
        "created_by",
        "created_at",
        "expires_at",
        "uses",
        "max_uses",
        "for_guests",
        "usable",
    )
    list_filter = ("for_guests", "created_at", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("room__chat", "created_by")
    search_fields = ("room__chat__search_text", "created_by__search_text")
    search_help_text = "Room, or who made the link"
    exclude = ("token_hash",)
    ordering = ("-pk",)
    actions = ("revoke",)

    @admin.display(boolean=True)
    def usable(self, invite: Invite) -> bool:
        return invite.is_usable

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("rooms.change_invite")

    @admin.action(description="Revoke selected links", permissions=["revoke"])
    def revoke(self, request: HttpRequest, invites: QuerySet[Invite]) -> None:
        def act(invite: Invite) -> Callable[[], object]:
            return lambda: services.revoke_invite(invite, staff(request), as_staff=True)

        run(request, "Revoked", [(invite, act(invite)) for invite in invites.select_related("room__chat")])


@admin.register(Ban)
class BanAdmin(BoundedAdmin):
    """Adding a ban removes the person from the room; deleting it lifts it."""

    list_display = ("user", "room", "banned_by", "reason", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("user", "room__chat", "banned_by")
    search_fields = ("user__search_text", "room__chat__search_text", "reason")
    search_help_text = "Person, room or reason"
    fields = ("room", "user", "reason")
    raw_id_fields = ("room", "user")
    ordering = ("-pk",)

    def has_change_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Ban, form: Any, change: bool) -> None:
        services.ban(obj.room_id, obj.user_id, staff(request), obj.reason, as_staff=True)
        obj.pk = Ban.objects.get(room=obj.room_id, user=obj.user_id).pk

    def delete_model(self, request: HttpRequest, obj: Ban) -> None:
        services.unban(obj.room_id, obj.user_id, staff(request), as_staff=True)

    def delete_queryset(self, request: HttpRequest, bans: QuerySet[Ban]) -> None:
        for ban in bans:
            self.delete_model(request, ban)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "room", "actor", "action", "target", "detail")
    list_filter = ("action", "at")
    list_select_related = ("room__chat", "actor", "target")
    search_fields = ("room__chat__search_text", "actor__search_text", "target__search_text", "detail")
    search_help_text = "Room, person or detail"
    ordering = ("-at",)
