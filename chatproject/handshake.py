"""The opening handshake of a WebSocket (RFC 6455 section 4.2), as nearly all clients send it.

uvicorn writes a request that it has parsed down again, for `websockets` to parse, check and answer: an eighth of
what opening a socket costs. Here a handshake is only ever recognised; whatever is not plainly right takes that way,
which knows how to refuse it.
"""

import re
from collections.abc import Iterable

from websockets.utils import accept_key

#: What an answer to another version says (RFC 6455 section 4.4).
OUR_VERSION = ((b"upgrade", b"websocket"), (b"sec-websocket-version", b"13"))
Headers = Iterable[tuple[bytes, bytes]]  # names in lower case
KEY = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")  # 16 bytes in Base64
CONNECTION = {b"upgrade", b"keep-alive, upgrade"}  # as browsers and libraries write it
LOOKED_AT = {
    b"upgrade",
    b"connection",
    b"sec-websocket-key",
    b"sec-websocket-version",
    b"content-length",
    b"transfer-encoding",
}


def key_of(method: str, http_version: str, headers: Headers) -> bytes | None:
    """The key to answer with; None if the request wants a closer look."""
    seen = [(name, value) for name, value in headers if name in LOOKED_AT]
    found = dict(seen)
    key = found.get(b"sec-websocket-key", b"")
    is_plain = (
        len(seen) == len(found) == 4
        and (method, http_version) == ("GET", "1.1")
        and found.get(b"upgrade", b"").lower() == b"websocket"
        and found.get(b"connection", b"").lower() in CONNECTION
        and found.get(b"sec-websocket-version") == b"13"
        and KEY.fullmatch(key)
    )
    return key if is_plain else None


def has_other_version(headers: Headers) -> bool:
    """Whether the client speaks a version of the protocol that is not ours."""
    return any(
        name == b"sec-websocket-version" and value.strip().isdigit() and value.strip() != b"13"
        for name, value in headers
    )


def accepted(key: bytes, headers: Headers) -> bytes:
    """The answer that opens the socket, with these headers more."""
    more = b"".join(b"%s: %s\r\n" % header for header in headers)
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n%s\r\n" % (accept_key(key.decode()).encode(), more)
    )


def subprotocols(headers: Headers) -> list[str]:
    """What the client offers, in its order."""
    offered = [
        value.decode("latin-1").split(",") for name, value in headers if name == b"sec-websocket-protocol"
    ]
    return [one.strip() for some in offered for one in some]
