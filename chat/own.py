"""What people keep in chats for themselves alone: it goes with their account."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Model, QuerySet

from accounts.models import User
from accounts.users import DELETED
from chat.models import Reminder, SavedDraft, Scheduled, Star

KEPT: tuple[type[Model], ...] = (SavedDraft, Scheduled, Reminder, Star)


def forget(user: User) -> None:
    """Delete the drafts, scheduled messages, reminders and saved messages of an account that is deleted."""
    for rows in KEPT:
        rows._default_manager.filter(user=user).delete()


def _left_over(rows: type[Model], now: datetime) -> QuerySet[Any]:
    """What a request has stored while the account was being deleted."""
    return rows._default_manager.filter(user__is_active=False, user__username__startswith=DELETED)


expired: list[Callable[[datetime], QuerySet[Any]]] = [partial(_left_over, rows) for rows in KEPT]
