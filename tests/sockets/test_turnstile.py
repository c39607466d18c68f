"""A crowd of requests: so many are served at a time, others wait for a moment, and nobody is left hanging."""

import asyncio
import json
from typing import Any

import pytest

from chatproject.turnstile import PASSWORDS_AT_ONCE, App, Turnstile, Turnstiles

Events = list[dict[str, Any]]


async def ask(app: App, *parts: dict[str, Any], method: str = "GET", path: str = "/") -> Events:
    """What is answered to a request whose body comes in these parts."""
    coming = asyncio.Queue[dict[str, Any]]()
    for part in parts or ({"type": "http.request"},):
        coming.put_nowait(part)
    sent: Events = []

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    await app({"type": "http", "method": method, "path": path}, coming.get, send)
    return sent


class Slow:
    """An application that reads the body and answers when it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.serving = self.most = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        self.serving += 1
        self.most = max(self.most, self.serving)
        await self.may.wait()
        self.serving -= 1
        await send({"type": "http.response.start", "status": 200})


async def test_only_so_many_are_served_at_once_and_all_in_the_end():
    app = Slow()
    turnstile = Turnstile(app, at_once=3)
    asked = [asyncio.create_task(ask(turnstile)) for _ in range(10)]
    while app.serving < 3:
        await asyncio.sleep(0)
    app.may.set()
    assert [answer[0]["status"] for answer in await asyncio.gather(*asked)] == [200] * 10
    assert app.most == 3 and turnstile.inside == 0


async def test_who_waits_too_long_or_comes_to_a_full_house_is_told_to_come_again():
    app = Slow()
    turnstile = Turnstile(app, at_once=1, most=2, patience=0.01)
    first = asyncio.create_task(ask(turnstile))
    while not app.serving:
        await asyncio.sleep(0)
    impatient, late = await asyncio.gather(ask(turnstile), ask(turnstile))
    for answer in (impatient, late):
        assert answer[0]["status"] == 503 and b"retry-after" in dict(answer[0]["headers"])
        assert json.loads(answer[1]["body"])["error"]["code"] == "unavailable"
    app.may.set()
    assert (await first)[0]["status"] == 200
    assert (await ask(turnstile))[0]["status"] == 200


async def test_a_body_that_is_still_arriving_takes_no_place():
    app = Slow()
    app.may.set()
    turnstile = Turnstile(app, at_once=1)
    slow = asyncio.create_task(ask(turnstile, {"type": "http.request", "more_body": True}))
    assert (await ask(turnstile))[0]["status"] == 200
    slow.cancel()
    await asyncio.wait([slow])
    assert turnstile.inside == 0


async def test_a_client_that_is_slow_to_read_takes_no_place():
    may_read = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200})

    async def slow(event: dict[str, Any]) -> None:
        await may_read.wait()

    turnstile = Turnstile(app, at_once=1)
    body = asyncio.Queue[dict[str, Any]]()
    body.put_nowait({"type": "http.request"})
    reading = asyncio.create_task(turnstile({"type": "http"}, body.get, slow))
    while not body.empty():
        await asyncio.sleep(0)
    assert (await ask(turnstile))[0]["status"] == 200
    assert not reading.done()
    may_read.set()
    await reading
    assert turnstile.inside == 0 and not turnstile.places.locked()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/auth/login"),
        ("POST", "/auth/signup/"),
        ("POST", "/login"),
        ("POST", "/admin/login/"),
        ("POST", "/api-auth/login/"),
        ("POST", "/auth/password/change"),
        ("DELETE", "/users/me"),
    ],
)
async def test_a_crowd_whose_passwords_are_checked_waits_and_keeps_nobody_else_waiting(
    method: str, path: str
):
    slow = Slow()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if (scope["method"], scope["path"]) == (method, path):
            await slow(scope, receive, send)
        else:
            await receive()
            await send({"type": "http.response.start", "status": 200})

    turnstiles = Turnstiles(app)
    crowd = [asyncio.create_task(ask(turnstiles, method=method, path=path)) for _ in range(50)]
    while slow.serving < PASSWORDS_AT_ONCE:
        await asyncio.sleep(0)
    for other in ("/users/me", "/login", "/healthz"):
        assert (await ask(turnstiles, path=other))[0]["status"] == 200
    assert slow.serving == PASSWORDS_AT_ONCE and not any(one.done() for one in crowd)
    slow.may.set()
    assert [answer[0]["status"] for answer in await asyncio.gather(*crowd)] == [200] * 50
    assert slow.most == PASSWORDS_AT_ONCE
