"""A peer that is gone without a word, as after a pulled cable, is found by the server's pings."""

import asyncio
import time

import httpx
import pytest

from tests.people import Person
from tests.servers import SQLITE

FOUND_WITHIN = 60.0  # seconds


@pytest.fixture
def server(backing):
    with backing.chat_server(SQLITE) as running:
        yield running


async def test_a_socket_that_answers_no_ping_is_closed_within_a_minute(ann: Person):
    bob = await ann.people.sign_up("bob")
    await ann.people.room(ann, bob)
    watching = await ann.socket("/ws")
    url = httpx.URL(ann.server.ws)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    started = time.monotonic()
    writer.write(
        (
            f"GET /ws HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nAuthorization: Bearer {bob.token}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()
    )
    await watching.get("user_status", user_id=bob.id, is_online=True)
    async with asyncio.timeout(FOUND_WITHIN):
        while await reader.read(65536):  # reads, but never answers a ping
            pass
    assert time.monotonic() - started > 15, "an idle socket is left alone"
    await watching.get("user_status", user_id=bob.id, is_online=False)
    writer.close()
