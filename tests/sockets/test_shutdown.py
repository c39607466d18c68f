"""SIGTERM: what was taken in is stored and acked, then the sockets are told to come back."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from tests.people import People
from tests.servers import BACKENDS, ChatServer

GRACE = 10.0  # seconds from SIGTERM to the end


@pytest.fixture(params=BACKENDS)
def server(request, backing) -> Iterator[ChatServer]:
    with backing.chat_server(request.param) as running:
        yield running


async def test_everything_received_before_sigterm_is_acked_and_the_sockets_close_with_1012(
    server: ChatServer, people: People
):
    ann = await people.sign_up("ann")
    idle, busy = await ann.socket("/ws"), await ann.socket("/ws/general")
    count = 1500
    for number in range(count):
        await busy.say(f"message {number}", client_id=str(number))
    await busy.send({"type": "ping"})
    await busy.get("pong")  # the server has all of it, and has stored a part
    started = time.monotonic()
    status = await asyncio.to_thread(server.stop)
    assert status == 0 and time.monotonic() - started < GRACE
    assert await busy.closed() == 1012
    assert await idle.closed() == 1012
    acked = {frame["client_id"] for frame in busy.kept if frame["type"] == "ack"}
    assert acked == {str(number) for number in range(count)}
    server.start()
    assert [message["client_id"] for message in await ann.history()] == [
        str(number) for number in range(count)
    ]
