"""The HTTP face of chats: read the input, find the caller's seat, call the verb, answer."""

from typing import Any

import msgspec
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.online import person
from chat import epoch, members, messages, policy, private, read_marks
from chat.api import examples, serializers
from chat.log import history, summaries
from chat.log.rows import Draft
from chat.models import Chat, Connection
from chat.policy import Seat
from chat.protocol import ChatSummary, Message
from lib import errors, rest
from lib.openapi import errors as refusals
from lib.schemas import answer

#: Positions in a chat that a query may name: what a JavaScript number holds exactly.
MAX_SEQ = 2**53 - 1
LIMIT = OpenApiParameter("limit", int, description=f"1 to {history.MAX_PAGE}; {history.PAGE} by default.")


def position(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, int, description=description)


class ChatView(ApiView):
    """What the views of chats share."""

    queryset = Chat.objects.none()  # the browsable API asks for one; each view makes its own

    def seat(self) -> Seat:
        """The caller's place in the chat of the path. Raises `NotFound`, `NotAMember`."""
        return policy.seat(self.me, self.kwargs["kind"], self.chat_id)

    @property
    def chat_id(self) -> int:
        """Of the path; 0 for general."""
        return self.kwargs.get("chat_id") or self.kwargs.get("room_id") or 0

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A query parameter; raises `Invalid` naming it."""
        return rest.whole_number(self.request.query_params, name, default, low, high)


class ChatsPagination(rest.Pagination):
    default_limit = 200
    max_limit = 1000


class ChatsView(ChatView):
    serializer_class = answer(ChatSummary)
    pagination_class = ChatsPagination

    @extend_schema(
        summary="List your chats",
        responses={200: answer(ChatSummary)(many=True), **refusals(400, 401)},
        examples=[examples.answer("A private chat", examples.SUMMARY)],
    )
    def get(self, request: Request) -> Response:
        """All of the caller's chats, latest activity first: general, private chats and joined rooms.

        `limit` is 1 to 1,000, by default 200.
        """
        found = self.paginate_queryset(summaries.all_memberships(self.me))
        return self.get_paginated_response(summaries.summaries(list(found or [])))


class HistoryView(ChatView):
    serializer_class = answer(history.History)
    pagination_class = None
    places: tuple[str, ...] = ("offset", "before_seq", "after_seq", "around_seq")

    @extend_schema(
        summary="Read a chat's history",
        parameters=[
            LIMIT,
            position("offset", "Number of messages to skip, counted from the newest."),
            position("before_seq", "The page that ends just before this message."),
            position("after_seq", "The page that begins just after this message."),
            position("around_seq", "The page around this message."),
            OpenApiParameter(
                "at",
                OpenApiTypes.DATETIME,
                description="The page around the first message of this time or later, or the newest page.",
            ),
        ],
        responses={200: answer(history.History), **refusals(400, 401, 403, 404)},
        examples=[examples.answer("A page", examples.HISTORY)],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """A page of messages, oldest first; by default the newest page. At most one of `offset`, `before_seq`,
        `after_seq`, `around_seq` and `at` may be given.

        `has_more`: there are more messages in the requested direction (older ones, or newer ones with `after_seq`);
        `has_newer`: there are messages newer than this page.
        """
        return Response(history.page(self.seat().chat_id, self.place()))

    def place(self) -> history.PageRequest:
        params = self.request.query_params
        named: dict[str, Any] = {
            name: self.number(name, 0, 0, MAX_SEQ)
            for name in self.places
            if params.get(name) and (name != "offset" or params[name] != "0")
        }
        if params.get("at"):
            named["at"] = rest.moment(params, "at")
        if len(named) > 1:
            sentence = f"Only one of {', '.join(named)} may come."
            raise errors.Invalid({name: [sentence] for name in list(named)[1:]})
        return history.PageRequest(limit=self.number("limit", history.PAGE, 1, history.MAX_PAGE), **named)


class ChangesView(ChatView):
    serializer_class = answer(history.Changes)
    pagination_class = None

    @extend_schema(
        summary="Read what changed in a chat",
        parameters=[
            OpenApiParameter(
                "since_version", int, required=True, description="The version to continue from."
            ),
            OpenApiParameter(
                "epoch", str, description="The epoch of the version; by default the current one."
            ),
            OpenApiParameter("limit", int, description=f"1 to {history.MAX_PAGE} (the default)."),
        ],
        responses={200: answer(history.Changes), **refusals(400, 401, 403, 404)},
        examples=[examples.answer("A page", examples.CHANGES)],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Messages changed after `since_version`, in their current state and in the order of change.

        Continue from the answer's `version` while `has_more` is true. A version of another `epoch`, or one the chat
        has not reached, is answered with `reset` and the newest messages: discard what you know of the chat.
        """
        if not request.query_params.get("since_version"):
            raise errors.Invalid({"since_version": ["This parameter is required."]})
        since = self.number("since_version", 0, 0, MAX_SEQ)
        limit = self.number("limit", history.MAX_PAGE, 1, history.MAX_PAGE)
        known = self.request.query_params.get("epoch") or None
        if known is not None and len(known) > epoch.MAX_LENGTH:
            raise errors.Invalid({"epoch": [f"An epoch has at most {epoch.MAX_LENGTH} characters."]})
        return Response(history.changes(self.seat().chat_id, since, limit, known))


class PostView(ChatView):
    serializer_class = serializers.PostSerializer

    @extend_schema(
        summary="Post a message",
        responses={201: answer(Message), **refusals(400, 401, 403, 404)},
        examples=[
            examples.request("A message", {"content": "Hello!", "client_id": "5f0c2a9e"}),
            examples.answer("The message", examples.MESSAGE, 201),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Post a message; every open socket of the chat receives it. The message is stored before this answers.

        Retry with the same `client_id` if no answer came: a repeat stores nothing and answers 201 with the message
        the first request created, in its current state. That holds even if the chat no longer takes messages (403
        `archived`, or `gone` if the other account is deleted or deactivated) or the caller has left it since.
        """
        try:
            seat = self.seat()
        except errors.NotAMember as error:
            ready = self.repeat(error)
        else:
            ready = messages.draft(
                seat,
                self.me.pk,
                self.me.username,
                display_name=self.me.display_name,
                avatar_id=self.me.avatar_id,
                **self.input(),
            )
        return Response(messages.post(ready), status=201)

    def repeat(self, refusal: errors.NotAMember) -> Draft:
        """What may only be answered if it was stored before. Raises the refusal if it can't have been."""
        try:
            client_id = self.input().get("client_id")
        except APIException:
            raise refusal from None
        return messages.draft_of_outsider(self.chat_id, self.me.pk, client_id, refusal)


class ReadView(ChatView):
    serializer_class = serializers.ReadSerializer

    @extend_schema(
        summary="See how far others have read",
        responses={200: answer(serializers.Positions), **refusals(401, 403, 404)},
        examples=[examples.answer("The other person in a private chat", examples.POSITIONS)],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """How far the others in a chat of up to 50 people have read. Only people with `share_reads` on are listed,
        and only such people see the list."""
        seat = self.seat()
        found = read_marks.positions(self.me, seat.chat_id)
        return Response(
            serializers.Positions(
                chat=seat.key, reads=[serializers.Position(*position) for position in found]
            )
        )

    @extend_schema(
        summary="Mark as read",
        responses={200: answer(serializers.ReadPosition), **refusals(400, 401, 403, 404)},
        examples=[
            examples.request("Seen up to 12", {"seq": 12}),
            examples.answer("The position", examples.READ_POSITION),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Move the caller's read position to `seq`, at most to the chat's end. All their devices are told, and in a
        chat of up to 50 people the others too, unless the caller's `share_reads` is off. The position only moves
        forward, unless `back` is true."""
        seat, wanted = self.seat(), self.input()
        mark = read_marks.mark({(seat.chat_id, self.me.pk): wanted["seq"]}, back=wanted["back"])[0]
        return Response(msgspec.convert(mark, serializers.ReadPosition, from_attributes=True))


class MuteView(ChatView):
    serializer_class = serializers.MuteSerializer

    @extend_schema(
        summary="Mute or unmute a chat",
        responses={200: answer(serializers.Muting), **refusals(400, 401, 403, 404)},
        examples=[
            examples.request("Until the morning", {"until": "2026-11-22T07:00:00Z"}),
            examples.request("Unmute", {"until": None}),
            examples.answer("Muted", examples.MUTING),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Stop notifications of this chat until the given time, for the caller only. Messages still arrive and are
        counted; `GET /chats` reports `muted`, and the caller's other devices are told."""
        seat, until = self.seat(), self.input()["until"]
        muted = members.mute(seat.chat_id, self.me, until)
        return Response(serializers.Muting(chat=seat.key, muted=muted, until=until if muted else None))


class PrivateView(ChatView):
    serializer_class = serializers.ReceiverSerializer

    @extend_schema(
        summary="Open a private chat",
        responses={
            200: answer(serializers.PrivateChat),
            201: answer(serializers.PrivateChat),
            **refusals(400, 401, 403, 404),
        },
        examples=[
            examples.request("With person 8", {"receiver_id": 8}),
            examples.answer("Created", examples.PRIVATE_CHAT, 201),
            examples.answer("Existing", {"chat_id": 3, "status": "existing"}),
        ],
    )
    def post(self, request: Request) -> Response:
        """Open the private chat with a person: created (201) or existing (200), whichever of the two opened it.

        404 if the person's account is deleted or deactivated; an existing conversation stays readable.
        """
        chat, created = private.open_private(self.me, **self.input())
        opened = serializers.PrivateChat(chat_id=chat.pk, status="created" if created else "existing")
        return Response(opened, status=201 if created else 200)


class MessageView(ChatView):
    serializer_class = serializers.EditSerializer

    @extend_schema(
        summary="Show a message",
        responses={200: answer(Message), **refusals(401, 404)},
        examples=[examples.answer("A message", examples.MESSAGE)],
    )
    def get(self, request: Request, message_id: int) -> Response:
        """A message of one of the caller's chats."""
        message, _ = messages.readable(self.me, message_id)
        return Response(history.one(message.pk))

    @extend_schema(
        summary="Edit a message",
        request=serializers.EditSerializer,
        responses={200: answer(Message), **refusals(400, 401, 403, 404, 409)},
        examples=[
            examples.request("New content", {"content": "Hello, everyone!"}),
            examples.answer("The message", examples.EDITED),
        ],
    )
    def patch(self, request: Request, message_id: int) -> Response:
        """Change a message's content. Author only. The chat's sockets get `message_updated`, and the previous content
        is kept in the message's edits. 409 if it was deleted, 403 `edit_window_over` if it was sent too long ago.
        Idempotent. Who is mentioned only now gets a `notification`."""
        return Response(messages.edit(self.me, message_id, **self.input()))

    @extend_schema(
        summary="Delete a message",
        parameters=[serializers.DeletionSerializer],
        responses={204: None, **refusals(400, 401, 403, 404)},
    )
    def delete(self, request: Request, message_id: int) -> Response:
        """Remove a message's content, edits, mentions, reactions and pin; its place stays. For its author, unless it
        was sent too long ago (403 `delete_window_over`), and the room's moderators. The chat's sockets get
        `message_deleted`. Idempotent.

        A moderator's `reason`, in the query or in the body, is shown in the message's place, with who deleted it
        (`delete_reason`, `deleted_by`).
        """
        body = request.data if isinstance(request.data, dict) else {}
        given = serializers.DeletionSerializer(data={**request.query_params.dict(), **body})
        given.is_valid(raise_exception=True)
        messages.delete(self.me, message_id, given.validated_data.get("reason", ""))
        return Response(status=204)


class EditsView(ChatView):
    serializer_class = answer(serializers.Edit)

    @extend_schema(
        summary="Show a message's edits",
        responses={200: answer(serializers.Edit)(many=True), **refusals(400, 401, 403, 404)},
        examples=[examples.answer("An edit", examples.EDIT)],
    )
    def get(self, request: Request, message_id: int) -> Response:
        """Previous contents of a message, oldest first. For everyone who can read the message; where the operator has
        it so, only for its author and the room's moderators (403)."""
        message, seat = messages.readable(self.me, message_id)
        policy.check_may_see_edits(self.me.pk, message, seat)
        found = self.paginate_queryset(message.edits.order_by("pk"))
        return self.get_paginated_response(
            [serializers.Edit(content=row.content, replaced_at=row.replaced_at) for row in found or []]
        )


class MaySeeConnections(IsAdminUser):
    """Staff that may see open sockets in the admin."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and request.user.has_perm("chat.view_connection")


class ConnectionsView(ChatView):
    serializer_class = answer(serializers.OpenSocket)
    permission_classes = (IsAuthenticated, MaySeeConnections)

    @extend_schema(
        summary="List open sockets",
        responses={200: answer(serializers.OpenSocket)(many=True), **refusals(400, 401, 403)},
        examples=[examples.answer("A socket", examples.OPEN_SOCKET)],
    )
    def get(self, request: Request) -> Response:
        """All open sockets of all server processes, newest first. For staff with `chat.view_connection`."""
        rows = Connection.objects.living().select_related("user", "chat").order_by("-opened_at", "pk")
        return self.get_paginated_response([open_socket(row) for row in self.paginate_queryset(rows) or []])


def open_socket(row: Connection) -> serializers.OpenSocket:
    return serializers.OpenSocket(
        id=str(row.pk),
        user=person(row.user, is_online=True),
        chat=row.chat.key if row.chat else None,
        address=row.address,
        since=row.opened_at,
        process=str(row.process_id),
    )
