"""So many HTTP requests at a time, each in a thread of its own; a crowd waits a moment, and then hears so.

Without it a thousand requests would be a thousand threads, and sockets would wait for all of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from accounts import errors
from chatproject.body import answer

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

AT_ONCE = 32
#: Requests in all, with those that wait and those whose body is still arriving.
MOST = 1000
#: Seconds that a request waits. With what a database that is away takes, it is answered within five.
PATIENCE = 2.0


class Crowded(Exception):
    """Others are being served; the application has not begun."""


class Turnstile:
    """Answers 503 where too many are served already. A slow body takes no place: one is taken when it is complete."""

    def __init__(
        self, app: App, at_once: int = AT_ONCE, most: int = MOST, patience: float = PATIENCE
    ) -> None:
        self.app = app
        self.places = asyncio.Semaphore(at_once)
        self.most = most
        self.patience = patience
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_place = False

        async def with_a_place() -> dict[str, Any]:
            nonlocal has_place
            event = await receive()
            if not has_place and event["type"] == "http.request" and not event.get("more_body", False):
                try:
                    async with asyncio.timeout(self.patience):
                        has_place = await self.places.acquire()
                except TimeoutError:
                    raise Crowded from None
            return event

        self.inside += 1
        try:
            if self.inside > self.most:
                raise Crowded
            await self.app(scope, with_a_place, send)
        except Crowded:
            await answer(send, errors.Unavailable("The server is busy. Try again in a moment."))
        finally:
            self.inside -= 1
            if has_place:
                self.places.release()
