"""Settles a request's client address, scheme, `Host` and `Origin` before anything else reads them.

Forwarded addresses and schemes are believed only from trusted proxies (FORWARDED_ALLOW_IPS). `Host` and `Origin` are
normalised as browsers write them, without the default port of their scheme, so that `chat.lan:80` and `chat.lan`
compare equal.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

import structlog
from django.conf import settings

from lib import addresses

Scope = dict[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]
ADDRESSES = {b"host", b"origin"}
SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class ProxyMiddleware:
    """Sets the scope's `client` (None if its address is not known) and `scheme`; each log line has the address."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            settle(scope)
            client = scope["client"]
            structlog.contextvars.bind_contextvars(client=client and client[0])
        await self.app(scope, receive, send)


def settle(scope: Scope) -> None:
    """Changes the scope in place: the server clears its headers once a socket is open."""
    headers = scope["headers"]
    peer = scope.get("client") or ("", 0)
    address = addresses.parse(peer[0])
    port = peer[1]
    if is_trusted(address):
        hops = [hop for value in values(headers, b"x-forwarded-for") for hop in value.split(",")]
        if any(hop.strip() for hop in hops):
            address, port = client_of(hops), 0
        protocol = next(iter(values(headers, b"x-forwarded-proto")), "")
        # Of several proxies the first is the one that the client connected to.
        if found := SCHEMES.get(protocol.partition(",")[0].strip().lower()):
            scope["scheme"] = found.replace("http", "ws") if scope["type"] == "websocket" else found
    scope["client"] = (address, port) if address else None
    scheme = SCHEMES.get(scope.get("scheme", ""), "http")
    scope["headers"] = [
        (name, plain(scheme, name, value)) if name in ADDRESSES else (name, value) for name, value in headers
    ]


def values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    return [value.decode("latin-1") for found, value in headers if found == name]


def is_trusted(address: str | None) -> bool:
    trusted = settings.TRUSTED_PROXIES
    if trusted is None:
        return True
    return address is not None and _is_among(address, tuple(trusted))


@lru_cache(4096)
def _is_among(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    found = ip_address(address)
    return any(found in network for network in networks)


def client_of(hops: list[str]) -> str | None:
    """The last address that is not a trusted proxy's; anything that is no address is not trusted."""
    found = [addresses.parse(hop) for hop in hops]
    if settings.TRUSTED_PROXIES is None:
        return found[0]
    return next((address for address in reversed(found) if not is_trusted(address)), found[0])


def plain(scheme: str, name: bytes, value: bytes) -> bytes:
    """The value of a `Host` or `Origin` header without the default port; unchanged if it is malformed."""
    text = value.decode("latin-1")
    if name == b"host":
        whole = addresses.origin(f"{scheme}://{text}")
        return whole.partition("://")[2].encode("latin-1") if whole else value
    found = addresses.origin(text)
    return found.encode("latin-1") if found else value
