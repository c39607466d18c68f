"""The HTTP face of coming into a room: links, joining, deciding on who asked."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tokens
from accounts.models import User
from accounts.online import person, with_online
from accounts.sessions import token_response
from accounts.throttle import SignupThrottle
from lib import rest
from lib.openapi import errors as refusals
from rooms import invites, joining, policy, services
from rooms.api import serializers
from rooms.api.views import LINK_EXAMPLE, RoomView, link_url
from rooms.pages import invite_page


class JoinView(RoomView):
    serializer_class = serializers.InviteLinkSerializer

    @extend_schema(
        summary="Join a room, or ask to",
        responses={200: serializers.JoinedSerializer, **refusals(400, 401, 403, 404)},
        examples=[
            OpenApiExample("By a link", {"invite_link": LINK_EXAMPLE}, request_only=True),
            OpenApiExample("In", {"status": "joined"}, response_only=True, status_codes=["200"]),
            OpenApiExample("Asked", {"status": "pending_approval"}, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request, room_id: int) -> Response:
        """Anyone can join a public room. Others need an invite link and, if the room requires approval, a decision:
        the caller's sockets get `join_approved` or `join_denied`. Idempotent."""
        return Response({"status": joining.join(room_id, self.me, **self.input())})


class WithdrawView(RoomView):
    serializer_class = serializers.EmptySerializer

    @extend_schema(
        summary="Take back a join request",
        request=None,
        responses={200: serializers.DecisionSerializer, **refusals(401, 404, 409)},
        examples=[
            OpenApiExample("Taken back", {"status": "withdrawn"}, response_only=True, status_codes=["200"])
        ],
    )
    def post(self, request: Request, room_id: int) -> Response:
        """Cancel the caller's own request. Idempotent; 409 after a decision."""
        joining.withdraw(room_id, self.me)
        return Response({"status": "withdrawn"})


class InviteView(RoomView):
    serializer_class = serializers.InviteSerializer
    permission_classes = (AllowAny,)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # A browser gets a page for people in place of the browsable API.
        if request.method in ("GET", "HEAD") and rest.wants_page(request) and "format" not in request.GET:
            return invite_page(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        summary="Show what a link leads to",
        responses={200: serializers.InviteSerializer, **refusals(404)},
        examples=[
            OpenApiExample(
                "A link",
                {
                    "room_id": 1,
                    "name": "Gardening",
                    "description": "Tomatoes, mostly.",
                    "creator": "Ann",
                    "invited_by": "Ann",
                    "member_count": 3,
                    "requires_approval": True,
                    "for_guests": False,
                    "expires_at": "2026-02-07T09:30:00.000000Z",
                    "archived": False,
                    "status": "none",
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request, room_id: int, token: str) -> Response:
        """The room behind an invite link. No sign-in needed. A browser gets a page.

        A link that is unknown, revoked, expired or used up answers 404.
        """
        user = request.user if isinstance(request.user, User) else None
        card = invites.card(room_id, token, user)
        return Response(dict(serializers.InviteSerializer(card).data), headers={"Cache-Control": "no-store"})


class GuestView(RoomView):
    serializer_class = serializers.RoomGuestSerializer
    authentication_classes = ()  # who comes here has no account; a token that comes along is not looked at
    permission_classes = (AllowAny,)
    throttle_classes = (SignupThrottle,)

    @extend_schema(
        summary="Enter as a guest of one room",
        responses={201: serializers.RoomGuestTokensSerializer, **refusals(400, 403, 404)},
        examples=[
            OpenApiExample(
                "A guest", {"invite_link": LINK_EXAMPLE, "username": "visitor"}, request_only=True
            ),
            OpenApiExample(
                "Signed in",
                {
                    "status": "joined",
                    "room_id": 1,
                    "user": {
                        "id": 12,
                        "username": "visitor",
                        "display_name": "",
                        "avatar": None,
                        "is_online": False,
                        "last_seen": None,
                    },
                    "access_token": "eyJhbGciOi…",
                    "token_type": "bearer",
                    "expires_in": 900,
                    "refresh_token": "eyJhbGciOi…",
                },
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request, room_id: int) -> Response:
        """With a link that is open to guests, a name alone is enough, for that one room alone.

        Where the room requires approval the guest waits like anybody. The tokens are a signed-in person's.
        """
        guest, status, pair = joining.join_as_guest(room_id, device=tokens.device_of(request), **self.input())
        response = token_response(request, pair)
        response.data = {
            **response.data,
            "status": status,
            "room_id": room_id,
            "user": person(guest, is_online=False),
        }
        response.status_code = 201
        return response


class RotateView(RoomView):
    serializer_class = serializers.TermsSerializer

    @extend_schema(
        summary="Make a new invite link",
        responses={200: serializers.LinkSerializer, **refusals(400, 401, 403, 404)},
        examples=[
            OpenApiExample(
                "Ten people within a day", {"expires_in": 86400, "max_uses": 10}, request_only=True
            ),
            OpenApiExample(
                "The link",
                {
                    "invite_link": LINK_EXAMPLE,
                    "expires_at": "2026-02-01T09:30:00.000000Z",
                    "max_uses": 10,
                    "for_guests": False,
                },
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )
    def post(self, request: Request, room_id: int) -> Response:
        """A new link into the room, shown this once; the old one is dead. For owners and moderators."""
        link = services.rotate_invite(room_id, self.me, invites.Terms(**self.input()))
        answer = {
            "invite_link": link_url(request, room_id, link.token),
            "expires_at": link.invite.expires_at,
            "max_uses": link.invite.max_uses,
            "for_guests": link.invite.for_guests,
        }
        return Response(answer)


class RequestsView(RoomView):
    serializer_class = serializers.JoinRequestSerializer

    @extend_schema(
        summary="List join requests",
        responses={200: serializers.JoinRequestSerializer(many=True), **refusals(400, 401, 403, 404)},
    )
    def get(self, request: Request, room_id: int) -> Response:
        """The requests waiting for a decision, the oldest first. For owners and moderators."""
        policy.check_moderator(room_id, self.me)
        return self.page(with_online(joining.waiting(room_id)), serializers.JoinRequestSerializer)


class ApproveView(RoomView):
    serializer_class = serializers.UserIdSerializer

    @extend_schema(
        summary="Approve a join request",
        responses={200: serializers.DecisionSerializer, **refusals(400, 401, 403, 404, 409)},
        examples=[
            OpenApiExample("Who", {"user_id": 12}, request_only=True),
            OpenApiExample("Approved", {"status": "approved"}, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request, room_id: int) -> Response:
        """Approve a join request. For owners and moderators. Idempotent; after a denial or a
        withdrawal it is a 409."""
        return Response({"status": joining.approve(room_id, self.input()["user_id"], self.me)})


class DenyView(RoomView):
    serializer_class = serializers.UserIdSerializer

    @extend_schema(
        summary="Deny a join request",
        responses={200: serializers.DecisionSerializer, **refusals(400, 401, 403, 404, 409)},
        examples=[
            OpenApiExample("Who", {"user_id": 12}, request_only=True),
            OpenApiExample("Denied", {"status": "denied"}, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request, room_id: int) -> Response:
        """Deny a join request. For owners and moderators. Idempotent; after an approval or a
        withdrawal it is a 409."""
        return Response({"status": joining.deny(room_id, self.input()["user_id"], self.me)})
