"""Search over HTTP."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import profile, users
from chat import policy
from chat.api import examples
from chat.api.views import ChatView
from chat.search.find import Asked, Found, search
from chat.search.query import parse
from lib import errors, rest
from lib.openapi import errors as refusals
from lib.schemas import answer

SORTS = ("newest", "relevance")
MOST, PAGE = 50, 20


class SearchView(ChatView):
    serializer_class = answer(Found)
    pagination_class = None

    @extend_schema(
        summary="Search messages",
        parameters=[
            OpenApiParameter("q", str, description="Words, phrases and operators."),
            OpenApiParameter("chat", str, description="Only in this chat: its key, such as `room:3`."),
            OpenApiParameter("from", str, description="Only by this person: their id or username."),
            OpenApiParameter("before", OpenApiTypes.DATETIME, description="Only earlier messages."),
            OpenApiParameter(
                "after", OpenApiTypes.DATETIME, description="Only messages of this time or later."
            ),
            OpenApiParameter("sort", str, enum=SORTS, description="`newest` by default."),
            OpenApiParameter("limit", int, description=f"1 to {MOST}; {PAGE} by default."),
            OpenApiParameter("cursor", int, description="`next` of the page before."),
            OpenApiParameter(
                "zone", str, description="The time zone of days in `q`; the caller's by default."
            ),
        ],
        responses={200: answer(Found), **refusals(400, 401, 404)},
        examples=[examples.answer("A page", examples.FOUND)],
    )
    def get(self, request: Request) -> Response:
        """The messages with all of these words that the caller may read now, also in names and descriptions of files.
        Neither case nor accents matter; the last word may be the beginning of a longer one.

        `"…"`: these words one after the other. `-`: not this word, phrase or operator. Operators: `from:@ann`,
        `in:#room` (a title, a key or `@bob`), `with:@bob`, `mentions:me`, `before:`, `after:` and `on:` (`2026-11-27`,
        `2026-11`, `today`, `yesterday`), `has:` (`file`, `image`, `video`, `audio`, `link`, `reaction`, `pin`),
        `is:saved`, `is:pinned`. What is no operator is text.

        `highlights`: where the words are in `content`, from and to, in code points. `partial`: the time of a search was
        over before all was looked at; `next` goes on there. With `relevance`, the newest 300 hits are sorted.
        """
        params = request.query_params
        zone = self.zone(params.get("zone") or self.me.time_zone or "UTC")
        query = parse(params.get("q", ""), zone, datetime.now(UTC))
        sort = params.get("sort") or SORTS[0]
        if sort not in SORTS:
            raise errors.Invalid({"sort": [f"This must be one of {', '.join(SORTS)}."]})
        asked = Asked(
            query=query,
            by_relevance=sort == "relevance",
            limit=self.number("limit", PAGE, 1, MOST),
            cursor=self.number("cursor", 0, 0, rest.MAX_ID),
            since=rest.moment(params, "after") if params.get("after") else None,
            until=rest.moment(params, "before") if params.get("before") else None,
        )
        if key := params.get("chat"):
            asked.chat_id = self.chat_named(key)
        if name := params.get("from"):
            asked.sender_id = self.person_named(name)
        if not (
            query.terms
            or query.conditions
            or query.is_impossible
            or key
            or name
            or asked.since
            or asked.until
        ):
            raise errors.Invalid({"q": ["Say what to search for."]})
        return Response(search(self.me, asked))

    def zone(self, name: str) -> ZoneInfo:
        if name != "UTC" and name not in profile.zones():
            raise errors.Invalid({"zone": ["There is no such time zone."]})
        return ZoneInfo(name)

    def chat_named(self, key: str) -> int:
        try:
            return policy.seat(self.me, *policy.parse_key(key)).chat_id
        except errors.NotAMember as error:
            raise errors.NotFound() from error

    def person_named(self, name: str) -> int:
        """0 if there is nobody: whose id or name that is."""
        if name.isascii() and name.isdecimal() and len(name) < 19:
            return int(name)
        found = users.find(name.removeprefix("@")) if "@" not in name[1:] else None
        return found.pk if found else 0
