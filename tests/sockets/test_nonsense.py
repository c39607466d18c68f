"""Whatever bytes a client sends, no answer is a 5xx and no traceback stands in the log: a refusal is one line."""

import asyncio
import json
import random
import struct
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.browser.servers import WebServer
from tests.people import People, Person
from tests.servers import SQLITE, ChatServer
from tests.sockets.wire import get, handshake, raw, status

GARBAGE = [
    b"",
    b" ",
    b"\xff\xfe\xfd",
    "ünïcödé".encode(),
    b"\xc2\x85 next line",
    b"a b",
    b"a_b",
    b"[",
    b"[::1",
    b"[::1]]:80",
    b"::1",
    b"[fe80::1%25eth0]",
    b"http://[bad",
    b"//",
    b"%",
    b"%00%ff",
    b"\\",
    b"'\"<script>",
    b",,,",
    b";;=;",
    b"a" * 6000,
    b"-1",
    b"9" * 400,
    b"127.0.0.1:99999999999999999999",
    b"127.0.0.1:port",
    b"user@127.0.0.1",
    b"null",
    b"*",
    b"0x7f.1",
    b"\xed\xa0\x80",
]
HEADERS = [
    b"Host",
    b"Origin",
    b"Referer",
    b"Cookie",
    b"Authorization",
    b"Accept",
    b"Accept-Language",
    b"Accept-Encoding",
    b"Content-Type",
    b"If-None-Match",
    b"If-Modified-Since",
    b"If-Range",
    b"Range",
    b"X-Forwarded-For",
    b"X-Forwarded-Proto",
    b"X-Forwarded-Host",
    b"X-Request-ID",
    b"X-Client",
    b"X-CSRFToken",
    b"User-Agent",
    b"Sec-WebSocket-Protocol",
    b"Sec-WebSocket-Extensions",
]
SPECIAL = {
    b"Cookie": [
        b"device=" + b"x" * 90,
        b"device=a:b; sessionid=\xff; csrftoken=\xff; refresh_token=a.b.c",
        b'sessionid="\\"; django_language=../../etc; theme=\xff; messages=W10:x:y',
        b"=; ; =x; device; $Version=1",
    ],
    b"Authorization": [
        b"Bearer",
        b"Bearer \xff.\xff.\xff",
        b"Bearer " + b"a." * 2000,
        b"Bearer eyJhbGciOiJub25lIn0.e30.",
        b"Bearer ..",
        b"Basic \xff",
        b"Digest",
    ],
    b"Accept": [
        b"text/html;q=x",
        b"*/*;q=\xff",
        b"application/json;;;version=",
        b"text/html; charset=\xff",
        b"/;/",
        b"a/b;c=" + b"d" * 3000,
    ],
    b"Content-Type": [
        b"application/json; charset=no-such",
        b"application/json; charset=utf-16",
        b"application/x-www-form-urlencoded; charset=\xff",
        b"application/x-www-form-urlencoded; charset=idna",
        b"multipart/form-data",
        b"multipart/form-data; boundary=",
        b"multipart/form-data; boundary=\xff",
        b"multipart/form-data; boundary=" + b"b" * 300,
        b"multipart/form-data; boundary=x; charset=rot13",
        b"multipart/mixed; boundary=x",
        b"text/plain; charset=base64",
    ],
    b"If-None-Match": [b'W/"', b'"' + b"x" * 3000, b"*, *"],
    b"Range": [b"bytes=9-1", b"bytes=-", b"bytes=0-0,-1", b"bytes=" + b"9" * 400 + b"-"],
    b"X-Forwarded-For": [
        b"unknown",
        b"_hidden",
        b"1.2.3.4:5678",
        b"[2001:db8::1]:443",
        b"for=1.2.3.4",
        b"1.2.3.4, , ,",
        b"::ffff:1.2.3.4",
        b"1.2.3.4.5",
        b"fe80::1%eth0",
        b"999.1.1.1",
        b",".join([b"1.2.3.4"] * 400),
    ],
    b"X-Forwarded-Proto": [b"https, https", b"ftp", b"https;", b"HTTPS", b"wss"],
    b"Sec-WebSocket-Protocol": [b"chat.v1, bearer.", b"bearer.\xff", b",", b"chat.v1," * 500],
    b"Accept-Language": [b"de-" + b"x" * 600, b"*;q=2", b"zz_ZZ@\xff"],
}
PATHS = [
    b"/%00",
    b"/%ff%fe",
    b"/\xff",
    b"/%",
    b"/%zz",
    b"/%ed%a0%80",
    b"//evil.example/",
    b"/\\evil.example",
    b"/../../etc/passwd",
    b"/static/%2e%2e/%2e%2e/manage.py",
    b"/static/\xff",
    b"/static/%00.css",
    b"/static/" + b"a" * 4000,
    b"http://evil.example/login",
    b"http://[bad/login",
    b"*",
    b"/login?next=%ff%00&next=http://[bad",
    b"/login?next=//[bad",
    b"/users?search=%ed%a0%80&limit=%ff",
    b"/users?search=%00",
    b"/users?%=%&&&=;",
    b"/chats?format=%ff",
    b"/chats?format=xml",
    b"/schema?format=%00",
    b"/asyncapi?format=\xff",
    b"/chats/room/%D9%A1/invite/%00%FF",
    b"/chats/room/1/invite/" + b"%f0%9f" * 30,
    b"/email/verify?token=%00%ff",
    b"/email/verify?token=%ed%a0%80:a:b",
    b"/password/reset?uid=%ff&token=%00",
    b"/password/reset?uid=" + b"M" * 3000 + b"&token=a-b",
    b"/chat/\xe2\x80\xa8",
    b"/admin/%ff/",
    b"/admin/login/?next=%ff",
    b"/admin/accounts/user/%00/change/",
    b"/?" + b"a&" * 3000,
]
PART = b"--x\r\nContent-Disposition: form-data; name="
MULTIPART = [
    b"--x\r\n",
    PART + b'"\xff"\r\n\r\n\xff\r\n--x--\r\n',
    PART + b"username; filename*=x''%ff\r\n\r\na",
    PART + b'"a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--x--',
    PART + b'"f"; filename="a\\0b"\r\nContent-Type: text/plain; charset=nope\r\n\r\nx\r\n--x--\r\n',
    (PART + b'"a"\r\n\r\n1\r\n') * 1500 + b"--x--",
]
BODIES: list[tuple[bytes, bytes]] = [
    (b"application/json", b"\xff\xfe"),
    (b"application/json", b"[" * 100_000),
    (b"application/json", b'{"a":' * 50_000),
    (b"application/json", b'{"username": "\\ud800", "password": "\\udfff"}'),
    (b"application/json", b'{"username": "a\\u0000b", "password": "x"}'),
    (b"application/json", b'{"username": {"a": [1]}, "password": 1e999}'),
    (b"application/json", b'{"username": ' + b"9" * 5000 + b"}"),
    (b"application/json; charset=utf-16", b'{"username": "a", "password": "b"}'),
    (b"application/x-www-form-urlencoded", b"username=%ff%00&password=%ed%a0%80"),
    (b"application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2000))),
    (b"application/x-www-form-urlencoded; charset=no-such", b"username=a"),
    (b"application/x-www-form-urlencoded; charset=utf-16", b"username=a&password=b"),
    *((b"multipart/form-data; boundary=x", body) for body in MULTIPART),
    (b"multipart/form-data; boundary=x; charset=idna", PART + b'"username"\r\n\r\nann\r\n--x--\r\n'),
    (b"multipart/form-data", b"--x--"),
    (b"text/plain; charset=base64", b"x"),
    (b"\xff/\xff", b"x"),
    (b"", b"x"),
]
POSTS = [
    b"/auth/login",
    b"/auth/signup",
    b"/auth/refresh",
    b"/login",
    b"/signup",
    b"/chats/general/messages",
    b"/admin/login/",
]


@pytest.fixture(scope="module")
def server(backing) -> Iterator[ChatServer]:
    with backing.chat_server(SQLITE, WebServer) as running:
        yield running


@pytest.fixture
async def people(server) -> AsyncIterator[People]:
    async with People(server) as made:
        yield made


async def check(server: ChatServer, requests: list[bytes]) -> None:
    """Send each on a connection of its own; then the server is well, and has no traceback in its log."""
    begin = server.log.stat().st_size
    at_once = asyncio.Semaphore(16)

    async def send(request: bytes) -> bytes:
        async with at_once:
            return await raw(server, request)

    answers = await asyncio.gather(*map(send, requests))
    bad = {
        request[:300]: answer[:300]
        for request, answer in zip(requests, answers, strict=True)
        if status(answer) >= 500
    }
    assert not bad, bad
    assert status(await raw(server, get("/healthz", b"Host: localhost"))) == 200
    quiet(server, begin)


def quiet(server: ChatServer, begin: int) -> None:
    log = server.log.read_bytes()[begin:].decode(errors="replace")
    at = log.find("Traceback")
    assert at < 0, log[max(0, at - 500) : at + 3000]
    assert "[error" not in log, [line for line in log.splitlines() if "[error" in line][:5]


def with_header(name: bytes, value: bytes) -> list[bytes]:
    line = name + b": " + value
    rest = [] if name == b"Host" else [b"Host: localhost"]
    page = [] if name == b"Accept" else [b"Accept: text/html"]
    return [
        get("/users/me", *rest, line),
        get("/login", *rest, *page, line),
        get("/static/css/tokens.css", *rest, line),
        get("/auth/login", *rest, line, b"Content-Length: 9", method=b"POST")[:-2] + b'\r\n{"a": 1} ',
        get("/login", *rest, *page, line, b"Content-Length: 3", method=b"POST")[:-2] + b"\r\na=b",
        handshake("/ws/general", *rest, line),
        handshake("/ws/echo", *rest, line),
    ]


@pytest.mark.parametrize("name", HEADERS, ids=bytes.decode)
async def test_a_header(server, name: bytes):
    values = [*GARBAGE, *SPECIAL.get(name, [])]
    await check(server, [request for value in values for request in with_header(name, value)])


async def test_a_header_twice(server):
    for name in HEADERS:
        twice = [b"Host: localhost", name + b": localhost", name + b": other"]
        await check(server, [get("/login", *twice), handshake("/ws/echo", *twice)])


async def test_a_path_or_query(server):
    lines = [b"Host: localhost"]
    for accept in (b"Accept: text/html", b"Accept: application/json"):
        await check(server, [get(path, *lines, accept) for path in PATHS])
    await check(server, [handshake(path, *lines) for path in PATHS])
    await check(server, [handshake(b"/ws" + path, *lines) for path in PATHS if path.startswith(b"/")])


async def test_a_body(server, people: People):
    ann = await people.sign_up("ann")
    lines = [b"Host: localhost", b"Authorization: Bearer " + ann.token.encode()]
    requests = []
    for path in POSTS:
        for kind, body in BODIES:
            head = [*lines, b"Content-Type: " + kind, b"Content-Length: %d" % len(body)]
            requests.append(get(path, *head, method=b"POST") + body)
    await check(server, requests)


async def test_random_bytes_in_any_header(server):
    random_ = random.Random(6)
    alphabet = [bytes([code]) for code in range(256) if code not in b"\r\n\0"]
    requests = []
    for _ in range(60):
        name = random_.choice(HEADERS)
        value = b"".join(random_.choices(alphabet, k=random_.randint(1, 60)))
        requests += with_header(name, value)
    await check(server, requests)


def frame(opcode: int, payload: bytes, fin: bool = True, mask: bool = True) -> bytes:
    first = (0x80 if fin else 0) | opcode
    masked, length = 0x80 if mask else 0, len(payload)
    size = bytes([masked | length]) if length < 126 else struct.pack("!BH", masked | 126, length)
    return bytes([first]) + size + (b"\0\0\0\0" if mask else b"") + payload


TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
GOOD = frame(TEXT, b'{"type": "ping"}')
FRAMES = {
    "bytes that are not UTF-8": frame(TEXT, b"\xff\xfe"),
    "half a character": frame(TEXT, b"\xe2\x82"),
    "a surrogate": frame(TEXT, b"\xed\xa0\x80"),
    "not UTF-8 in two pieces": frame(TEXT, b"\xc3", fin=False) + frame(0, b"\x28"),
    "answered, then not UTF-8": GOOD * 20 + frame(TEXT, b"\xff"),
    "answered, then a reserved opcode": GOOD * 20 + frame(3, b""),
    "answered, then gone": GOOD * 50,
    "not masked": frame(TEXT, b"{}", mask=False),
    "a long ping": frame(PING, b"x" * 126),
    "a ping in pieces": frame(PING, b"x", fin=False),
    "a continuation of nothing": frame(0, b"x"),
    "a message within a message": frame(TEXT, b"x", fin=False) + frame(TEXT, b"y"),
    "a close with half a code": frame(CLOSE, b"\x03"),
    "a close with a forbidden code": frame(CLOSE, struct.pack("!H", 1005)),
    "a close with a reason that is not UTF-8": frame(CLOSE, struct.pack("!H", 1000) + b"\xff"),
    "more after the close": GOOD * 5 + frame(CLOSE, struct.pack("!H", 1000)) + GOOD * 5,
    "binary": frame(BINARY, b"\xff" * 100),
    "deep JSON": frame(TEXT, b"[" * 60_000),
    "JSON with half a pair": frame(TEXT, b'{"type": "message", "content": "\\ud800"}'),
    "JSON with NUL": frame(TEXT, b'{"type": "message", "content": "a\\u0000b", "client_id": "\\u0000"}'),
    "a number out of range": frame(TEXT, b'{"type": "read", "seq": 1e999}'),
    "a number below zero": frame(TEXT, b'{"type": "sync", "version": -1}'),
}


@pytest.mark.parametrize("path", ["/ws/echo", "/ws/general", "/ws", "/ws/nowhere"])
async def test_a_frame(server, ann: Person, path: str):
    token = b"Authorization: Bearer " + ann.token.encode()
    opening = handshake(path, b"Host: localhost", token)
    await check(server, [opening + frames for frames in FRAMES.values()])


async def test_the_same_socket_goes_on_after_a_frame_that_is_wrong(ann: Person):
    socket = await ann.socket("/ws/general")
    for text in ("[" * 50_000, "nonsense", json.dumps({"type": "read", "seq": -1})):
        await socket.send(text)
        await socket.get("error")
    await socket.said("still here")
