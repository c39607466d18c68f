"""Request bodies: read whole, within a limit of size and of time, before anything else is done for the request.

A client that sends slowly occupies no place in admission and no thread. Bodies that only some routes allow (lib.bodies)
are kept in files, all others in memory.
"""

import asyncio
import errno
import http
import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import IO

import msgspec
from django.conf import settings

from chatproject.http.middleware import match_of
from chatproject.server import lobby
from lib import addresses, disk, errors, rest
from lib.asgi import App, Event, Receive, Scope, Send
from lib.bodies import BodyLimit
from lib.threads import Threads

logger = logging.getLogger(__name__)

#: Seconds that any body may take, bytes a second that it has to come with after them, and seconds until it has to be
#: there, however fast it comes. A route that allows larger bodies multiplies the last one in proportion.
GRACE, RATE, LONGEST = 10.0, 2048, 120.0
#: Bytes, and seconds, of a body that is too long which are still read, and dropped: a client that is cut off while it
#: sends sees a broken connection instead of the answer.
DROPPED, DROPPING = 64 * 1024 * 1024, 30.0
#: Bytes that are written to a file at a time. A smaller body is kept in memory also by a route that allows larger
#: ones: many may arrive, and wait for their turn, at a time.
FILE_PART = 128 * 1024

_disk = Threads(1, "bodies")  # a single one keeps the order: a file is closed after the last write to it


class Gone(Exception):
    """The client went away before its body was complete."""


class GaveWay(Exception):
    """The body took too long, or had to make room for others: `error` says so to its client."""

    def __init__(self, error: errors.Refused) -> None:
        self.error = error


class Spool:
    """A body in an unnamed temporary file in DATA_DIR: the system removes it when it is closed or the process ends."""

    def __init__(self, address: str | None) -> None:
        self.file: IO[bytes] | None = None
        self.size = 0  # as counted in the lobby
        self._address = address
        self._lobby = lobby.current()

    async def write(self, data: bytearray) -> None:
        """Raises `Unavailable` if the disk is full."""
        self.size += len(data)
        self._lobby.spool(self._address, len(data))
        try:
            await _disk.run(lambda: self._write(data))
        except OSError as error:
            logger.error("a body could not be kept in %s: %s", settings.DATA_DIR, error.strerror)
            raise errors.Unavailable("The server has no room for this now.") from None

    def _write(self, data: bytearray) -> None:
        if not disk.has_room(settings.DATA_DIR):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.file is None:
            self.file = tempfile.TemporaryFile(dir=settings.DATA_DIR)  # noqa: SIM115  (`close` closes it)
        self.file.write(data)
        self.file.flush()

    def whole(self) -> IO[bytes]:
        """The file, to be read from its start. After the last `write`."""
        assert self.file is not None
        self.file.seek(0)
        return self.file

    def forget(self) -> None:
        """Count it no longer."""
        self._lobby.spool(self._address, -self.size)
        self.size = 0

    async def close(self) -> None:
        self.forget()
        if self.file is not None and not self.file.closed:
            with suppress(OSError):  # it writes again what the full disk did not take
                await _disk.run(self.file.close)


class Arrival:
    """A body that is still arriving, as the lobby knows it. A context manager around reading it. Raises `GaveWay`."""

    def __init__(self, address: str | None, seconds: float = GRACE) -> None:
        self.address = address
        self.size = 0  # bytes in memory
        self.arrived = 0
        self.has_more: bool | None = None  # None until a part of it was read
        self.spool: Spool | None = None
        self.seconds, self.longest = seconds, LONGEST
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
        if kind is not None and self.spool is not None:
            await self.spool.close()
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise GaveWay(self._error or errors.TimedOut()) from None

    def grew(self, size: int) -> None:
        """So many bytes more are kept: that gives it more time."""
        self.size += size
        self.arrived += size
        self._lobby.extend(self, self._started + min(self.seconds + self.arrived / RATE, self.longest))
        self._lobby.grow(size)

    async def write(self, data: bytearray) -> None:
        """Keep in a file what was kept in memory. Raises `Unavailable`."""
        if self.spool is None:
            self.spool = Spool(self.address)
        await self.spool.write(data)
        self._forget()

    def give_way(self, error: errors.Refused) -> None:
        self._error = error
        self._forget()
        if self.spool is not None:
            self.spool.forget()
        with suppress(RuntimeError):  # it has just ended
            self._timeout.reschedule(0)

    def _forget(self) -> None:
        self._lobby.grow(-self.size)
        self.size = 0


class Bodies:
    """Hands the application requests that are complete. Answers 413 to one whose body has more bytes than its route
    takes (lib.bodies; `most` if it says nothing), and 408 to one that takes too long.

    A body of more than FILE_PART, of a route that says how much it takes, is in the file `scope["body_file"]`. Before
    so much is read, `check` is called with the scope; it raises the `errors.Refused` with which the application would
    not take the request now.
    """

    def __init__(self, app: App, most: int, check: Callable[[Scope], object] = lambda scope: None) -> None:
        self.app = app
        self.most = most
        self.check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = declared_length(scope)
        if length == 0:
            await self.app(scope, receive, send)
            return
        body: bytes | None
        arrival = Arrival(address_of(scope))
        try:
            if length is not None and length > FILE_PART:
                self._check(scope, length, limit_of(scope))
            body, spool = await self._whole(scope, receive, arrival)
        except GaveWay as reason:
            await answer(send, reason.error, close=True)
            return
        except errors.Refused as error:
            reads_on = not awaits_leave(scope) if arrival.has_more is None else arrival.has_more
            await self._refuse(scope, receive, send, error, reads_on)
            return
        except Gone:
            return

        async def once() -> Event:
            nonlocal body
            if body is None:
                return await receive()
            event, body = {"type": "http.request", "body": body, "more_body": False}, None
            return event

        if spool is None:
            await self.app(scope, once, send)
            return
        try:
            await self.app({**scope, "body_file": spool.whole(), "body_size": spool.size}, once, send)
        finally:
            await spool.close()

    def _check(self, scope: Scope, size: int, limit: BodyLimit | None) -> None:
        """Raises `TooLarge`, or what is answered to a client that may not send so much, or not now."""
        most = limit.most if limit else self.most
        if size > most:
            raise errors.TooLarge((limit and limit.sentence) or f"The body is larger than {most:,} bytes.")
        if limit:
            limit.admit(scope)
        self.check(scope)

    async def _whole(self, scope: Scope, receive: Receive, arrival: Arrival) -> tuple[bytes, Spool | None]:
        """The body: what is in memory of it, or the file. Raises `Refused` and `Gone`."""
        body = bytearray()
        most, limit = FILE_PART, None
        async with arrival:
            while True:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise Gone
                part = event.get("body", b"")
                body += part
                count, is_complete = len(part), not event.get("more_body", False)
                arrival.has_more = not is_complete
                del event, part  # else a crowd that waits for the disk holds everything twice
                if (size := arrival.arrived + count) > most:
                    limit = limit_of(scope)
                    self._check(scope, size, limit)
                    most = limit.most if limit else self.most
                    arrival.longest = max(LONGEST, LONGEST * most / self.most)
                if limit or not is_complete:
                    arrival.grew(count)
                if limit and (is_complete or len(body) >= FILE_PART):
                    await arrival.write(body)
                    body = bytearray()
                if is_complete:
                    return bytes(body), arrival.spool

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, error: errors.Refused, reads_on: bool
    ) -> None:
        """Answer at once, then take the rest of what the client sends: for a while, so that it sees the answer.

        If there is more then, the server closes the connection (chatproject.server.http).
        """
        await answer(send, error, close=not reads_on, is_last=False)
        seen = 0
        with suppress(GaveWay):
            async with Arrival(address_of(scope), DROPPING):
                while reads_on and seen < DROPPED:
                    event = await receive()
                    seen += len(event.get("body", b""))
                    reads_on = event.get("more_body", False)
        await send({"type": "http.response.body", "body": b""})


def limit_of(scope: Scope) -> BodyLimit | None:
    """What the route of a request says of its body."""
    path = scope["path"]
    found = match_of(path) or match_of(path.rstrip("/")) or match_of(path + "/")
    limit: BodyLimit | None = getattr(found and found.func, "body_limit", None)
    return limit


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
