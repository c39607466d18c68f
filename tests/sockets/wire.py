"""Requests as bytes on the wire, for what no client library would send."""

import asyncio
from contextlib import suppress

from tests.people import PATIENCE
from tests.servers import ChatServer

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    + KEY
    + b"\r\n"
)


async def raw(server: ChatServer, request: bytes) -> bytes:
    """All that the server answers to these bytes, until it closes or has been silent for a moment after something."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    answer = b""
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(PATIENCE):
            while b"\r\n\r\n" not in answer and (some := await reader.read(65536)):
                answer += some
        if status(answer) == 101 and request.endswith(b"\r\n\r\n"):
            return answer  # the socket is open, and nothing was sent on it
        length = content_length(answer)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE if length is not None else 0.2):
                while length is None or len(answer.partition(b"\r\n\r\n")[2]) < length:
                    if not (some := await reader.read(65536)):
                        break
                    answer += some
    except ConnectionError:
        pass
    finally:
        writer.close()
    return answer


def content_length(answer: bytes) -> int | None:
    for line in answer.partition(b"\r\n\r\n")[0].lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return None


def status(answer: bytes) -> int:
    """The status of an answer; 0 for none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


def get(path: str | bytes, *headers: bytes, method: bytes = b"GET") -> bytes:
    path = path.encode() if isinstance(path, str) else path
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", *headers, b"Connection: close", b"", b""])


def handshake(path: str | bytes, *headers: bytes) -> bytes:
    path = path.encode() if isinstance(path, str) else path
    return (
        b"GET "
        + path
        + b" HTTP/1.1\r\n"
        + b"".join(header + b"\r\n" for header in headers)
        + UPGRADE
        + b"\r\n"
    )
