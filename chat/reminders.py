"""Reminders of messages: told on all devices when the time has come, and listed until they are dismissed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from chat import events, messages, policy
from chat.log import history
from chat.models import Reminder
from chat.protocol import Reminder as WireReminder
from chat.protocol import ReminderChanged, ReminderDue
from chat.scheduled import check_time
from lib import errors

MOST_WAITING = 100  # waiting reminders of one person
BATCH = 100  # rows in a call of `tell_due`


def listed(user: User) -> QuerySet[Reminder]:
    """The person's reminders, those that wait and those that are due, the earliest first."""
    rows = Reminder.objects.filter(user=user)
    return rows.select_related("message__chat").order_by("remind_at", "pk")


@transaction.atomic
def remind(user: User, message_id: int, remind_at: datetime) -> WireReminder:
    """Set a reminder of a message; a repeat with the same time returns the first one.

    Raises `NotFound` unless the person may read the message, `Invalid` for a time that `check_time` refuses, and
    `Conflict` if the message was deleted or too many wait.
    """
    message, _ = messages.keeping(user, message_id)
    # The person is locked, so that a repeat finds the first one, and concurrent requests can't exceed the limit.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    same = Reminder.objects.filter(user=user, message=message, remind_at=remind_at)
    if first := same.select_related("message__chat").first():
        return on_the_wire([first])[0]
    check_time("remind_at", remind_at)
    if Reminder.objects.filter(user=user, told_at=None).count() >= MOST_WAITING:
        raise errors.Conflict(
            "You can have at most 100 reminders. Delete one first.", code="too_many_reminders"
        )
    row = Reminder.objects.create(user=user, message=message, remind_at=remind_at)
    [fields] = _fields([row])
    events.to_people([user.pk], ReminderChanged(**fields))
    return WireReminder(**fields)


@transaction.atomic
def delete(user: User, id: int) -> None:
    """Dismiss a reminder that is due, or cancel one that waits. Raises `NotFound`."""
    row = Reminder.objects.filter(user=user, pk=id).select_related("message__chat").first()
    if row is None:
        raise errors.NotFound()
    fields = {**_fields([row])[0], "state": "deleted"}
    row.delete()
    events.to_people([user.pk], ReminderChanged(**fields))


def tell_due() -> int:
    """Send the reminders that are due. Returns the number of rows that were looked at: less than BATCH if none is
    left."""
    due = Reminder.objects.filter(told_at=None, remind_at__lte=timezone.now())
    ids = list(due.order_by("remind_at").values_list("pk", flat=True)[:BATCH])
    if ids:
        _tell(ids)
    return len(ids)


@transaction.atomic
def _tell(ids: list[int]) -> None:
    """Send those of these reminders that no other process has locked or sent."""
    rows = Reminder.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    own = list(rows.filter(pk__in=ids, told_at=None).select_related("message__chat"))
    for row in own:
        row.told_at = timezone.now()
    Reminder.objects.bulk_update(own, ["told_at"])
    for row, fields in zip(own, _fields(own), strict=True):
        events.to_people([row.user_id], ReminderDue(**fields))


def on_the_wire(rows: Sequence[Reminder]) -> list[WireReminder]:
    """The reminders, each with its message if its owner may still read it: two queries for all. Needs `message__chat`
    loaded."""
    return [WireReminder(**fields) for fields in _fields(rows)]


def _fields(rows: Sequence[Reminder]) -> list[dict[str, Any]]:
    readable = policy.inside({(row.user_id, row.message.chat_id) for row in rows})
    shown = history.some({row.message_id for row in rows if (row.user_id, row.message.chat_id) in readable})
    found = []
    for row in rows:
        message = shown.get(row.message_id) if (row.user_id, row.message.chat_id) in readable else None
        found.append(
            {
                "id": row.pk,
                "message_id": row.message_id,
                "chat": row.message.chat.key,
                "remind_at": row.remind_at,
                "state": "waiting" if row.told_at is None else "due",
                "told_at": row.told_at,
                "created_at": row.created_at,
                "message": message,
                "gone": message is None,
            }
        )
    return found
