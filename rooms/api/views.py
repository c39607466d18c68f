"""The HTTP face of rooms: read the input, call the verb, answer."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import online
from accounts.api.avatars import PictureSerializer
from accounts.api.base import ApiView
from accounts.online import with_online
from chat.models import Chat, Membership
from chat.policy import seat
from files.forms import FileFormParser
from lib import errors, origins, text
from lib.openapi import errors as refusals
from lib.rest import search_of
from rooms import avatars, policy, services
from rooms.api import serializers
from rooms.models import Ban, Room, Status

SEARCH_LENGTH = 80
SEARCH = OpenApiParameter(
    "search",
    str,
    description=f"Part of the name, ignoring case and accents; up to {SEARCH_LENGTH} characters.",
)


class RoomView(ApiView):
    """What the views of rooms share."""

    queryset = Room.objects.none()  # the browsable API asks for one; each view makes its own

    def page(self, rows: QuerySet[Any], serializer: type[BaseSerializer[Any]]) -> Response:
        found = self.paginate_queryset(rows)
        return self.get_paginated_response(serializer(found, many=True).data)

    def search(self) -> str:
        """What `?search=` asks for, "" for nothing."""
        return search_of(self.request.query_params, SEARCH_LENGTH)

    def flag(self, name: str) -> bool:
        """A yes-or-no query parameter; raises `Invalid` naming it."""
        value = self.request.query_params.get(name, "").lower()
        if value not in ("", "0", "false", "1", "true"):
            raise errors.Invalid({name: ["This must be true or false."]})
        return value in ("1", "true")

    def room(self, room_id: int) -> dict[str, Any]:
        """The room as the caller sees it."""
        return dict(serializers.RoomSerializer(policy.see(self.me, room_id)).data)


def link_url(request: Request, room_id: int, token: str) -> str:
    return origins.for_links(request) + reverse("room-invite", args=[room_id, token])


ROOM_EXAMPLE = {
    "room_id": 1,
    "key": "room:1",
    "name": "Gardening",
    "avatar": "/avatars/5c1f0e9ab2d84c7e8f6a3b1d09e7c254",
    "description": "Tomatoes, mostly.",
    "is_public": False,
    "requires_approval": True,
    "pin_by": "moderators",
    "edit_window": None,
    "delete_window": None,
    "mention_everyone": None,
    "creator_id": 7,
    "member_count": 1,
    "role": "owner",
    "status": "member",
    "created_at": "2026-01-31T09:30:00.000000Z",
    "archived": False,
}
LINK_EXAMPLE = "http://localhost:8000/chats/room/1/invite/JUGt2JlHNEvBYvDqZl0aXy0tqg_Cm4pS"


class RoomsView(RoomView):
    serializer_class = serializers.RoomInputSerializer

    @extend_schema(
        summary="List rooms",
        parameters=[
            OpenApiParameter("discover", bool, description="Public rooms instead of your own."),
            OpenApiParameter(
                "status",
                str,
                enum=["member", "pending"],
                description="Of your own rooms: joined, or awaiting approval.",
            ),
            SEARCH,
        ],
        responses={200: serializers.RoomSerializer(many=True), **refusals(400, 401)},
        examples=[OpenApiExample("A room", ROOM_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """The rooms the caller is in, by name; with `?discover=true` the public ones that anybody may join.

        `?status=pending` lists the rooms that the caller waits to be let into.
        """
        rooms = Room.objects.seen_by(self.me.pk).by_name()
        wanted = request.query_params.get("status") or Status.MEMBER
        if self.flag("discover"):
            rooms = rooms.open_to(self.me)
        elif wanted == Status.MEMBER:
            rooms = rooms.of(self.me)
        elif wanted == Status.PENDING:
            rooms = rooms.asked_by(self.me)
        else:
            raise errors.Invalid({"status": ["This must be member or pending."]})
        return self.page(rooms.matching(self.search()), serializers.RoomSerializer)

    @extend_schema(
        summary="Create a room",
        responses={201: serializers.NewRoomSerializer, **refusals(400, 401, 403)},
        examples=[
            OpenApiExample(
                "A room", {"name": "Gardening", "description": "Tomatoes, mostly."}, request_only=True
            ),
            OpenApiExample(
                "The new room",
                {**ROOM_EXAMPLE, "invite_link": LINK_EXAMPLE},
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Create a room owned by the caller, with its first invite link, which is shown only once."""
        room, link = services.create(self.me, **self.input())
        answer = {**self.room(room.pk), "invite_link": link_url(request, room.pk, link.token)}
        return Response(answer, status=201, headers={"Location": reverse("room", args=[room.pk])})


class OneRoomView(RoomView):
    serializer_class = serializers.RoomChangeSerializer

    @extend_schema(
        summary="Show a room",
        responses={200: serializers.RoomSerializer, **refusals(401, 403, 404)},
        examples=[OpenApiExample("A room", ROOM_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request, room_id: int) -> Response:
        """A room. For members and people awaiting approval; for everyone if it is public."""
        return Response(self.room(room_id))

    @extend_schema(
        summary="Change a room",
        responses={200: serializers.RoomSerializer, **refusals(400, 401, 403, 404)},
        examples=[
            OpenApiExample("Make it public", {"is_public": True}, request_only=True),
            OpenApiExample("A room", ROOM_EXAMPLE, response_only=True, status_codes=["200"]),
        ],
    )
    def patch(self, request: Request, room_id: int) -> Response:
        """Change the given fields. For owners."""
        services.update(room_id, self.me, **self.input(partial=True))
        return Response(self.room(room_id))

    @extend_schema(summary="Archive a room", responses={204: None, **refusals(401, 403, 404)})
    def delete(self, request: Request, room_id: int) -> Response:
        """Archive the room: it becomes read-only for its members. For owners."""
        services.archive(room_id, self.me)
        return Response(status=204)


class AvatarView(RoomView):
    serializer_class = PictureSerializer
    parser_classes = (FileFormParser,)

    @extend_schema(
        summary="Choose a room's picture",
        request={"multipart/form-data": PictureSerializer},
        responses={200: serializers.RoomSerializer, **refusals(400, 401, 403, 404, 413, 415, 422, 429, 503)},
        examples=[OpenApiExample("A room", ROOM_EXAMPLE, response_only=True, status_codes=["200"])],
    )
    def put(self, request: Request, room_id: int) -> Response:
        """Show this picture beside the room's name, in place of the one before. For owners."""
        avatars.choose(room_id, self.me, self.input()["file"])
        return Response(self.room(room_id))

    @extend_schema(summary="Remove a room's picture", responses={204: None, **refusals(401, 403, 404)})
    def delete(self, request: Request, room_id: int) -> Response:
        """Remove the room's picture. For owners."""
        avatars.remove(room_id, self.me)
        return Response(status=204)


class LeaveView(RoomView):
    serializer_class = serializers.EmptySerializer

    @extend_schema(summary="Leave a room", request=None, responses={204: None, **refusals(401, 403, 404)})
    def post(self, request: Request, room_id: int) -> Response:
        """Leave the room, or cancel the request to join it. Idempotent.

        If the last owner leaves, the longest-standing moderator, or else member, becomes the owner; a room without
        members is archived.
        """
        services.leave(room_id, self.me)
        return Response(status=204)


class MembersView(RoomView):
    """Of a room, or of general: there is no `room_id` then."""

    serializer_class = serializers.MemberSerializer

    @extend_schema(
        summary="List members",
        parameters=[
            SEARCH,
            OpenApiParameter(
                "online", bool, description="Only those who are online (true), or who aren't (false)."
            ),
            OpenApiParameter(
                "role", str, enum=Membership.Role.values, description="Only those with this role."
            ),
        ],
        responses={200: serializers.MemberSerializer(many=True), **refusals(400, 401, 403, 404)},
    )
    def get(self, request: Request, room_id: int = 0) -> Response:
        """The chat's members by username. For members."""
        members = Membership.objects.filter(state=Membership.State.ACTIVE).select_related("user")
        if room_id:
            policy.seat(self.me, room_id)
            members = members.filter(chat=room_id)
        else:  # where accounts that are deactivated stay
            chat_id = seat(self.me, Chat.Kind.GENERAL).chat_id
            members = members.filter(chat=chat_id, user__is_active=True)
        if request.query_params.get("online"):
            here = online.sockets().values("user_id")
            members = members.filter(user__in=here) if self.flag("online") else members.exclude(user__in=here)
        if role := request.query_params.get("role"):
            if role not in Membership.Role.values:
                raise errors.Invalid({"role": ["The role must be owner, moderator or member."]})
            members = members.filter(role=role)
        if wanted := text.fold(self.search()):
            members = members.filter(user__search_text__contains=wanted)
        return self.page(
            with_online(members.order_by("user__search_text", "pk")), serializers.MemberSerializer
        )


class MemberView(RoomView):
    serializer_class = serializers.RoleSerializer

    @extend_schema(
        summary="Give a member a role",
        responses={200: serializers.RoleSerializer, **refusals(400, 401, 403, 404, 409)},
        examples=[OpenApiExample("Moderator", {"role": "moderator"})],
    )
    def patch(self, request: Request, room_id: int, user_id: int) -> Response:
        """Make a member an owner, a moderator or a regular member. For owners. A room keeps at least one owner."""
        role = self.input()["role"]
        services.set_role(room_id, user_id, role, self.me)
        return Response({"role": role})

    @extend_schema(
        summary="Remove a member",
        parameters=[serializers.RemovalSerializer],
        responses={204: None, **refusals(400, 401, 403, 404, 409)},
    )
    def delete(self, request: Request, room_id: int, user_id: int) -> Response:
        """Remove a member; they can ask to rejoin. With `?ban=true` they can't, and people who aren't members or are
        awaiting approval can be banned too.

        For owners and moderators; only owners can remove owners and moderators. `reason` is shown to the person
        and can be given in the query or in the body.
        """
        body = request.data if isinstance(request.data, dict) else {}
        given = serializers.RemovalSerializer(data={**request.query_params.dict(), **body})
        given.is_valid(raise_exception=True)
        remove = services.ban if given.validated_data.get("ban") else services.kick
        remove(room_id, user_id, self.me, given.validated_data.get("reason", ""))
        return Response(status=204)


class BansView(RoomView):
    serializer_class = serializers.BanSerializer

    @extend_schema(
        summary="List bans",
        responses={200: serializers.BanSerializer(many=True), **refusals(400, 401, 403, 404)},
    )
    def get(self, request: Request, room_id: int) -> Response:
        """Banned people, latest first. For owners and moderators."""
        policy.check_moderator(room_id, self.me)
        bans = Ban.objects.filter(room=room_id).select_related("user", "banned_by").order_by("-pk")
        return self.page(with_online(bans), serializers.BanSerializer)


class BanView(RoomView):
    serializer_class = serializers.EmptySerializer

    @extend_schema(summary="Lift a ban", responses={204: None, **refusals(401, 403, 404)})
    def delete(self, request: Request, room_id: int, user_id: int) -> Response:
        """Lift the ban; the person can ask to join again. For owners and moderators."""
        services.unban(room_id, user_id, self.me)
        return Response(status=204)
