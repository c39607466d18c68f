"""Strangers who hold connections, send slowly or without end, and read nothing: everybody else notices nothing."""

import asyncio
import re
import statistics
from collections.abc import Iterator

import pytest

from benchmarks.processes import allow_files
from chat.realtime.door import PER_ADDRESS
from chatproject.http import body
from chatproject.server import lobby
from tests.faults.attackers import ENDLESS_BODIES, UPGRADE, Attacker, Attackers, Healthy, memory
from tests.people import People
from tests.servers import SQLITE, Backing, ChatServer

MEGABYTE = 1_048_576
FEW = 1024  # files: what many systems allow by default
SOON = 6.0  # seconds that may pass beyond a deadline, on a busy machine
EMPTY_TEXT, PING, PONG = b"\x81\x80\0\0\0\0", b"\x89\x80\0\0\0\0", b"\x8a\x80\0\0\0\0"
BIG_PING = b"\x89\xfd\0\0\0\0" + b"x" * 125
FIRST_PART, EMPTY_PART = b"\x01\x80\0\0\0\0", b"\x00\x80\0\0\0\0"
POST = b"POST /auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\n"


class FewFiles(ChatServer):
    """On a system that allows a process few open files."""

    arguments = [
        "-c",
        f"import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_NOFILE, ({FEW}, {FEW}));"
        "sys.argv = ['manage.py', 'serve']; runpy.run_path('manage.py', run_name='__main__')",
    ]


@pytest.fixture(scope="module")
def server(backing: Backing) -> Iterator[ChatServer]:
    allow_files()
    with backing.chat_server(SQLITE, RATE_LIMITS="on") as running:
        yield running


@pytest.fixture(scope="module")
def small_server(backing: Backing) -> Iterator[ChatServer]:
    allow_files()
    with backing.chat_server(SQLITE, FewFiles, RATE_LIMITS="on") as running:
        yield running


def address(number: int) -> bytes:
    """One of forty, as a trusted proxy would name it."""
    return b"192.0.2.%d" % (number % 40 + 1)


def endless_body(number: int) -> bytes:
    return ENDLESS_BODIES[number % len(ENDLESS_BODIES)] % address(number)


def silence_or_half_a_head(number: int) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " if number % 6 == 0 else b""


async def answers(server: ChatServer) -> None:
    """Until it has answered thirty other requests, so has had time for what came before them."""
    async with People(server) as people:
        for _ in range(30):
            assert (await people.http.get(server.http + "/healthz")).status_code == 200


def check_others(healthy: Healthy) -> None:
    """Without the limits it takes them many seconds, or they are refused."""
    for name in {name for name, _ in healthy.took}:
        assert statistics.median(took for what, took in healthy.took if what == name) < 1, healthy.took
    assert healthy.slowest[1] < 4, healthy.slowest


async def test_a_thousand_bodies_that_never_end_keep_nobody_waiting_and_have_a_deadline(
    server: ChatServer, people: People
):
    async with Healthy(people) as healthy, Attackers(server) as attackers:
        before = memory(server)
        many = await attackers.many(1010, endless_body)
        await healthy.watch(3)
        check_others(healthy)
        assert memory(server) - before < 40 * MEGABYTE
        await attackers.until_ended(many, body.GRACE + SOON)
        assert {one.status for one in many} == {408}
        assert min(one.seconds for one in many) > body.GRACE / 2, "a slow line is no attack"


async def test_a_trickled_body_ends_too_and_one_that_is_only_slow_is_answered(
    server: ChatServer, people: People
):
    async with Healthy(people) as healthy, Attackers(server) as attackers:
        trickler = await attackers.one(POST + b"Content-Length: 900\r\n\r\n")
        slow = await attackers.one(
            POST + b"Content-Type: application/json\r\nConnection: close\r\nContent-Length: 24\r\n\r\n"
        )
        for letter in b'{"username": "nobody"  }':
            slow.transport.write(bytes([letter]))
            trickler.transport.write(b" ")
            await asyncio.sleep(0.05)
        await healthy.look()
        await slow.ended.wait()
        assert slow.status == 400 and b'"password"' in slow.got
        async with asyncio.timeout(body.GRACE + SOON):
            while not trickler.ended.is_set():
                trickler.transport.write(b" ")
                await asyncio.sleep(0.1)
        assert b"\r\ncache-control: no-store" in trickler.got.lower()
        assert trickler.status == 408 and trickler.seconds > body.GRACE / 2


async def test_an_address_has_so_many_unfinished_bodies_and_its_oldest_give_way(server: ChatServer):
    async with Attackers(server) as attackers:
        other = await attackers.one(ENDLESS_BODIES[1] % b"198.51.100.7")
        many = await attackers.many(
            lobby.BODIES_PER_ADDRESS + 30, lambda _: ENDLESS_BODIES[1] % b"192.0.2.99"
        )
        async with asyncio.timeout(SOON):
            while sum(one.ended.is_set() for one in many) < 30:
                await asyncio.sleep(0.02)
        assert [one.status for one in many if one.ended.is_set()] == [429] * 30
        assert not other.ended.is_set()


async def test_thousands_of_silent_connections_and_half_heads_end_after_ten_seconds(
    server: ChatServer, people: People
):
    async with Healthy(people) as healthy, Attackers(server) as attackers:
        before = memory(server)
        many = await attackers.many(3600, silence_or_half_a_head)
        await healthy.watch(3)
        check_others(healthy)
        assert memory(server) - before < 60 * MEGABYTE
        await attackers.until_ended(many, lobby.HEAD + SOON)
        assert {one.status for one in many[::6]} == {408}
        assert {one.status for one in many[1::6]} == {0}
        assert await healthy.person.get("/users/me")


@pytest.mark.parametrize("attack", [endless_body, silence_or_half_a_head])
async def test_with_few_files_who_waits_longest_makes_room_and_the_operator_hears_of_it(
    small_server: ChatServer, attack
):
    async with (
        People(small_server) as people,
        Healthy(people) as healthy,
        Attackers(small_server) as attackers,
    ):
        many = await attackers.many(3600, attack)
        await healthy.watch(2)
        check_others(healthy)
        assert sum(not one.ended.is_set() for one in many) <= FEW
        metrics = (await healthy.person.call("GET", "/metrics")).text
        cut = re.search(r'^chat_connections_cut_total\{why="full"\} (\S+)$', metrics, re.MULTILINE)
        assert cut and float(cut[1]) > 1000
        lines = re.findall(r"full: \d+ connections are open.*nofile: 1024", small_server.log.read_text())
        assert 1 <= len(lines) < 20, "said, but not for each"


HEADS = {
    "a header without end": (b"GET / HTTP/1.1\r\nX-A: ", b"a" * 4096, 431),
    "headers without end": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"a: b\r\n" * 700, 431),
    "the name of a header without end": (b"GET / HTTP/1.1\r\n", b"a" * 4096, 431),
    "an address without end": (b"GET /", b"a" * 4096, 414),
    "a query without end": (b"GET /?", b"a=b&" * 1024, 414),
    "a method without end": (b"", b"A" * 4096, 400),
    "empty lines without end": (b"", b"\r\n" * 2048, 431),
    "a trailer without end": (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: ", b"a" * 4096, 431),
    "trailers without end": (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 700, 431),
    "a chunk extension without end": (POST + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * 4096, 431),
}


@pytest.mark.parametrize("says", HEADS)
async def test_what_has_no_end_is_refused_before_memory_grows(server: ChatServer, says: str):
    start, more, status = HEADS[says]
    async with Attackers(server) as attackers:
        before = memory(server)
        one = await attackers.one(start)
        async with asyncio.timeout(SOON):
            for _ in range(5000):  # twenty megabytes
                if one.ended.is_set():
                    break
                one.transport.write(more)
                await asyncio.sleep(0)
            await one.ended.wait()
        assert one.status == status
        assert status == 400 or b'{"error":{"code":"' in one.got
        assert status not in (408, 413, 414, 431) or b"\r\ncache-control: no-store" in one.got.lower()
        assert memory(server) - before < 3 * MEGABYTE


async def test_a_head_may_have_32_kib_and_an_address_8(people: People, server: ChatServer):
    async def asked(path: str, **headers: str) -> int:
        return (await people.http.get(server.http + path, headers=headers)).status_code

    fill = {f"X-{number}": "x" * 1000 for number in range(31)}
    assert await asked("/healthz", **fill) == 200
    assert await asked("/healthz", **fill, Last="x" * 1500) == 431
    assert await asked("/healthz", Last="x" * 33_000) == 431
    assert await asked("/healthz?" + "x" * 8000) == 200
    assert await asked("/healthz?" + "x" * 8200) == 414
    upgrade = UPGRADE % b"/ws/echo"
    async with Attackers(server) as attackers:
        for headers, status in ((30, 101), (33, 431)):
            more = b"".join(b"X-A: %s\r\n" % (b"x" * 993) for _ in range(headers))
            one = await attackers.one(upgrade.replace(b"Host", more + b"Host"))
            async with asyncio.timeout(SOON):
                while not one.status:
                    await asyncio.sleep(0.01)
            assert one.status == status


FLOODS = {
    "pings": PING * 40_000,
    "pings with much in them": BIG_PING * 20_000,
    "pongs that nobody asked for": PONG * 40_000,
    "empty parts of a message": FIRST_PART + EMPTY_PART * 40_000,
    "empty messages": EMPTY_TEXT * 40_000,
}


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize("path", ["/ws/echo", "/ws", "/ws/nowhere"])
async def test_every_frame_of_a_flood_counts_and_memory_stays(server: ChatServer, path: str, reads: bool):
    """Also on sockets without a token, and for a client that reads nothing of what it gets."""
    async with Attackers(server) as attackers:
        before = memory(server)
        floods: list[tuple[str, Attacker]] = []
        for name, data in FLOODS.items():
            for _ in range(4):
                one = await attackers.one(UPGRADE % path.encode(), small=not reads)
                async with asyncio.timeout(SOON):
                    while one.status != 101:
                        await asyncio.sleep(0.01)
                if not reads:
                    one.transport.pause_reading()
                one.transport.write(data)
                floods.append((name, one))
        if reads:
            await attackers.until_ended([one for _, one in floods], SOON)
            if path == "/ws/echo":
                assert all(b"\x88\x02\x11\x4d" in one.got for _, one in floods), "4429"
        else:
            await answers(server)
        assert memory(server) - before < 12 * MEGABYTE


async def test_a_ping_now_and_then_is_answered_and_counts_like_any_frame(server: ChatServer):
    async with People(server) as people:
        ann = await people.sign_up("ann")
        socket = await ann.socket("/ws/general")
        for _ in range(20):
            await (await socket.connection.ping())
        socket.connection.transport.write(PING * 190)
        await socket.send({"type": "ping"})
        await socket.get("error", code="rate_limited")


async def test_requests_that_come_together_are_answered_in_order_and_cost_no_memory(server: ChatServer):
    def request(number: int) -> bytes:
        return b"GET /nowhere/%d HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: request-%06d\r\n\r\n" % (
            number,
            number,
        )

    with_body = (
        POST + b"X-Request-ID: request-%06d\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )
    async with Attackers(server) as attackers:
        one = await attackers.one(b"".join(request(n) if n % 3 else with_body % n for n in range(60)))
        async with asyncio.timeout(SOON * 2):
            while one.got.lower().count(b"x-request-id:") < 60:
                await asyncio.sleep(0.01)
        answered = re.findall(rb"(?i)x-request-id: request-(\d+)", one.got)
        assert [int(number) for number in answered] == list(range(60))

        before = memory(server)
        for _ in range(20):
            await attackers.one(request(1) * 10_000, reads=False, small=True)
        await answers(server)
        assert memory(server) - before < 20 * MEGABYTE


async def test_trailers_are_no_headers(server: ChatServer):
    async with Attackers(server) as attackers:
        one = await attackers.one(
            POST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n"
            b"X-Request-ID: from-the-trailer\r\n\r\n"
        )
        await attackers.until_ended([one], SOON)
        assert one.status in (400, 415) and b"from-the-trailer" not in one.got


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(server: ChatServer):
    async with Attackers(server) as attackers:
        waits = await attackers.one(POST + b"Expect: 100-continue\r\nContent-Length: 50000000\r\n\r\n")
        await attackers.until_ended([waits], SOON)
        assert waits.got.startswith(b"HTTP/1.1 413 ") and b'"too_large"' in waits.got
        sends = await attackers.one(POST + b"Content-Length: 50000000\r\n\r\n")
        async with asyncio.timeout(SOON):
            while b'"too_large"' not in sends.got:
                sends.transport.write(b"x" * 1000)
                await asyncio.sleep(0.01)
        assert not sends.ended.is_set(), "what it still sends is taken, so that it sees the answer"


async def test_an_idle_connection_is_kept_for_longer_than_load_balancers_keep_theirs(server: ChatServer):
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    async with Attackers(server) as attackers:
        one = await attackers.one(request)
        for answers in (1, 2):
            async with asyncio.timeout(SOON):
                while one.got.count(b"HTTP/1.1 200") < answers:
                    await asyncio.sleep(0.01)
            if answers == 1:
                await asyncio.sleep(lobby.HEAD + 1.5)  # also longer than a new one may be silent
                one.transport.write(request)
        one.transport.write(b"\r\n")  # begins nothing, so it has no 75 seconds more
        await attackers.until_ended([one], lobby.HEAD + SOON)


@pytest.mark.parametrize("version", [b"8", b"7", b"0", b"14"])
async def test_another_version_of_the_protocol_hears_which_is_ours(server: ChatServer, version: bytes):
    async with Attackers(server) as attackers:
        one = await attackers.one((UPGRADE % b"/ws").replace(b"Version: 13", b"Version: " + version))
        await attackers.until_ended([one], SOON)
        head = one.got.lower()
        assert one.status == 426 and b"\r\nsec-websocket-version: 13\r\n" in head
        assert b"\r\nupgrade: websocket\r\n" in head


async def test_echo_counts_at_the_door(server: ChatServer):
    by_proxy = (UPGRADE % b"/ws/echo").replace(b"Host", b"X-Forwarded-For: 203.0.113.5\r\nHost")
    async with Attackers(server) as attackers:
        many = await attackers.many(PER_ADDRESS, lambda _: by_proxy)
        async with asyncio.timeout(SOON * 3):
            while not all(one.status == 101 for one in many):
                await asyncio.sleep(0.05)
        one_more = await attackers.one(by_proxy)
        other = await attackers.one(by_proxy.replace(b"203.0.113.5", b"203.0.113.6"))
        async with asyncio.timeout(SOON):
            while other.status != 101:
                await asyncio.sleep(0.01)
        other.transport.write(b"\x81\x82\0\0\0\0hi")
        async with asyncio.timeout(SOON):
            while b"rate_limited" not in one_more.got or not other.got.endswith(b"\x81\x02hi"):
                await asyncio.sleep(0.01)
        assert not [one for one in many if one.ended.is_set()]
