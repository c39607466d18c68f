"""Scheduled messages and reminders that are due: each process looks for them every few seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from chat import reminders, scheduled
from chat.models import Reminder, Scheduled

#: How long the rows of sent scheduled messages, and reminders that nobody dismissed, are kept.
SENT_KEPT = timedelta(days=30)
TOLD_KEPT = timedelta(days=366)


def look() -> None:
    """Send all that is due. Several processes may do so at once: each row is handled by one of them."""
    while scheduled.send_due() == scheduled.BATCH:
        pass
    while reminders.tell_due() == reminders.BATCH:
        pass


expired: list[Callable[[datetime], QuerySet[Any]]] = [
    lambda now: Scheduled.objects.filter(state=Scheduled.State.SENT, send_at__lt=now - SENT_KEPT),
    lambda now: Reminder.objects.filter(told_at__lt=now - TOLD_KEPT),
]
