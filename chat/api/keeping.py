"""Pinned and saved messages over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from chat import pins, policy, stars
from chat.api import examples
from chat.api.views import ChatView
from chat.log.rows import MessageRow, message_of
from chat.models import Chat
from chat.protocol import Message
from lib import rest
from lib.openapi import errors as refusals
from lib.schemas import answer


class PinView(ChatView):
    serializer_class = answer(Message)

    @extend_schema(
        summary="Pin a message",
        request=None,
        responses={200: answer(Message), **refusals(401, 403, 404, 409)},
        examples=[examples.answer("The message", examples.PINNED)],
    )
    def put(self, request: Request, message_id: int) -> Response:
        """Pin a message for everyone in its chat, which gets `message_updated`. Idempotent.

        For both people of a private chat, a room's owners and moderators (all its members, if its `pin_by` is `all`),
        and in general for staff with `chat.delete_message`. 409 if the message was deleted, and `too_many_pins` if the
        chat has 100.
        """
        return Response(pins.pin(self.me, message_id))

    @extend_schema(
        summary="Unpin a message",
        responses={200: answer(Message), **refusals(401, 403, 404)},
        examples=[examples.answer("The message", examples.MESSAGE)],
    )
    def delete(self, request: Request, message_id: int) -> Response:
        """Unpin a message. Everyone who may pin it may also unpin it, whoever pinned it. Idempotent."""
        return Response(pins.unpin(self.me, message_id))


class PinsPagination(rest.Pagination):
    """A page with `may_pin`: whether the caller may pin messages in the chat now."""

    may_pin = False

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "may_pin": self.may_pin})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        page["required"].append("may_pin")
        page["properties"]["may_pin"] = {"type": "boolean", "example": True}
        return page


class PinsView(ChatView):
    serializer_class = answer(Message)
    pagination_class = PinsPagination

    @extend_schema(
        summary="List a chat's pinned messages",
        responses={200: answer(Message)(many=True), **refusals(400, 401, 403, 404)},
        examples=[examples.answer("A pinned message", examples.PINNED)],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """The pinned messages, the newest pin first; at most 100. `may_pin`: whether the caller may pin here."""
        seat = self.seat()
        rows = self.paginate_queryset(pins.pinned(seat.chat_id)) or []
        assert isinstance(self.paginator, PinsPagination)
        self.paginator.may_pin = policy.may_pin(self.me.pk, Chat.objects.get(pk=seat.chat_id), seat)
        return self.get_paginated_response([message_of(MessageRow(*values), Message) for values in rows])


class StarView(ChatView):
    serializer_class = answer(Message)

    @extend_schema(summary="Save a message", request=None, responses={204: None, **refusals(401, 404, 409)})
    def put(self, request: Request, message_id: int) -> Response:
        """Save a message for the caller alone; their other devices get `star_changed`. Idempotent.

        409 if the message was deleted, and `too_many_saved` if the caller has saved 10,000.
        """
        stars.save(self.me, message_id)
        return Response(status=204)

    @extend_schema(
        summary="Remove a message from the saved ones", responses={204: None, **refusals(401, 404)}
    )
    def delete(self, request: Request, message_id: int) -> Response:
        """Remove a message from the caller's saved ones, even if they may no longer read it. Idempotent."""
        stars.remove(self.me, message_id)
        return Response(status=204)


class StarredView(ChatView):
    serializer_class = answer(stars.Starred)

    @extend_schema(
        summary="List your saved messages",
        responses={200: answer(stars.Starred)(many=True), **refusals(400, 401)},
        examples=[examples.answer("A saved message", examples.STARRED)],
    )
    def get(self, request: Request) -> Response:
        """The caller's saved messages as they are now, the latest saved first.

        If it is in a chat that the caller has left, there is only its id: `"message": null, "gone": true`. A message
        that was deleted is no longer saved.
        """
        found = self.paginate_queryset(stars.of_person(self.me)) or []
        return self.get_paginated_response(stars.entries(self.me, found))


class StarredIds(Struct):
    """The ids of all messages that the caller saved, the latest saved first."""

    ids: list[int]


class StarredIdsView(ChatView):
    serializer_class = answer(StarredIds)
    pagination_class = None

    @extend_schema(
        summary="List the ids of your saved messages",
        responses={200: answer(StarredIds), **refusals(401)},
        examples=[examples.answer("Two messages", StarredIds(ids=[345, 12]))],
    )
    def get(self, request: Request) -> Response:
        """All ids in one answer, so that a client can show which messages are saved."""
        return Response(StarredIds(ids=list(stars.of_person(self.me).values_list("message_id", flat=True))))
