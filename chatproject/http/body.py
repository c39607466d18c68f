"""Request bodies: read whole, within a limit of size and of time, before anything else is done for the request.

Who sends slowly so takes nobody's place: neither one of those that are served at a time, nor a thread.
"""

import asyncio
import http
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

import msgspec

from chatproject.server import lobby
from lib import addresses, errors, rest

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

#: Seconds that any body may take, bytes a second that it has to come with after them, and seconds until it has to be
#: there, however fast it comes.
GRACE, RATE, LONGEST = 10.0, 2048, 120.0
#: Bytes, and seconds, of a body that is too long which are still read, and dropped: a client that is cut off while it
#: sends sees a broken connection instead of the answer.
DROPPED, DROPPING = 64 * 1024 * 1024, 30.0


class Gone(Exception):
    """The client went away before its body was complete."""


class Arrival:
    """A body that is still arriving, as the lobby knows it. A context manager around reading it.

    Raises the `errors.Refused` with which it had to give way.
    """

    def __init__(self, address: str | None, seconds: float = GRACE) -> None:
        self.address = address
        self.size = 0
        self.seconds = seconds
        self._timeout = asyncio.timeout(None)
        self._error: errors.Refused | None = None

    async def __aenter__(self) -> "Arrival":
        self._lobby = lobby.current()
        self._started = asyncio.get_running_loop().time()
        await self._timeout.__aenter__()
        self._lobby.begin_body(self, self.seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lobby.end_body(self)
        self._forget()
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise self._error or errors.TimedOut() from None

    def grew(self, size: int) -> None:
        """So many bytes more are kept: that gives it more time."""
        self.size += size
        self._lobby.extend(self, self._started + min(self.seconds + self.size / RATE, LONGEST))
        self._lobby.grow(size)

    def give_way(self, error: errors.Refused) -> None:
        self._error = error
        self._forget()
        with suppress(RuntimeError):  # it has just ended
            self._timeout.reschedule(0)

    def _forget(self) -> None:
        self._lobby.grow(-self.size)
        self.size = 0


class Bodies:
    """Hands the application requests that are complete. Answers 413 to one whose body has more than `most` bytes, and
    408 to one that takes too long."""

    def __init__(self, app: App, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = declared_length(scope)
        if length is not None and length > self.most:
            await self._too_long(scope, receive, send, reads_on=not awaits_leave(scope))
            return
        if length == 0:
            await self.app(scope, receive, send)
            return
        body: bytes | None
        try:
            body = await self._whole(scope, receive)
        except errors.TooLarge:
            await self._too_long(scope, receive, send)
            return
        except errors.Refused as error:
            await answer(send, error, close=True)
            return
        except Gone:
            return

        async def once() -> dict[str, Any]:
            nonlocal body
            if body is None:
                return await receive()
            event, body = {"type": "http.request", "body": body, "more_body": False}, None
            return event

        await self.app(scope, once, send)

    async def _whole(self, scope: Scope, receive: Receive) -> bytes:
        """The body. Raises `Refused` and `Gone`."""
        body = bytearray()
        async with Arrival(address_of(scope)) as arrival:
            while True:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise Gone
                part = event.get("body", b"")
                body += part
                if len(body) > self.most:
                    raise errors.TooLarge
                if not event.get("more_body", False):
                    return bytes(body)
                arrival.grew(len(part))

    async def _too_long(self, scope: Scope, receive: Receive, send: Send, reads_on: bool = True) -> None:
        """Answer at once, then take the rest of what the client sends: for a while, so that it sees the answer.

        If there is more then, the server closes the connection (chatproject.server.http).
        """
        error = errors.TooLarge(f"The body is larger than {self.most:,} bytes.")
        await answer(send, error, close=not reads_on, is_last=False)
        seen = 0
        with suppress(errors.Refused):
            async with Arrival(address_of(scope), DROPPING):
                while reads_on and seen < DROPPED:
                    event = await receive()
                    seen += len(event.get("body", b""))
                    reads_on = event.get("more_body", False)
        await send({"type": "http.response.body", "body": b""})


def address_of(scope: Scope) -> str | None:
    """By what the client's address is counted."""
    client = scope.get("client")
    return addresses.network(client and client[0])


def declared_length(scope: Scope) -> int | None:
    """Bytes of the body, None if only its end will tell."""
    length: int | None = 0
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value) if value.isdigit() and len(value) < 20 else None
        elif name == b"transfer-encoding":
            return None
    return length


def awaits_leave(scope: Scope) -> bool:
    """Whether the client sends its body only when it may (RFC 9110 section 10.1.1)."""
    return any(name == b"expect" for name, _ in scope["headers"])


def shaped(error: errors.Refused, close: bool) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The headers and the body of an answer in the contract's error shape."""
    content = msgspec.json.encode(rest.body(error))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        *((name.lower().encode(), value.encode()) for name, value in rest.headers(error).items()),
    ]
    if close:
        headers.append((b"connection", b"close"))
    return headers, content


def raw(status: int, headers: list[tuple[bytes, bytes]], content: bytes) -> bytes:
    """An answer as it goes over the wire."""
    head = b"HTTP/1.1 %d %s\r\n" % (status, http.HTTPStatus(status).phrase.encode())
    return head + b"".join(b"%s: %s\r\n" % header for header in headers) + b"\r\n" + content


async def answer(send: Send, error: errors.Refused, close: bool = False, is_last: bool = True) -> None:
    """Answer a request that does not reach Django. If it is not the last of the answer, an empty part has to follow."""
    headers, content = shaped(error, close)
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": not is_last})
