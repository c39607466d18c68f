"""Deletes expired rows, in small steps, so that nobody has to wait for it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session as BrowserSession
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import mail, throttle
from accounts.models import EmailChange, LoginFailure, MailCount, Session

logger = logging.getLogger(__name__)
#: How long ended sessions are kept: the admin shows who was signed in, and until when.
KEPT = timedelta(days=90)
STEP = 500  # rows of one transaction
#: Hooks of the apps above: each returns further rows that may be deleted.
others: list[Callable[[datetime], QuerySet[Any]]] = []


def expired() -> list[QuerySet[Any]]:
    now = timezone.now()
    return [
        Session.objects.filter(Q(expires_at__lt=now - KEPT) | Q(revoked_at__lt=now - KEPT)),
        BrowserSession.objects.filter(expire_date__lt=now),
        LoginFailure.objects.filter(last_at__lt=now - throttle.KEPT),
        MailCount.objects.filter(since__lt=now - 2 * mail.HOUR),
        EmailChange.objects.filter(created_at__lt=now - timedelta(seconds=mail.BACK_AGE)),
        *(more(now) for more in others),
    ]


def clean() -> int:
    """Delete expired rows. Returns their number. Several processes may run it at once."""
    count = 0
    for rows in expired():
        while some := list(rows.values_list("pk", flat=True)[:STEP]):
            count += rows.model.objects.filter(pk__in=some).delete()[0]
    if count:
        logger.info(
            "%s rows deleted that had expired: sessions, failed log-ins, counts of mails, former addresses",
            count,
        )
    return count
