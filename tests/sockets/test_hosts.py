"""Which name a server goes by, what of a request is believed, and what a refusal leaves in the log."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.browser.servers import WebServer
from tests.people import PASSWORD, PATIENCE, People
from tests.servers import ROOT, SQLITE, ChatServer
from tests.sockets.wire import get, handshake, raw, status

LAN, PUBLIC = "chat.lan", "chat.example.org"
HTTPS = {
    "ALLOWED_HOSTS": f"{PUBLIC},127.0.0.1",
    "ALLOWED_ORIGINS": f"https://{PUBLIC}:443",
    "FORWARDED_ALLOW_IPS": "127.0.0.1",
}
TLS = {"Host": PUBLIC, "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def server(backing) -> Iterator[ChatServer]:
    """A server in a home network, without TLS; it trusts a proxy on this machine."""
    with backing.chat_server(
        SQLITE, ALLOWED_HOSTS=f"{LAN},127.0.0.1,localhost", LOG_FORMAT="json"
    ) as running:
        yield running


@pytest.fixture(scope="module")
def secure(backing) -> Iterator[ChatServer]:
    """A server that people reach by https, through a proxy on this machine."""
    with backing.chat_server(SQLITE, WebServer, **HTTPS) as running:
        yield running


@pytest.fixture
async def people(server) -> AsyncIterator[People]:
    async with People(server) as made:
        yield made


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


async def refusals(server: ChatServer, count: int, **where: str) -> list[dict[str, str]]:
    """The first so many of these lines in the log, in JSON."""
    async with asyncio.timeout(PATIENCE):
        while True:
            lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
            found = [line for line in lines if line["message"] == "refused" and where.items() <= line.items()]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)


HOSTS = [
    "evil.example",
    "chat.lan.evil.example",
    "evil.example:80",
    "chat.lan@evil.example",
    "chat_lan",
    "a b",
    "[::1",
    "",
    "ch\u00e4t.lan",
    "x" * 3000,
    "chat.lan, evil.example",
    "http://chat.lan",
]


async def test_a_wrong_host_is_refused_before_anything_is_stored_or_shown(server, people: People):
    ann = await people.sign_up("ann")
    bearer = b"Authorization: Bearer " + ann.token.encode()
    posts = {
        b"/auth/signup": {"username": "forged", "email": "forged@example.org", "password": PASSWORD},
        b"/chats/room": {"name": "Forged", "is_public": True},
        b"/auth/login": {"username": ann.username, "password": PASSWORD},
        b"/chats/general/messages": {"content": "forged"},
    }
    for host in HOSTS:
        line = b"Host: " + host.encode()
        for path, data in posts.items():
            body = json.dumps(data).encode()
            head = [line, bearer, b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
            answer = await raw(server, get(path, *head, method=b"POST") + body)
            assert status(answer) == 400, answer
            assert b"ALLOWED_HOSTS" in answer
        assert status(await raw(server, get("/chats/general/history", line, bearer))) == 400
        for socket in ("/ws/echo", "/ws/general", "/ws"):
            answer = await raw(server, handshake(socket, line, bearer))
            assert status(answer) == 400
            assert b"ALLOWED_HOSTS" in answer
    assert not (await ann.get("/users?search=forged"))["results"]
    assert not (await ann.get("/chats/room?discover=true&search=Forged"))["results"]
    assert not (await ann.get("/chats/room"))["results"]
    assert len((await ann.get("/auth/sessions"))["results"]) == 1
    assert "forged" not in [message["content"] for message in await ann.history()]


async def test_two_hosts_or_none_are_refused(server):
    for lines in ([b"Host: chat.lan", b"Host: chat.lan"], [b"Host: chat.lan", b"Host: evil.example"], []):
        assert status(await raw(server, get("/", *lines))) == 400
        assert status(await raw(server, handshake("/ws/echo", *lines))) == 400


async def test_health_is_asked_by_address(server):
    for path in ("/healthz", "/readyz", "/metrics", "/healthz/"):
        assert status(await raw(server, get(path, b"Host: 10.0.0.7:8000"))) == 200


async def test_a_browser_gets_a_page_that_names_the_setting(server, web):
    answer = await web.get(server.http + "/", headers={"Host": "evil.example", "Accept": "text/html"})
    assert answer.status_code == 400
    assert "ALLOWED_HOSTS" in answer.text
    assert "evil" not in answer.text
    assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
    german = {"Host": "evil.example", "Accept": "text/html", "Accept-Language": "de"}
    assert "Betreiber" in (await web.get(server.http + "/", headers=german)).text


@pytest.mark.parametrize(
    ("host", "origin", "fits"),
    [
        (LAN, f"http://{LAN}", True),
        (f"{LAN}:80", f"http://{LAN}", True),
        (LAN, f"http://{LAN}:80", True),
        (f"{LAN}:443", f"https://{LAN}", True),
        (LAN, f"https://{LAN}:443", True),
        (f"{LAN}:8080", f"http://{LAN}:8080", True),
        (LAN.upper(), f"HTTP://{LAN.upper()}", True),
        (f"{LAN}:8080", f"http://{LAN}", False),
        (LAN, f"http://{LAN}:8080", False),
        (f"{LAN}:443", f"http://{LAN}", False),
        (f"{LAN}:80", f"https://{LAN}", True),  # a proxy that ends TLS without saying so
        (LAN, "http://[bad", False),
        (LAN, "null", False),
        (LAN, "file://", False),
        (LAN, f"http://{LAN}.evil.example", False),
        (LAN, f"http://evil@{LAN}", False),
        (LAN, f"http://{LAN}/", False),
    ],
)
async def test_a_socket_compares_origin_and_host_as_browsers_write_them(server, host, origin, fits):
    lines = [f"Host: {host}".encode(), f"Origin: {origin}".encode()]
    assert status(await raw(server, handshake("/ws/echo", *lines))) == (101 if fits else 403)


@pytest.mark.parametrize(
    ("host", "origin", "fits"),
    [
        (f"{LAN}:80", f"http://{LAN}", True),
        (LAN, f"http://{LAN}:80", True),
        (f"{LAN}:8080", f"http://{LAN}", False),
        (LAN, "http://[bad", False),
        (LAN, "http://evil.example", False),
    ],
)
async def test_a_form_compares_them_alike(server, web, host, origin, fits):
    secret = "s" * 32
    answer = await web.post(
        server.http + "/logout",
        data={"csrfmiddlewaretoken": secret},
        headers={"Host": host, "Origin": origin, "Cookie": f"csrftoken={secret}"},
    )
    assert answer.status_code == (302 if fits else 403)


# ------------------------------------------------------------ addresses


ADDRESSES: list[tuple[str, str | None]] = [
    ("203.0.113.9", "203.0.113.9"),
    ("203.0.113.9:5678", "203.0.113.9"),
    ("[2001:db8::1]:443", "2001:db8::1"),
    ("[2001:db8::1]", "2001:db8::1"),
    ("2001:DB8:0::1", "2001:db8::1"),
    ("::ffff:203.0.113.9", "203.0.113.9"),
    ("fe80::1%eth0", "fe80::1"),
    ('"203.0.113.9"', "203.0.113.9"),
    ("evil, 203.0.113.9", "203.0.113.9"),
    ("198.51.100.1, 203.0.113.9, 127.0.0.1", "203.0.113.9"),
    ("unknown", None),
    ("_hidden", None),
    ("203.0.113.9, unknown", None),
    ("203.0.113.999", None),
    ("203.0.113.9:port", None),
    ("[::1", None),
    ("'; DROP TABLE", None),
    ("x" * 3000, None),
    ("", "127.0.0.1"),
    (",,", "127.0.0.1"),
]


async def test_the_address_that_a_trusted_proxy_names_is_parsed_once(people: People):
    ann = await people.sign_up("ann")
    for forwarded, address in ADDRESSES:
        there = {"X-Forwarded-For": forwarded}
        answer = await people.http.post(
            people.server.http + "/auth/refresh", json={"refresh_token": ann.refresh_token}, headers=there
        )
        assert answer.status_code == 200, forwarded
        ann.token, ann.refresh_token = answer.json()["access_token"], answer.json()["refresh_token"]
        [session] = (await ann.get("/auth/sessions"))["results"]
        assert session["address"] == address, forwarded
        socket = await people.connect(
            "/ws", additional_headers={"Authorization": f"Bearer {ann.token}", **there}
        )
        await socket.get("connection_established")


async def test_one_that_is_not_trusted_is_not_believed(backing, web):
    with backing.chat_server(
        SQLITE, **{**HTTPS, "FORWARDED_ALLOW_IPS": "192.0.2.1", "LOG_FORMAT": "json"}
    ) as server:
        claims = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        answer = await web.get(server.http + "/users/me", headers={"Host": PUBLIC, **claims})
        assert answer.status_code == 301
        await web.get(server.http + "/", headers={"Host": "evil.example", **claims})
        [line] = await refusals(server, 1, reason="host")
        assert line["client"] == "127.0.0.1"
        lines = [b"Host: " + PUBLIC.encode(), b"X-Forwarded-Proto: https"]
        assert status(await raw(server, handshake("/ws/echo", *lines))) == 403


# ------------------------------------------------------------ https


@pytest.mark.parametrize("protocol", ["https", "HTTPS", "https, https", "https,http", "https , http"])
async def test_the_first_protocol_counts(secure, web, protocol):
    answer = await web.get(secure.http + "/users/me", headers={**TLS, "X-Forwarded-Proto": protocol})
    assert answer.status_code == 401
    lines = [b"Host: " + PUBLIC.encode(), b"X-Forwarded-Proto: " + protocol.encode()]
    assert status(await raw(secure, handshake("/ws/echo", *lines))) == 101


@pytest.mark.parametrize("protocol", [None, "http", "http, https", "ftp", "", "httpss"])
async def test_without_tls_a_page_is_redirected_and_a_socket_refused(secure, web, protocol):
    headers = {"Host": PUBLIC} | ({"X-Forwarded-Proto": protocol} if protocol is not None else {})
    answer = await web.get(secure.http + "/users/me", headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{PUBLIC}/users/me")
    lines = [f"{name}: {value}".encode() for name, value in headers.items()]
    for path in ("/ws/echo", "/ws", "/ws/general"):
        assert status(await raw(secure, handshake(path, *lines))) == 403


@pytest.mark.parametrize(
    ("origin", "fits"),
    [
        (f"https://{PUBLIC}", True),
        (f"https://{PUBLIC}:443", True),
        (f"http://{PUBLIC}", False),
        (f"https://{PUBLIC}:8443", False),
        ("https://127.0.0.1", False),
    ],
)
async def test_over_tls_a_page_from_without_is_foreign(secure, origin, fits):
    lines = [f"{name}: {value}".encode() for name, value in {**TLS, "Origin": origin}.items()]
    assert status(await raw(secure, handshake("/ws/echo", *lines))) == (101 if fits else 403)


async def test_invite_links_lead_to_the_origin_that_is_set_whatever_the_host_says(secure, web):
    async def post(path: str, data: dict[str, str], **headers: str) -> httpx.Response:
        return await web.post(secure.http + path, json=data, headers={**TLS, **headers})

    await post("/auth/signup", {"username": "ann", "email": "ann@example.org", "password": PASSWORD})
    token = (await post("/auth/login", {"username": "ann", "password": PASSWORD})).json()["access_token"]
    for headers in ({"Host": "127.0.0.1"}, {"Host": f"{PUBLIC}:8080"}, {"Host": PUBLIC}):
        made = await post("/chats/room", {"name": "R"}, Authorization=f"Bearer {token}", **headers)
        assert made.json()["invite_link"].startswith(f"https://{PUBLIC}/chats/room/")


async def test_cookies_have_a_prefix_and_old_ones_still_sign_in(secure, web):
    await web.post(
        secure.http + "/auth/signup",
        json={"username": "bob", "email": "bob@example.org", "password": PASSWORD},
        headers=TLS,
    )
    answer = await web.post(
        secure.http + "/auth/login",
        json={"username": "bob", "password": PASSWORD},
        headers={**TLS, "X-Client": "web"},
    )
    set_ = {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}
    [known] = set(set_) - {"__Host-device", "__Secure-refresh_token"}
    assert known.startswith("__Host-known-") and "Path=/;" in set_[known]
    for line in set_.values():
        assert "; Secure" in line and "; HttpOnly" in line and "Domain" not in line
    assert "Path=/;" in set_["__Host-device"] and "Path=/auth;" in set_["__Secure-refresh_token"]
    page = await web.get(secure.http + "/login", headers={**TLS, "Accept": "text/html"})
    assert "__Host-csrftoken" in page.headers["set-cookie"]
    web.cookies.clear()

    old = {
        name.removeprefix("__Host-").removeprefix("__Secure-"): line.partition("=")[2].partition(";")[0]
        for name, line in set_.items()
    }
    kept = "; ".join(f"{name}={value}" for name, value in old.items())
    page = await web.get(secure.http + "/", headers={**TLS, "Accept": "text/html", "Cookie": kept})
    assert (page.status_code, page.headers["Location"]) == (302, "/chat"), "they are signed in"
    answer = await web.post(
        secure.http + "/auth/refresh", headers={**TLS, "X-Client": "web", "Cookie": kept}, json={}
    )
    assert answer.status_code == 200
    lines = answer.headers.get_list("set-cookie")
    assert {line.partition("=")[0] for line in lines if "Max-Age=0" not in line} == set(set_)
    assert {line.partition("=")[0] for line in lines if "Max-Age=0" in line} == set(old)


# ------------------------------------------------------------ log lines


def fail2ban(kind: str) -> re.Pattern[str]:
    """The filter of docs/operating.md, with what fail2ban puts in for `<HOST>`."""
    lines = re.findall(r"^failregex = (.+)$", (ROOT / "docs" / "operating.md").read_text(), re.MULTILINE)
    [line] = [line for line in lines if ("{" in line) == (kind == "json")]
    return re.compile(line.replace("<HOST>", r"(?P<host>[\w.:]+)"))


async def refuse_everything(server: ChatServer, web: httpx.AsyncClient) -> None:
    """One refusal of each kind, each from an address of its own."""

    def at(number: int, **more: str) -> dict[str, str]:
        return {
            "X-Forwarded-For": f"203.0.113.{number}",
            "X-Forwarded-Proto": "https",
            "Host": PUBLIC,
            **more,
        }

    def lines(number: int, **more: str) -> list[bytes]:
        return [f"{name}: {value}".encode() for name, value in at(number, **more).items()]

    await web.post(server.http + "/auth/login", json={"username": "nobody", "password": "x"}, headers=at(1))
    await web.post(server.http + "/login", data={"username": "nobody"}, headers=at(2, Accept="text/html"))
    await web.get(server.http + "/", headers=at(3, Host='evil refused client="198.51.100.1"'))
    await raw(server, handshake("/ws/echo", *lines(4, Host="evil.example")))
    await raw(server, handshake("/ws/echo", *lines(5, Origin="https://evil.example")))
    await raw(server, handshake("/ws/echo", *lines(6, **{"X-Forwarded-Proto": "http"})))
    await raw(server, handshake("/ws", *lines(7)) + b"\x81\x80\0\0\0\0")
    for _ in range(21):
        answer = await web.post(
            server.http + "/auth/guest",
            json={"username": "-"},
            headers=at(8, **{"X-Forwarded-For": "2001:db8::8"}),
        )
    assert answer.status_code == 429
    token = "J" * 32
    await web.post(server.http + f"/chats/room/1/invite/{token}", headers=at(9, Accept="text/html"))
    page = f"/login?next=/chats/room/1/invite/{token}"
    await web.post(server.http + page, headers=at(10, Referer=f"https://x/chats/room/1/invite/{token}"))


REFUSED = [
    ("login", "203.0.113.1"),
    ("csrf", "203.0.113.2"),
    ("host", "203.0.113.3"),
    ("host", "203.0.113.4"),
    ("origin", "203.0.113.5"),
    ("tls", "203.0.113.6"),
    ("socket", "203.0.113.7"),
    ("rate_limit", "2001:db8::8"),
    ("csrf", "203.0.113.10"),
]


@pytest.mark.parametrize("kind", ["console", "json"])
async def test_fail2ban_finds_the_address_of_each_refusal_and_no_secret(backing, web, kind):
    with backing.chat_server(SQLITE, WebServer, LOG_FORMAT=kind, RATE_LIMITS="on", **HTTPS) as server:
        await refuse_everything(server, web)
        filter_ = fail2ban(kind)
        async with asyncio.timeout(PATIENCE):
            while True:
                log = server.log.read_text()
                hits = [match for line in log.splitlines() if (match := filter_.match(line))]
                if len(hits) >= len(REFUSED):
                    break
                await asyncio.sleep(0.1)
        for reason, address in REFUSED:
            assert any(hit["host"] == address and reason in hit.string for hit in hits), (reason, address)
        assert not [hit.string for hit in hits if hit["host"].startswith("198.51.100.")], (
            "a client can't name another"
        )
        assert "JJJJJ" not in log
        assert "Traceback" not in log
        access = [line for line in log.splitlines() if "POST auth/login" in line]
        assert access and all("203.0.113.1" in line for line in access)


async def test_a_socket_refused_in_the_handshake_says_why_in_its_body(server, people: People):
    with pytest.raises(InvalidStatus) as refused:
        await people.connect("/ws/echo", origin="https://evil.example")
    body = json.loads(refused.value.response.body or b"{}")
    assert body["error"]["code"] == "forbidden"
    assert "ALLOWED_ORIGINS" in body["error"]["detail"]
