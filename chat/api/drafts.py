"""Drafts over HTTP."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat import drafts
from chat.api import examples, serializers
from chat.api.views import ChatsPagination, ChatView
from chat.protocol import ChatDraft
from lib.openapi import errors as refusals
from lib.schemas import answer

BASE = OpenApiParameter("base", int, description="Only if the draft is of this revision.")


class DraftView(ChatView):
    serializer_class = serializers.DraftSerializer
    pagination_class = None

    @extend_schema(
        summary="Read your draft",
        responses={200: answer(ChatDraft), **refusals(401, 403, 404)},
        examples=[examples.answer("A draft", examples.DRAFT)],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """What the caller has typed in the chat and not sent, on any device. `draft` is null if there is none; its
        revision counts on."""
        return Response(drafts.of(self.me, self.seat()))

    @extend_schema(
        summary="Save your draft",
        responses={200: answer(ChatDraft), **refusals(400, 401, 403, 404, 409)},
        examples=[
            examples.request("The next revision", {"content": "Hello, and", "reply_to": 345, "base": 3}),
            examples.answer("The draft", examples.DRAFT),
        ],
    )
    def put(self, request: Request, **kwargs: Any) -> Response:
        """Replace the draft of revision `base`; the caller's sockets get `draft_changed`. If another device has changed
        it since, the answer is 409 `conflict` with the current `draft` and `revision` beside the error, and nothing
        is changed. Without `attachments` its files stay in it; an empty list takes them out."""
        return Response(drafts.keep(self.me, self.seat(), **self.input()))

    @extend_schema(
        summary="Delete your draft",
        parameters=[BASE],
        responses={200: answer(ChatDraft), **refusals(400, 401, 403, 404, 409)},
        examples=[examples.answer("No draft", {"chat": "private:3", "draft": None, "revision": 5})],
    )
    def delete(self, request: Request, **kwargs: Any) -> Response:
        """Empty the draft: whatever it is, or with `base` only that revision. Idempotent."""
        seat, base = self.seat(), request.query_params.get("base")
        if base is not None:
            return Response(
                drafts.discard(self.me, seat, self.number("base", 0, 0, serializers.MAX_REVISION))
            )
        base = self.input()["base"] if "base" in request.data else None
        return Response(drafts.discard(self.me, seat, base))


class DraftsView(ChatView):
    serializer_class = answer(ChatDraft)
    pagination_class = ChatsPagination

    @extend_schema(
        summary="List your drafts",
        responses={200: answer(ChatDraft)(many=True), **refusals(400, 401)},
        examples=[examples.answer("A draft", examples.DRAFT)],
    )
    def get(self, request: Request) -> Response:
        """The caller's drafts in all of their chats, the last changed first; also of chats where there is none any
        more (`draft` is null), so that a device can compare its revisions. `limit` is 1 to 1,000, by default 200."""
        found = self.paginate_queryset(drafts.all_of(self.me))
        return self.get_paginated_response(drafts.on_the_wire(list(found or [])))
