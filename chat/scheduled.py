"""Scheduled messages: written now, sent once at a chosen time, by whichever process looks first.

The message and the row's state "sent" are stored in one transaction that has locked the row. In addition, the
message's `client_id` rules out a second one.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from chat import events, messages, policy
from chat.log import attachments as files
from chat.models import REASON_LENGTH, Scheduled
from chat.protocol import Scheduled as WireScheduled
from chat.protocol import ScheduledChanged, ScheduledFailed
from lib import errors

logger = logging.getLogger(__name__)
MOST_WAITING = 100  # waiting messages of one person
LONGEST_WAIT = timedelta(days=366)
LATE = timedelta(minutes=1)  # a message that is sent with more delay is marked `late`
TOO_LATE = timedelta(hours=24)  # with more delay it is not sent, but fails
BATCH = 50  # rows in a call of `send_due`
State = Scheduled.State


def check_time(name: str, at: datetime) -> None:
    """Raises `Invalid`, naming the field, unless the time is in the future and within a year."""
    now = timezone.now()
    if at <= now:
        raise errors.Invalid({name: ["This must be in the future."]})
    if at > now + LONGEST_WAIT:
        raise errors.Invalid({name: ["This must be within a year."]})


def listed(user: User) -> QuerySet[Scheduled]:
    """The person's messages that wait to be sent or could not be sent, the earliest first."""
    rows = Scheduled.objects.filter(user=user).exclude(state=State.SENT)
    return rows.select_related("chat", "message").prefetch_related("uploads").order_by("send_at", "pk")


def find(user: User, id: int) -> Scheduled:
    """One of the person's scheduled messages, sent or not. Raises `NotFound`."""
    found = Scheduled.objects.filter(user=user, pk=id).select_related("chat", "message").first()
    if found is None:
        raise errors.NotFound()
    return found


@transaction.atomic
def schedule(
    user: User,
    chat: str,
    content: str,
    send_at: datetime,
    reply_to: int | None = None,
    attachments: list[int] | None = None,
    client_id: str | None = None,
) -> WireScheduled:
    """Schedule a message; a repeated `client_id` returns the first one.

    Raises what `check_time` and posting it now would raise, and `Conflict` if too many wait.
    """
    messages.check_client_id(client_id)
    # The person is locked, so that a repeat finds the first one, and concurrent requests can't exceed the limit.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    own = Scheduled.objects.filter(user=user).select_related("chat", "message")
    if client_id is not None and (first := own.filter(client_id=client_id).first()):
        return on_the_wire(first)
    check_time("send_at", send_at)
    seat = policy.seat(user, *policy.parse_key(chat))
    ids = attachments or []
    ready = messages.draft(seat, user.pk, user.username, content, reply_to=reply_to, attachments=ids)
    uploads = files.own(user.pk, ids)
    messages.check_reply(seat.chat_id, reply_to)
    _check_room(user)
    row = Scheduled.objects.create(
        user=user,
        chat_id=seat.chat_id,
        content=ready.content,
        reply_to_id=reply_to,
        send_at=send_at,
        client_id=client_id,
    )
    files.keep_with(row, uploads)
    return _tell(row)


def _check_room(user: User) -> None:
    """Raises `Conflict` if too many wait. Call with the person locked."""
    if Scheduled.objects.filter(user=user, state=State.WAITING).count() >= MOST_WAITING:
        raise errors.Conflict(
            "You can have at most 100 scheduled messages. Delete one first.",
            code="too_many_scheduled",
        )


@transaction.atomic
def change(user: User, id: int, **changes: Any) -> WireScheduled:
    """Change `content`, `reply_to`, `attachments` or `send_at`; with a new time, a message that failed waits again.
    Raises `NotFound`, `Invalid`, and `Conflict` if it was sent or (of one that failed) too many wait."""
    row = _locked(user, id)
    if row.state == State.SENT:
        raise errors.Conflict("This message was already sent.")
    if "attachments" in changes:
        files.keep_with(row, files.own(user.pk, changes["attachments"]))
    if "content" in changes or "attachments" in changes:
        row.content = messages.check_content(changes.get("content", row.content), bool(files.kept_with(row)))
    if "reply_to" in changes:
        messages.check_reply(row.chat_id, changes["reply_to"])
        row.reply_to_id = changes["reply_to"]
    if "send_at" in changes:
        check_time("send_at", changes["send_at"])
        if row.state == State.FAILED:
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            _check_room(user)
        row.send_at, row.state, row.failure = changes["send_at"], State.WAITING, ""
    row.save()
    return _tell(row)


@transaction.atomic
def delete(user: User, id: int) -> None:
    """Delete a message that was not sent. Raises `NotFound`, and `Conflict` if it was sent."""
    row = _locked(user, id)
    if row.state == State.SENT:
        raise errors.Conflict("This message was already sent.")
    gone = ScheduledChanged(**{**_fields(row), "state": "deleted"})
    row.delete()
    events.to_people([user.pk], gone)


@transaction.atomic
def send(user: User, id: int) -> WireScheduled:
    """Send it now. Idempotent. Raises `NotFound`, and what posting it raises: then it stays as it was."""
    row = _locked(user, id)
    if row.state == State.SENT:
        return on_the_wire(row)
    return _send(row)


def _locked(user: User, id: int) -> Scheduled:
    rows = Scheduled.objects.select_for_update(of=("self",), no_key=True).select_related("chat", "user")
    row = rows.filter(user=user, pk=id).first()
    if row is None:
        raise errors.NotFound()
    return row


def _send(row: Scheduled) -> WireScheduled:
    """Post the message of a locked row. Raises `Refused`."""
    user = row.user
    if not user.is_active:
        raise errors.Forbidden("This account is no longer active.")
    seat = policy.seat(user, row.chat.kind, row.chat_id)
    ready = messages.draft(
        seat,
        user.pk,
        user.username,
        row.content,
        client_id=f"scheduled:{row.pk}",
        reply_to=row.reply_to_id,
        attachments=[upload.pk for upload in files.kept_with(row)],
        display_name=user.display_name,
        avatar_id=user.avatar_id,
    )
    sent = messages.post(ready)
    row.state, row.failure, row.message_id = State.SENT, "", sent.id
    row.save(update_fields=["state", "failure", "message"])
    return _tell(row)


def send_due() -> int:
    """Send what is due. Returns the number of rows that were looked at: less than BATCH if none is left.

    If none is due, that is one query of an index. Raises `DatabaseError`: the row it happened at is as it was.
    """
    due = Scheduled.objects.filter(state=State.WAITING, send_at__lte=timezone.now())
    ids = list(due.order_by("send_at").values_list("pk", flat=True)[:BATCH])
    for id in ids:
        _try(id, _send_or_fail)
    return len(ids)


def _try(id: int, work: Callable[[Scheduled], None]) -> None:
    """Lock the row and call `work` with it, unless another process has locked it or it no longer waits."""
    try:
        with transaction.atomic():
            rows = Scheduled.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            row = rows.select_related("chat", "user").filter(pk=id, state=State.WAITING).first()
            if row is not None:
                work(row)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("scheduled message %s could not be sent", id)
        if work is not _fail_by_defect:  # else it would be tried again for ever
            _try(id, _fail_by_defect)


def _send_or_fail(row: Scheduled) -> None:
    if timezone.now() - row.send_at > TOO_LATE:
        _fail(row, "The server was down at that time, and for more than 24 hours.")
        return
    try:
        _send(row)
    except errors.Refused as refusal:
        _fail(row, refusal.detail)


def _fail_by_defect(row: Scheduled) -> None:
    _fail(row, errors.Defect.sentence)


def _fail(row: Scheduled, reason: str) -> None:
    row.state, row.failure = State.FAILED, reason[:REASON_LENGTH]
    row.save(update_fields=["state", "failure"])
    events.to_people([row.user_id], ScheduledFailed(**_fields(row)))


def _tell(row: Scheduled) -> WireScheduled:
    """Send the row as it is now to its author's devices, and return it."""
    fields = _fields(row)
    events.to_people([row.user_id], ScheduledChanged(**fields))
    return WireScheduled(**fields)


def on_the_wire(row: Scheduled) -> WireScheduled:
    return WireScheduled(**_fields(row))


def _fields(row: Scheduled) -> dict[str, Any]:
    sent = row.message
    return {
        "id": row.pk,
        "chat": row.chat.key,
        "content": row.content,
        "reply_to": row.reply_to_id,
        "attachments": [files.on_the_wire(upload) for upload in files.kept_with(row)],
        "send_at": row.send_at,
        "state": row.state,
        "failure": row.failure,
        "message_id": row.message_id,
        "late": sent is not None and sent.created_at - row.send_at > LATE,
        "created_at": row.created_at,
    }
