"""Limits and deadlines of TCP connections, and which one is closed when there are too many.

Connections that wait for their client are registered here, the longest wait first, each with a deadline: for the head
of a request, its body, the next request, or for the client to read its answer. At its deadline a connection is closed.
When a process or an address is at its limit, the connection that has waited longest is closed in favour of the new one,
as in nginx: clients that only hold connections open displace each other, and nobody else.
"""

import asyncio
import logging
import resource
import time
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from prometheus_client import Counter as Metric

from chat.realtime import door
from chatproject.http.proxies import is_trusted
from lib import addresses, errors

logger = logging.getLogger(__name__)
CUT = Metric(
    "chat_connections_cut",
    "Connections and requests that were ended: slow (their time was over), full (the process has no more files), "
    "address (too many of one, or too much), memory, disk (too much of unfinished bodies).",
    ["why"],
)
SWEEP = 1.0  # seconds between two checks of the deadlines
#: Seconds for the head of a request, from the connection's first moment or the request's first byte.
HEAD = 10.0
#: Seconds that a connection may be idle: longer than load balancers keep theirs, most of them 60.
KEEP_ALIVE = 75
#: Seconds that a client has to read what it is sent, and bytes a second beyond that.
READ, READ_RATE = 30.0, 10_000
#: Seconds in which a client that is refused while it sends can read the answer; its input is discarded.
LINGER = 2.0
#: Connections of one address, including sockets; unlimited for trusted proxies.
PER_ADDRESS = door.PER_ADDRESS + 500
#: Bodies of one address (behind a trusted proxy, the forwarded one) that are still arriving.
BODIES_PER_ADDRESS = 100
#: Bytes of all bodies that are still arriving, in total.
BODIES = 64 * 1024 * 1024
#: Bytes of all bodies that are kept in files until their requests are answered; and of those of one address.
SPOOLED, SPOOLED_PER_ADDRESS = 1024 * 1024 * 1024, 256 * 1024 * 1024
#: Of the files that `door` keeps from sockets, these are for requests; the others for databases and logs.
FILES_FOR_REQUESTS = door.OTHER_FILES // 2
SAID = 10.0  # seconds between two equal log lines
RETRY_AFTER = 2


class Guest(Protocol):
    """A connection or body that waits for its client."""

    @property
    def address(self) -> str | None: ...

    @property
    def size(self) -> int | None:
        """Bytes held in memory of a body that is still arriving; None for anything else."""

    @property
    def spool(self) -> object | None:
        """The file of a body that is still arriving."""

    def give_way(self, error: errors.Refused) -> None:
        """Close it with this error. Called once, after it was removed from the waiting ones."""


class Lobby:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.most = max(FILES_FOR_REQUESTS, self.files - door.OTHER_FILES + FILES_FOR_REQUESTS)
        self.open = self.bytes = self.spooled = 0
        self.connections: Counter[str] = Counter()
        self.bodies: Counter[str] = Counter()
        self.spooled_by: Counter[str] = Counter()
        #: Deadlines (by the loop's clock), in the order in which the guests began to wait.
        self.waiting: dict[Guest, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._unsaid = 0
        self._said = -SAID

    # ------------------------------------------------------------ connections

    def enter(self, address: str | None) -> errors.Refused | None:
        """Count a connection, or return why it can't be accepted. `address` comes from `stranger`."""
        if self.open >= self.most:
            self._say_full()
            full = errors.Unavailable("The server is full. Try again in a moment.", RETRY_AFTER)
            if not self._make_room("full", full, lambda guest: True):
                return full
        if address is not None:
            if self.connections[address] >= PER_ADDRESS:
                crowd = errors.RateLimited(RETRY_AFTER, "Too many connections from your address.")
                if not self._make_room("address", crowd, lambda guest: guest.address == address):
                    return crowd
            self.connections[address] += 1
        self.open += 1
        return None

    def leave(self, address: str | None) -> None:
        self.open -= 1
        if address is not None:
            less(self.connections, address)

    def _say_full(self) -> None:
        self._unsaid += 1
        now = time.monotonic()
        if now - self._said >= SAID:
            logger.error(
                "full: %d connections are open, and the limit of open files (nofile: %d) allows no more; "
                "%d came since this was last said",
                self.open,
                self.files,
                self._unsaid,
            )
            self._said, self._unsaid = now, 0

    # ------------------------------------------------------------ deadlines

    def wait(self, guest: Guest, seconds: float) -> None:
        """The guest begins to wait, with a deadline in so many seconds."""
        self.waiting.pop(guest, None)
        self.waiting[guest] = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_later(SWEEP, self._sweep)

    def extend(self, guest: Guest, until: float) -> None:
        """Move its deadline; it keeps its position."""
        if guest in self.waiting:
            self.waiting[guest] = until

    def go_on(self, guest: Guest) -> None:
        """The guest no longer waits."""
        self.waiting.pop(guest, None)

    def _make_room(self, why: str, error: errors.Refused, fits: Callable[[Guest], bool]) -> bool:
        """Close the longest waiting guest for which `fits` is true. Returns whether there was one."""
        CUT.labels(why).inc()
        for guest in self.waiting:
            if fits(guest):
                del self.waiting[guest]
                guest.give_way(error)
                return True
        return False

    def _sweep(self) -> None:
        now = self._loop.time()
        for guest in [guest for guest, until in self.waiting.items() if until <= now]:
            if self.waiting.pop(guest, None) is not None:
                CUT.labels("slow").inc()
                guest.give_way(errors.TimedOut())
        self._timer = self._loop.call_later(SWEEP, self._sweep) if self.waiting else None

    # ------------------------------------------------------------ bodies

    def begin_body(self, guest: Guest, seconds: float) -> None:
        """A body begins to arrive; another one of its address may be closed for it."""
        address = guest.address
        if settings.RATE_LIMITS and address is not None and self.bodies[address] >= BODIES_PER_ADDRESS:
            error = errors.RateLimited(RETRY_AFTER, "Too many unfinished requests from your address.")
            self._make_room(
                "address", error, lambda other: other.size is not None and other.address == address
            )
        if address is not None:
            self.bodies[address] += 1
        self.wait(guest, seconds)

    def grow(self, size: int) -> None:
        """Add to the number of bytes held of bodies (`size` may be negative)."""
        self.bytes += size
        if size > 0 and self.bytes > BODIES:
            self._make_room(
                "memory",
                errors.Unavailable("The server is busy. Try again in a moment."),
                lambda guest: bool(guest.size),
            )

    def spool(self, address: str | None, size: int) -> None:
        """So many bytes more of a body of this address are kept in its file (or fewer)."""
        self.spooled += size
        if address is not None:
            less(self.spooled_by, address, -size)
        if size <= 0:
            return
        if settings.RATE_LIMITS and address is not None and self.spooled_by[address] > SPOOLED_PER_ADDRESS:
            much = errors.RateLimited(RETRY_AFTER, "Too many bytes of unfinished requests from your address.")
            self._make_room(
                "address", much, lambda guest: guest.spool is not None and guest.address == address
            )
        if self.spooled > SPOOLED:
            busy = errors.Unavailable("The server is busy. Try again in a moment.")
            self._make_room("disk", busy, lambda guest: guest.spool is not None)

    def end_body(self, guest: Guest) -> None:
        self.waiting.pop(guest, None)
        if guest.address is not None:
            less(self.bodies, guest.address)


def less(counts: Counter[str], key: str, by: int = 1) -> None:
    counts[key] -= by
    if counts[key] <= 0:
        del counts[key]


@lru_cache(4096)
def stranger(host: str) -> str | None:
    """The key by which a connection is counted; None for a trusted proxy, as it serves many clients."""
    if not settings.RATE_LIMITS or is_trusted(addresses.parse(host)):
        return None
    return addresses.network(host)


_lobby: Lobby | None = None


def current() -> Lobby:
    """The lobby of this event loop, and so of this process."""
    global _lobby
    if _lobby is None or _lobby._loop is not asyncio.get_running_loop():
        _lobby = Lobby()
    return _lobby
