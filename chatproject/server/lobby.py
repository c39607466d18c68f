"""TCP connections from the moment they are accepted, and who gives way when there are too many.

Whatever waits for a client is noted here, the longest first, with the time it has left: for the head of a request, for
its body, for the next request, or for the client to read what it was sent. Past its time it is ended. When a process
or an address has as many connections as it may, whoever has waited longest gives way to who comes, as in nginx: clients
that only hold places keep each other out, and nobody else.
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
    "address (too many of one), memory (too much of unfinished bodies).",
    ["why"],
)
SWEEP = 1.0  # seconds between two looks at whose time is over
#: Seconds for the head of a request, from the connection's first moment or the request's first byte.
HEAD = 10.0
#: Seconds that a connection waits for its next request: longer than load balancers keep theirs, most for 60.
KEEP_ALIVE = 75
#: Seconds, and bytes a second, in which a client has to take what it is sent.
READ, READ_RATE = 30.0, 10_000
#: Seconds in which a client that is refused while it sends may read why; what it sends is dropped.
LINGER = 2.0
#: Connections of one address, sockets too; of a trusted proxy's as many as come.
PER_ADDRESS = door.PER_ADDRESS + 500
#: Bodies of one address (the one that a trusted proxy names) that are still arriving.
BODIES_PER_ADDRESS = 100
#: Bytes of all bodies that are still arriving.
BODIES = 64 * 1024 * 1024
#: Of the files that `door` keeps from sockets, these are for requests; the others for databases and logs.
FILES_FOR_REQUESTS = door.OTHER_FILES // 2
SAID = 10.0  # seconds between two lines in the log that say the same
RETRY_AFTER = 2


class Guest(Protocol):
    """Something that waits for its client."""

    @property
    def address(self) -> str | None: ...

    @property
    def size(self) -> int | None:
        """Bytes kept of a body that is still arriving; None for anything else."""

    def give_way(self, error: errors.Refused) -> None:
        """End. Called once, when it waits no longer."""


class Lobby:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.most = max(FILES_FOR_REQUESTS, self.files - door.OTHER_FILES + FILES_FOR_REQUESTS)
        self.open = self.bytes = 0
        self.connections: Counter[str] = Counter()
        self.bodies: Counter[str] = Counter()
        #: Until when (by the loop's clock), in the order in which they began to wait.
        self.waiting: dict[Guest, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._unsaid = 0
        self._said = -SAID

    # ------------------------------------------------------------ connections

    def enter(self, address: str | None) -> errors.Refused | None:
        """Count a connection, or say why it can't be taken. `address` is what `stranger` gives."""
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

    # ------------------------------------------------------------ those who wait

    def wait(self, guest: Guest, seconds: float) -> None:
        """It begins to wait, and has so long."""
        self.waiting.pop(guest, None)
        self.waiting[guest] = self._loop.time() + seconds
        if self._timer is None:
            self._timer = self._loop.call_later(SWEEP, self._sweep)

    def extend(self, guest: Guest, until: float) -> None:
        """It has more time, and keeps its turn."""
        if guest in self.waiting:
            self.waiting[guest] = until

    def go_on(self, guest: Guest) -> None:
        """It waits no longer."""
        self.waiting.pop(guest, None)

    def _make_room(self, why: str, error: errors.Refused, fits: Callable[[Guest], bool]) -> bool:
        """The one that fits and has waited longest gives way. Whether there was one."""
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
        """A body begins to arrive; another one of its address may have to give way."""
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
        """So many bytes more of a body were kept (or fewer)."""
        self.bytes += size
        if size > 0 and self.bytes > BODIES:
            self._make_room(
                "memory",
                errors.Unavailable("The server is busy. Try again in a moment."),
                lambda guest: bool(guest.size),
            )

    def end_body(self, guest: Guest) -> None:
        self.waiting.pop(guest, None)
        if guest.address is not None:
            less(self.bodies, guest.address)


def less(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]


@lru_cache(4096)
def stranger(host: str) -> str | None:
    """By what a connection from there is counted; None for a trusted proxy, behind which anybody may be."""
    if not settings.RATE_LIMITS or is_trusted(addresses.parse(host)):
        return None
    return addresses.network(host)


_lobby: Lobby | None = None


def current() -> Lobby:
    """This process's, or rather this event loop's."""
    global _lobby
    if _lobby is None or _lobby._loop is not asyncio.get_running_loop():
        _lobby = Lobby()
    return _lobby
