"""People, their devices and failed log-ins, for the operator. Acts go through the same verbs as the API's."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts import text, tokens, users
from accounts.models import LoginFailure, Session, User
from accounts.sessions import sign_out_everywhere


class FoldedSearch:
    """Names are searched for as people search for them: in their `search_text`, whatever the case and accents."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        search: Any = super()  # of a ModelAdmin
        found, has_twins = search.get_search_results(request, queryset, search_term)
        if (folded := text.fold(search_term)) == search_term or not folded:
            return found, has_twins
        more, has_more_twins = search.get_search_results(request, queryset, folded)
        return found | more, has_twins or has_more_twins


class NamesMixin:
    """Names as the API takes them; an empty address is none."""

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
        return text.email(email) if email else None


class AddForm(NamesMixin, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email", "display_name")


class ChangeForm(NamesMixin, UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


class PasswordForm(AdminPasswordChangeForm):
    """A password set by the operator ends the person's sessions."""

    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        if commit:
            tokens.revoke_all(user)
        return user


@admin.register(User)
class UserAdmin(FoldedSearch, DjangoUserAdmin):
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
    date_hierarchy = "date_joined"
    readonly_fields = ("email_verified_at", "last_seen", "last_login", "date_joined", "access_changed_at")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("display_name", "email", "email_verified_at", "kind")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("last_seen", "last_login", "date_joined", "access_changed_at")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "email", "display_name", "usable_password", "password1", "password2")},
        ),
    )
    actions = ("deactivate", "sign_out")

    @admin.display(description="username", ordering="search_text")
    def name_of(self, user: User) -> str:
        return user.username

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        if "email" in form.changed_data:
            obj.email_verified_at = None
        super().save_model(request, obj, form, change)
        if change and {"is_active", "kind"} & set(form.changed_data):
            sign_out_everywhere(obj)

    @admin.action(description="Deactivate: nobody can sign in, and who is, is out", permissions=["change"])
    def deactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        others = chosen.exclude(pk=request.user.pk or 0).filter(is_active=True)
        count = 0
        for user in others:
            users.deactivate(user)
            self.log_change(request, user, "Deactivated.")
            count += 1
        self.message_user(
            request, f"{count} deactivated. Nobody can deactivate themselves.", messages.SUCCESS
        )

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        count = 0
        for user in chosen.exclude(pk=request.user.pk or 0):
            sign_out_everywhere(user)
            self.log_change(request, user, "Signed out everywhere.")
            count += 1
        self.message_user(request, f"{count} signed out everywhere, but not yourself.", messages.SUCCESS)

    # Deleting empties the account and keeps the row, as DELETE /users/me does: nothing else goes with it.

    def get_deleted_objects(
        self, objs: Any, request: Any
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        return [f"account: {user}" for user in objs], {"accounts": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        users.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            users.delete(user)


class ReadOnlyAdmin(FoldedSearch, admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "user_agent", "address", "created_at", "last_used_at", "alive")
    list_select_related = ("user",)
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "last_used_at")
    search_fields = ("user__search_text", "user__email", "address", "user_agent")
    date_hierarchy = "created_at"
    ordering = ("-last_used_at",)
    exclude = ("refresh_jti",)
    actions = ("revoke",)

    @admin.display(boolean=True, description="signed in")
    def alive(self, session: Session) -> bool:
        return session.is_alive

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_session")

    @admin.action(description="End these sessions", permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Session]) -> None:
        count = 0
        for session in chosen.filter(revoked_at=None).select_related("user"):
            tokens.revoke(session)
            self.log_change(request, session, "Ended.")
            count += 1
        self.message_user(request, f"{count} ended.", messages.SUCCESS)


@admin.register(LoginFailure)
class LoginFailureAdmin(ReadOnlyAdmin):
    """Deleting a row lets the account or the address try again at once."""

    list_display = ("key", "count", "last_at")
    search_fields = ("key",)
    ordering = ("-last_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("accounts.delete_loginfailure")
