"""Chats in the admin, read-only but for the rules of general. Messages can only be deleted, with the same verb as
everywhere, so that the sockets are notified. Rooms are changed in the admin of `rooms`."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from accounts import users
from accounts.admin import staff
from accounts.models import User
from chat import counting, groups, policy, rules, uploads
from chat import messages as verbs
from chat.log import index
from chat.models import (
    REASON_LENGTH,
    Chat,
    Connection,
    Group,
    Membership,
    Message,
    MessageEdit,
    Reaction,
    ServerProcess,
    Upload,
)
from chat.search.query import parse
from lib import errors, rest, text
from lib.admin_site import COUNTED, WINDOW, BoundedAdmin, BoundedChangeList, ReadOnlyAdmin

ASKED = 20  # messages shown before they are deleted
SHOWN = 80  # characters of a message in a list


def excerpt(content: str) -> str:
    return content if len(content) <= SHOWN else f"{content[: SHOWN - 1]}…"


def count_of(rows: QuerySet[Any]) -> Coalesce:
    """The number of `rows` of a chat, as a subquery: counts over several joins multiply each other."""
    counted = rows.filter(chat=OuterRef("pk")).order_by().values("chat").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


WHO_PINS, WHO_MENTIONS = "who can pin messages", "who can mention everyone"
EDITING, DELETING = "time limit for editing", "time limit for deleting"
OWNERS, MEMBERS = "Owners and moderators", "All members"


def window_field(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label.capitalize(),
        min_value=0,
        max_value=settings.WINDOW_LONGEST,
        required=False,
        help_text="Seconds after sending; 0: no limit. Empty: as on the server.",
    )


class RulesForm(forms.ModelForm):
    """The rules of a chat (chat.rules)."""

    pin_by = forms.TypedChoiceField(
        label=WHO_PINS.capitalize(),
        choices=[(policy.MODERATORS, OWNERS), (policy.ALL, MEMBERS)],
        empty_value=policy.MODERATORS,
        required=False,
    )
    mention_everyone = forms.TypedChoiceField(
        label=WHO_MENTIONS.capitalize(),
        choices=[
            ("", f"Everyone in chats of up to {policy.EVERYONE_BY_ALL} people, else moderators"),
            (policy.ALL, MEMBERS),
            (policy.MODERATORS, OWNERS),
            (policy.NOBODY, "Nobody"),
        ],
        empty_value=None,
        required=False,
        help_text="With @everyone and @here. In general, moderators are the staff who may delete messages.",
    )
    edit_window = window_field(EDITING)
    delete_window = window_field(DELETING)


class GeneralForm(RulesForm):
    class Meta:
        model = Chat
        fields = rules.NAMES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "pin_by" in self.fields:
            self.initial.update(rules.of(self.instance))


class MembershipInline(admin.TabularInline):
    """The newest members; the list of memberships has all of them."""

    model = Membership
    fields = ("user", "role", "state", "last_read_seq", "joined_at")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = "members (the latest 50)"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows = super().get_queryset(request).select_related("user", "chat")
        chat_id = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        latest = (
            Membership.objects.filter(chat_id=chat_id or 0).order_by("-joined_at", "-pk").values("pk")[:50]
        )
        return rows.filter(pk__in=list(latest.values_list("pk", flat=True))).order_by("-joined_at", "-pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Chat)
class ChatAdmin(ReadOnlyAdmin):
    """Read-only, except for the rules of general."""

    form = GeneralForm
    list_display = (
        "name",
        "kind",
        "is_public",
        "members",
        "last_seq",
        "version",
        "changed_at",
        "archived_at",
    )
    list_filter = ("kind", "is_public", ("archived_at", admin.EmptyFieldListFilter), "changed_at")
    list_select_related = ("user_low", "user_high")
    search_fields = ("search_text", "=id", "user_low__search_text", "user_high__search_text")
    search_help_text = "A room's name, a chat's id, or a person of a private chat."
    ordering = ("-changed_at", "-pk")
    inlines = (MembershipInline,)
    fields = (
        "name",
        "kind",
        "is_public",
        *rules.NAMES,
        "last_seq",
        "version",
        "changed_at",
        "created_at",
        "archived_at",
        "user_low",
        "user_high",
        "messages",
    )
    readonly_fields = tuple(name for name in fields if name not in rules.NAMES)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return (
            isinstance(obj, Chat)
            and obj.kind == Chat.Kind.GENERAL
            and request.user.has_perm(rules.PERMISSION)
        )

    def save_model(self, request: HttpRequest, obj: Chat, form: Any, change: bool) -> None:
        rules.change_general(staff(request), {name: form.cleaned_data[name] for name in rules.NAMES})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Chat]:
        active = Membership.objects.filter(state=Membership.State.ACTIVE)
        return super().get_queryset(request).annotate(members=count_of(active))

    @admin.display(description="chat")
    def name(self, chat: Chat) -> str:
        if chat.user_low and chat.user_high:
            return f"{chat.user_low} and {chat.user_high}"
        return str(chat)

    @admin.display
    def members(self, chat: Any) -> int:
        return int(chat.members)

    @admin.display
    def messages(self, chat: Chat) -> str:
        where = f"{reverse('admin:chat_message_changelist')}?{urlencode({'chat__id__exact': chat.pk})}"
        return format_html('<a href="{}">all {}</a>', where, chat.last_seq)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Read-only: members of rooms change by the verbs of `rooms`, those of private chats and general never."""

    list_display = ("user", "chat", "role", "state", "unread", "muted_until", "joined_at")
    list_filter = ("state", "role", "chat__kind", ("muted_until", admin.EmptyFieldListFilter), "joined_at")
    list_select_related = ("user", "chat")
    search_fields = ("user__search_text", "chat__search_text", "=chat__id")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).annotate(not_read=counting.unread())

    @admin.display
    def unread(self, membership: Any) -> int:
        return int(membership.not_read)


class EditInline(admin.TabularInline):
    model = MessageEdit
    fields = readonly_fields = ("content", "replaced_at")
    extra = 0
    can_delete = False
    verbose_name_plural = "previous versions"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReactionInline(admin.TabularInline):
    """The newest reactions, as there may be thousands."""

    model = Reaction
    fields = readonly_fields = ("emoji", "user", "created_at")
    extra = 0
    can_delete = False
    verbose_name_plural = "reactions (the latest 50)"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reaction]:
        rows = super().get_queryset(request).select_related("user")
        message_id = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        latest = Reaction.objects.filter(message=message_id or 0).order_by("-pk").values("pk")[:50]
        return rows.filter(pk__in=list(latest.values_list("pk", flat=True))).order_by("-pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Messages, for staff with the permission to view them. "Delete selected messages" empties them, but keeps
    `seq`."""

    list_display = ("chat", "seq", "sender", "says", "created_at", "edited_at", "deleted_at")
    list_display_links = ("seq", "says")
    list_filter = (
        "chat__kind",
        ("deleted_at", admin.EmptyFieldListFilter),
        ("edited_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("chat", "sender")
    search_fields = ("content", "sender__search_text", "chat__search_text", "=chat__id")
    search_help_text = (
        "Words of a message, as in the client; or, of the latest messages, a person, a room or a chat's id. "
        "A chat's page leads to all of its messages."
    )
    window = WINDOW
    inlines = (EditInline, ReactionInline)
    actions = ("delete_messages",)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The newest first, by the index at hand: by id for all chats, by `seq` for one chat."""
        return ("-seq",) if "chat__id__exact" in request.GET else ("-pk",)

    def indexed(self, request: HttpRequest, search_term: str) -> list[int]:
        found: list[int] | None = getattr(request, "found_words", None)
        if found is None:
            found = request.found_words = self._with_words(search_term)  # type: ignore[attr-defined]
        return found

    def _with_words(self, search_term: str) -> list[int]:
        try:
            terms = parse(search_term, ZoneInfo("UTC"), datetime.now(UTC)).wanted
        except errors.Invalid:  # longer than a search may be
            return []
        return index.newest(terms, (), None, rest.MAX_ID, COUNTED) if terms else []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, has_twins = super().get_search_results(request, queryset, search_term)
        return found | queryset.filter(pk__in=self.indexed(request, search_term)), has_twins

    @admin.display(description="message")
    def says(self, message: Message) -> str:
        return "(deleted)" if message.deleted_at else excerpt(message.content)

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.delete_message")

    @admin.action(description="Delete selected messages", permissions=["remove"])
    def delete_messages(self, request: HttpRequest, chosen: QuerySet[Message]) -> HttpResponse | None:
        rows = chosen.filter(deleted_at=None).select_related("chat", "sender")
        if "confirmed" not in request.POST:
            return self._ask(request, rows)
        assert isinstance(request.user, User)
        reason = request.POST.get("reason", "")[: 4 * REASON_LENGTH]
        try:
            text.clean("reason", reason, REASON_LENGTH)
        except errors.Invalid as error:
            return self._ask(request, rows, reason, (error.fields or {})["reason"][0])
        count = 0
        for message in rows:
            verbs.delete(request.user, message.pk, reason, as_staff=True)
            self.log_change(request, message, "Deleted.")
            count += 1
        self.message_user(
            request, f"{count} deleted. Whoever is in those chats sees it at once.", messages.SUCCESS
        )
        return None

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Message], reason: str = "", wrong: str = ""
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Are you sure?",
            "opts": self.model._meta,
            "rows": rows[:ASKED],
            "count": rows.count(),
            "chosen": request.POST.getlist("_selected_action"),
            "across": request.POST.get("select_across", "0"),
            "reason": reason,
            "longest": REASON_LENGTH,
            "wrong": wrong,
        }
        return TemplateResponse(request, "admin/chat/delete_messages.html", context)


class GroupForm(forms.ModelForm):
    class Meta:
        model = Group
        fields = ("name", "members")

    def clean_name(self) -> str:
        name = users.normalize_username(self.cleaned_data["name"])
        groups.check_name(name, self.instance)
        return name

    def clean_members(self) -> Any:
        groups.check_members(len(self.cleaned_data["members"]))
        return self.cleaned_data["members"]


@admin.register(Group)
class GroupAdmin(BoundedAdmin):
    """People who are mentioned together with `@name`."""

    form = GroupForm
    list_display = ("name", "people", "created_at")
    search_fields = ("name_key",)
    ordering = ("name_key",)
    autocomplete_fields = ("members",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(people_count=Count("members"))

    @admin.display
    def people(self, group: Any) -> int:
        return int(group.people_count)


@admin.register(MessageEdit)
class MessageEditAdmin(ReadOnlyAdmin):
    list_display = ("message", "said", "replaced_at")
    list_select_related = ("message__chat",)
    search_fields = ("content", "message__sender__search_text")
    ordering = ("-pk",)
    window = WINDOW

    @admin.display(description="previous content")
    def said(self, edit: MessageEdit) -> str:
        return excerpt(edit.content)


@admin.register(ServerProcess)
class ServerProcessAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "started_at", "heartbeat_at", "sockets")
    ordering = ("-heartbeat_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServerProcess]:
        return super().get_queryset(request).annotate(sockets=Count("connections"))

    @admin.display
    def sockets(self, process: Any) -> int:
        return int(process.sockets)


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    """Open sockets, without those of dead processes."""

    list_display = ("user", "chat", "address", "opened_at", "process")
    list_select_related = ("user", "chat", "process")
    list_filter = ("opened_at", "process")
    search_fields = ("user__search_text", "address")
    ordering = ("-opened_at",)
    list_display_links = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        return super().get_queryset(request).filter(pk__in=Connection.objects.living().values("pk"))


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """Files, sent or not. "Delete selected files" takes them out of their messages."""

    list_display = ("name", "kind", "space", "user", "chat", "created_at")
    list_filter = ("kind", "chat__kind", ("message", admin.EmptyFieldListFilter))
    list_select_related = ("user", "chat")
    search_fields = ("search_text", "user__search_text", "chat__search_text", "=chat__id")
    search_help_text = "A file's name, a person, a room or a chat's id: the title says how much it is in all"
    ordering = ("-pk",)
    window = WINDOW
    fields = readonly_fields = (
        *("name", "kind", "mime", "space", "user", "chat", "message", "alt"),
        *("width", "height", "duration", "created_at"),
    )
    actions = ("delete_files",)

    @admin.display(description="size", ordering="size")
    def space(self, upload: Upload) -> str:
        return filesizeformat(upload.size)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        answer = super().changelist_view(request, extra_context)
        found = getattr(answer, "context_data", None) or {}
        if "cl" in found:
            found["title"] = self.title_of(found["cl"])
        return answer

    def title_of(self, listed: BoundedChangeList) -> str:
        """How much the listed files are together: of as many as are counted, or each page would read all rows."""
        rows = listed.queryset.order_by("-pk")[:COUNTED]
        title = f"Files: {filesizeformat(rows.aggregate(sum=Sum('size'))['sum'] or 0)}"
        if listed.result_count >= COUNTED:
            return f"{title} in the newest {COUNTED:,}; a filter or a search finds others"
        return f"{title} of the latest {self.window:,}" if listed.is_windowed else title

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.delete_upload")

    @admin.action(description="Delete selected files", permissions=["remove"])
    def delete_files(self, request: HttpRequest, chosen: QuerySet[Upload]) -> None:
        count = 0
        for upload in chosen.select_related("user", "chat"):
            uploads.remove(staff(request), upload)
            count += 1
        self.message_user(request, f"{count} deleted, also from their messages.", messages.SUCCESS)
