"""Mail: queued in the transaction that causes it, and sent after its commit by a follower (accounts.followers).

So the time of an answer doesn't tell whether there is a recipient, and no mail is lost by a restart or while the mail
server is unreachable: sending is retried for a day.

The number of mails of all kinds is limited here, per hour: for each person who causes them, each recipient, and each
address that requests come from. Requests for mails without a recipient count the same. A person who causes too many is
refused (`check`); mails to a recipient who had too many are silently dropped, as a refusal would reveal that others
write to that address.
"""

import hashlib
import logging
import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.encoding import force_bytes
from django.utils.http import urlencode, urlsafe_base64_decode, urlsafe_base64_encode
from rest_framework.request import Request

from accounts.changes import state_changed
from accounts.followers import Follower
from accounts.models import EmailChange, MailCount, User, WaitingMail
from accounts.throttle import address_keys
from lib import origins
from lib.errors import Invalid, RateLimited

AnyRequest = HttpRequest | Request
LIMITS = {"person": 10, "target": 6, "source": 30}  # mails an hour
HOUR = timedelta(hours=1)
EMAIL_SALT = "accounts.email"
BACK_SALT = "accounts.email.back"
BACK_AGE = 7 * 24 * 3600  # seconds in which a change of address can be undone
PROOF_AGE = (
    3 * 24 * 3600
)  # seconds that the link in a mail works; Django's PASSWORD_RESET_TIMEOUT is the same
DEAD_LINK = "This link doesn't work any more. Ask for a new one."
TIMEOUT = 10  # seconds that the mail server has to answer
#: How long after each failure a mail is retried; after the last one it is dropped.
AGAIN = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720)]
CLAIM = timedelta(minutes=10)  # far longer than sending one mail takes
NOBODY = "nobody"  # kind of a mail without recipient, queued to take the same time
logger = logging.getLogger(__name__)


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens that become invalid after a new password, a log-in, a change of address, or a newer token."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{self._state(user)}{timestamp}"

    def state(self, user: User) -> str:
        """A keyed digest of what a token depends on besides its time: of no use to anybody who reads it."""
        return salted_hmac("accounts.mail.state", self._state(user), algorithm="sha256").hexdigest()

    @staticmethod
    def _state(user: User) -> str:
        times = (user.last_login, user.reset_asked_at)
        return f"{user.pk}{user.password}{[time and time.timestamp() for time in times]}{user.email}"


reset_tokens = ResetTokens()


def check(request: AnyRequest, user: User | None = None) -> None:
    """Raises `RateLimited` if this person, or the request's address, has caused too many mails this hour."""
    if not settings.RATE_LIMITS:
        return
    now = timezone.now()
    for row in MailCount.objects.filter(key__in=_keys(request, user), since__gt=now - HOUR):
        if row.count >= LIMITS[row.key.partition(":")[0]]:
            raise RateLimited(math.ceil((row.since + HOUR - now).total_seconds()))


def take(request: AnyRequest, to: str, user: User | None = None) -> bool:
    """Count a mail to this address. Returns False, without counting it, if it is one too many and must not be sent."""
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
    """The keys by which a mail is counted, besides its target."""
    sources = address_keys(request.META.get("REMOTE_ADDR"))
    return [f"source:{key.partition(':')[2]}" for key in sources] + ([f"person:{user.pk}"] if user else [])


def send_reset(user: User, origin: str) -> None:
    """Mail a link for a new password. It works once, until a newer one is requested or the person logs in;
    where that happens before the mail is sent, it isn't sent."""
    _queue("reset", user, user.email, origin=origin, state=reset_tokens.state(user))


def send_to_nobody() -> None:
    """Call instead of sending a mail, so that the time of the answer doesn't reveal that there is no recipient."""
    _queue(NOBODY, None, None)


def reset_link(user: User) -> str:
    """The path of the page where the person chooses a new password."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"/password/reset?{urlencode({'uid': uid, 'token': reset_tokens.make_token(user)})}"


def send_verification(user: User, to: str, origin: str, has_rival: bool = False) -> None:
    """Mail a link that verifies the address. `has_rival`: somebody else has entered the same address."""
    _queue("verification", user, to, origin=origin, rival=has_rival)


def send_taken(owner: User, origin: str) -> None:
    """Tell the owner of an address that somebody else has entered it; it stays theirs."""
    _queue("taken", owner, owner.email, origin=origin)


def send_change(user: User, change: EmailChange, new: str, origin: str) -> None:
    """Tell the address that is to be replaced how to undo that, if it wasn't the person who requested it."""
    _queue("change", user, change.email, origin=origin, change=change.pk, new=new)


def user_of_reset(uid: str, token: str) -> User | None:
    """The user this link was made for; None if it no longer works."""
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
    """The change that a link undoes. Raises `Invalid`."""
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
    """The origin of links in mails. A mail may be read by somebody other than the sender of the request, so if any
    `Host` is allowed and no origin is set, links lead to this machine, not to the host that the request names."""
    if settings.ALLOWED_ORIGINS or "*" not in settings.ALLOWED_HOSTS:
        return origins.for_links(request)
    return str(settings.LOCAL_ORIGIN)


def _queue(kind: str, user: User | None, to: str | None, **values: Any) -> None:
    """Have a mail sent after the commit."""
    WaitingMail.objects.create(kind=kind, user=user, to=to or "", values=values, due_at=timezone.now())
    state_changed()


class Sender(Follower):
    """Sends waiting mails. It needs no position: each row is deleted once it is sent.

    A slow mail server can take longer than a lease, so each mail is claimed for CLAIM before it is sent: nobody else
    sends it meanwhile, and after a crash it is sent once that time is over.
    """

    name = "mail"

    def step(self, position: str) -> str | None:
        now = timezone.now()
        mail = (
            WaitingMail.objects.select_related("user")
            .filter(due_at__lte=now)
            .order_by("due_at", "pk")
            .first()
        )
        if mail is None:
            return None
        if not WaitingMail.objects.filter(pk=mail.pk, due_at=mail.due_at).update(due_at=now + CLAIM):
            return position  # another process was faster
        try:
            if not _is_still_true(mail):
                logger.info("a mail (%s) is dropped: what it was about has changed since", mail.kind)
            elif message := message_of(mail):
                message.send()
        except Exception:  # a mail server can fail in any way; the next mail may succeed
            _put_off(mail)
        else:
            mail.delete()
        return position


def _is_still_true(mail: WaitingMail) -> bool:
    kind, user = KINDS.get(mail.kind), mail.user
    return kind is None or user is None or (user.is_active and kind.is_valid(mail, user))


def _put_off(mail: WaitingMail) -> None:
    if mail.tries == len(AGAIN):
        logger.exception("a mail (%s) could not be sent for a day, and is given up", mail.kind)
        mail.delete()
        return
    logger.warning(
        "a mail (%s) could not be sent, and is tried again in %s", mail.kind, AGAIN[mail.tries], exc_info=True
    )
    mail.due_at, mail.tries = timezone.now() + AGAIN[mail.tries], mail.tries + 1
    mail.save(update_fields=["due_at", "tries"])


def deliver() -> None:
    """Send waiting mails now, in this thread: for commands and tests without a running server."""
    sender = Sender()
    while sender.step("") is not None:
        pass


def message_of(mail: WaitingMail) -> EmailMessage | None:
    """The content of a waiting mail; None if it has no recipient. Its links are made now, so that the database holds no
    secret."""
    kind = KINDS.get(mail.kind)
    if kind is None or mail.user is None:
        return None
    link = mail.values.get("origin", "") + kind.path(mail, mail.user)
    text = render_to_string(f"accounts/{kind.template}.txt", {"user": mail.user, "link": link, **mail.values})
    return EmailMessage(kind.subject, text, to=[mail.to], connection=get_connection(timeout=TIMEOUT))


class Kind(NamedTuple):
    """A kind of mail: a new one is one more of these, with a template that gets the waiting mail's `values`."""

    subject: str
    template: str
    path: Callable[[WaitingMail, User], str]  # where its link leads
    is_valid: Callable[[WaitingMail, User], bool]  # whether it is still true, however long it has waited


def _with_token(path: str, value: object, salt: str) -> str:
    return f"{path}?{urlencode({'token': signing.dumps(value, salt=salt)})}"


KINDS = {
    "reset": Kind(
        "Reset your password",
        "password_reset",
        lambda mail, user: reset_link(user),
        lambda mail, user: constant_time_compare(mail.values.get("state", ""), reset_tokens.state(user)),
    ),
    "verification": Kind(
        "Confirm your e-mail address",
        "email_verify",
        lambda mail, user: _with_token("/email/verify", [user.pk, mail.to], EMAIL_SALT),
        lambda mail, user: mail.to in (user.pending_email, None if user.email_verified_at else user.email),
    ),
    "taken": Kind(
        "You already have an account",
        "email_taken",
        lambda mail, user: "/password/forgot",
        lambda mail, user: mail.to == user.email,
    ),
    "change": Kind(
        "Your e-mail address is about to change",
        "email_change",
        lambda mail, user: _with_token("/email/back", mail.values["change"], BACK_SALT),
        lambda mail, user: EmailChange.objects.filter(pk=mail.values["change"], user=user).exists(),
    ),
}
