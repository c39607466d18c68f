"""Handshakes that are answered from what the HTTP parser read, beside what `websockets` says of the same request."""

from typing import Any

import pytest
from websockets.server import ServerProtocol

from chatproject.server import handshake

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455 section 1.3
PLAIN = {
    b"host": b"chat.example.org",
    b"upgrade": b"websocket",
    b"connection": b"Upgrade",
    b"sec-websocket-key": KEY,
    b"sec-websocket-version": b"13",
}


def request(**changes: bytes | None) -> list[tuple[bytes, bytes]]:
    changed = {name.replace("_", "-").encode(): value for name, value in changes.items()}
    return [(name, value) for name, value in {**PLAIN, **changed}.items() if value is not None]


def by_the_library(method: str, headers: list[tuple[bytes, bytes]]) -> Any:
    """What `websockets` answers, as a status and what it proves."""
    server = ServerProtocol()
    lines = [f"{method} /ws HTTP/1.1".encode(), *(b"%s: %s" % header for header in headers), b"", b""]
    server.receive_data(b"\r\n".join(lines))
    events = server.events_received()
    if not events:
        return None, None
    answer = server.accept(events[0])  # type: ignore[arg-type]
    return answer.status_code, answer.headers.get("Sec-WebSocket-Accept")


@pytest.mark.parametrize(
    "headers",
    [
        request(),
        request(connection=b"keep-alive, Upgrade", upgrade=b"WebSocket"),
        request(origin=b"https://chat.example.org", sec_websocket_extensions=b"permessage-deflate"),
        request(sec_websocket_protocol=b"chat.v1, bearer.x"),
    ],
    ids=["a library", "Firefox", "Chromium", "with subprotocols"],
)
def test_what_clients_send_is_answered_as_the_library_does(headers: list[tuple[bytes, bytes]]) -> None:
    key = handshake.plain_key("GET", headers)
    assert key is not None
    head = handshake.accepted(key, [(b"date", b"today")])
    status, proof = by_the_library("GET", headers)
    assert (status, proof) == (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    assert head == (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\ndate: today\r\n\r\n" % proof.encode()
    )


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", request()),
        ("GET", request(upgrade=None)),
        ("GET", request(upgrade=b"h2c")),
        ("GET", request(connection=None)),
        ("GET", request(connection=b"close")),
        ("GET", request(sec_websocket_key=None)),
        ("GET", request(sec_websocket_key=b"short")),
        ("GET", request(sec_websocket_key=KEY + b"\n")),
        ("GET", request(sec_websocket_key=b"AAAA" + KEY)),
        ("GET", [*request(), (b"sec-websocket-key", KEY)]),
        ("GET", request(sec_websocket_version=None)),
        ("GET", request(sec_websocket_version=b"8")),
        ("GET", [*request(), (b"sec-websocket-version", b"13")]),
        ("GET", request(content_length=b"5")),
        ("GET", request(transfer_encoding=b"chunked")),
    ],
)
def test_what_is_not_plainly_right_is_left_to_the_library_which_refuses_it(
    method: str, headers: list[tuple[bytes, bytes]]
) -> None:
    assert handshake.plain_key(method, headers) is None
    assert by_the_library(method, headers)[0] != 101


def test_what_is_right_but_rare_is_left_to_the_library_which_takes_it() -> None:
    headers = request(connection=b"Keep-Alive, x, Upgrade")
    assert handshake.plain_key("GET", headers) is None
    assert handshake.key_of("GET", headers) == KEY
    assert by_the_library("GET", headers)[0] == 101


def test_subprotocols_are_listed_in_the_order_offered() -> None:
    headers = [(b"sec-websocket-protocol", b"chat.v1, a"), (b"host", b"x"), (b"sec-websocket-protocol", b"b")]
    assert handshake.subprotocols(headers) == ["chat.v1", "a", "b"]
