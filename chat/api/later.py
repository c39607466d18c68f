"""Scheduled messages and reminders over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat import reminders, scheduled
from chat.api import examples, serializers
from chat.api.views import ChatView
from chat.protocol import Reminder, Scheduled
from lib.openapi import errors as refusals
from lib.schemas import answer

TOMORROW = "2026-11-22T09:30:00Z"


class ScheduledListView(ChatView):
    def get_serializer_class(self) -> type:
        return serializers.ScheduleSerializer if self.request.method == "POST" else answer(Scheduled)

    @extend_schema(
        summary="List your scheduled messages",
        responses={200: answer(Scheduled)(many=True), **refusals(400, 401)},
        examples=[examples.answer("One that waits", examples.SCHEDULED)],
    )
    def get(self, request: Request) -> Response:
        """The caller's messages that wait to be sent, and those that could not be sent (`failed`, with the reason in
        `failure`), by `send_at`."""
        rows = self.paginate_queryset(scheduled.listed(self.me)) or []
        return self.get_paginated_response([scheduled.on_the_wire(row) for row in rows])

    @extend_schema(
        summary="Schedule a message",
        request=serializers.ScheduleSerializer,
        responses={201: answer(Scheduled), **refusals(400, 401, 403, 404, 409)},
        examples=[
            examples.request(
                "Tomorrow", {"chat": "private:3", "content": "Happy birthday!", "send_at": TOMORROW}
            ),
            examples.answer("The scheduled message", examples.SCHEDULED, 201),
        ],
    )
    def post(self, request: Request) -> Response:
        """Have a message sent once, at `send_at`, whether or not the caller is online at that time. It is refused now
        if they may not post in the chat; if they may not at `send_at`, it fails, its text is kept, and their sockets
        get `scheduled_failed`. A message that is due while the server is down is sent up to 24 hours late (`late`),
        and fails after that. 409 `too_many_scheduled` if 100 are waiting. A repeated `client_id` returns the first
        one, even after it was sent."""
        return Response(scheduled.schedule(self.me, **self.input()), status=201)


class ScheduledView(ChatView):
    serializer_class = serializers.RescheduleSerializer

    @extend_schema(
        summary="Show a scheduled message",
        responses={200: answer(Scheduled), **refusals(401, 404)},
        examples=[examples.answer("Sent", examples.SENT)],
    )
    def get(self, request: Request, id: int) -> Response:
        """One of the caller's scheduled messages. Once sent it has a `message_id`, and is kept for 30 days."""
        return Response(scheduled.on_the_wire(scheduled.find(self.me, id)))

    @extend_schema(
        summary="Change a scheduled message",
        request=serializers.RescheduleSerializer,
        responses={200: answer(Scheduled), **refusals(400, 401, 404, 409)},
        examples=[
            examples.request("Another time", {"send_at": TOMORROW}),
            examples.answer("The scheduled message", examples.SCHEDULED),
        ],
    )
    def patch(self, request: Request, id: int) -> Response:
        """Change the text or the time. One that failed waits again once it has a new time. 409 if it was sent."""
        return Response(scheduled.change(self.me, id, **self.input(partial=True)))

    @extend_schema(summary="Delete a scheduled message", responses={204: None, **refusals(401, 404, 409)})
    def delete(self, request: Request, id: int) -> Response:
        """Delete it, so that it is not sent. 409 if it was sent already."""
        scheduled.delete(self.me, id)
        return Response(status=204)


class SendNowView(ChatView):
    serializer_class = answer(Scheduled)
    pagination_class = None

    @extend_schema(
        summary="Send a scheduled message now",
        request=None,
        responses={200: answer(Scheduled), **refusals(401, 403, 404)},
        examples=[examples.answer("Sent", examples.SENT)],
    )
    def post(self, request: Request, id: int) -> Response:
        """Send it now, also if it failed before. If it is refused now, it stays as it is. Idempotent."""
        return Response(scheduled.send(self.me, id))


class RemindersView(ChatView):
    def get_serializer_class(self) -> type:
        return serializers.RemindSerializer if self.request.method == "POST" else answer(Reminder)

    @extend_schema(
        summary="List your reminders",
        responses={200: answer(Reminder)(many=True), **refusals(400, 401)},
        examples=[examples.answer("One that is due", examples.DUE)],
    )
    def get(self, request: Request) -> Response:
        """The caller's reminders by `remind_at`: those that wait, and those that are due until they are deleted. With
        the message as it is now; `gone` if the caller can no longer read it."""
        rows = self.paginate_queryset(reminders.listed(self.me)) or []
        return self.get_paginated_response(reminders.on_the_wire(rows))

    @extend_schema(
        summary="Be reminded of a message",
        request=serializers.RemindSerializer,
        responses={201: answer(Reminder), **refusals(400, 401, 404, 409)},
        examples=[
            examples.request("Tomorrow", {"message_id": 345, "remind_at": TOMORROW}),
            examples.answer("The reminder", examples.REMINDER, 201),
        ],
    )
    def post(self, request: Request) -> Response:
        """At `remind_at` all of the caller's sockets get `reminder`; it stays in the list until it is deleted. 409
        `too_many_reminders` if 100 are waiting. For the same message and time it answers with the one there is."""
        return Response(reminders.remind(self.me, **self.input()), status=201)


class ReminderView(ChatView):
    serializer_class = answer(Reminder)

    @extend_schema(summary="Delete a reminder", responses={204: None, **refusals(401, 404)})
    def delete(self, request: Request, id: int) -> Response:
        """Dismiss a reminder that is due, or cancel one that waits."""
        reminders.delete(self.me, id)
        return Response(status=204)
