"""Chains of replies over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat import threads
from chat.api import examples
from chat.api.views import LIMIT, ChatView, HistoryView, position
from chat.log.threads import Thread, page
from lib.openapi import errors as refusals
from lib.schemas import answer


class ThreadView(HistoryView):
    serializer_class = answer(Thread)
    places = ("before_seq", "after_seq")

    @extend_schema(
        summary="Read a chain of replies",
        parameters=[
            LIMIT,
            position("before_seq", "The page that ends just before this message."),
            position("after_seq", "The page that begins just after this message."),
        ],
        responses={200: answer(Thread), **refusals(400, 401, 403, 404)},
        examples=[examples.answer("A chain", examples.THREAD)],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """A message with the replies of its chain, oldest first; by default the newest page of replies. The id of a
        reply stands for its chain. At most one of `before_seq` and `after_seq` may be given.

        `has_more`: there are more replies in the requested direction (older ones, or newer ones with `after_seq`);
        `has_newer`: there are replies newer than this page. `following`: whether the caller follows the chain.
        """
        found = page(self.seat().chat_id, self.kwargs["root_id"], self.me.pk, self.place())
        return Response(found)


class FollowView(ChatView):
    @extend_schema(
        summary="Follow a chain of replies",
        request=None,
        responses={204: None, **refusals(401, 404, 409)},
    )
    def put(self, request: Request, message_id: int) -> Response:
        """Follow the chain of a message; the id of a reply stands for its chain. People who write in a chain or are
        mentioned in it follow it, unless they stopped following it. The caller's sockets get `follow_changed`.
        Idempotent. 409 if the chain's first message was deleted and has no replies."""
        threads.follow(self.me, message_id, follows=True)
        return Response(status=204)

    @extend_schema(
        summary="Stop following a chain of replies",
        responses={204: None, **refusals(401, 404)},
    )
    def delete(self, request: Request, message_id: int) -> Response:
        """Stop following the chain of a message; writing in it later does not change that. Idempotent."""
        threads.follow(self.me, message_id, follows=False)
        return Response(status=204)
