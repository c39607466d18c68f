"""The opening handshake of a WebSocket (RFC 6455 section 4.2), as nearly all clients send it.

uvicorn serialises the parsed request again for `websockets` to parse, check and answer: an eighth of the cost of
opening a socket, and requests that `websockets` can't parse are never answered. Here the usual valid handshake is
recognised directly; any other one is checked by `websockets` in its parsed form.
"""

import re
from collections.abc import Iterable

from websockets.datastructures import Headers as LibraryHeaders
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.utils import accept_key

from lib import errors

#: Headers of the answer to another version (RFC 6455 section 4.4).
OUR_VERSION = ((b"upgrade", b"websocket"), (b"sec-websocket-version", b"13"))
Headers = Iterable[tuple[bytes, bytes]]  # names in lower case
KEY = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")  # 16 bytes in Base64
CONNECTION = {b"upgrade", b"keep-alive, upgrade"}  # as browsers and libraries send it
LOOKED_AT = {
    b"upgrade",
    b"connection",
    b"sec-websocket-key",
    b"sec-websocket-version",
    b"content-length",
    b"transfer-encoding",
}


class Refused(Exception):
    """The handshake is refused with `error` and `headers`."""

    def __init__(self, error: errors.Refused, *headers: tuple[bytes, bytes]) -> None:
        self.error = error
        self.headers = headers


def key_of(method: str, headers: Headers) -> bytes:
    """The key to answer with. Raises `Refused`. The request is HTTP/1.1 and has no body."""
    return plain_key(method, headers) or checked_key(method, headers)


def plain_key(method: str, headers: Headers) -> bytes | None:
    """The key to answer with; None if the request needs a full check."""
    seen = [(name, value) for name, value in headers if name in LOOKED_AT]
    found = dict(seen)
    key = found.get(b"sec-websocket-key", b"")
    is_plain = (
        len(seen) == len(found) == 4
        and method == "GET"
        and found.get(b"upgrade", b"").lower() == b"websocket"
        and found.get(b"connection", b"").lower() in CONNECTION
        and found.get(b"sec-websocket-version") == b"13"
        and KEY.fullmatch(key)
    )
    return key if is_plain else None


def checked_key(method: str, headers: Headers) -> bytes:
    """The key to answer with, if `websockets` accepts the handshake. Raises `Refused`."""
    if method != "GET":
        raise Refused(errors.MethodNotAllowed("A WebSocket is opened with GET."), (b"allow", b"GET"))
    if [value for name, value in headers if name == b"sec-websocket-version"] != [b"13"]:
        raise Refused(errors.UpgradeRequired(), *OUR_VERSION)
    known = LibraryHeaders((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)
    response = ServerProtocol().accept(Request("/", known, "GET", "HTTP/1.1"))
    if response.status_code != 101:
        raise Refused(errors.Refused((response.body or b"").decode().strip()))
    return known["Sec-WebSocket-Key"].encode()


def accepted(key: bytes, headers: Headers) -> bytes:
    """The answer that opens the socket, with these additional headers."""
    more = b"".join(b"%s: %s\r\n" % header for header in headers)
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n%s\r\n" % (accept_key(key.decode()).encode(), more)
    )


def subprotocols(headers: Headers) -> list[str]:
    """The subprotocols that the client offers, in its order."""
    offered = [
        value.decode("latin-1").split(",") for name, value in headers if name == b"sec-websocket-protocol"
    ]
    return [one.strip() for some in offered for one in some]
