"""People, their devices and failed log-ins, for the operator. Actions call the same functions as the API."""

import logging
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from accounts import audit, avatars, passwords, rights, tokens, users
from accounts.changes import profile_changed
from accounts.models import LoginFailure, Session, User
from files.avatars import address
from lib import errors, text
from lib.admin_site import WINDOW, BoundedAdmin, ReadOnlyAdmin

logger = logging.getLogger(__name__)
RIGHTS = {"is_staff", "is_superuser", "groups", "user_permissions"}


def staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def may_change(request: HttpRequest, user: User | None) -> bool:
    return user is None or rights.may_change(staff(request), user)


def picture(key: str | None) -> str:
    """A person's or a room's picture, as a page of the admin shows it."""
    return format_html('<img src="{}" alt="" width="96" height="96">', address(key)) if key else "none"


def listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


class NamesMixin:
    """Checks names as the API does; an empty e-mail address is stored as none."""

    cleaned_data: dict[str, Any]

    instance: User

    def clean_username(self) -> str:
        name = users.normalize_username(self.cleaned_data["username"])
        if name != self.instance.username or self.instance.pk is None:
            users.check_username(name, self.instance)
        return name

    def clean_display_name(self) -> str:
        name = text.one_line(self.cleaned_data["display_name"])
        if name != self.instance.display_name:
            users.check_display_name(name, self.instance)
        return name

    def clean_email(self) -> str | None:
        email: str | None = self.cleaned_data.get("email")
        users.check_email(email)
        return text.email(email) if email else None


class PasswordsMixin:
    """Compares a password and its repetition after Unicode normalisation."""

    cleaned_data: dict[str, Any]

    def clean_password1(self) -> str:
        return text.password(self.cleaned_data["password1"])

    def clean_password2(self) -> str:
        return text.password(self.cleaned_data["password2"])


class AddForm(NamesMixin, PasswordsMixin, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email", "display_name")


class ChangeForm(NamesMixin, UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"

    def clean_status_text(self) -> str:
        return self.cleaned_data["status_text"] or ""  # not None: open clients are told (profile.NO_STATUS)


class PasswordForm(PasswordsMixin, AdminPasswordChangeForm):
    """A password set by the operator ends the person's sessions."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        if commit:
            passwords.save(user)
        return user


@admin.register(User)
class UserAdmin(BoundedAdmin, DjangoUserAdmin):
    form = ChangeForm
    add_form = AddForm
    change_password_form = PasswordForm
    list_display = (
        "name_of",
        "display_name",
        "email",
        "kind",
        "is_active",
        "is_staff",
        "last_seen",
        "date_joined",
    )
    list_filter = ("kind", "is_active", "is_staff", "is_superuser", "last_seen", "date_joined")
    search_fields = ("search_text", "email")
    ordering = ("-pk",)
    sortable_by = ("name_of",)
    readonly_fields = (
        "picture",
        "email_verified_at",
        "last_seen",
        "last_login",
        "date_joined",
        "access_changed_at",
    )
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("display_name", "email", "email_verified_at", "kind")}),
        (
            "Of themselves",
            {
                "fields": (
                    "picture",
                    "title",
                    "bio",
                    "time_zone",
                    "status_emoji",
                    "status_text",
                    "status_until",
                )
            },
        ),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("last_seen", "last_login", "date_joined", "access_changed_at")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "email", "display_name", "usable_password", "password1", "password2")},
        ),
    )
    actions = ("deactivate", "sign_out", "remove_picture")

    @admin.display(description="username", ordering="search_text")
    def name_of(self, user: User) -> str:
        return user.username

    @admin.display
    def picture(self, user: User) -> str:
        return picture(user.avatar_id)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and may_change(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only superusers may grant rights."""
        fields = super().get_readonly_fields(request, obj)
        return fields if staff(request).is_superuser else (*fields, *RIGHTS)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        if not (obj.is_superuser and obj.is_active):
            rights.check_not_last(obj)
        if "email" in form.changed_data:
            obj.email_verified_at = obj.pending_email = None
        if change:  # a person may change their picture, or anything else of themselves, at this moment
            columns = {field.name for field in User._meta.concrete_fields}
            emails = {"email_verified_at", "pending_email"} if "email" in form.changed_data else set()
            obj.save(update_fields=columns.intersection(form.changed_data) | emails)
        else:
            super().save_model(request, obj, form, change)
        if change and {"is_active", "kind"} & set(form.changed_data):
            tokens.revoke_all(obj)
        if change and "is_active" in form.changed_data:
            users.follow_standing(obj)
        elif change and users.SHOWN & set(form.changed_data):
            profile_changed(obj.pk)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        user: User = form.instance
        before = rights.permissions(user) if change else set()
        super().save_related(request, form, formsets, change)
        if change and RIGHTS & set(form.changed_data):
            after = rights.permissions(user)
            said = (
                f"Rights: superuser {'yes' if user.is_superuser else 'no'}, staff {'yes' if user.is_staff else 'no'}"
                f"; permissions added: {listed(after - before)}; taken: {listed(before - after)}."
            )
            self.log_change(request, user, said)
            audit.note(staff(request), "change rights", user, said)
            logger.warning(
                "the rights of user %s were changed by user %s: %s", user.pk, request.user.pk, said
            )

    @admin.action(description="Deactivate (also ends all sessions)", permissions=["change"])
    def deactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        others = chosen.exclude(pk=request.user.pk or 0).filter(is_active=True)
        count = 0
        for user in self.permitted(request, others):
            with transaction.atomic():
                users.deactivate(user)
                audit.note(staff(request), "deactivate", user)
            self.log_change(request, user, "Deactivated.")
            count += 1
        self.message_user(
            request, f"{count} deactivated. Nobody can deactivate themselves.", messages.SUCCESS
        )

    def permitted(self, request: HttpRequest, chosen: QuerySet[User]) -> Iterator[User]:
        """The chosen people whom this member of staff may change; a warning names the others."""
        for user in chosen:
            if may_change(request, user):
                yield user
            else:
                self.message_user(request, f"{user} has more rights than you.", messages.ERROR)

    @admin.action(description="Log out everywhere", permissions=["change"])
    def sign_out(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        count = 0
        for user in self.permitted(request, chosen.exclude(pk=request.user.pk or 0)):
            with transaction.atomic():
                tokens.revoke_all(user)
                audit.note(staff(request), "sign out everywhere", user)
            self.log_change(request, user, "Signed out everywhere.")
            count += 1
        self.message_user(request, f"{count} signed out everywhere, but not yourself.", messages.SUCCESS)

    @admin.action(description="Remove the picture", permissions=["change"])
    def remove_picture(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        count = 0
        for user in self.permitted(request, chosen.exclude(avatar=None)):
            with transaction.atomic():
                avatars.remove(user)
                audit.note(staff(request), "remove picture", user)
            self.log_change(request, user, "Picture removed.")
            count += 1
        self.message_user(request, f"Pictures removed: {count}.", messages.SUCCESS)

    # Deleting empties the account and keeps the row, as DELETE /users/me does: nothing else goes with it.

    def get_deleted_objects(
        self, objs: Any, request: Any
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        more = {f"account of {user}" for user in objs if not may_change(request, user)}
        return [f"account: {user}" for user in objs], {"accounts": len(objs)}, more, []

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: User) -> None:
        users.delete(obj)
        audit.note(staff(request), "delete account", obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            try:
                self.delete_model(request, user)
            except errors.Refused as error:
                self.message_user(request, f"{user}: {error.detail}", messages.ERROR)


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "user_agent", "address", "created_at", "last_used_at", "alive")
    list_select_related = ("user",)
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "last_used_at")
    search_fields = ("user__search_text", "user__email", "address", "user_agent")
    ordering = ("-created_at",)
    exclude = ("refresh_jti",)
    actions = ("revoke",)

    @admin.display(boolean=True, description="active")
    def alive(self, session: Session) -> bool:
        return session.is_alive

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_session")

    @admin.action(description="End these sessions", permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Session]) -> None:
        count = 0
        for session in chosen.filter(revoked_at=None).select_related("user"):
            if not may_change(request, session.user):
                self.message_user(request, f"{session.user} has more rights than you.", messages.ERROR)
                continue
            with transaction.atomic():
                tokens.revoke(session)
                audit.note(staff(request), "end session", session.user, str(session.pk))
            self.log_change(request, session, "Ended.")
            count += 1
        self.message_user(request, f"{count} ended.", messages.SUCCESS)


@admin.register(LoginFailure)
class LoginFailureAdmin(ReadOnlyAdmin):
    """Deleting a row allows the account or address another attempt at once."""

    list_display = ("key", "count", "last_at")
    search_fields = ("key",)
    ordering = ("-last_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("accounts.delete_loginfailure")


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BoundedAdmin, DjangoGroupAdmin):
    """Members have the rights of their groups, so only superusers may change groups."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return staff(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return staff(request).is_superuser


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who changed what in the admin."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "message")
    list_filter = ("action_flag",)
    list_select_related = ("user", "content_type")
    search_fields = ("=user__username", "object_repr")
    search_help_text = "A member of staff, or what was changed"
    ordering = ("-pk",)
    window = WINDOW

    @admin.display(description="change")
    def message(self, entry: LogEntry) -> str:
        return entry.get_change_message()
