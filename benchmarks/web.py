"""An HTTP/1.1 load client: connections that stay open, one request at a time on each."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.processes import HERE, Process, cpu_seconds


def get(path: str, token: str | None = None) -> bytes:
    """A whole GET request."""
    return request("GET", path, token)


def request(method: str, path: str, token: str | None = None, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HERE}", "Accept: application/json"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self.data = b""
        self.answer: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, port: int) -> "Caller":
        _, caller = await asyncio.get_running_loop().create_connection(cls, HERE, port)
        return caller

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, end, body = self.data.partition(b"\r\n\r\n")
        if not end or self.answer is None:
            return
        _, found, rest = head.lower().partition(b"content-length:")
        whole = len(body) >= int(rest.partition(b"\r\n")[0]) if found else body.endswith(b"0\r\n\r\n")
        if whole and not self.answer.done():
            self.answer.set_result(self.data)
            self.data = b""

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(ConnectionError(f"closed before the answer: {exc}"))

    async def call(self, request: bytes) -> bytes:
        """The whole answer. Raises RuntimeError when it isn't 2xx, ConnectionError when there is none."""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        answer = await self.answer
        if not answer.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(f"answered {answer[:600].decode(errors='replace')}")
        return answer


@dataclass
class Calls:
    """What a run of requests took. CPU figures are shares of one core."""

    rate: float = 0
    server: float = 0
    load: float = 0
    bytes: int = 0  # of an answer
    latencies: list[float] = field(default_factory=list)  # ms, sorted

    def quantile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


async def call_for(
    process: Process, port: int, requests: Iterator[bytes], connections: int, seconds: float
) -> Calls:
    """As many requests as are answered within `seconds`, one at a time on each connection."""
    callers = [await Caller.open(port) for _ in range(connections)]
    calls = Calls()
    used, own, started = cpu_seconds([process.pid]), time.process_time(), time.perf_counter()

    async def caller(one: Caller) -> None:
        while (sent := time.perf_counter()) < started + seconds:
            calls.bytes = len(await one.call(next(requests)))
            calls.latencies.append((time.perf_counter() - sent) * 1000)

    await asyncio.gather(*map(caller, callers))
    elapsed = time.perf_counter() - started
    calls.server = (cpu_seconds([process.pid]) - used) / elapsed
    calls.load = (time.process_time() - own) / elapsed
    calls.rate = len(calls.latencies) / elapsed
    calls.latencies.sort()
    for one in callers:
        one.transport.abort()
    return calls


async def call_steadily(port: int, requests: Iterator[bytes], rate: float, seconds: float) -> list[float]:
    """Open loop: `rate` requests a second whatever the server does; sorted ms from when each was due."""
    idle: list[Caller] = []
    latencies: list[float] = []
    started = time.perf_counter()

    async def one(due: float) -> None:
        caller = idle.pop() if idle else await Caller.open(port)
        await caller.call(next(requests))
        latencies.append((time.perf_counter() - due) * 1000)
        idle.append(caller)

    async with asyncio.TaskGroup() as tasks:
        for n in itertools.count():
            due = started + n / rate
            if due > started + seconds:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(one(due))
    for caller in idle:
        caller.transport.abort()
    return sorted(latencies)
