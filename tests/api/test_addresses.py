"""Addresses and origins as everybody reads them, and what goes by them: limits, links, caching."""

import logging
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from rest_framework.test import APIClient

from accounts import mail, throttle
from accounts.models import LoginFailure, User
from chat import policy
from chat.models import Connection
from chat.realtime import presence
from chat.realtime.sockets import Socket
from chatproject.operations import logs
from lib import addresses, origins

pytestmark = pytest.mark.django_db
PASSWORD = "a long password 4 tests"


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:ffff:ffff:ffff", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_limits_count_networks(text: str | None, network: str | None) -> None:
    assert addresses.network(text) == network


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("HTTP://Chat.LAN:80", "http://chat.lan"),
        ("https://chat.lan:0443", "https://chat.lan"),
        ("https://chat.lan:", "https://chat.lan"),
        ("http://chat.lan:443", "http://chat.lan:443"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://[bad", None),
        ("http://a b", None),
        ("http://me@chat.lan", None),
        ("http://chat.lan/x", None),
        ("ftp://chat.lan", None),
        ("null", None),
    ],
)
def test_an_origin_has_one_spelling(text: str, origin: str | None) -> None:
    assert addresses.origin(text) == origin


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/auth/guest", {}, 400),
        ("/auth/signup", {}, 400),
        ("/auth/password/reset", {"email": "somebody-{}@example.org"}, 202),  # 30 mails an hour
    ],
)
def test_one_ipv6_network_has_one_limit(path: str, body: dict[str, str], status: int, settings) -> None:
    settings.ALLOW_GUESTS = True

    def ask(number: int, network: str) -> int:
        fields = {name: value.format(number) for name, value in body.items()}
        return APIClient(REMOTE_ADDR=f"{network}::{number:x}").post(path, fields).status_code

    statuses = [ask(number, "2001:db8:1:1") for number in range(35)]
    assert set(statuses) == {status, 429}
    assert statuses[-1] == 429
    assert ask(1, "2001:db8:1:2") == status, "the neighbours are not meant"


def test_the_same_ipv4_address_counts_once_whichever_socket_it_came_by() -> None:
    assert throttle.address_keys("::ffff:192.0.2.7") == throttle.address_keys("192.0.2.7")
    APIClient(REMOTE_ADDR="::ffff:192.0.2.7").post("/auth/login", {"username": "nobody", "password": "x"})
    assert LoginFailure.objects.filter(key="address:192.0.2.7").exists()


def test_an_address_that_is_none_signs_in_without_one() -> None:
    User.objects.create_user("ann", password=PASSWORD)
    for address in ("unknown", "", "x" * 5000):
        answer = APIClient(REMOTE_ADDR=address).post("/auth/login", {"username": "ann", "password": PASSWORD})
        assert answer.status_code == 200
    assert set(User.objects.get().sessions.values_list("address", flat=True)) == {None}


@pytest.mark.parametrize(
    ("hosts", "allowed", "asked", "link", "mailed"),
    [
        (["chat.lan"], [], "http://chat.lan:8080", "http://chat.lan:8080", "http://chat.lan:8080"),
        (["*"], [], "http://evil.example", "http://evil.example", "http://127.0.0.1:0"),
        (["*"], ["https://a.example"], "http://evil.example", "https://a.example", "https://a.example"),
        (["*"], ["https://a.example", "https://b.example"], "https://b.example", "https://b.example", None),
        (["*"], ["https://a.example"], "https://a.example:8443", "https://a.example", None),
        (["*"], ["https://a.example"], "http://a.example", "https://a.example", None),
    ],
)
def test_where_links_lead(hosts, allowed, asked, link, mailed, settings) -> None:
    settings.ALLOWED_HOSTS, settings.ALLOWED_ORIGINS = hosts, allowed
    scheme, _, host = asked.partition("://")
    request = RequestFactory(HTTP_HOST=host).get("/", secure=scheme == "https")
    assert origins.for_links(request) == link
    assert mail.origin_of(request) == (mailed or link)


def test_answers_for_one_person_are_not_stored(settings) -> None:
    ann = User.objects.create_user("ann", password=PASSWORD)
    api = APIClient()
    tokens = api.post("/auth/login", {"username": "ann", "password": PASSWORD})
    assert tokens["Cache-Control"] == "no-store"
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.json()['access_token']}")
    policy.seat(ann, "general")
    for path in (
        "/chats",
        "/users/me",
        "/chats/general/history",
        "/auth/sessions",
        "/nowhere",
        "/chats/room/9",
    ):
        for accept in ("application/json", "text/html"):
            assert "no-store" in api.get(path, HTTP_ACCEPT=accept)["Cache-Control"], path
    assert api.get("/service-worker.js", HTTP_ACCEPT="*/*").get("Cache-Control") in ("no-cache", "no-store")
    assert api.get("/manifest.webmanifest")["Cache-Control"] == "max-age=3600"


@pytest.mark.parametrize(
    "path",
    [
        "/chats/room/1/invite/JUGt2JlHNEvBYvDqZl0aXy0tqg_Cm4pS",
        "/chats/room/1/invite/JUGt2JlHNEvBYvDqZl0aXy0tqg_Cm4pS/act",
        "/login?next=%2Fchats%2Froom%2F1%2Finvite%2FJUGt2JlHNEvBYvDqZl0aXy0tqg_Cm4pS",
        "/password/reset?uid=Mg&token=JUGt2JlHNEvBYvDqZl0aXy0tqg_Cm4pS",
    ],
)
def test_no_log_line_holds_a_link(path: str) -> None:
    line = logs.redact(None, "", f"Forbidden: {path}")
    assert "JUGt2" not in line and "[redacted]" in line
    assert logs.redact(None, "", "POST chats/room/1/invite/approve") == "POST chats/room/1/invite/approve"


def test_a_socket_that_can_not_be_noted_costs_itself_alone(caplog) -> None:
    from datetime import UTC, datetime, timedelta

    from accounts.tokens import Claims

    people = [User.objects.create_user(name) for name in ("ann", "bob")]

    def socket(user_id: int, address: str | None) -> Socket:
        made = Socket(Claims(user_id, uuid4(), datetime.now(UTC) + timedelta(minutes=1)), address)
        made.username = "somebody"
        return made

    good, bad, other = (
        socket(people[0].pk, "192.0.2.7"),
        socket(people[0].pk, None),
        socket(people[1].pk, None),
    )
    bad.user_id = 2**70  # no database holds this
    with caplog.at_level(logging.ERROR):
        news = presence.note_each(uuid4(), [good, bad, other], [])
    assert sorted(user.username for user in news.came) == ["ann", "bob"]
    assert set(Connection.objects.values_list("pk", flat=True)) == {good.id, other.id}
    assert "is not noted" in caplog.text
