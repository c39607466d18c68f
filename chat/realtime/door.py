"""Socket limits: how many may be open in this process, and opening at once. More are refused, so the server stays
up."""

import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.conf import settings

from chat.realtime import metrics
from lib import addresses, errors

K = TypeVar("K")
#: Sockets that are being opened at the same time. A thousand is about a second's work; further ones are refused before
#: the handshake, and retry.
OPENING = 1000
#: Open sockets of one person, and of one address (which a whole office may share), per process.
PER_PERSON = 50
PER_ADDRESS = 2000
#: Open files that the process needs besides sockets: for databases, logs, requests.
OTHER_FILES = 256
RETRY_AFTER = 2  # seconds


class Door:
    def __init__(self) -> None:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.most = max(OTHER_FILES, files - OTHER_FILES)
        self.arriving = 0  # handshakes that the server has read, but the application has not answered
        self.open = self.opening = self.turned_away = 0
        self.people: Counter[int] = Counter()
        self.networks: Counter[str | None] = Counter()

    @property
    def is_full(self) -> bool:
        return self.opening >= OPENING or self.open >= self.most

    @property
    def is_crowded(self) -> bool:
        """Whether the server should refuse further handshakes."""
        return self.is_full or self.arriving + self.opening >= OPENING

    def turn_away(self) -> None:
        """Count a refused handshake."""
        self.turned_away += 1
        metrics.TURNED_AWAY.inc()

    @contextmanager
    def enter(self, user_id: int | None, address: str | None) -> Iterator[None]:
        """Count a socket while it is open; `user_id` is None if it needs no token.

        Raises `RateLimited` if somebody has too many.
        """
        network = addresses.network(address)
        if settings.RATE_LIMITS:
            if user_id is not None and self.people[user_id] >= PER_PERSON:
                raise errors.RateLimited(RETRY_AFTER, "You have too many connections open. Close some.")
            if self.networks[network] >= PER_ADDRESS:
                raise errors.RateLimited(RETRY_AFTER, "Too many connections from your address.")
        self.open += 1
        if user_id is not None:
            self.people[user_id] += 1
        self.networks[network] += 1
        try:
            yield
        finally:
            self.open -= 1
            if user_id is not None:
                _less(self.people, user_id)
            _less(self.networks, network)

    @contextmanager
    def greet(self) -> Iterator[None]:
        """A context manager around everything that a socket needs until it is live."""
        self.opening += 1
        try:
            yield
        finally:
            self.opening -= 1


def _less(counts: Counter[K], key: K) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
