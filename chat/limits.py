"""Rate limits of a socket and of a person."""

import time


class TokenBucket:
    """`rate` a second on average, `burst` at once."""

    __slots__ = ("burst", "rate", "tokens", "updated")

    def __init__(self, rate: float, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self.tokens = burst
        self.updated = time.monotonic()

    def take(self) -> float:
        """0 if one more is allowed, else the seconds until it will be."""
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.updated) * self.rate)
        self.updated = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.rate


#: Frames of any kind, per socket.
FRAMES = (100, 200)
#: Messages, per person over all their sockets in one process.
MESSAGES = (20, 100)
#: Bad frames in a row after which a socket is closed.
BAD_FRAMES = 100
#: How many more frames over the limit than within it close a socket.
OVER_LIMIT = 200
