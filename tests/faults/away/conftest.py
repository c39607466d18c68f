"""A server whose PostgreSQL and Redis can be stopped: each module has its own."""

from collections.abc import Iterator

import pytest

from tests.people import People, Person
from tests.servers import POSTGRES, Backing, ChatServer


@pytest.fixture(scope="module")
def own() -> Iterator[Backing]:
    with Backing() as servers:
        yield servers


@pytest.fixture(scope="module")
def server(own: Backing) -> Iterator[ChatServer]:
    with own.chat_server(POSTGRES) as running:
        yield running


@pytest.fixture
async def room(people: People, ann: Person, bob: Person) -> int:
    return await people.room(ann, bob)
