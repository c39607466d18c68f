"""Limits on signing in and signing up.

Failed log-ins are counted in the table `LoginFailure`, per account and per address, so that all processes see
them without Redis. The first few are free; each further one doubles a waiting time, for accounts that exist and
for those that don't alike. The DRF throttles below are soft: each process counts for itself.
"""

import hashlib
import math
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
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

from accounts import addresses, refusals, text
from accounts.errors import RateLimited
from accounts.models import LoginFailure

if TYPE_CHECKING:  # it imports the classes below
    from rest_framework.views import APIView

FREE = {"account": 5, "address": 20}  # failures without a wait after them
LONGEST_WAIT = 900  # seconds
KEPT = timedelta(days=1)


class TooManyFailures(RateLimited, ValidationError):  # type: ignore[misc]
    """429 with `Retry-After` in the API. As a `ValidationError` it is also what the log-in forms of the admin
    and the browsable API show beside their fields."""

    def __init__(self, seconds: int) -> None:
        sentence = f"Too many failed log-ins. Try again in {seconds} seconds."
        RateLimited.__init__(self, seconds, sentence)
        ValidationError.__init__(self, sentence, code=RateLimited.code)


def guarded(identifier: str, address: str | None, check: Callable[[], bool]) -> bool:
    """Whether `check` finds the password right. Raises `TooManyFailures` while the account or the address waits."""
    if not settings.RATE_LIMITS:
        return _noted(check)
    account = account_key(identifier)
    keys = [account, *address_keys(address)]
    check_wait(keys)
    if not _noted(check):
        count_failure(keys)
        return False
    # Again: of many guesses sent at the same moment, those past the free ones are not heard, right or wrong.
    if check_wait(keys):
        LoginFailure.objects.filter(key=account).delete()
    return True


def _noted(check: Callable[[], bool]) -> bool:
    if right := check():
        return right
    refusals.note("login", "a wrong name or password")
    return False


def account_key(identifier: str) -> str:
    """The account as it was typed in, hashed: the table tells nobody which names were tried."""
    name = (text.email if "@" in identifier else text.key)(identifier.strip())
    return "account:" + hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def address_keys(address: str | None) -> list[str]:
    """None for a local call."""
    found = addresses.network(address)
    return [f"address:{found}"] if found else []


def wait_after(count: int, free: int) -> int:
    """Seconds to wait after the n-th failure: 0 for the free ones, then 1, 2, 4, … up to 15 minutes."""
    return 0 if count <= free else int(min(2 ** min(count - free - 1, 20), LONGEST_WAIT))


def check_wait(keys: list[str]) -> bool:
    """Whether anything failed of late. Raises `TooManyFailures` while one of the keys has to wait."""
    now = timezone.now()
    failures = list(LoginFailure.objects.filter(key__in=keys, last_at__gt=now - KEPT))
    waits = [
        (row.last_at - now).total_seconds() + wait_after(row.count, FREE[row.key.partition(":")[0]])
        for row in failures
    ]
    longest = max(waits, default=0)
    if longest > 0:
        raise TooManyFailures(math.ceil(longest))
    return bool(failures)


def count_failure(keys: list[str]) -> None:
    """One more failure of each key; each count is one UPDATE, so that none is lost among many at once."""
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


class AnonThrottle(ByNetwork, AnonRateThrottle):
    pass


class AddressThrottle(ByNetwork, SimpleRateThrottle):
    """So many requests of one kind from one address."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        return not settings.RATE_LIMITS or super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: "APIView") -> Any:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class SignupThrottle(AddressThrottle):
    scope = "signup"


class MailThrottle(AddressThrottle):
    scope = "mail"
