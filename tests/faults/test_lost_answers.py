"""Refresh tokens where answers get lost and pages are reloaded at the wrong moment: nobody is signed out by it."""

import asyncio
import contextlib
import random

import httpx

from tests.people import People
from tests.servers import ChatServer

BROWSERS = 10
RELOADS = 100  # of each
EVERY = 3  # one of so many answers is lost
LONGEST = 0.1  # seconds that a page lives that is reloaded before it has its answer
LATER = """
from accounts.models import Session
for session in Session.objects.exclude(former_jtis=""):
    lines = [line.split() for line in session.former_jtis.splitlines()]
    session.former_jtis = chr(10).join(f"{jti} {float(at) - 31}" for jti, at in lines)
    session.save()
"""


class LossyProxy:
    """A port that leads to a server; of its answers one in EVERY never arrives: the connection is cut."""

    def __init__(self, server: ChatServer) -> None:
        self.server = server
        self.answers = self.lost = 0
        self.passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "LossyProxy":
        self.listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.http = f"http://127.0.0.1:{self.listener.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.listener.close()
        for task in self.passing:
            task.cancel()
        await asyncio.gather(*self.passing, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass_on(reader, writer))
        self.passing.add(task)
        task.add_done_callback(self.passing.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of a connection, and its answer, once all of it came from the server."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            far_writer.write(await request_of(reader))
            answer = await far_reader.read()  # to the end of the connection
            self.answers += 1
            if self.answers % EVERY == 0:
                self.lost += 1
                writer.transport.abort()
                return
            with contextlib.suppress(OSError):
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            writer.transport.abort()  # the page was left before it had asked
        finally:
            far_writer.close()
            writer.close()


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """A request with its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
    return head + await reader.readexactly(length)


class Browser:
    """What a browser does with the refresh token: each page that is opened refreshes first, with the token that the
    last answer to arrive has left."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str) -> None:
        self.http = http
        self.url = url
        self.token = token
        self.former: list[str] = []
        self.access = ""

    async def open_page(self) -> None:
        try:
            answer = await self.http.post(f"{self.url}/auth/refresh", json={"refresh_token": self.token})
        except httpx.TransportError:  # the answer was lost
            return
        assert answer.status_code == 200, answer.text
        if answer.json()["refresh_token"] != self.token:
            self.former.append(self.token)
        self.token, self.access = answer.json()["refresh_token"], answer.json()["access_token"]

    async def reload_often(self, chance: random.Random) -> None:
        for _ in range(RELOADS):
            page = asyncio.create_task(self.open_page())
            await asyncio.wait([page], timeout=chance.choice([None, chance.random() * LONGEST]))
            page.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await page


async def test_a_thousand_reloads_while_every_third_answer_is_lost_sign_nobody_out(
    server: ChatServer, people: People
):
    ann = await people.sign_up("ann")
    devices = [await ann.sign_in() for _ in range(BROWSERS)]
    limits = httpx.Limits(max_keepalive_connections=0)
    headers = {"Connection": "close"}
    async with (
        LossyProxy(server) as proxy,
        httpx.AsyncClient(timeout=30, limits=limits, headers=headers) as http,
    ):
        browsers = [Browser(http, proxy.http, device.refresh_token) for device in devices]
        chances = [random.Random(number) for number in range(BROWSERS)]
        await asyncio.gather(
            *(browser.reload_often(chance) for browser, chance in zip(browsers, chances, strict=True))
        )
        assert proxy.lost > 50
        assert sum(len(browser.former) for browser in browsers) > 50
        for browser in browsers:
            browser.access = ""
            while not browser.access:
                await browser.open_page()
    for browser in browsers:
        me = await people.http.get(
            f"{server.http}/users/me", headers={"Authorization": f"Bearer {browser.access}"}
        )
        assert me.status_code == 200, me.text


async def test_a_copied_token_that_comes_half_a_minute_later_ends_the_session(
    server: ChatServer, people: People
):
    ann = await people.sign_up("ann")
    browser = Browser(people.http, server.http, ann.refresh_token)
    await browser.open_page()
    await browser.open_page()
    socket = await ann.socket("/ws")
    server.manage("shell", "-c", LATER)
    thief = await people.http.post(f"{server.http}/auth/refresh", json={"refresh_token": browser.former[-1]})
    assert thief.status_code == 401
    assert await socket.closed() == 4401
    owner = await people.http.post(f"{server.http}/auth/refresh", json={"refresh_token": browser.token})
    assert owner.status_code == 401
