"""A raw WebSocket load client: many sockets in one process, as little Python per frame as can be.

Frames out are prebuilt. Frames in are looked at one by one only where that is needed (`split`); a benchmark may
instead keep the bytes as they come and compare them later. Every message carries its number in its content
(`#00000042#`) and in its client_id (`b-00000042`), so that any server's frames can be told apart by one search.
"""

import asyncio
import base64
import itertools
import os
import re
import struct
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

MESSAGES = (
    b'{"type":"message",',
    b'{"type": "message",',
    b"<message ",
)  # how a message's frame begins: ours, json.dumps', XMPP's
ZEROS = "00000000"  # where a message's number will stand
NUMBER = re.compile(rb"#(\d{8})#")
CLIENT_ID = re.compile(rb'"client_id":\s?"b-(\d{8})"')
SEQ = re.compile(rb'"seq":\s?(\d+)')
ERROR = re.compile(rb'"type":\s?"error"')

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

#: Message numbers, never used twice in a process: client_ids stay unique in a database that is used for many runs.
numbers = itertools.count(1)


def say(line: str) -> None:
    """A progress line."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", file=sys.stderr, flush=True)


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole frame from client to server. The mask is all zeros: legal, and unmasking costs the server the same."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    return head + bytes(4) + payload


def content(size: int, chat: str = "") -> str:
    """What a person says in a message frame of `size` bytes (at least 110); `#00000000#` is for its number."""
    words = "the quick brown fox jumps over the lazy dog " * (size // 44 + 2)
    return f"#{ZEROS}# {words[: max(0, size - len(_said(f'#{ZEROS}# ', chat)))]}"


def _said(text: str, chat: str) -> str:
    named = f'"chat":"{chat}",' if chat else ""
    return f'{{"type":"message",{named}"content":"{text}","client_id":"b-{ZEROS}"}}'


def message_maker(size: int, chat: str = "") -> Callable[[int], bytes]:
    """Returns what builds the frame of message `number`; the payload has `size` bytes (at least 110)."""
    return numbered(_said(content(size, chat), chat))


def numbered(payload: str) -> Callable[[int], bytes]:
    """Returns what builds the frame of message `number`: its two times eight zeros are replaced by the number."""
    # Plain %-formatting of bytes: the cheapest way to build a frame.
    form = client_frame(payload.encode()).replace(b"%", b"%%").replace(ZEROS.encode(), b"%08d")
    return lambda number: form % (number, number)


def split(data: bytes, start: int = 0) -> Iterator[tuple[int, int, int]]:
    """The complete server frames in `data`: (opcode, where the payload starts, where the frame ends)."""
    have = len(data)
    while have - start >= 2:
        size = data[start + 1]
        body = start + 2
        if size == 126:
            body += 2
            if have < body:
                return
            size = (data[start + 2] << 8) | data[start + 3]
        elif size == 127:
            body += 8
            if have < body:
                return
            size = int.from_bytes(data[start + 2 : body], "big")
        end = body + size
        if have < end:
            return
        yield data[start] & 15, body, end
        start = end


def message_number(data: bytes, body: int, end: int) -> int | None:
    """The number of the message in this payload, or None if it is another kind of frame (history, an ack, news)."""
    found = NUMBER.search(data, body, end) if data.startswith(MESSAGES, body) else None
    return int(found[1]) if found else None


class Socket(asyncio.Protocol):
    """One open WebSocket. Bytes are kept in `chunks` as they come; who reads them calls `take`."""

    transport: asyncio.Transport
    closed: str | None = None  # why the server ended it
    greeted = False  # the frame came that says: live from now on

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        self.chunks.append(data)

    def take(self) -> bytes:
        """What came since the last call, behind what was left over then."""
        data = self.rest + b"".join(self.chunks)
        self.chunks.clear()
        self.rest = b""
        return data

    def forget(self, greeting: bytes) -> bool:
        """Throw away what came; True if there was anything. Ends on a frame's border. Notes if `greeting` was there."""
        came = any(self.chunks)
        data = self.take()
        end = 0
        for opcode, body, end in split(data):
            self.control(opcode, data[body:end])
            self.greeted = self.greeted or data.startswith(greeting, body)
        self.rest = data[end:]
        return came

    def control(self, opcode: int, payload: bytes) -> None:
        """Answer a ping; note a close."""
        if opcode == PING:
            self.transport.write(client_frame(payload, PONG))
        elif opcode == CLOSE:
            self.closed = (
                f"{int.from_bytes(payload[:2], 'big')} {payload[2:].decode(errors='replace')}".strip()
            )

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = self.closed or str(exc or "closed")


class _Handshake(asyncio.Protocol):
    """Waits for the server's 101, then hands the transport over to the socket."""

    def __init__(self, socket: Socket, request: bytes, done: asyncio.Future[None]) -> None:
        self.socket, self.request, self.done = socket, request, done
        self.answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.socket.transport = transport  # type: ignore[assignment]
        self.socket.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, end, rest = self.answer.partition(b"\r\n\r\n")
        if not end or self.done.done():
            return
        if not head.startswith(b"HTTP/1.1 101"):
            self.done.set_exception(ConnectionError(f"refused: {head[:200].decode(errors='replace')}"))
            self.socket.transport.abort()
            return
        self.transport.set_protocol(self.socket)
        if rest:
            self.socket.data_received(rest)
        self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(f"closed in the handshake: {exc}"))


async def connect(
    socket: Socket, port: int, path: str, token: str | None = None, protocol: str | None = None
) -> None:
    """Open `socket`, with this subprotocol. Raises ConnectionError when the server refuses, TimeoutError after 30 s."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if protocol:
        lines.append(f"Sec-WebSocket-Protocol: {protocol}")
    request = "\r\n".join([*lines, "", ""]).encode()
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    await loop.create_connection(lambda: _Handshake(socket, request, done), "127.0.0.1", port)
    await asyncio.wait_for(done, 30)


Place = tuple[str, str | None]  # where a socket goes: path, token
S = TypeVar("S", bound=Socket)


async def greeted(socket: Socket, greeting: bytes) -> None:
    """Until a frame came that begins with `greeting`. Raises ConnectionError when the server closes, TimeoutError."""
    end = time.monotonic() + 30
    while not socket.greeted:
        if socket.closed:
            raise ConnectionError(f"closed before its greeting: {socket.closed}")
        if time.monotonic() > end:
            raise TimeoutError("a socket was not greeted within 30 s")
        socket.forget(greeting)
        await asyncio.sleep(0.005)


async def connect_all(
    sockets: Iterable[tuple[Socket, str, str | None]], port: int, greeting: bytes = b""
) -> None:
    """Open (socket, path, token) each, 20 at a time, the next when one was greeted. Raises ConnectionError."""
    there: list[Socket] = []

    async def opened(socket: Socket, place: Place) -> None:
        await connect(socket, port, *place)
        if greeting:
            await greeted(socket, greeting)
        there.append(socket)

    async def answer_pings() -> None:
        """Who came first must not be given up while the last ones come."""
        while True:
            await asyncio.sleep(5)
            for socket in there:
                socket.forget(greeting)

    answering = asyncio.create_task(answer_pings())
    try:
        await each([(socket, (path, token)) for socket, path, token in sockets], opened, at_once=20)
    finally:
        answering.cancel()


async def each(
    work: Iterable[tuple[S, Place]], do: Callable[[S, Place], Awaitable[None]], at_once: int
) -> None:
    """`do` all of `work`, so many at once. Raises what the first failure raised."""
    waiting = iter(work)

    async def worker() -> None:
        for socket, place in waiting:
            await do(socket, place)

    await asyncio.gather(*(worker() for _ in range(at_once)))


async def settle(sockets: list[Socket], greeting: bytes = b"", quiet: float = 0.4, limit: float = 30) -> None:
    """Until each socket had a frame that begins with `greeting`, and then nothing comes for `quiet` seconds.

    Frames received so far (history, online status) are discarded. Raises RuntimeError for a closed socket, or if
    greetings are missing after `limit` seconds.
    """
    last = started = time.monotonic()
    while (now := time.monotonic()) - last < quiet:
        await asyncio.sleep(0.05)
        # Every one of them: `any` would stop at the first.
        fresh = sum([socket.forget(greeting) for socket in sockets])
        if dead := [socket.closed for socket in sockets if socket.closed]:
            raise RuntimeError(f"{len(dead)} sockets were closed: {dead[0]}")
        waiting = sum(not socket.greeted for socket in sockets) if greeting else 0
        if now - started > limit:
            if waiting:
                raise RuntimeError(f"{waiting} sockets were not greeted within {limit:g} s")
            return
        if fresh or waiting:
            last = now


async def close_all(sockets: list[Socket]) -> None:
    """Say goodbye, and wait a moment for the server to let go."""
    for socket in sockets:
        if socket.closed is None:
            socket.transport.write(client_frame(struct.pack("!H", 1000), CLOSE))
    end = time.monotonic() + 3
    while time.monotonic() < end and any(socket.closed is None for socket in sockets):
        await asyncio.sleep(0.02)
        for socket in sockets:
            socket.forget(b"")
    for socket in sockets:
        socket.transport.abort()
    await asyncio.sleep(0.2)
