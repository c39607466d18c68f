"""Parses and normalises network addresses: IP addresses of clients and origins of pages. Nothing else parses them."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

LONGEST = 64  # characters; an IPv6 address has at most 45, besides brackets, a zone and a port
LONGEST_ORIGIN = 300  # characters up to which results are cached; a host name has at most 253
DEFAULT_PORTS = {"http": "80", "https": "443"}
_ORIGIN = re.compile(r"(https?)://([^\s/?#@\\:\[\]]+|\[[0-9a-f:.]+\])(?::(\d{0,5}))?")
_WITH_PORT = re.compile(r"\[([^]]*)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+):\d{1,5}")


def parse(text: str | None) -> str | None:
    """The IP address in `text`, or None.

    Takes what proxies write: bare, in brackets, with a port, with a zone. An IPv4 address that came through an IPv6
    socket (`::ffff:192.0.2.7`, RFC 4291 section 2.5.5.2) is that IPv4 address.
    """
    return _parse(text) if text and len(text) <= LONGEST else None


@lru_cache(4096)
def _parse(text: str) -> str | None:
    text = text.strip().strip('"')
    if match := _WITH_PORT.fullmatch(text):
        text = match[1] or match[2] or ""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return str(found)


def network(text: str | None) -> str | None:
    """The key by which limits count a client's address: an IPv6 customer has a whole /64 (RFC 6177), so it counts as
    one.

    None if `text` is no address.
    """
    address = parse(text)
    return address if address is None or ":" not in address else _network(address)


@lru_cache(4096)
def _network(address: str) -> str:
    return str(ip_network((address, 64), strict=False))


def origin(text: str) -> str | None:
    """An origin as browsers write it (RFC 6454 section 6.2): in lower case, without the scheme's default port.

    None if `text` is not the origin of a web page; so for `null`.
    """
    return (_origin if len(text) <= LONGEST_ORIGIN else _origin.__wrapped__)(text)


@lru_cache(1024)
def _origin(text: str) -> str | None:
    match = _ORIGIN.fullmatch(text.lower())
    if match is None:
        return None
    scheme, host, port = match[1], match[2], (match[3] or "").lstrip("0")
    return f"{scheme}://{host}:{port}" if port not in ("", DEFAULT_PORTS[scheme]) else f"{scheme}://{host}"
