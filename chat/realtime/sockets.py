"""Sockets as the hub sees them: they accept frames, and say when they are full.

There are two kinds. `FrameSocket` writes ready WebSocket frames straight to the transport, on a server with the
`chat.frames` extension (chatproject.server.websocket). `AsgiSocket` sends through ASGI on any other server, from a
bounded outbox. Both behave the same: when full they accept nothing more, and report once they have drained.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

from accounts.tokens import Claims
from chat.limits import FRAMES, TokenBucket
from chat.policy import Seat
from lib.ids import random_id

OUTBOX_BYTES = 512 * 1024  # queued for one slow reader, at most (plus one batch)
KEPT_BYTES = 64 * 1024  # of frames for this socket only, which no `sync` would repeat


def ws_frame(payload: bytes) -> bytes:
    """An unmasked, unfragmented text frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes((size,)) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


class Frames(Protocol):
    """What the `chat.frames` extension in an ASGI scope offers."""

    limit: TokenBucket
    on_drain: Callable[[], None] | None
    on_text: Callable[[str], Coroutine[Any, Any, None] | None] | None
    is_full: bool
    is_busy: bool

    def write(self, data: bytes) -> None: ...


class Socket:
    """A person's open socket. The hub registers it by its user and the chats it follows.

    It is registered before its access is read from the database, so that no change in between is missed.
    """

    def __init__(self, claims: Claims, address: str | None, limit: TokenBucket | None = None) -> None:
        self.id = random_id()
        self.limit = limit or TokenBucket(*FRAMES)  # of frames, of whatever kind
        self.user_id = claims.user_id
        self.session_id = claims.session_id
        self.address = address
        self.username = self.display_name = ""
        self.avatar_id: str | None = None
        self.one_chat: Seat | None = None  # None on `/ws`
        self.opening = True  # until its access was read and the first frame sent
        self.look_again = False  # its access changed meanwhile
        #: What the user may do, by chat id; kept up to date by `chat.realtime.access`.
        self.seats: dict[int, Seat] = {}
        #: The chats whose live events it gets. A dict, as a set of twenty takes three times the memory.
        self.following: dict[int, None] = {}
        self.out: list[bytes] = []
        self.kept: list[bytes] = []  # frames to send once it has drained
        self._kept_bytes = 0
        self.lagging: set[int] = set()
        self.on_drained: Callable[[Socket], None] | None = None
        self.on_hopeless: Callable[[Socket], None] | None = None
        self.closed = False

    def put(self, framed: bytes, frames: list[bytes]) -> None:
        """Queue frames until `flush`: ready-made for the wire (`framed`), and one by one."""
        raise NotImplementedError

    def flush(self) -> None:
        """Write all queued frames at once."""
        raise NotImplementedError

    def is_full(self) -> bool:
        """Whether the reader is too slow to accept more now."""
        raise NotImplementedError

    def send(self, frame: bytes) -> None:
        """Send one frame to this socket only."""
        if self.put_own(frame):
            self.flush()

    def put_own(self, frame: bytes) -> bool:
        """Queue a frame that no `sync` would repeat. Returns whether to flush it.

        It is kept while the socket is full, and before its first frame. If more than KEPT_BYTES accumulate, the reader
        has fallen too far behind and is closed; its client reconnects and syncs.
        """
        if self.closed:
            return False
        if not self.opening and not self.is_full():
            self.put(ws_frame(frame), [frame])
            return True
        self.kept.append(frame)
        self._kept_bytes += len(frame)
        if self._kept_bytes > KEPT_BYTES and self.on_hopeless is not None:
            self.on_hopeless(self)
        return False

    def take_kept(self) -> list[bytes]:
        kept, self.kept, self._kept_bytes = self.kept, [], 0
        return kept

    def close(self, code: int) -> None:
        """Close the connection with this code; nothing more is sent."""
        raise NotImplementedError

    def _drained(self) -> None:
        if self.on_drained is not None and not self.closed:
            self.on_drained(self)


Send = Callable[[dict[str, Any]], Awaitable[None]]


class FrameSocket(Socket):
    def __init__(self, claims: Claims, address: str | None, frames: Frames, send: Send) -> None:
        super().__init__(claims, address, frames.limit)
        self.frames = frames
        frames.on_drain = self._drained
        self._send = send
        self._closing: asyncio.Task[None] | None = None

    def put(self, framed: bytes, frames: list[bytes]) -> None:
        self.out.append(framed)

    def flush(self) -> None:
        if self.out:
            self.frames.write(b"".join(self.out))
            self.out.clear()

    def is_full(self) -> bool:
        return self.frames.is_full

    def close(self, code: int) -> None:
        if not self.closed:
            self.closed = True
            self._closing = asyncio.ensure_future(_close(self._send, code))


class AsgiSocket(Socket):
    def __init__(self, claims: Claims, address: str | None, send: Send) -> None:
        super().__init__(claims, address)
        self._send = send
        self._queue: asyncio.Queue[bytes | int] = asyncio.Queue()
        self._size = 0
        self._task = asyncio.ensure_future(self._run())

    def put(self, framed: bytes, frames: list[bytes]) -> None:
        self.out.extend(frames)

    def flush(self) -> None:
        for frame in self.out:
            self._size += len(frame)
            self._queue.put_nowait(frame)
        self.out.clear()

    def is_full(self) -> bool:
        return self._size > OUTBOX_BYTES

    def close(self, code: int) -> None:
        if not self.closed:
            self.closed = True
            self._queue.put_nowait(code)

    def stop(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            item = await self._queue.get()
            if isinstance(item, int):
                await _close(self._send, item)
                return
            was_full = self.is_full()
            try:
                await self._send({"type": "websocket.send", "text": item.decode()})
            except (OSError, RuntimeError):
                return  # the peer is gone; the connection's own loop will notice
            self._size -= len(item)
            if was_full and self._size < OUTBOX_BYTES // 4:
                self._drained()


async def _close(send: Send, code: int) -> None:
    with suppress(OSError, RuntimeError):  # already closed
        await send({"type": "websocket.close", "code": code})
