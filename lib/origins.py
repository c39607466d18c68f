"""Which hosts and origins are this server's, and the origin to use in links to it."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from rest_framework.request import Request

from lib import refusals
from lib.addresses import LONGEST_ORIGIN as LONGEST
from lib.addresses import origin as normal


def is_our_host(host: str) -> bool:
    """Whether the name in this `Host` header is in ALLOWED_HOSTS."""
    return (_is_among if len(host) <= LONGEST else _is_among.__wrapped__)(host, tuple(settings.ALLOWED_HOSTS))


@lru_cache(1024)
def _is_among(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def note_wrong_host(host: str) -> None:
    refusals.note("host", f"not in ALLOWED_HOSTS: {host}")


def is_ours(origin: str, host: str, is_secure: bool) -> bool:
    """Whether a page with this `Origin` may use the server at `host`: it is in ALLOWED_ORIGINS, or the same origin.

    A page loaded over plain HTTP doesn't count as the same origin over TLS: anybody on the network could have written
    it.
    """
    found = normal(origin)
    if found is None:
        return False
    scheme = found.partition(":")[0]
    own = normal(f"{scheme}://{host}") == found and not (is_secure and scheme == "http")
    return own or found in settings.ALLOWED_ORIGINS


def for_links(request: HttpRequest | Request) -> str:
    """The origin for links in the answer to this request: the request's own if it is in ALLOWED_ORIGINS, else the first
    of them. Without ALLOWED_ORIGINS it is the request's own, whose host ALLOWED_HOSTS has admitted."""
    ours: list[str] = settings.ALLOWED_ORIGINS
    here = normal(request.build_absolute_uri("/").rstrip("/")) or ""
    return here if not ours or here in ours else ours[0]
