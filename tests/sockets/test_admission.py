"""A crowd of requests: so many are served at a time, others wait for a moment, and nobody is left hanging."""

import asyncio
import json
from typing import Any

import pytest
from django.urls import reverse

from chatproject.http.admission import (
    AT_ONCE,
    FILES_AT_ONCE,
    MOST,
    PASSWORDS_AT_ONCE,
    SLOW_AT_ONCE,
    Admission,
    AdmissionByRoute,
    App,
)
from chatproject.http.body import Bodies

Events = list[dict[str, Any]]


async def ask(
    app: App,
    *parts: dict[str, Any],
    method: str = "GET",
    path: str = "/",
    address: str = "192.0.2.1",
    headers: dict[str, str] | None = None,
) -> Events:
    """What is answered to a request whose body comes in these parts."""
    coming = asyncio.Queue[dict[str, Any]]()
    for part in parts or ({"type": "http.request"},):
        coming.put_nowait(part)
    sent: Events = []

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    lines = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "headers": lines, "client": (address, 1)}
    await app(scope, coming.get, send)
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
    admission = Admission(app, at_once=3)
    asked = [asyncio.create_task(ask(admission)) for _ in range(10)]
    while app.serving < 3:
        await asyncio.sleep(0)
    app.may.set()
    assert [answer[0]["status"] for answer in await asyncio.gather(*asked)] == [200] * 10
    assert app.most == 3 and admission.inside == 0


async def test_who_waits_too_long_or_comes_to_a_full_house_is_told_to_come_again():
    app = Slow()
    admission = Admission(app, at_once=1, most=2, patience=0.01)
    first = asyncio.create_task(ask(admission))
    while not app.serving:
        await asyncio.sleep(0)
    impatient, late = await asyncio.gather(ask(admission), ask(admission))
    for answer in (impatient, late):
        assert answer[0]["status"] == 503 and b"retry-after" in dict(answer[0]["headers"])
        assert (b"cache-control", b"no-store") in answer[0]["headers"]
        assert json.loads(answer[1]["body"])["error"]["code"] == "unavailable"
    app.may.set()
    assert (await first)[0]["status"] == 200
    assert (await ask(admission))[0]["status"] == 200
    assert admission.places.free == 1


async def test_whoever_asks_for_more_than_there_is_keeps_nobody_else_waiting():
    may = asyncio.Event()
    served: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await may.wait()
        served.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 200})

    admission = Admission(app, at_once=1)
    askers = ["192.0.2.1"] * 9 + ["192.0.2.2", "192.0.2.3"]
    asked = [asyncio.create_task(ask(admission, address=address)) for address in askers]
    await asyncio.sleep(0)  # all of them wait now, or are inside
    may.set()
    await asyncio.gather(*asked)
    assert served == ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"] + ["192.0.2.1"] * 7


async def test_one_persons_line_leaves_room_for_others():
    app = Slow()
    admission = Admission(app, at_once=1, most=6)
    greedy = [asyncio.create_task(ask(admission)) for _ in range(4)]
    while not app.serving:
        await asyncio.sleep(0)
    assert (await ask(admission))[0]["status"] == 503
    other = asyncio.create_task(ask(admission, address="192.0.2.2"))
    await asyncio.sleep(0)
    app.may.set()
    assert [answer[0]["status"] for answer in await asyncio.gather(*greedy, other)] == [200] * 5
    assert admission.places.free == 1


async def test_a_turn_that_comes_as_somebody_goes_away_is_passed_on():
    app = Slow()
    admission = Admission(app, at_once=1)
    first, second, third = (asyncio.create_task(ask(admission)) for _ in range(3))
    while not app.serving:
        await asyncio.sleep(0)
    admission.places.leave()  # as if the first one were done: it is the second one's turn
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    for _ in range(10):
        await asyncio.sleep(0)
    assert app.serving == 2
    app.may.set()
    assert [answer[0]["status"] for answer in await asyncio.gather(first, third)] == [200, 200]


async def test_a_body_that_is_still_arriving_takes_no_place():
    app = Slow()
    app.may.set()
    admission = Admission(app, at_once=1, most=1)
    bodies = Bodies(admission, 100)
    head = {"content-length": "5"}
    slow = asyncio.create_task(ask(bodies, {"type": "http.request", "more_body": True}, headers=head))
    silent = asyncio.create_task(ask(bodies, {"type": "http.request", "more_body": True}, headers=head))
    await asyncio.sleep(0)
    assert (await ask(bodies))[0]["status"] == 200
    for one in (slow, silent):
        one.cancel()
    await asyncio.wait([slow, silent])
    assert admission.inside == 0


async def test_a_client_that_is_slow_to_read_takes_no_place():
    may_read = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200})

    async def slow(event: dict[str, Any]) -> None:
        await may_read.wait()

    admission = Admission(app, at_once=1, most=1)
    body = asyncio.Queue[dict[str, Any]]()
    body.put_nowait({"type": "http.request"})
    reading = asyncio.create_task(admission({"type": "http"}, body.get, slow))
    while not body.empty():
        await asyncio.sleep(0)
    assert (await ask(admission))[0]["status"] == 200
    assert not reading.done()
    may_read.set()
    await reading
    assert admission.inside == 0 and admission.places.free == 1


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

    admission = AdmissionByRoute(app)
    crowd = [asyncio.create_task(ask(admission, method=method, path=path)) for _ in range(50)]
    while slow.serving < PASSWORDS_AT_ONCE:
        await asyncio.sleep(0)
    for other in ("/users/me", "/login", "/healthz", "/readyz/", "/metrics"):
        assert (await ask(admission, path=other))[0]["status"] == 200
    assert slow.serving == PASSWORDS_AT_ONCE and not any(one.done() for one in crowd)
    slow.may.set()
    assert [answer[0]["status"] for answer in await asyncio.gather(*crowd)] == [200] * 50
    assert slow.most == PASSWORDS_AT_ONCE


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/healthz/"])
async def test_health_is_answered_whatever_all_others_wait_for(path: str):
    slow = Slow()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == path:
            await receive()
            await send({"type": "http.response.start", "status": 200})
        else:
            await slow(scope, receive, send)

    admission = AdmissionByRoute(app)
    crowd = [asyncio.create_task(ask(admission, address=f"192.0.2.{number % 40}")) for number in range(MOST)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert admission.others.inside == MOST
    assert (await ask(admission))[0]["status"] == 503
    assert (await ask(admission, path=path))[0]["status"] == 200
    slow.may.set()
    await asyncio.gather(*crowd)


@pytest.mark.parametrize("leaves_first", [True, False])
async def test_a_request_whose_client_leaves_while_it_waits_is_not_served(leaves_first: bool):
    app = Slow()
    admission = Admission(app, at_once=1)
    first = asyncio.create_task(ask(admission))
    while not app.serving:
        await asyncio.sleep(0)
    leaver = asyncio.create_task(ask(admission, {"type": "http.request"}, {"type": "http.disconnect"}))
    if leaves_first:
        assert await leaver == [] and admission.inside == 1
    app.may.set()
    assert (await first)[0]["status"] == 200
    await leaver
    assert (await ask(admission))[0]["status"] == 200
    assert (admission.inside, admission.places.free, app.serving) == (0, 1, 0)


@pytest.mark.parametrize(
    ("method", "path", "is_slow"),
    [
        ("POST", "/tests/slow", True),
        ("PUT", "/tests/slow/", True),
        ("PATCH", "/tests/slow", True),
        ("GET", "/tests/slow", False),
        ("POST", "/tests/upload", False),
        ("POST", "/nowhere", False),
    ],
)
async def test_routes_that_say_so_wait_by_themselves(settings: Any, method: str, path: str, is_slow: bool):
    settings.ROOT_URLCONF = "tests.file_urls"
    slow = Slow()
    admission = AdmissionByRoute(slow)
    crowd = [asyncio.create_task(ask(admission, method=method, path=path)) for _ in range(20)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert admission.slow.inside == (20 if is_slow else 0)
    assert slow.serving == (SLOW_AT_ONCE if is_slow else AT_ONCE)
    slow.may.set()
    assert [answer[0]["status"] for answer in await asyncio.gather(*crowd)] == [200] * 20


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH"])
@pytest.mark.parametrize(
    ("name", "key", "is_file"),
    [
        ("upload", 12, True),
        ("upload-thumb", 12, True),
        ("avatar", "0" * 32, True),
        ("upload-copy", 12, False),
        ("uploads", None, False),
        ("user", 12, False),
    ],
)
async def test_downloads_wait_by_themselves(method: str, name: str, key: Any, is_file: bool):
    slow = Slow()
    admission = AdmissionByRoute(slow)
    path = reverse(name, args=[] if key is None else [key])
    crowd = [
        asyncio.create_task(ask(admission, method=method, path=path + "/" * (number % 2)))
        for number in range(20)
    ]
    for _ in range(10):
        await asyncio.sleep(0)
    is_file = is_file and method != "PATCH"
    assert admission.files.inside == (20 if is_file else 0)
    assert slow.serving == FILES_AT_ONCE or not is_file
    slow.may.set()
    assert [answer[0]["status"] for answer in await asyncio.gather(*crowd)] == [200] * 20
