"""An HTTP/1.1 load client: connections that stay open, one request at a time on each."""

import asyncio
import time
from collections.abc import Iterable, Iterator
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


class Busy(RuntimeError):
    """The server answered 503."""


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
        """The whole answer. Raises Busy for 503, RuntimeError for what isn't 2xx, ConnectionError without an answer."""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        answer = await self.answer
        if answer.startswith(b"HTTP/1.1 503"):
            raise Busy(answer[:600].decode(errors="replace"))
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
        return quantile(self.latencies, share)


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


@dataclass
class Outcome:
    """What became of requests that were sent at fixed times."""

    latencies: list[float] = field(
        default_factory=list
    )  # ms from when each was due, sorted; of those answered
    refused: int = 0  # 503: the server was too busy


def steadily(requests: Iterator[bytes], rate: float, seconds: float) -> Iterator[tuple[float, bytes]]:
    """`rate` requests a second: (when it is due, request)."""
    return ((n / rate, next(requests)) for n in range(int(rate * seconds)))


async def call_at(port: int, due: Iterable[tuple[float, bytes]]) -> Outcome:
    """Open loop: send each request at its time (seconds from now), however slowly the answers come."""
    idle: list[Caller] = []
    outcome = Outcome()
    started = time.perf_counter()

    async def one(at: float, request: bytes) -> None:
        caller = idle.pop() if idle else await Caller.open(port)
        try:
            await caller.call(request)
        except Busy:
            outcome.refused += 1
            caller.transport.abort()  # the server may close it
            return
        outcome.latencies.append((time.perf_counter() - started - at) * 1000)
        idle.append(caller)

    async with asyncio.TaskGroup() as tasks:
        for at, request in due:
            await asyncio.sleep(max(0.0, started + at - time.perf_counter()))
            tasks.create_task(one(at, request))
    for caller in idle:
        caller.transport.abort()
    outcome.latencies.sort()
    return outcome


def quantile(ordered: list[float], share: float) -> float:
    """Of sorted values; infinite if there is none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")
