"""Mail, sent by one thread of its own: how long an answer takes tells nothing of who exists.

The queue is short. When it is full, as when the mail server hangs, a mail is dropped and logged: the person asks
for it again.
"""

import atexit
import logging
import queue
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.core.mail import EmailMessage, get_connection
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlencode, urlsafe_base64_decode, urlsafe_base64_encode
from rest_framework.request import Request

from accounts import origins
from accounts.errors import Invalid
from accounts.models import User

EMAIL_SALT = "accounts.email"
PROOF_AGE = (
    3 * 24 * 3600
)  # seconds that the link in a mail works; Django's PASSWORD_RESET_TIMEOUT is the same
DEAD_LINK = "This link doesn't work any more. Ask for a new one."
TIMEOUT = 10  # seconds that the mail server has
logger = logging.getLogger(__name__)
_waiting: queue.Queue[Callable[[], EmailMessage]] = queue.Queue(maxsize=200)
_starting = threading.Lock()
_thread: threading.Thread | None = None


def send_reset(user: User, origin: str) -> None:
    """A link to a new password; it works once, and only until the password or the address changes."""
    query = {"uid": urlsafe_base64_encode(force_bytes(user.pk)), "token": ""}

    def make() -> EmailMessage:
        query["token"] = default_token_generator.make_token(user)
        return _message(user, "A new password", "password_reset", f"{origin}/password/reset", query)

    _send(make)


def send_verification(user: User, origin: str) -> None:
    """A link that proves that the address is the person's."""
    query = {"token": signing.dumps([user.pk, user.email], salt=EMAIL_SALT)}
    _send(lambda: _message(user, "Your e-mail address", "email_verify", f"{origin}/email/verify", query))


def user_of_reset(uid: str, token: str) -> User | None:
    """Who asked for this link, if it still works."""
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(uid)), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and default_token_generator.check_token(user, token) else None


def proof_of(token: str) -> tuple[int, str]:
    """The person and the address that a verification link is for. Raises `Invalid`."""
    try:
        user_id, email = signing.loads(token, salt=EMAIL_SALT, max_age=PROOF_AGE)
    except (signing.BadSignature, ValueError) as error:
        raise Invalid({"token": [DEAD_LINK]}) from error
    return user_id, email


def origin_of(request: HttpRequest | Request) -> str:
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


def _message(user: User, subject: str, template: str, url: str, query: dict[str, str]) -> EmailMessage:
    text = render_to_string(f"accounts/{template}.txt", {"user": user, "link": f"{url}?{urlencode(query)}"})
    return EmailMessage(subject, text, to=[user.email or ""], connection=get_connection(timeout=TIMEOUT))


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
