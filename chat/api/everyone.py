"""`@everyone` and `@here` over HTTP: see whom they reach, and ignore them."""

from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat import everyone, policy
from chat.api import examples, serializers
from chat.api.views import ChatView
from chat.log import summaries
from lib.openapi import errors as refusals
from lib.schemas import answer


class NotifyView(ChatView):
    serializer_class = serializers.NotifySerializer

    @extend_schema(
        summary="Choose what to be notified of in a chat",
        responses={200: answer(serializers.Notifying), **refusals(400, 401, 403, 404)},
        examples=[
            examples.request("Without mentions of everyone", {"ignore_everyone": True}),
            examples.answer("As stored", examples.NOTIFYING),
        ],
    )
    def put(self, request: Request, **kwargs: Any) -> Response:
        """With `ignore_everyone`, messages to `@everyone` and `@here` are counted like any other for the caller. Their
        other devices are told with `notify_changed`. What is not given stays as it is."""
        seat = self.seat()
        if (ignores := self.input().get("ignore_everyone")) is not None:
            everyone.ignore(seat.chat_id, self.me, ignores)
        stored = everyone.is_ignored(seat.chat_id, self.me)
        return Response(serializers.Notifying(chat=seat.key, ignore_everyone=stored))


class EveryoneView(ChatView):
    serializer_class = answer(serializers.Everyone)

    @extend_schema(
        summary="See whom @everyone mentions",
        responses={200: answer(serializers.Everyone), **refusals(401, 403, 404)},
        examples=[examples.answer("A large room", examples.EVERYONE)],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """How many people `@everyone` and `@here` would mention, the caller among them, and whether the caller may.
        Where they may not, the words are stored as plain text."""
        seat = self.seat()
        rule, allowed = policy.mentioning_everyone([(seat.chat_id, self.me.pk)])[seat.chat_id, self.me.pk]
        online = summaries.online_counts([seat.chat_id]).get(seat.chat_id, 0)
        count = everyone.members(seat.chat_id)
        return Response(
            msgspec.convert(
                {"chat": seat.key, "rule": rule, "allowed": allowed, "members": count, "online": online},
                serializers.Everyone,
            )
        )
