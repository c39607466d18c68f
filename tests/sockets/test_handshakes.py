"""Requests for a socket that are not plainly right: each is answered at once, whatever is wrong or rare about it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from chatproject.server.http import HEAD_PIECE
from tests.people import PATIENCE
from tests.servers import SQLITE, Backing, ChatServer
from tests.sockets.wire import KEY, get, raw, status

PLAIN = {
    "Host": "127.0.0.1",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY.decode(),
    "Sec-WebSocket-Version": "13",
}
BODIES = {
    "a body": ("Content-Length: 5", "hello"),
    "a body that never comes": ("Content-Length: 5", ""),
    "half a body": ("Content-Length: 5", "he"),
    "a huge body that never comes": ("Content-Length: 1000000000", ""),
    "chunks": ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
    "chunks that never come": ("Transfer-Encoding: chunked", ""),
    "chunks that never end": ("Transfer-Encoding: chunked", "5\r\nhel"),
    "no chunks but the last": ("Transfer-Encoding: chunked", "0\r\n\r\n"),
    "a body that waits for leave": ("Expect: 100-continue\r\nContent-Length: 5", ""),
}


@pytest.fixture(scope="module")
def server(backing: Backing) -> Iterator[ChatServer]:
    with backing.chat_server(SQLITE) as running:
        yield running


def handshake(
    server: ChatServer,
    path: str = "/ws/echo",
    method: str = "GET",
    version: str = "1.1",
    **changes: str | None,
) -> str:
    """A request for a socket, without the empty line at its end."""
    changed = {name.replace("_", "-"): value for name, value in changes.items()}
    headers = {**PLAIN, "Host": f"127.0.0.1:{server.port}", **changed}
    lines = [f"{name}: {value}\r\n" for name, value in headers.items() if value is not None]
    return f"{method} {path} HTTP/{version}\r\n{''.join(lines)}"


def head_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[0].lower()


def error_of(answer: bytes) -> Any:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\ncontent-type: application/json" in head.lower(), answer
    assert b"\r\ncache-control: no-store" in head.lower(), answer
    return json.loads(body)["error"]


async def until_the_end(server: ChatServer, request: str) -> bytes:
    """All that the server says until it ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(request.encode())
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/login", "/ws"])
@pytest.mark.parametrize("body", BODIES)
async def test_one_with_a_body_is_refused_at_once(server: ChatServer, method: str, path: str, body: str):
    header, content = BODIES[body]
    answer = await until_the_end(server, f"{handshake(server, path, method)}{header}\r\n\r\n{content}")
    assert (status(answer), error_of(answer)["code"]) == (400, "invalid")
    assert b"\r\nconnection: close" in head_of(answer)


async def test_one_that_says_that_it_has_no_body_opens_a_socket(server: ChatServer):
    answer = await raw(server, f"{handshake(server)}Content-Length: 0\r\n\r\n".encode())
    assert status(answer) == 101


@pytest.mark.parametrize("version", ["13, 8", "8, 13", "+13", "013", "13.0", "", "8", "x", "-1", "²", None])
async def test_one_of_another_version_hears_which_is_ours(server: ChatServer, version: str | None):
    answer = await until_the_end(server, f"{handshake(server, Sec_WebSocket_Version=version)}\r\n")
    assert (status(answer), error_of(answer)["code"]) == (426, "upgrade_required")
    assert b"\r\nsec-websocket-version: 13" in head_of(answer)
    assert b"\r\nupgrade: websocket" in head_of(answer)


async def test_one_of_two_versions_hears_which_is_ours(server: ChatServer):
    answer = await until_the_end(server, f"{handshake(server)}Sec-WebSocket-Version: 8\r\n\r\n")
    assert (status(answer), error_of(answer)["code"]) == (426, "upgrade_required")


@pytest.mark.parametrize("key", [None, "", "short", "*" * 24, f"{KEY.decode()}x", "ü" * 12])
async def test_one_without_a_key_is_refused_in_the_error_shape(server: ChatServer, key: str | None):
    answer = await until_the_end(server, f"{handshake(server, Sec_WebSocket_Key=key)}\r\n")
    assert (status(answer), error_of(answer)["code"]) == (400, "invalid")
    assert "Sec-WebSocket-Key" in error_of(answer)["detail"]


async def test_one_by_another_method_is_refused_in_the_error_shape(server: ChatServer):
    answer = await until_the_end(server, f"{handshake(server, '/login', 'POST')}\r\n")
    assert (status(answer), error_of(answer)["code"]) == (405, "method_not_allowed")
    assert b"\r\nallow: get" in head_of(answer)


@pytest.mark.parametrize(
    "more",
    [
        "".join(f"X-{n}: x\r\n" for n in range(200)),
        f"X-Long: {'x' * 9000}\r\n",
        "X-Odd: \u00fc\r\n",
        "Connection: x, Upgrade\r\n",
        "Sec-WebSocket-Extensions: permessage-deflate\r\n",
    ],
    ids=["200 headers", "a long header", "a header beyond ASCII", "two Connection headers", "an extension"],
)
async def test_one_that_is_right_but_rare_opens_a_socket(server: ChatServer, more: str):
    assert status(await raw(server, f"{handshake(server)}{more}\r\n".encode())) == 101


@pytest.mark.parametrize(
    "rare", ["Sec-WebSocket-Protocol: ;;\r\n", "Sec-WebSocket-Extensions: ;;\r\n", "Upgrade: h2c\r\n"]
)
async def test_whatever_else_is_wrong_is_answered(server: ChatServer, rare: str):
    answer = await raw(server, f"{handshake(server)}Connection: Upgrade\r\n{rare}\r\n".encode())
    assert status(answer) in (101, 400, 404)
    if status(answer) == 400:
        assert error_of(answer)["code"] == "invalid"


async def test_http_1_0_knows_no_sockets_and_is_answered_as_without(server: ChatServer):
    answer = await until_the_end(server, f"{handshake(server, '/healthz', version='1.0')}\r\n")
    assert status(answer) == 200


@pytest.mark.parametrize("upgrade", ["h2c", "TLS/1.0", "websocket, h2c", "foo"])
async def test_another_protocol_is_not_changed_to_and_the_request_is_answered(
    server: ChatServer, upgrade: str
):
    request = handshake(server, "/healthz", Upgrade=upgrade, Connection="Upgrade, HTTP2-Settings")
    end = get("/healthz", f"Host: 127.0.0.1:{server.port}".encode()).decode()
    answer = await until_the_end(server, f"{request}\r\n{end}")
    assert answer.count(b"HTTP/1.1 200 ") == 2, "and so is the next one"


async def test_the_body_of_one_by_another_protocol_is_no_request(server: ChatServer):
    smuggled = get("/healthz", f"Host: 127.0.0.1:{server.port}".encode()).decode()
    head = handshake(server, "/auth/login", "POST", Upgrade="h2c", Connection="Upgrade")
    answer = await raw(server, f"{head}Content-Length: {len(smuggled)}\r\n\r\n{smuggled}".encode())
    assert status(answer) == 415 and b" 200 " not in answer


@pytest.mark.parametrize("seen", [1, 2, 3])
async def test_the_head_of_one_by_another_protocol_may_be_parsed_in_pieces(server: ChatServer, seen: int):
    head = handshake(server, "/auth/login", "POST", Upgrade="h2c", Content_Type="application/json")
    head += "Content-Length: 2\r\nX-Long: "
    head += "x" * (HEAD_PIECE - len(head) - seen) + "\r\n\r\n"  # its end begins `seen` bytes before a piece's
    answer = await raw(server, f"{head}{{}}".encode())
    assert status(answer) == 400 and b'"username"' in answer


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        ("Content-Length: 2", "{}"),
        ("Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\nUpgrade: websocket\r\n\r\n"),
    ],
    ids=["a length", "chunks", "chunks and a trailer"],
)
async def test_another_protocol_with_a_body_is_answered_too(server: ChatServer, framing: str, body: str):
    request = handshake(server, "/auth/login", "POST", Upgrade="h2c", Content_Type="application/json")
    end = get("/healthz", f"Host: 127.0.0.1:{server.port}".encode()).decode()
    answer = await until_the_end(server, f"{request}{framing}\r\n\r\n{body}{end}")
    assert status(answer) == 400 and b'"username"' in answer
    assert answer.count(b"HTTP/1.1 200 ") == 1, "and so is the next one"
