"""Files that are sent: part by part, at the reader's pace, and without keeping anybody else waiting."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.attackers import Attackers, Healthy, memory
from tests.file_urls import FILE_SIZE, MEGABYTE
from tests.people import PATIENCE, People
from tests.servers import SQLITE, Backing, ChatServer

GET_FILE = b"GET /tests/file HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(scope="module")
def server(backing: Backing) -> Iterator[ChatServer]:
    with backing.chat_server(SQLITE, DJANGO_SETTINGS_MODULE="tests.settings_with_files") as running:
        with (running.folder / "big").open("wb") as file:
            file.truncate(FILE_SIZE)
        yield running


@pytest.fixture
async def people(server: ChatServer) -> AsyncIterator[People]:
    async with People(server) as made:
        yield made


def open_files(server: ChatServer, name: str) -> int:
    """How many files of this name, or in this folder, the server has open."""
    assert server.process is not None
    count = 0
    for link in Path(f"/proc/{server.process.pid}/fd").iterdir():
        try:
            count += os.readlink(link).startswith(str(server.folder / name))
        except FileNotFoundError:  # closed meanwhile
            continue
    return count


async def until_open(server: ChatServer, name: str, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while open_files(server, name) != count:
            await asyncio.sleep(0.02)


async def test_a_file_arrives_whole_and_is_closed(server: ChatServer, people: People):
    answer = await people.http.get(server.http + "/tests/file")
    assert answer.status_code == 200 and answer.headers["Content-Length"] == str(FILE_SIZE)
    assert answer.content == bytes(FILE_SIZE)
    await until_open(server, "big", 0)


async def test_an_answer_of_unknown_length_arrives_whole(server: ChatServer, people: People):
    answer = await people.http.get(server.http + "/tests/parts")
    assert answer.content == b"".join(b"%d\n" % number for number in range(1000))


async def test_slow_readers_of_a_big_file_take_no_memory_and_keep_nobody_waiting(
    server: ChatServer, people: People
):
    async with Healthy(people) as healthy, Attackers(server) as attackers:
        await healthy.look()
        before = memory(server)
        readers = [await attackers.one(GET_FILE, reads=False, small=True) for _ in range(10)]
        await until_open(server, "big", 10)
        await healthy.watch(2)
        assert healthy.slowest[1] < 2, healthy.slowest
        assert memory(server) - before < 16 * MEGABYTE
        assert not any(reader.ended.is_set() for reader in readers)
        readers[0].transport.resume_reading()
        await until_open(server, "big", 9)
        assert not readers[0].ended.is_set(), "it was cut instead of served"
    await until_open(server, "big", 0)


async def test_a_file_is_closed_when_its_reader_leaves(server: ChatServer):
    async with Attackers(server) as attackers:
        reader = await attackers.one(GET_FILE, reads=False)
        await until_open(server, "big", 1)
        reader.transport.abort()
        await until_open(server, "big", 0)
