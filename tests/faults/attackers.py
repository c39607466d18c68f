"""Clients that hold places, send slowly or read nothing: many raw connections, bounded, to a server of ours."""

import asyncio
import socket
import time
from collections.abc import Callable
from types import TracebackType

from benchmarks.processes import HERE, resident
from tests.people import PASSWORD, People
from tests.servers import ChatServer

UPGRADE = (
    b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
ENDLESS_BODIES = [
    b"POST /auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: %s\r\nContent-Length: 500\r\n\r\n",
    b"POST /auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: %s\r\nContent-Length: 500\r\n\r\n{",
    b"POST /chats/general/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: %s\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: %s\r\nExpect: 100-continue\r\n"
    b"Content-Length: 500\r\n\r\n",
    b"POST /nowhere HTTP/1.0\r\nX-Forwarded-For: %s\r\nContent-Length: 500\r\n\r\nx",
    b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: %s\r\nContent-Length: 500\r\n\r\nx",
]


class Attacker(asyncio.Protocol):
    """One raw connection: what it got, and whether it was ended."""

    transport: asyncio.Transport

    def __init__(self, says: bytes = b"", reads: bool = True) -> None:
        self.says = says
        self.reads = reads
        self.got = b""
        self.ended = asyncio.Event()
        self.started = time.monotonic()
        self.seconds = 0.0  # until it was ended

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if not self.reads:
            transport.pause_reading()
        if self.says:
            transport.write(self.says)

    def data_received(self, data: bytes) -> None:
        if len(self.got) < 65536:
            self.got += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.seconds = time.monotonic() - self.started
        self.ended.set()

    @property
    def status(self) -> int:
        """Of the last answer it got, 0 if there was none."""
        found = [part.split()[0] for part in self.got.split(b"HTTP/1.1 ")[1:]]
        return int(found[-1]) if found else 0


class Attackers:
    """A context manager around connections to one server; all are closed at its end."""

    def __init__(self, server: ChatServer) -> None:
        self.server = server
        self.all: list[Attacker] = []

    async def __aenter__(self) -> "Attackers":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self.all:
            if hasattr(one, "transport") and not one.transport.is_closing():
                one.transport.abort()

    async def one(self, says: bytes = b"", reads: bool = True, small: bool = False) -> Attacker:
        """One that says this; `small`: with a receive buffer that is soon full."""
        loop = asyncio.get_running_loop()
        made = Attacker(says, reads)
        sock = socket.socket()
        sock.setblocking(False)
        if small:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await loop.sock_connect(sock, (HERE, self.server.port))
        await loop.create_connection(lambda: made, sock=sock)
        self.all.append(made)
        return made

    async def many(self, count: int, says: Callable[[int], bytes]) -> list[Attacker]:
        """So many, two hundred at a time; one that is refused counts too."""
        limit = asyncio.Semaphore(200)

        async def come(number: int) -> Attacker:
            async with limit:
                try:
                    return await self.one(says(number))
                except OSError:
                    gone = Attacker()
                    gone.ended.set()
                    return gone

        return list(await asyncio.gather(*(come(number) for number in range(count))))

    async def until_ended(self, some: list[Attacker], seconds: float) -> None:
        """Raises `TimeoutError` if some are still there then."""
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(one.ended.wait() for one in some))


def memory(server: ChatServer) -> int:
    """Bytes that the server's process holds."""
    assert server.process is not None
    return resident(server.process.pid)


class Healthy:
    """A person who goes on using the server: how long each thing took, in seconds."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.took: list[tuple[str, float]] = []

    async def __aenter__(self) -> "Healthy":
        self.person = await self.people.sign_up("healthy")
        self.socket = await self.person.socket("/ws/general")
        await self.person.get("/chats/general/history")  # what is made at the first request is not measured
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def look(self) -> None:
        """Ask for health, log in, read history, and send a message; each on a new connection where it is HTTP."""
        for name, call in (
            ("healthz", lambda: self._get("/healthz")),
            ("readyz", lambda: self._get("/readyz")),
            ("log-in", self._log_in),
            ("history", lambda: self._get("/chats/general/history")),
            ("message", self._say),
        ):
            started = time.monotonic()
            await call()
            self.took.append((name, time.monotonic() - started))

    async def watch(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self.look()
            await asyncio.sleep(0.1)

    @property
    def slowest(self) -> tuple[str, float]:
        return max(self.took, key=lambda one: one[1])

    async def _get(self, path: str) -> None:
        answer = await self.person.call("GET", path, headers={"Connection": "close"})
        assert answer.status_code == 200, (path, answer.status_code, answer.text)

    async def _log_in(self) -> None:
        answer = await self.people.http.post(
            f"{self.person.server.http}/auth/login",
            json={"username": self.person.username, "password": PASSWORD},
            headers={"Connection": "close"},
        )
        assert answer.status_code == 200, answer.text

    async def _say(self) -> None:
        await self.socket.said("still here")
