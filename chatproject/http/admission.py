"""Admission control: a bounded number of HTTP requests at a time, each in a thread; others wait briefly, then get 503.

Without it a thousand requests would be a thousand threads, and sockets would wait for all of them. Requests that take
several times as long as any other, or come by the hundred, have limits of their own, so that a crowd of them keeps
nobody else waiting: those that hash a password, those whose route says that they are slow (lib.bodies), as uploads are,
and downloads. Waiting requests are admitted round-robin by person: a client that sends more requests than the machine
can serve delays only itself.
"""

import asyncio
import math
import re
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.handshake import asker
from chatproject.http.body import answer, limit_of
from lib import errors

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

#: On SQLite a request holds the GIL from beginning to end: more at a time are not faster, and each makes the sockets
#: wait for the GIL a little longer.
AT_ONCE = 4 if settings.POSTGRESQL else 2
#: For requests that hash a password. One hash is computed at a time (accounts.hashers).
PASSWORDS_AT_ONCE = 4
#: For requests whose route says that they are slow (lib.bodies).
SLOW_AT_ONCE = 2
#: For downloads. More at a time are hardly faster, and everything else waits longer for the GIL.
FILES_AT_ONCE = 1
#: For each kind of health check: they are answered however many other requests wait.
HEALTH_AT_ONCE = 1
#: Threads for all of these together.
THREADS = AT_ONCE + PASSWORDS_AT_ONCE + SLOW_AT_ONCE + FILES_AT_ONCE + 3 * HEALTH_AT_ONCE
#: Requests in all, including waiting ones.
MOST = 1000
#: Seconds that a request waits at most. Together with the timeouts of the database, it is answered within five.
PATIENCE = 2.0
#: Seconds for those that hash a password: fifty log-ins at once take three to five, beside other work.
PASSWORDS_PATIENCE = 10.0
#: Slow requests, including waiting ones, whose bodies take disk or memory meanwhile; and seconds for those: with their
#: work, they are answered within the minute that proxies wait.
SLOW_MOST, SLOW_PATIENCE = 200, 45.0
#: Downloads, including waiting ones, and seconds for those: a gallery asks for all of its pictures at once.
FILES_MOST, FILES_PATIENCE = 2000, 20.0
#: Methods of slow requests. The same route may also send what it took, which is quick.
SLOW_METHODS = {"POST", "PUT", "PATCH"}

#: The routes where anybody can have a password hashed, by method.
PASSWORD_ROUTES = {
    "POST": [
        "signup",
        "login",
        "password-change",
        "password-reset-confirm",
        "page-signup",
        "page-login",
        "page-reset",
        "page-password",
        "page-delete",
        "rest_framework:login",
        "admin:login",
    ],
    "DELETE": ["me"],
}
FILES = re.compile("/(uploads/[0-9]+(/thumb)?|avatars/[^/]+)/?")
HEALTH_ROUTES = ["healthz", "readyz", "metrics"]


class Crowded(Exception):
    """Too many requests are being served; the application was not called."""


class Gone(Exception):
    """The client left while its request waited; the application was not called."""


class Places:
    """A fair semaphore: a queue for each waiting person, served round-robin."""

    def __init__(self, count: int, longest: int) -> None:
        self.free = count
        self.longest = longest  # length of one person's queue
        self._lines: dict[Hashable, deque[asyncio.Future[None]]] = {}  # in the order of their turns

    def is_full_for(self, person: Callable[[], Hashable]) -> bool:
        """Whether the person could not even wait for a place. `person` is called only if there is a wait."""
        return not self.free and len(self._lines.get(person(), ())) >= self.longest

    async def take(self, person: Callable[[], Hashable], patience: float) -> None:
        """Wait for a place, at most `patience` seconds. `person` is called only if there is a wait. Raises
        `Crowded`."""
        if self.free:
            self.free -= 1
            return
        line = self._lines.setdefault(person(), deque())
        if len(line) >= self.longest:
            raise Crowded
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            async with asyncio.timeout(patience):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if not turn.cancelled():  # the place came at the same moment
                self.leave()
            if isinstance(error, TimeoutError):
                raise Crowded from None
            raise

    def leave(self) -> None:
        """Give the place to the next waiting request that was not cancelled."""
        while self._lines:
            who = next(iter(self._lines))
            line = self._lines.pop(who)
            while line:
                turn = line.popleft()
                if not turn.done():
                    turn.set_result(None)
                    if line:
                        self._lines[who] = line  # its next turn comes after all others
                    return
        self.free += 1


class Admission:
    """Answers 503 if too many requests are being served.

    Requests come here once their body is complete (chatproject.http.body): those that are still arriving count for
    nothing, or slow ones would keep others out. A request gives up its place when its answer begins, so slow readers
    take none, or earlier, by calling `scope["leave"]`; one whose client leaves while it waits is dropped.
    """

    def __init__(
        self, app: App, at_once: int = AT_ONCE, most: int = MOST, patience: float = PATIENCE
    ) -> None:
        self.app = app
        self.places = Places(at_once, longest=most // 2)
        self.most = most
        self.patience = patience
        self.inside = 0

    def check(self, scope: Scope) -> None:
        """Raises `Unavailable` if a request that was complete now would be refused at once."""
        if self.inside >= self.most or self.places.is_full_for(lambda: asker(scope)):
            raise self._busy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.inside >= self.most:
            await answer(send, self._busy())
            return
        self.inside += 1
        try:
            receive = await self._come_in(scope, receive)
        except (Crowded, Gone) as error:
            self.inside -= 1
            if isinstance(error, Crowded):
                await answer(send, self._busy())
            return
        except asyncio.CancelledError:
            self.inside -= 1
            raise
        is_inside = True

        def leave() -> None:
            nonlocal is_inside
            if is_inside:
                is_inside = False
                self.inside -= 1
                self.places.leave()

        async def send_from_outside(event: dict[str, Any]) -> None:
            leave()
            await send(event)

        try:
            await self.app({**scope, "leave": leave}, receive, send_from_outside)
        finally:
            leave()

    async def _come_in(self, scope: Scope, receive: Receive) -> Receive:
        """Take a place. Returns what the application has to receive from. Raises `Crowded` and `Gone`."""
        if self.places.free:
            await self.places.take(lambda: asker(scope), self.patience)
            return receive
        # The request is complete: the event after this one says that the client left.
        events = [await receive()]
        gone = asyncio.ensure_future(receive())

        def give_up(_: object) -> None:
            with suppress(RuntimeError):  # the wait is over
                wait.reschedule(0)

        try:
            async with asyncio.timeout(None) as wait:
                gone.add_done_callback(give_up)
                await self.places.take(lambda: asker(scope), self.patience)
        except TimeoutError:
            raise Gone from None
        finally:
            gone.cancel()

        async def again() -> dict[str, Any]:
            return events.pop() if events else await receive()

        return again

    def _busy(self) -> errors.Unavailable:
        """Whoever comes again does so after as long as requests wait here."""
        return errors.Unavailable("The server is busy. Try again in a moment.", math.ceil(self.patience))


class AdmissionByRoute:
    """One for requests that hash a password, one for slow ones, one for downloads, one for each kind of health check,
    one for others."""

    def __init__(self, app: App) -> None:
        self.passwords = Admission(app, PASSWORDS_AT_ONCE, patience=PASSWORDS_PATIENCE)
        self.slow = Admission(app, SLOW_AT_ONCE, SLOW_MOST, SLOW_PATIENCE)
        self.files = Admission(app, FILES_AT_ONCE, FILES_MOST, FILES_PATIENCE)
        self.others = Admission(app)
        self.by_door = {
            (method, reverse(name).rstrip("/")): self.passwords
            for method, names in PASSWORD_ROUTES.items()
            for name in names
        }
        for name in HEALTH_ROUTES:
            health = Admission(app, HEALTH_AT_ONCE)
            self.by_door |= {(method, reverse(name)): health for method in ("GET", "HEAD")}

    def check(self, scope: Scope) -> None:
        """Whoever can't come in is told before a large body is read. Raises `Unavailable`."""
        self._of(scope).check(scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._of(scope)(scope, receive, send)

    def _of(self, scope: Scope) -> Admission:
        return self.by_door.get((scope["method"], scope["path"].rstrip("/"))) or self._by_route(scope)

    def _by_route(self, scope: Scope) -> Admission:
        if scope["method"] in SLOW_METHODS and (limit := limit_of(scope)) and limit.slow:
            return self.slow
        if scope["method"] in ("GET", "HEAD") and FILES.fullmatch(scope["path"]):
            return self.files
        return self.others
