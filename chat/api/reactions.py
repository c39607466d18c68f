"""Reactions over HTTP."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.online import person
from accounts.person import Person
from chat import messages, reactions
from chat.api import examples, serializers
from chat.api.views import ChatView
from lib.openapi import errors as refusals
from lib.rest import MAX_ID
from lib.schemas import answer

EMOJI = OpenApiParameter(
    "emoji",
    str,
    OpenApiParameter.PATH,
    description="One emoji that Unicode recommends (RGI), percent-encoded as UTF-8.",
)


class ReactionView(ChatView):
    serializer_class = answer(Person)

    @extend_schema(
        summary="Show who reacted",
        parameters=[
            EMOJI,
            OpenApiParameter(
                "user_id", int, description="Only this person: an empty page unless they reacted."
            ),
        ],
        responses={200: answer(Person)(many=True), **refusals(400, 401, 404)},
        examples=[examples.answer("A person", examples.BOB)],
    )
    def get(self, request: Request, message_id: int, emoji: str) -> Response:
        """The people who reacted with this emoji, the earliest first. For everyone who can read the message."""
        message, _ = messages.readable(self.me, message_id)
        wanted = self.number("user_id", 0, 1, MAX_ID)
        rows = reactions.people(message, emoji, [wanted] if wanted else None)
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response([person(row.user, row.is_online) for row in page])

    @extend_schema(
        summary="React to a message",
        parameters=[EMOJI],
        request=None,
        responses={200: answer(serializers.Reactions), **refusals(400, 401, 403, 404, 409)},
        examples=[examples.answer("The message's reactions", examples.REACTIONS)],
    )
    def put(self, request: Request, message_id: int, emoji: str) -> Response:
        """Add the caller's emoji to a message. It can have 20 different ones (409 `too_many_reactions` for one more);
        adding to one that is there is never refused. The chat's sockets get `message_updated`; changes in quick
        succession may come as one. 409 if the message was deleted, 403 in an archived chat. Idempotent."""
        return Response(serializers.Reactions(reactions=reactions.react(self.me, message_id, emoji)))

    @extend_schema(
        summary="Remove a reaction",
        parameters=[EMOJI],
        responses={200: answer(serializers.Reactions), **refusals(400, 401, 403, 404, 409)},
        examples=[examples.answer("What is left", examples.NO_REACTIONS)],
    )
    def delete(self, request: Request, message_id: int, emoji: str) -> Response:
        """Remove the caller's emoji from a message. Idempotent."""
        return Response(serializers.Reactions(reactions=reactions.unreact(self.me, message_id, emoji)))
