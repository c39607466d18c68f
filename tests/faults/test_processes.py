"""Processes of one server that die, hang, or lose their supervisor: the others go on, and nothing stays behind."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.people import PATIENCE, People, Person
from tests.servers import POSTGRES, Backing, ChatServer

STOPS_WITHIN = 12.0  # seconds from SIGTERM, when one process has to be killed


@pytest.fixture
def server(backing: Backing) -> Iterator[ChatServer]:
    with backing.chat_server(POSTGRES) as running:
        yield running


def workers(server: ChatServer) -> set[int]:
    """The ids of its server processes."""
    assert server.process is not None
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()}


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


async def until(condition) -> None:
    async with asyncio.timeout(PATIENCE * 2):
        while not condition():
            await asyncio.sleep(0.05)


async def test_a_process_that_is_killed_is_replaced_and_takes_no_other_with_it(
    server: ChatServer, people: People, ann: Person
):
    before = workers(server)
    files = {pid: open_files(pid) for pid in before}
    sockets = []
    async with asyncio.timeout(PATIENCE * 3):
        while not all(open_files(pid) > files[pid] + 16 for pid in before):  # some on each of them
            sockets += await asyncio.gather(*(ann.socket("/ws/general") for _ in range(8)))
    victim = before.copy().pop()
    os.kill(victim, signal.SIGKILL)
    lost, live = [], []
    for socket in sockets:
        try:
            await socket.said("is anybody there?")
            live.append(socket)
        except ConnectionClosed:  # its process was the one
            lost.append(socket)
    assert live and lost
    await until(lambda: len(workers(server)) == 2)
    assert workers(server) & before == before - {victim}
    again = await ann.socket("/ws/general")
    said = await again.said("we are two again")
    await live[0].get("message", id=said["id"])


async def test_without_their_supervisor_the_processes_stop_in_order(server: ChatServer, ann: Person):
    children = workers(server)
    socket = await ann.socket("/ws/general")
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGKILL)
    assert await socket.closed() == 1012
    await until(lambda: not any(map(is_running, children)))
    server.process.child.wait(PATIENCE)
    server.start()
    await (await ann.socket("/ws/general")).said("started again on the same port")


async def test_a_process_that_hangs_does_not_keep_the_server_from_stopping(server: ChatServer, ann: Person):
    children = workers(server)
    os.kill(children.copy().pop(), signal.SIGSTOP)
    started = time.monotonic()
    assert await asyncio.to_thread(server.stop) == 0
    assert time.monotonic() - started < STOPS_WITHIN
    assert not any(map(is_running, children))
