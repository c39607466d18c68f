"""A server whose files are in a bucket: nobody who needs no file notices when the storage hangs, and a server that is
killed while it sends one leaves nothing behind."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.buckets import Storage
from tests.people import People, Person
from tests.servers import SQLITE, Backing, ChatServer

CLEAN = """
from datetime import timedelta
from django.utils import timezone
from files import keeping
from files.models import StoredFile
StoredFile.objects.update(changed_at=timezone.now() - timedelta(hours=2))
keeping.clean()
print("left:", StoredFile.objects.count())
"""
BIG = os.urandom(1_000_000)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    made = Storage(tmp_path_factory.mktemp("moto"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(backing: Backing, storage: Storage) -> Iterator[ChatServer]:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings_with_bucket", **storage.environment}
    with backing.chat_server(SQLITE, ChatServer, **settings) as running:
        yield running


@pytest.fixture
async def people(server: ChatServer) -> AsyncIterator[People]:
    async with People(server) as made:
        yield made


async def upload(person: Person, content: bytes, name: str = "a.bin") -> tuple[int, dict]:
    answer = await person.call("POST", "/uploads", files={"file": (name, content)})
    return answer.status_code, answer.json()


async def status_of(person: Person, url: str) -> int:
    return (await person.call("GET", url)).status_code


async def status_of_upload(person: Person) -> int:
    return (await upload(person, os.urandom(1000)))[0]


def png() -> bytes:
    made = BytesIO()
    Image.effect_noise((800, 600), 50).save(made, "PNG")
    return made.getvalue()


async def test_files_arrive_whole_from_a_bucket(ann: Person):
    for content, name in ((BIG, "a.bin"), (png(), "a.png")):
        status, made = await upload(ann, content, name)
        assert status == 201
        whole = await ann.call("GET", made["url"])
        assert whole.status_code == 200 and len(whole.content) == made["size"]
        part = await ann.call("GET", made["url"], headers={"Range": "bytes=1000-1999"})
        assert part.status_code == 206 and part.content == whole.content[1000:2000]
    assert (await ann.call("GET", made["thumb"])).headers["Content-Type"] == "image/webp"


@pytest.mark.parametrize("way", ["hang", 500, "away"])
async def test_a_storage_that_does_not_work_is_noticed_by_nobody_who_needs_no_file(
    ann: Person, bob: Person, storage: Storage, way: str | int
):
    _, made = await upload(ann, png(), "a.png")
    socket = await bob.socket("/ws/general")
    if way == "away":
        storage.stop()
    else:
        storage.proxy.become(way)
    try:
        started = time.monotonic()
        asked = [status_of(ann, made["thumb"]) for _ in range(16)]
        asked += [status_of(ann, made["url"] + "?download") for _ in range(4)]
        asked += [status_of_upload(ann) for _ in range(4)]
        files = asyncio.gather(*asked)
        slowest = 0.0
        while not files.done() and time.monotonic() - started < 3:
            before = time.monotonic()
            await socket.said("hello")
            assert await status_of(bob, "/chats") == await status_of(bob, "/chats/general/history") == 200
            slowest = max(slowest, time.monotonic() - before)
        assert slowest < 1.5, "sockets and other requests wait for the storage"
        assert set(await files) == {503}
        assert time.monotonic() - started < 20
    finally:
        if way == "away":
            storage.start()
            storage.client.create_bucket(Bucket=storage.name)  # moto keeps it in memory
        storage.proxy.become("pass")
    content = os.urandom(1000)
    status, made = await upload(ann, content)
    assert status == 201 and (await ann.call("GET", made["url"])).content == content


async def left(server: ChatServer) -> int:
    """The files that the database has after the cleaning; in other tests here the bucket has lost some of theirs."""
    said = await asyncio.to_thread(server.manage, "shell", "-c", CLEAN)
    return int(said.rpartition("left:")[2])


async def kill_while_it_stores(
    server: ChatServer, storage: Storage, request: Coroutine[Any, Any, object]
) -> None:
    """Kill the server in the middle of a PUT to the bucket that a client's request causes, and start it again."""
    storage.proxy.become("slow")
    storage.proxy.asked.clear()
    sending = asyncio.create_task(request)
    while not any(head.startswith("PUT") for head in storage.proxy.asked):
        await asyncio.sleep(0.01)
    await asyncio.to_thread(server.kill)
    with pytest.raises(httpx.HTTPError):
        await sending
    storage.proxy.become("pass")
    await asyncio.to_thread(server.start)


async def test_a_server_that_is_killed_while_it_sends_a_file_to_the_bucket_leaves_nothing(
    server: ChatServer, people: People, ann: Person, storage: Storage
):
    rows, before = await left(server), set(storage.objects())
    await kill_while_it_stores(server, storage, upload(ann, BIG[::-1]))
    assert await left(server) == rows and set(storage.objects()) == before


async def test_a_file_in_parts_goes_on_after_a_server_that_sent_one_to_the_bucket_was_killed(
    server: ChatServer, people: People, ann: Person, storage: Storage
):
    rows, objects = await left(server), len(storage.objects())
    content, size = os.urandom(900_000), 300_000
    about = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content))}
    path = (await ann.call("POST", "/uploads/resumable", headers=about)).headers["Location"]

    async def send(at: int) -> int:
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(at),
            "Content-Type": "application/offset+octet-stream",
        }
        answer = await ann.call("PATCH", path, headers=headers, content=content[at : at + size])
        assert answer.status_code == 204, answer.text
        return int(answer.headers["Upload-Offset"])

    assert await send(0) == size
    await kill_while_it_stores(server, storage, send(size))
    assert await left(server) - rows == len(storage.objects()) - objects == 1
    found = await ann.call("HEAD", path, headers={"Tus-Resumable": "1.0.0"})
    assert found.headers["Upload-Offset"] == str(size), "the part that was cut counts"
    assert await send(await send(size)) == len(content)
    upload = await ann.get(path)
    assert (await ann.call("GET", upload["url"])).content == content
