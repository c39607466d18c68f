"""Processes of one server that die, hang, or lose their supervisor: the others go on, and nothing stays behind."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
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


def holder(server: ChatServer, port: int) -> int | None:
    """The process that has the connection from this port; None until one has taken it."""
    ours, theirs = f"{server.port:04X}", f"{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = [row[9] for row in rows if row[1].endswith(f":{ours}") and row[2].endswith(f":{theirs}")]
    for pid in workers(server):
        links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
        if any(f"socket:[{inode}]" in links for inode in inodes):
            return pid
    return None


async def test_a_file_in_parts_goes_on_in_another_process_when_the_one_that_took_a_part_is_killed(
    server: ChatServer, people: People, ann: Person
):
    content, size = os.urandom(500_000), 50_000
    made = await ann.call(
        "POST", "/uploads/resumable", headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content))}
    )
    path = server.http + made.headers["Location"]
    headers = {"Authorization": f"Bearer {ann.token}", "Tus-Resumable": "1.0.0"}

    async def send(client: httpx.AsyncClient, at: int) -> int:
        answer = await client.patch(
            path,
            content=content[at : at + size],
            headers={
                **headers,
                "Upload-Offset": str(at),
                "Content-Type": "application/offset+octet-stream",
            },
        )
        assert answer.status_code == 204, answer.text
        return int(answer.headers["Upload-Offset"])

    async with AsyncExitStack() as stack:
        clients: dict[int, httpx.AsyncClient] = {}
        async with asyncio.timeout(PATIENCE * 3):
            while len(clients) < 2:
                client = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE))
                asked = await client.head(path, headers=headers)
                _, port = asked.extensions["network_stream"].get_extra_info("client_addr")
                if pid := holder(server, port):
                    clients[pid] = client
        (victim, dying), (_, living) = clients.items()
        at = 0
        for client in (dying, living, dying, living):
            at = await send(client, at)
        under_way = asyncio.create_task(send(dying, at))
        while not (under_way.done() or any((server.folder / "work").iterdir())):
            await asyncio.sleep(0)
        os.kill(victim, signal.SIGKILL)
        await asyncio.wait([under_way])
        found = int((await living.head(path, headers=headers)).headers["Upload-Offset"])
        assert found == at + size if under_way.exception() is None else found in (at, at + size)
        at = found
        await until(lambda: len(workers(server)) == 2 and victim not in workers(server))
        while at < len(content):
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE))
            at = await send(client, at)
    upload = await ann.get(made.headers["Location"])
    assert (await ann.call("GET", upload["url"])).content == content


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
