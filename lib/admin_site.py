"""The admin as a site that hurts nobody: its statements are bounded, its lists cost the same however long they are,
and what a verb refuses is said on the form.

Everybody's requests share the database with the admin's, and on SQLite they wait for it.
"""

from collections.abc import Callable, Collection
from functools import cached_property, wraps
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.contrib.admin.options import ShowFacets
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import DatabaseError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse, TemplateResponse

from lib import errors, text
from lib.database.errors import took_too_long
from lib.database.limits import limited

LONGEST = 2.0  # seconds of one statement
#: Rows that are counted, and so can be turned to page by page.
COUNTED = 10_000
#: The newest rows that filters and searches look at where a list says so.
WINDOW = 20_000
#: Rows that one action acts on at most.
ACTED = 1_000


class AdminConfig(DjangoAdminConfig):
    default_site = "lib.admin_site.Site"


class Site(admin.AdminSite):
    site_header = site_title = "Chat server"
    index_title = "Administration"
    final_catch_all_view = False  # it would take every path below the admin's: none could miss its slash

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        @wraps(view)
        def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                with limited(LONGEST):
                    response = view(request, *args, **kwargs)
                    # Its queries are made when it is drawn.
                    if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                        response.render()
                    return response
            except DatabaseError as error:
                if not took_too_long(error):
                    raise
                return self._too_slow(request)

        return super().admin_view(bounded, cacheable)

    def _too_slow(self, request: HttpRequest) -> HttpResponse:
        context = {**self.each_context(request), "title": "This takes too long", "seconds": int(LONGEST)}
        response = TemplateResponse(request, "admin/too_slow.html", context, status=503)
        response.is_shaped = True  # type: ignore[attr-defined]  # chatproject.http.middleware leaves it as it is
        return response.render()


class BoundedPaginator(Paginator):
    """Counts rows only up to COUNTED: an exact count reads the whole table."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:COUNTED].count())


class BoundedChangeList(ChangeList):
    model_admin: "BoundedAdmin"
    is_windowed = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.result_count >= COUNTED:
            self.title = f"{self.title} – the first {COUNTED:,} are listed; a filter or a search finds others"
        elif self.is_windowed:
            self.title = f"{self.title} – of the latest {self.model_admin.window:,}"

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """By `?o=` only if all its columns are sortable; Django only hides the links."""
        allowed = self.model_admin.get_sortable_by(request)
        columns = [part.lstrip("-") for part in self.params.get(ORDER_VAR, "").split(".")]
        if not all(
            column.isdecimal()
            and int(column) < len(self.list_display)
            and self.list_display[int(column)] in allowed
            for column in columns
        ):
            self.params.pop(ORDER_VAR, None)
        return super().get_ordering(request, queryset)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows = super().get_queryset(request, exclude_parameters)
        window: int | None = self.model_admin.window
        if window is None or not (self.query or self.has_active_filters):
            return rows
        newest = self.model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.is_windowed = newest > window
        return rows.filter(
            Q(pk__gt=newest - window) | Q(pk__in=self.model_admin.indexed(request, self.query))
        )


class BoundedAdmin(admin.ModelAdmin):
    """A list whose pages cost the same for any number of rows. So no `date_hierarchy` either: it reads all rows."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    #: Only columns with an index.
    sortable_by: ClassVar[tuple[str, ...]] = ()
    #: How many of the newest rows filters and searches look at; None for all.
    window: int | None = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def indexed(self, request: HttpRequest, search_term: str) -> Collection[int]:
        """The keys of rows that a search finds by an index, outside of the window, too. Asked twice for a page."""
        return ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search names in their `search_text`, without regard to case and accents."""
        found, has_twins = super().get_search_results(request, queryset, search_term)
        if (folded := text.fold(search_term)) == search_term or not folded:
            return found, has_twins
        more, has_more_twins = super().get_search_results(request, queryset, folded)
        return found | more, has_twins or has_more_twins

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *where: Any) -> Any:
        if request.POST.get("select_across", "0") != "0":
            some = list(queryset.values_list("pk", flat=True)[: ACTED + 1])
            if len(some) > ACTED:
                messages.warning(
                    request, f"Only the first {ACTED:,} were taken. Press again for the next ones."
                )
            queryset = queryset.filter(pk__in=some[:ACTED])
        return super().response_action(request, queryset, *where)

    # A verb's refusal is shown on the form, which keeps the input; on a page to delete, above the row.

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except errors.Refused as error:
            request.refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: errors.Refused | None = getattr(request, "refusal", None)
        if refusal is None:
            return form

        def clean(this: Any) -> Any:
            form.clean(this)
            raise ValidationError(refusal.detail)

        return type(form.__name__, (form,), {"clean": clean})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except errors.Refused as error:
            messages.error(request, error.detail)
            return HttpResponseRedirect(request.path)


class ReadOnlyAdmin(BoundedAdmin):
    """Rows that only verbs create and change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
