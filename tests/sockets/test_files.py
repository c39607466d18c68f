"""Files that are sent, and bodies that are kept in files: part by part, at the client's pace, in little memory, and
without keeping anybody else waiting."""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatproject.http.admission import SLOW_AT_ONCE, SLOW_MOST, SLOW_PATIENCE
from chatproject.http.body import LONGEST, Bodies
from chatproject.server import lobby
from lib import disk
from lib.bodies import BodyLimit
from tests import file_urls
from tests.faults.attackers import Attacker, Attackers, Healthy, memory
from tests.file_urls import FILE_SIZE, MEGABYTE, MOST_UPLOAD
from tests.people import PATIENCE, People, Person
from tests.servers import SQLITE, Backing, ChatServer
from tests.sockets.wire import get, raw, status

UPLOADED = os.urandom(MEGABYTE) * 20
HALF = MEGABYTE // 2
PART = b"application/offset+octet-stream"
LAST_CHUNK = b"0\r\n\r\n"
UNNAMED = "#"  # what Linux calls a file that never had a name
GET_FILE = b"GET /tests/files/big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


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


def open_files(server: ChatServer, name: str) -> list[int]:
    """The sizes of those files in the server's folder that it has open and whose names begin so."""
    assert server.process is not None
    sizes = []
    for link in Path(f"/proc/{server.process.pid}/fd").iterdir():
        try:
            if os.readlink(link).startswith(f"{server.folder}/{name}"):
                sizes.append(link.stat().st_size)
        except FileNotFoundError:  # closed meanwhile
            continue
    return sizes


async def until_open(server: ChatServer, name: str, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(open_files(server, name)) != count:
            await asyncio.sleep(0.02)


async def test_a_file_arrives_whole_and_is_closed(server: ChatServer, people: People):
    answer = await people.http.get(server.http + "/tests/files/big")
    assert answer.status_code == 200 and answer.headers["Content-Length"] == str(FILE_SIZE)
    assert answer.content == bytes(FILE_SIZE)
    await until_open(server, "big", 0)


async def test_an_answer_is_counted_by_what_the_client_gets(server: ChatServer, people: People):
    async def count(status: int) -> float:
        metrics = (await people.http.get(server.http + "/metrics")).text
        found = re.search(rf'chat_http_requests_total{{method="GET",status="{status}"}} (\S+)', metrics)
        return float(found[1]) if found else 0

    good, bad = await count(206), await count(503)
    assert (await people.http.get(server.http + "/tests/files/away")).status_code == 503
    assert await count(503) == bad + 1
    headers = {"Range": "bytes=0-9"}
    assert (await people.http.get(server.http + "/tests/files/big", headers=headers)).status_code == 206
    assert (await count(206), await count(503)) == (good + 1, bad + 1)


async def test_an_answer_of_unknown_length_arrives_whole(server: ChatServer, people: People):
    answer = await people.http.get(server.http + "/tests/parts")
    assert answer.content == b"".join(b"%d\n" % number for number in range(1000))


async def test_a_crowd_of_downloads_waits_for_its_turns_and_keeps_nobody_else_waiting(
    server: ChatServer, people: People
):
    ann = await people.sign_up("ann")
    picture = await ann.upload((server.folder / "big").read_bytes()[:HALF], "a.bin")
    get = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
    asks = get % (picture["url"].encode(), ann.token.encode())
    async with Healthy(people) as healthy, Attackers(server) as attackers:
        crowd = await attackers.many(700, lambda _: asks)
        await healthy.look()
        assert not all(one.ended.is_set() for one in crowd), "the others were served after them"
        await attackers.until_ended(crowd, PATIENCE * 3)
    assert {one.got.split()[1] for one in crowd} == {b"200"}


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


@pytest.fixture(scope="module")
def clip(server: ChatServer) -> bytes:
    """What is in a file of its own."""
    content = os.urandom(3 * MEGABYTE + 7)
    (server.folder / "clip.webm").write_bytes(content)
    return content


async def test_a_download_that_was_cut_is_resumed(server: ChatServer, people: People, clip: bytes):
    url = server.http + "/tests/files/clip.webm?download"
    async with people.http.stream("GET", url) as cut:
        assert cut.headers["Content-Disposition"] == 'attachment; filename="clip.webm"'
        got = await anext(cut.aiter_bytes(MEGABYTE))
    headers = {"Range": f"bytes={len(got)}-", "If-Range": cut.headers["ETag"]}
    rest = await people.http.get(url, headers=headers)
    assert rest.status_code == 206 and got + rest.content == clip
    assert rest.headers["Content-Range"] == f"bytes {len(got)}-{len(clip) - 1}/{len(clip)}"
    await until_open(server, "clip", 0)


async def test_a_player_jumps_about_on_one_connection(server: ChatServer, people: People, clip: bytes):
    url, size = server.http + "/tests/files/clip.webm", len(clip)
    for first, last in ((0, 1), (0, size - 1), (size - 7, size - 1), (MEGABYTE, 2 * MEGABYTE)):
        answer = await people.http.get(url, headers={"Range": f"bytes={first}-{last}"})
        assert answer.status_code == 206 and answer.content == clip[first : last + 1]
        assert answer.headers["Content-Type"] == "video/webm"
    answer = await people.http.get(url, headers={"Range": f"bytes={size}-"})
    assert answer.status_code == 416 and answer.headers["Content-Range"] == f"bytes */{size}"
    assert answer.json()["error"]["code"] == "range_not_satisfiable"
    assert answer.headers["Cache-Control"] == "no-store"
    await until_open(server, "clip", 0)


async def test_what_a_client_has_or_only_asks_about_is_not_sent(
    server: ChatServer, people: People, clip: bytes
):
    url = server.http + "/tests/files/clip.webm"
    head = await people.http.head(url)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(clip)))
    known = await people.http.get(url, headers={"If-None-Match": head.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    for answer in (head, known):  # the product's own policy for pages does not take its place
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cache-Control"] == "private, max-age=60, immutable"
    await until_open(server, "clip", 0)


async def in_parts(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), MEGABYTE):
        yield content[start : start + MEGABYTE]


@pytest.mark.parametrize("path", ["/tests/upload", "/tests/upload/"])
@pytest.mark.parametrize("size", [10, MEGABYTE, 3 * MEGABYTE, len(UPLOADED)])
async def test_an_upload_arrives_whole(server: ChatServer, people: People, path: str, size: int):
    ann = await people.sign_up("ann")
    content = UPLOADED[:size]
    expected = {"size": size, "sha256": hashlib.sha256(content).hexdigest()}
    for sent in (content, in_parts(content)):
        answer = await ann.call("POST", path, content=sent)
        assert answer.status_code == 200 and answer.json() == expected
    assert open_files(server, UNNAMED) == []


@pytest.mark.parametrize("size", [10, 3 * MEGABYTE])
@pytest.mark.parametrize("charset", ["", "; charset=idna", "; charset=utf-16"])
async def test_a_form_is_read_whatever_it_says_of_its_length_and_its_letters(
    server: ChatServer, people: People, size: int, charset: str
):
    ann = await people.sign_up("ann")
    head = b'--ofthisform\r\nContent-Disposition: form-data; name="'
    form = head + 'alt"\r\n\r\nGrün\r\n'.encode() + head + b'file"; filename="a.txt"\r\n\r\n'
    content = form + UPLOADED[:size] + b"\r\n--ofthisform--\r\n"
    headers = {"Content-Type": f"multipart/form-data; boundary=ofthisform{charset}"}
    for sent in (content, in_parts(content)):
        answer = await ann.call("POST", "/uploads", content=sent, headers=headers)
        assert answer.status_code == 201, answer.text
        assert (answer.json()["size"], answer.json()["alt"]) == (size, "Grün")


async def test_a_large_upload_takes_no_memory_and_leaves_nothing_when_its_client_goes_away(
    server: ChatServer, people: People
):
    ann = await people.sign_up("ann")
    await ann.call("POST", "/tests/upload", content=UPLOADED)
    before = memory(server)
    async with Attackers(server) as attackers:
        sender = await attackers.one(
            b"POST /tests/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
            b"Content-Length: %d\r\n\r\n" % (ann.token.encode(), len(UPLOADED))
        )
        sender.transport.write(UPLOADED[:-1])
        async with asyncio.timeout(PATIENCE):
            while sum(open_files(server, UNNAMED)) < len(UPLOADED) - 2 * MEGABYTE:
                await asyncio.sleep(0.02)
        assert memory(server) - before < 8 * MEGABYTE
        sender.transport.abort()
        await until_open(server, UNNAMED, 0)


@pytest.mark.parametrize(
    ("path", "most"), [("/tests/upload", MOST_UPLOAD), ("/chats/general/messages", 2 * MEGABYTE)]
)
async def test_a_body_that_is_larger_than_its_route_takes_is_refused_with_the_limit(
    server: ChatServer, people: People, path: str, most: int
):
    ann = await people.sign_up("ann")
    for content in (bytes(most + 1), in_parts(bytes(most + 1))):
        answer = await ann.call("POST", path, content=content)
        assert answer.status_code == 413
        assert answer.json()["error"]["detail"] == f"The body is larger than {most:,} bytes."
    assert open_files(server, UNNAMED) == []


@pytest.mark.parametrize(
    ("method", "path", "most", "sentence"),
    [
        ("PUT", "/users/me/avatar", 8_000_000, "A picture may have at most 8 MB."),
        ("POST", "/uploads", 25_000_000, "A file may have at most 25 MB."),
    ],
)
async def test_a_file_that_is_too_large_is_refused_alike_however_large_it_is(
    server: ChatServer, people: People, method: str, path: str, most: int, sentence: str
):
    ann = await people.sign_up("ann")
    for size in (most + 1, most + 2 * MEGABYTE):
        answer = await ann.call(method, path, files={"file": ("a.png", bytes(size))})
        assert (answer.status_code, answer.json()["error"]["detail"]) == (413, sentence)


async def test_blanks_around_a_header_are_no_part_of_it(server: ChatServer, people: People):
    ann = await people.sign_up("ann")
    always = (
        b"Host: 127.0.0.1",
        b"Authorization: Bearer %s \t" % ann.token.encode(),
        b"Tus-Resumable: 1.0.0 ",
    )
    begun = await raw(server, get("/uploads/resumable", *always, b"Upload-Length: \t3 \t", method=b"POST"))
    assert status(begun) == 201, begun
    [path] = re.findall(rb"(?i)location: (\S+)", begun)
    sent = get(
        path,
        *always,
        b"Upload-Offset:  0 ",
        b"Content-Type: %s\t" % PART,
        b"Content-Length: 3",
        method=b"PATCH",
    )
    assert status(await raw(server, sent + b"abc")) == 204


async def test_a_stranger_is_refused_before_a_large_body_is_read(server: ChatServer, people: People):
    async with Attackers(server) as attackers:
        stranger = await attackers.one(
            b"POST /tests/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
            b"Content-Length: %d\r\n\r\n" % len(UPLOADED)
        )
        await attackers.until_ended([stranger], PATIENCE)
        assert stranger.got.startswith(b"HTTP/1.1 401 ")
    for content in (UPLOADED, in_parts(UPLOADED)):
        answer = await people.http.post(server.http + "/tests/upload", content=content)
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "not_authenticated"


class Uploader:
    """Sends a body of unknown length to `Bodies`, megabyte by megabyte."""

    def __init__(self, bodies: Bodies, address: str) -> None:
        self.coming = asyncio.Queue[dict[str, Any]]()
        self.status = 0
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/tests/upload",
            "headers": [(b"transfer-encoding", b"chunked")],
            "client": (address, 1),
        }
        self.task = asyncio.create_task(bodies(scope, self.coming.get, self._sent))

    async def _sent(self, event: dict[str, Any]) -> None:
        self.status = event.get("status", self.status)

    async def send(self, megabytes: int, more: bool = True) -> None:
        """Returns when all of it is kept or the request was answered."""
        for _ in range(megabytes):
            event = {"type": "http.request", "body": bytes(MEGABYTE), "more_body": more}
            self.coming.put_nowait(event)
        async with asyncio.timeout(PATIENCE):
            while not self.coming.empty() and not self.task.done():
                await asyncio.sleep(0.001)


@pytest.fixture
def bodies(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Bodies:
    """Takes two megabytes, and more of anybody for the upload; as on a server that has just started."""
    settings.ROOT_URLCONF = "tests.file_urls"
    monkeypatch.setattr(file_urls.upload, "body_limit", BodyLimit(MOST_UPLOAD, lambda scope: None))
    monkeypatch.setattr(lobby, "_lobby", None)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200})

    return Bodies(app, 2 * MEGABYTE)


@pytest.mark.parametrize(
    ("limit", "other", "status"), [("SPOOLED", "192.0.2.2", 503), ("SPOOLED_PER_ADDRESS", "192.0.2.1", 429)]
)
async def test_the_oldest_unfinished_body_gives_way_when_they_take_too_much_of_the_disk(
    bodies: Bodies, monkeypatch: pytest.MonkeyPatch, limit: str, other: str, status: int
):
    monkeypatch.setattr(lobby, limit, 8 * MEGABYTE)
    first = Uploader(bodies, "192.0.2.1")
    await first.send(5)
    third = Uploader(bodies, "192.0.2.3")
    second = Uploader(bodies, other)
    await second.send(5)
    await first.task
    assert first.status == status
    await second.send(1, more=False)
    await second.task
    assert second.status == 200 and not third.task.done()
    third.task.cancel()
    here = lobby.current()
    assert (here.spooled, here.spooled_by, here.bytes) == (0, {}, 0)


async def test_a_route_that_takes_larger_bodies_gives_more_time_in_proportion(bodies: Bodies):
    uploader = Uploader(bodies, "192.0.2.1")
    started = asyncio.get_running_loop().time()
    await uploader.send(5)
    (until,) = lobby.current().waiting.values()
    assert until - started == pytest.approx(LONGEST * MOST_UPLOAD / (2 * MEGABYTE), abs=PATIENCE)
    uploader.task.cancel()


async def test_a_full_disk_is_said(bodies: Bodies, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: open("/dev/full", "w+b"))  # noqa: SIM115
    uploader = Uploader(bodies, "192.0.2.1")
    await uploader.send(5)
    await uploader.send(1, more=False)
    async with asyncio.timeout(PATIENCE):
        await uploader.task
    assert uploader.status == 503 and lobby.current().spooled == 0


async def test_a_body_that_its_route_would_keep_in_a_file_is_refused_on_a_disk_that_is_nearly_full(
    bodies: Bodies, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(disk, "SPARE", 1 << 62)
    uploader = Uploader(bodies, "192.0.2.1")
    await uploader.send(1, more=False)
    async with asyncio.timeout(PATIENCE):
        await uploader.task
    assert uploader.status == 503 and lobby.current().spooled == 0


def slow_upload(person: Person, content: bytes = UPLOADED[:MEGABYTE]) -> bytes:
    return (
        b"POST /tests/slow HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (person.token.encode(), len(content), content)
    )


async def until_answered(one: Attacker) -> None:
    async with asyncio.timeout(PATIENCE):
        while not one.got:
            await asyncio.sleep(0.02)


async def test_a_crowd_of_slow_uploads_keeps_nobody_else_waiting(server: ChatServer, people: People):
    ann, bob = await people.sign_up("ann"), await people.sign_up("bob")
    (server.folder / "may").unlink(missing_ok=True)
    async with Healthy(people) as healthy, Attackers(server) as attackers:
        before = memory(server)
        half = SLOW_MOST // 2
        crowd = await attackers.many(SLOW_MOST, lambda number: slow_upload(ann if number < half else bob))
        await until_open(server, UNNAMED, SLOW_MOST)
        await healthy.look()
        assert not any(one.got for one in crowd), "the others were served after them, not beside them"
        assert memory(server) - before < SLOW_MOST * MEGABYTE // 2, "the bodies are in memory"
        whole = slow_upload(bob)
        head = whole[: whole.index(b"\r\n\r\n") + 4]
        late = await attackers.one(head)
        chunked = head.replace(b"Content-Length: %d" % MEGABYTE, b"Transfer-Encoding: chunked")
        late_too = await attackers.one(chunked + b"%x\r\n" % HALF + bytes(HALF) + b"\r\n")
        for one in (late, late_too):
            await until_answered(one)
            assert one.status == 503 and b"retry-after: %d\r\n" % SLOW_PATIENCE in one.got.lower()
        sending = await people.http.post(
            server.http + "/tests/slow",
            content=UPLOADED,
            headers={"Authorization": f"Bearer {bob.token}"},
        )
        assert sending.status_code == 503, "who goes on sending reads the answer, too"
        # Who has sent the rest goes on with the same connection.
        late.got = b""
        late.transport.write(whole[len(head) :] + b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await until_answered(late)
        assert late.status == 200
        assert (await people.http.post(server.http + "/tests/slow", content=UPLOADED)).status_code == 401
        await until_open(server, UNNAMED, SLOW_MOST)
        leave, stay = crowd[10 : half - 10], crowd[:10] + crowd[half - 10 :]
        for one in leave:
            one.transport.abort()
        # Those that are at work are not stopped.
        async with asyncio.timeout(PATIENCE):
            while len(open_files(server, UNNAMED)) > len(stay) + SLOW_AT_ONCE:
                await asyncio.sleep(0.02)
        (server.folder / "may").touch()
        async with asyncio.timeout(PATIENCE):
            while not all(one.got.endswith(LAST_CHUNK) for one in stay):
                await asyncio.sleep(0.02)
        assert {one.status for one in stay} == {200}
        at_once = [int(count) for one in stay for count in re.findall(rb'"at_once": (\d+)', one.got)]
        assert len(at_once) == len(stay) and max(at_once) == SLOW_AT_ONCE
        served = len((server.folder / "served").read_text())
        assert len(stay) <= served <= len(stay) + SLOW_AT_ONCE
        await until_open(server, UNNAMED, 0)


async def test_uploads_that_never_end_keep_no_other_upload_waiting(server: ChatServer, people: People):
    ann, bob = await people.sign_up("ann"), await people.sign_up("bob")
    (server.folder / "may").touch()
    async with Attackers(server) as attackers:
        whole = [slow_upload(ann), slow_upload(bob)]
        endless = await attackers.many(SLOW_MOST + 20, lambda number: whole[number % 2][:HALF])
        await until_open(server, UNNAMED, len(endless))
        other = await attackers.one(slow_upload(bob))
        await until_answered(other)
        assert other.status == 200 and not any(one.got for one in endless)
