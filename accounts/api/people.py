"""People: the list, one person, and oneself."""

import re
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from msgspec import structs, to_builtins
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import emails, passwords, users
from accounts.api.passwords import session_of
from accounts.api.serializers import DeleteSerializer, ProfileSerializer
from accounts.api.signing import BodyView
from accounts.models import User
from accounts.online import me, person, profile, with_online
from accounts.person import ANN, CustomStatus, Me, Person, Profile, SharedRoom
from accounts.sessions import signed_out
from lib.errors import Forbidden, Invalid, NotFound
from lib.openapi import errors
from lib.rest import Pagination, search_of
from lib.schemas import answer

SEARCH_LENGTH = 100
MOST_IDS = 200
USER = OpenApiExample("person", to_builtins(ANN), response_only=True, status_codes=["200"])
DESCRIBED = {
    **structs.asdict(ANN),
    "title": "Gardener",
    "bio": "Tomatoes, mostly.",
    "time_zone": "Europe/Berlin",
    "status": CustomStatus(emoji="🌴", text="On holiday"),
}
PROFILE = OpenApiExample(
    "person",
    to_builtins(
        Profile(**DESCRIBED, shared_rooms=[SharedRoom(room_id=5, key="room:5", name="Gardening")]),
    ),
    response_only=True,
    status_codes=["200"],
)
ME = OpenApiExample(
    "me",
    to_builtins(
        Me(
            **DESCRIBED,
            email="ann@example.org",
            email_verified=True,
            pending_email=None,
            kind="member",
            is_staff=False,
            share_reads=True,
        )
    ),
    response_only=True,
    status_codes=["200"],
)


def whole_ids(text: str) -> set[int]:
    """The ids of a list with commas between them. Raises `Invalid`."""
    if not re.fullmatch(rf"[0-9]{{1,18}}(,[0-9]{{1,18}}){{0,{MOST_IDS - 1}}}", text, re.ASCII):
        raise Invalid({"ids": [f"This must be 1 to {MOST_IDS} whole numbers with commas between them."]})
    return {int(id) for id in text.split(",")}


class UsersView(GenericAPIView):
    serializer_class = answer(Person)
    pagination_class = Pagination
    queryset = User.objects.none()

    @extend_schema(
        operation_id="users_list",
        parameters=[
            OpenApiParameter(
                "search",
                str,
                description="Part of the username or display name, ignoring case and accents.",
            ),
            OpenApiParameter(
                "ids",
                str,
                description=f"Comma-separated ids, at most {MOST_IDS}: only these people, including yourself, in "
                "one page. People the caller may not know of are left out.",
                examples=[OpenApiExample("three people", "7,8,12")],
            ),
        ],
        responses={200: answer(Person)(many=True), **errors(400, 401, 403)},
        examples=[USER],
    )
    def get(self, request: Request) -> Response:
        """The other people of this server, by username."""
        user = request.user
        assert isinstance(user, User)
        if "ids" in request.query_params:
            these = users.visible_to(user).filter(pk__in=whole_ids(request.query_params["ids"]))
            found = with_online(these, "pk").order_by("pk")
            return Response({"results": [person(one) for one in found], "next": None})
        search = search_of(request.query_params, SEARCH_LENGTH)
        if user.kind == User.Kind.ROOM_GUEST:
            raise Forbidden("Guests can't see the list of members.")
        page = self.paginate_queryset(with_online(users.directory(user, search), "pk"))
        return self.get_paginated_response([person(one) for one in page or []])


class UserView(GenericAPIView):
    serializer_class = answer(Profile)
    queryset = User.objects.none()

    @extend_schema(
        operation_id="users_retrieve",
        responses={200: answer(Profile), **errors(401, 404)},
        examples=[PROFILE],
    )
    def get(self, request: Request, user_id: int) -> Response:
        """A person, with what they write about themselves and the rooms that both of you are in."""
        assert isinstance(request.user, User)
        found = with_online(users.visible_to(request.user), "pk").filter(pk=user_id).first()
        if found is None:
            raise NotFound("There is no such person.")
        return Response(profile(found, request.user))


class MeView(BodyView):
    """Oneself."""

    serializer_class = answer(Me)

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return {"PATCH": ProfileSerializer, "DELETE": DeleteSerializer}.get(
            self.request.method or "", answer(Me)
        )

    @extend_schema(
        operation_id="users_me_retrieve", responses={200: answer(Me), **errors(401)}, examples=[ME]
    )
    def get(self, request: Request) -> Response:
        """Your own account."""
        assert isinstance(request.user, User)
        return Response(me(request.user))

    @extend_schema(
        operation_id="users_me_update",
        request=ProfileSerializer,
        responses={200: answer(Me), **errors(400, 401)},
        examples=[
            OpenApiExample("rename", {"display_name": "Ann"}, request_only=True),
            OpenApiExample(
                "status",
                {
                    "status_emoji": "🌴",
                    "status_text": "On holiday",
                    "status_until": "2026-12-01T08:00:00Z",
                },
                request_only=True,
            ),
            ME,
        ],
    )
    def patch(self, request: Request) -> Response:
        """Change your names, what you write about yourself, your custom status or your e-mail address.

        A field that isn't given stays as it is; "" or null takes it away. A status is an emoji, a text, or both.
        A new address needs your `password`. It is sent a verification link and is `pending_email` until then; the
        current address is notified and can undo the change.
        """
        user = request.user
        assert isinstance(user, User)
        data = self.body()
        email, password = data.pop("email", None), data.pop("password", "")
        emails.change(request, user, session_of(request), email, password, **data)
        return Response(me(user))

    @extend_schema(
        operation_id="users_me_delete",
        request=DeleteSerializer,
        responses={204: None, **errors(400, 401)},
        examples=[OpenApiExample("delete", {"password": "three-green-boats"}, request_only=True)],
    )
    def delete(self, request: Request) -> Response:
        """Delete your account with its name, address and profile, and end all sessions. Your messages stay, under the
        display name `Deleted account` and the username `deleted-<id>`."""
        user = request.user
        assert isinstance(user, User)
        passwords.confirm(user, session_of(request), self.body().get("password"))
        users.delete(user)
        return signed_out(request)
