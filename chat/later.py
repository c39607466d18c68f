"""What happens when its time has come: each process looks for scheduled messages and reminders every few seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from chat import reminders, scheduled
from chat.models import Reminder, SavedDraft, Scheduled

#: How long is known that a scheduled message was sent, and a reminder is listed that nobody dismisses.
SENT_KEPT = timedelta(days=30)
TOLD_KEPT = timedelta(days=366)


def look() -> None:
    """Send and tell all that is due. Several processes may look at once: each row is one's."""
    while scheduled.send_due() == scheduled.BATCH:
        pass
    while reminders.tell_due() == reminders.BATCH:
        pass


def forget(user: User) -> None:
    """Of an account that is deleted, nothing is sent or told any more."""
    for rows in (SavedDraft, Scheduled, Reminder):
        rows._default_manager.filter(user=user).delete()


expired: list[Callable[[datetime], QuerySet[Any]]] = [
    lambda now: Scheduled.objects.filter(state=Scheduled.State.SENT, send_at__lt=now - SENT_KEPT),
    lambda now: Reminder.objects.filter(told_at__lt=now - TOLD_KEPT),
]
