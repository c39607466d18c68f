"""What the tests share: private servers on free ports, and people who use them.

Tests of sockets, faults and the browser run against real server processes over real TCP. Without PostgreSQL or
Redis on the machine theirs are skipped, saying how to install them; under CI a skipped test is a failure.
"""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.people import People
from tests.servers import BACKENDS, Backing, ChatServer


@pytest.fixture(scope="session")
def backing() -> Iterator[Backing]:
    """The private PostgreSQL and Redis of this run, started when first asked for."""
    with Backing() as servers:
        yield servers


@pytest.fixture(scope="session", params=BACKENDS)
def server(request, backing) -> Iterator[ChatServer]:
    """A running chat server, once on SQLite alone, once as two processes on PostgreSQL and Redis."""
    with backing.chat_server(request.param) as running:
        yield running


@pytest.fixture(params=BACKENDS)
def mortal_server(request, backing) -> Iterator[ChatServer]:
    """A server of the test's own, to be killed."""
    with backing.chat_server(request.param) as running:
        yield running


@pytest.fixture
async def people(server) -> AsyncIterator[People]:
    """Makes people who are signed up at the server; their sockets are closed at the end."""
    async with People(server) as made:
        yield made


@pytest.fixture
async def ann(people):
    return await people.sign_up("ann")


@pytest.fixture
async def bob(people):
    return await people.sign_up("bob")
