"""How many sockets may come in: too many of one person are refused, too many at once are sent away for a moment."""

import asyncio
from asyncio import Transport
from typing import Any, cast

import pytest
from uvicorn.server import ServerState

from chat.realtime import consumers, door, runtime
from chatproject.server import lobby
from chatproject.server import run as server_module
from chatproject.server.http import HttpProtocol
from tests.people import PATIENCE, People
from tests.servers import SQLITE


@pytest.fixture
def server(backing):
    with backing.chat_server(SQLITE, RATE_LIMITS="on") as running:
        yield running


async def test_one_person_may_not_open_sockets_without_end(people: People):
    ann, bob = await people.sign_up("ann"), await people.sign_up("bob")
    sockets = [await ann.socket("/ws/general") for _ in range(door.PER_PERSON)]
    one_more = await ann.connect("/ws/general")
    assert (await one_more.get("error"))["code"] == "rate_limited"
    assert await one_more.closed() == 4429
    await (await bob.socket("/ws/general")).said("others are not concerned")
    await sockets.pop().close()
    for _ in range(20):  # the place is free as soon as the server has seen the other one go
        again = await ann.connect("/ws/general")
        first = await again.next()
        if first["type"] == "connection_established":
            break
    await again.said("one went, so one may come")


@pytest.mark.parametrize(("extension", "status"), [({"websocket.http.response": {}}, 503), ({}, None)])
async def test_in_a_storm_who_comes_late_is_sent_away_before_the_handshake(extension, status):
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    live = runtime.current()
    try:
        live.door.opening = door.OPENING
        await consumers.AllChatsConsumer.as_asgi()({"extensions": extension}, receive, send)
    finally:
        await runtime.stop()
    assert live.door.turned_away == 1
    if status is None:
        assert sent == [{"type": "websocket.close"}]
    else:
        assert sent[0]["status"] == status and (b"retry-after", b"2") in sent[0]["headers"]
        assert b'"unavailable"' in sent[1]["body"]


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.is_open = True

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_open = False

    def is_closing(self) -> bool:
        return not self.is_open

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str) -> None:
        return None

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        pass

    def set_protocol(self, protocol: object) -> None:
        pass

    def abort(self) -> None:
        self.is_open = False


HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nhost: chat\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def fails(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError


async def says_nothing(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(("application", "answer"), [(fails, b"HTTP/1.1 503 "), (says_nothing, b"")])
async def test_a_handshake_that_the_application_does_not_answer_ends(application, answer, monkeypatch):
    monkeypatch.setattr(lobby, "HEAD", 0.1)
    config = server_module.config()
    config.load()
    config.loaded_app = application
    wire, state = Wire(), ServerState()
    protocol = HttpProtocol(config, state, {})
    try:
        protocol.connection_made(cast(Transport, wire))
        protocol.data_received(HANDSHAKE)
        async with asyncio.timeout(PATIENCE):
            while wire.is_open:
                await asyncio.sleep(0.01)
    finally:
        for task in state.tasks:
            task.cancel()
        await runtime.stop()
    assert wire.written.startswith(answer)
    assert not answer or b'{"error":{"code":"unavailable"' in wire.written


async def test_the_server_sends_them_away_before_it_sets_anything_up():
    config = server_module.config()
    config.load()
    wire, live = Wire(), runtime.current()
    protocol = HttpProtocol(config, ServerState(), {})
    try:
        live.door.arriving, live.door.opening = door.OPENING // 2, door.OPENING // 2
        protocol.connection_made(cast(Transport, wire))
        protocol.data_received(HANDSHAKE)
    finally:
        await runtime.stop()
    head, _, body = wire.written.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ") and b"\r\nretry-after: 2" in head
    assert b"\r\ncontent-length: %d\r\n" % len(body) in head and b'"unavailable"' in body
    assert not wire.is_open and live.door.turned_away == 1 and live.door.arriving == door.OPENING // 2
