"""Mail, sent by one thread of its own: how long an answer takes tells nothing of who exists.

The queue is short. When it is full, as when the mail server hangs, a mail is dropped and logged: the person asks
for it again.

How many mails there are is limited here, for all kinds of them: an hour, per person who causes them, per address that
gets them, and per address that the request comes from. What is asked for and would go to nobody counts alike. Whoever
causes too many is refused (`check`); a mail to an address that had too many is dropped in silence, as a refusal would
tell that others write to it.
"""

import atexit
import hashlib
import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlencode, urlsafe_base64_decode, urlsafe_base64_encode
from rest_framework.request import Request

from accounts.models import EmailChange, MailCount, User
from accounts.throttle import address_keys
from lib import origins
from lib.errors import Invalid, RateLimited

AnyRequest = HttpRequest | Request
LIMITS = {"person": 10, "target": 6, "source": 30}  # mails an hour
HOUR = timedelta(hours=1)
EMAIL_SALT = "accounts.email"
BACK_SALT = "accounts.email.back"
BACK_AGE = 7 * 24 * 3600  # seconds that the way back to a former address is open
PROOF_AGE = (
    3 * 24 * 3600
)  # seconds that the link in a mail works; Django's PASSWORD_RESET_TIMEOUT is the same
DEAD_LINK = "This link doesn't work any more. Ask for a new one."
TIMEOUT = 10  # seconds that the mail server has
logger = logging.getLogger(__name__)
_waiting: queue.Queue[Callable[[], EmailMessage]] = queue.Queue(maxsize=200)
_starting = threading.Lock()
_thread: threading.Thread | None = None


class ResetTokens(PasswordResetTokenGenerator):
    """Dead after a new password, a log-in, a change of address, and when another one was asked for."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        times = (user.last_login, user.reset_asked_at)
        return (
            f"{user.pk}{user.password}{[time and time.timestamp() for time in times]}{user.email}{timestamp}"
        )


reset_tokens = ResetTokens()


def check(request: AnyRequest, user: User | None = None) -> None:
    """Raises `RateLimited` if this person, or where the request comes from, had its mails of the hour."""
    if not settings.RATE_LIMITS:
        return
    now = timezone.now()
    for row in MailCount.objects.filter(key__in=_keys(request, user), since__gt=now - HOUR):
        if row.count >= LIMITS[row.key.partition(":")[0]]:
            raise RateLimited(math.ceil((row.since + HOUR - now).total_seconds()))


def take(request: AnyRequest, to: str, user: User | None = None) -> bool:
    """Count a mail to this address. False, and nothing is counted, if it is one too many: don't send it."""
    if not settings.RATE_LIMITS:
        return True
    target = "target:" + hashlib.sha256(to.lower().encode()).hexdigest()
    keys = sorted({*_keys(request, user), target})
    now = timezone.now()
    MailCount.objects.filter(since__lt=now - 2 * HOUR).delete()
    with transaction.atomic():
        MailCount.objects.bulk_create([MailCount(key=key, since=now) for key in keys], ignore_conflicts=True)
        rows = list(MailCount.objects.select_for_update().filter(key__in=keys).order_by("key"))
        old = [row.key for row in rows if row.since <= now - HOUR]
        MailCount.objects.filter(key__in=old).update(count=0, since=now)
        if any(row.count >= LIMITS[row.key.partition(":")[0]] for row in rows if row.key not in old):
            return False
        MailCount.objects.filter(key__in=keys).update(count=F("count") + 1)
    return True


def _keys(request: AnyRequest, user: User | None) -> list[str]:
    """What a mail is counted for, but for its target."""
    sources = address_keys(request.META.get("REMOTE_ADDR"))
    return [f"source:{key.partition(':')[2]}" for key in sources] + ([f"person:{user.pk}"] if user else [])


def send_reset(user: User, origin: str) -> None:
    """A link to a new password. It works once, and only until another one is asked for, and the person logs in."""
    _send(lambda: _message(user.email, "A new password", "password_reset", user, origin + reset_link(user)))


def reset_link(user: User) -> str:
    """The path of the page where the person chooses a new password."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"/password/reset?{urlencode({'uid': uid, 'token': reset_tokens.make_token(user)})}"


def send_verification(user: User, to: str, origin: str, has_rival: bool = False) -> None:
    """A link that proves that the address is the person's. `has_rival`: somebody else gave the same address."""
    query = {"token": signing.dumps([user.pk, to], salt=EMAIL_SALT)}
    url, more = f"{origin}/email/verify", {"rival": has_rival, "origin": origin}
    _send(lambda: _message(to, "Your e-mail address", "email_verify", user, url, query, **more))


def send_taken(owner: User, origin: str) -> None:
    """To whom an address belongs that somebody gave as theirs: it is in use already, and stays so."""
    url = f"{origin}/password/forgot"
    _send(
        lambda: _message(owner.email, "You have an account already", "email_taken", owner, url, origin=origin)
    )


def send_change(user: User, change: EmailChange, new: str, origin: str) -> None:
    """To the address that is to be replaced: what to do if it wasn't the person who asked for that."""
    query = {"token": signing.dumps(change.pk, salt=BACK_SALT)}
    url = f"{origin}/email/back"
    _send(
        lambda: _message(
            change.email, "Your e-mail address changes", "email_change", user, url, query, new=new
        )
    )


def user_of_reset(uid: str, token: str) -> User | None:
    """Who asked for this link, if it still works."""
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(uid)), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and reset_tokens.check_token(user, token) else None


def proof_of(token: str) -> tuple[int, str]:
    """The person and the address that a verification link is for. Raises `Invalid`."""
    user_id, email = _signed(token, EMAIL_SALT, PROOF_AGE)
    return user_id, email


def change_of(token: str) -> EmailChange:
    """The change that a link takes back. Raises `Invalid`."""
    change_id = _signed(token, BACK_SALT, BACK_AGE)
    change = EmailChange.objects.select_related("user").filter(pk=change_id, user__is_active=True).first()
    if change is None:
        raise Invalid({"token": [DEAD_LINK]})
    return change


def _signed(token: str, salt: str, age: int) -> Any:
    try:
        return signing.loads(token, salt=salt, max_age=age)
    except (signing.BadSignature, ValueError) as error:
        raise Invalid({"token": [DEAD_LINK]}) from error


def origin_of(request: AnyRequest) -> str:
    """Where links in mails lead. Somebody else than the person who asks may read the mail: where any `Host` is let in
    and no origin is set, the link leads to this machine, rather than where a request claims to be."""
    if settings.ALLOWED_ORIGINS or "*" not in settings.ALLOWED_HOSTS:
        return origins.for_links(request)
    return str(settings.LOCAL_ORIGIN)


def flush(seconds: float) -> bool:
    """Wait until all mails are sent, at most so long. True if they are."""
    end = time.monotonic() + seconds
    with _waiting.all_tasks_done:
        while _waiting.unfinished_tasks and (left := end - time.monotonic()) > 0:
            _waiting.all_tasks_done.wait(left)
        return not _waiting.unfinished_tasks


def _message(
    to: str | None,
    subject: str,
    template: str,
    user: User,
    url: str,
    query: dict[str, str] | None = None,
    **more: Any,
) -> EmailMessage:
    link = f"{url}?{urlencode(query)}" if query else url
    text = render_to_string(f"accounts/{template}.txt", {"user": user, "link": link, **more})
    return EmailMessage(subject, text, to=[to or ""], connection=get_connection(timeout=TIMEOUT))


def _send(make: Callable[[], EmailMessage]) -> None:
    global _thread
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="mail", daemon=True)
            _thread.start()
            atexit.register(flush, 3)
    try:
        _waiting.put_nowait(make)
    except queue.Full:
        logger.error("a mail was dropped: %s are waiting for the mail server", _waiting.maxsize)


def _run() -> None:
    while True:
        make = _waiting.get()
        try:
            make().send()
        except Exception:  # a mail server can fail in any way; the next mail may pass
            logger.exception("a mail could not be sent")
        finally:
            _waiting.task_done()
