"""The HTTP face of reactions."""

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
            OpenApiParameter("user_id", int, description="Only this person, if they did: empty otherwise."),
        ],
        responses={200: answer(Person)(many=True), **refusals(400, 401, 404)},
        examples=[examples.answer("A person", examples.BOB)],
    )
    def get(self, request: Request, message_id: int, emoji: str) -> Response:
        """The people who put this emoji on a message, the first one first. For everyone who can read the message."""
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
        """Put an emoji on a message: 20 different ones at most (409 `too_many_reactions` for one more); to join one
        is never refused. The chat's sockets get `message_updated`; quick ones of one message may come joined. Not for
        deleted messages (409) and in archived chats (403). Idempotent."""
        return Response(serializers.Reactions(reactions=reactions.react(self.me, message_id, emoji)))

    @extend_schema(
        summary="Take a reaction back",
        parameters=[EMOJI],
        responses={200: answer(serializers.Reactions), **refusals(400, 401, 403, 404, 409)},
        examples=[examples.answer("What is left", examples.NO_REACTIONS)],
    )
    def delete(self, request: Request, message_id: int, emoji: str) -> Response:
        """Take the caller's emoji from a message, if it is there. Idempotent."""
        return Response(serializers.Reactions(reactions=reactions.unreact(self.me, message_id, emoji)))
