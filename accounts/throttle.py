"""Limits on signing in and signing up.

Failed log-ins are counted in the table `LoginFailure`, so that all processes see them without Redis. The first few
are free; each further one doubles a waiting time, whether or not the account exists.

- Attempts from an unknown device are counted per account (with a short longest wait, so that its owner can get in from
  a new device too) and per address.
- A known device has a count of its own, so that strangers' guesses don't lock the owner out: a browser with the cookie
  of an earlier log-in (`accounts.devices`; OWASP: Device Cookies), or an address that the person used lately.
- Confirming the password in an open session has a count of its own, too.

The DRF throttles below are approximate: each process counts for itself.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import (
    AnonRateThrottle,
    BaseThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)

from accounts.models import LoginFailure, Session, User
from lib import addresses, refusals, text
from lib.errors import RateLimited

if TYPE_CHECKING:  # it imports the classes below
    from rest_framework.views import APIView

#: By kind of key: the number of free failures, and the longest wait in seconds.
LIMITS = {
    "account": (5, 30),
    "address": (20, 900),
    "device": (5, 900),
    "known": (5, 900),
    "session": (5, 900),
}
LATELY = timedelta(days=30)  # how long an address stays known after its last use
KEPT = timedelta(days=1)


class TooManyFailures(RateLimited):
    def __init__(self, seconds: int) -> None:
        super().__init__(seconds, f"Too many failed log-ins. Try again in {seconds} seconds.")


def guarded(keys: Sequence[str], check: Callable[[], bool]) -> bool:
    """Whether `check` accepts the password; if so, the first key's count is reset. Raises `TooManyFailures` while one
    of the keys has to wait."""
    if not settings.RATE_LIMITS:
        return _noted(check)
    check_wait(keys)
    if not _noted(check):
        count_failure(keys)
        return False
    # Check again: of many concurrent guesses, those beyond the free ones are refused, right or wrong.
    if check_wait(keys):
        LoginFailure.objects.filter(key=keys[0]).delete()
    return True


def _noted(check: Callable[[], bool]) -> bool:
    if right := check():
        return right
    refusals.note("login", "a wrong name or password")
    return False


def stranger_keys(identifier: str, address: str | None) -> list[str]:
    """The keys by which failures from an unknown device are counted."""
    return [account_key(identifier), *address_keys(address)]


def known_keys(user_ids: Iterable[int], address: str | None) -> dict[int, str]:
    """Those of these people who signed in or chose a new password from this address lately, each with the key by which
    failures from there are counted. Two queries, also if there are none."""
    here = address_keys(address)
    keys = {user_id: _known_key(user_id, here[0]) for user_id in user_ids} if here else {}
    found = set(LoginFailure.objects.filter(key__in=[*keys.values(), ""]).values_list("key", flat=True))
    used = Session.objects.filter(user_id__in=[*keys, 0], last_used_at__gt=timezone.now() - LATELY)
    for user_id, other in used.order_by("-last_used_at").values_list("user_id", "address")[:100]:
        if address_keys(other) == here:
            found.add(keys[user_id])
    return {user_id: key for user_id, key in keys.items() if key in found}


def forgive(user: User, address: str | None) -> None:
    """After a password reset by mail: forget earlier failures, and make the address known."""
    LoginFailure.objects.filter(
        key__in=[account_key(name) for name in (user.username, user.email) if name]
    ).delete()
    LoginFailure.objects.filter(key__startswith=f"known:{user.pk}:").delete()
    for here in address_keys(address):
        LoginFailure.objects.get_or_create(key=_known_key(user.pk, here))


def _known_key(user_id: int, address: str) -> str:
    return f"known:{user_id}:{address.partition(':')[2]}"


def account_key(identifier: str) -> str:
    """A hash of the account name as typed, so that the table doesn't reveal which names were tried."""
    name = (text.email if "@" in identifier else text.key)(identifier.strip())
    return "account:" + hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def address_keys(address: str | None) -> list[str]:
    """The key of the address's network, in a list; an empty list for a local call."""
    found = addresses.network(address)
    return [f"address:{found}"] if found else []


def wait_after(count: int, free: int, longest: int) -> int:
    """Seconds to wait after the n-th failure: 0 for the free ones, then 1, 2, 4, … up to the longest wait."""
    return 0 if count <= free else int(min(2 ** min(count - free - 1, 20), longest))


def check_wait(keys: Sequence[str]) -> bool:
    """Whether there were failures lately. Raises `TooManyFailures` while one of the keys has to wait."""
    now = timezone.now()
    failures = list(LoginFailure.objects.filter(key__in=keys, last_at__gt=now - KEPT))
    waits = [
        (row.last_at - now).total_seconds() + wait_after(row.count, *LIMITS[row.key.partition(":")[0]])
        for row in failures
    ]
    longest = max(waits, default=0)
    if longest > 0:
        raise TooManyFailures(math.ceil(longest))
    return bool(failures)


def count_failure(keys: Sequence[str]) -> None:
    """Count a failure for each key; each count is one UPDATE, so that concurrent ones are not lost."""
    now = timezone.now()
    LoginFailure.objects.filter(last_at__lt=now - KEPT).delete()
    for key in keys:
        row = LoginFailure.objects.filter(key=key)
        if row.update(count=F("count") + 1, last_at=now):
            continue
        try:
            with transaction.atomic():
                LoginFailure.objects.create(key=key, count=1, last_at=now)
        except IntegrityError:  # somebody else made the row just now
            row.update(count=F("count") + 1, last_at=now)


class ByNetwork(BaseThrottle):
    """Counts a request for its client's network, if not for the person."""

    def get_ident(self, request: Request) -> str:
        return addresses.network(request.META.get("REMOTE_ADDR")) or "unknown"


class UserThrottle(ByNetwork, UserRateThrottle):
    pass


class FileThrottle(UserThrottle):
    """For files that a page shows: a long scroll past pictures must not use up what the person may ask otherwise."""

    scope = "file"


class AnonThrottle(ByNetwork, AnonRateThrottle):
    pass


class AddressThrottle(ByNetwork, SimpleRateThrottle):
    """Limits requests of one kind from one address."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        return not settings.RATE_LIMITS or super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: "APIView") -> Any:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class SignupThrottle(AddressThrottle):
    scope = "signup"
