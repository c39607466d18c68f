"""Hosts and origins: which ones are this server's, and where links to it lead."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from rest_framework.request import Request

from lib import refusals
from lib.addresses import LONGEST_ORIGIN as LONGEST
from lib.addresses import origin as normal


def is_our_host(host: str) -> bool:
    """Whether ALLOWED_HOSTS has the name of this `Host` header."""
    return (_is_among if len(host) <= LONGEST else _is_among.__wrapped__)(host, tuple(settings.ALLOWED_HOSTS))


@lru_cache(1024)
def _is_among(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def note_wrong_host(host: str) -> None:
    refusals.note("host", f"not in ALLOWED_HOSTS: {host}")


def is_ours(origin: str, host: str, is_secure: bool) -> bool:
    """Whether a page of this `Origin` may use the server that it calls `host`: one of ALLOWED_ORIGINS, or its own.

    Over TLS a page that came without is not its own: anybody on the way could have written it.
    """
    found = normal(origin)
    if found is None:
        return False
    scheme = found.partition(":")[0]
    own = normal(f"{scheme}://{host}") == found and not (is_secure and scheme == "http")
    return own or found in settings.ALLOWED_ORIGINS


def for_links(request: HttpRequest | Request) -> str:
    """Where a link leads that the person who asks will see: to one of ALLOWED_ORIGINS if there are any, the one they
    are at or else the first; without any to where they are, which ALLOWED_HOSTS has let in."""
    ours: list[str] = settings.ALLOWED_ORIGINS
    here = normal(request.build_absolute_uri("/").rstrip("/")) or ""
    return here if not ours or here in ours else ours[0]
