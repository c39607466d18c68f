"""Failed log-ins are slowed, per account and per address, alike for who exists and who doesn't."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import throttle, users
from accounts.models import LoginFailure, User

pytestmark = pytest.mark.django_db
PASSWORD = "three-green-boats"
HTML = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def limits(settings):
    settings.RATE_LIMITS = True
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # quick; Argon2 has its own tests
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ann() -> User:
    return users.sign_up("ann", "ann@example.org", PASSWORD)


def log_in(username: str = "ann", password: str = PASSWORD, address: str = "192.0.2.1") -> Any:
    return APIClient(REMOTE_ADDR=address).post("/auth/login", {"username": username, "password": password})


def fail(times: int, username="ann") -> list[int]:
    return [log_in(username, "wrong", f"192.0.2.{number + 1}").status_code for number in range(times)]


def wait_of(name: str) -> int:
    return throttle.wait_after(LoginFailure.objects.get(key=throttle.account_key(name)).count, 5)


def stretch() -> None:
    """Longer waits from here on, so that a slow machine sees them too."""
    LoginFailure.objects.update(count=F("count") + 6, last_at=timezone.now())


def test_waiting_times_double_up_to_a_quarter_of_an_hour():
    assert [throttle.wait_after(count, 5) for count in range(4, 19)] == [
        *(0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900)
    ]
    assert throttle.wait_after(10**9, 5) == 900


@pytest.mark.parametrize("name", ["ann", "nobody", "ann@example.org", "nobody@example.org"])
def test_the_sixth_failure_makes_the_account_wait_known_or_not(ann, name):
    assert fail(6, name) == [401] * 6
    assert wait_of(name) == 1
    stretch()
    answer = log_in(name, PASSWORD, "192.0.2.99")
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "rate_limited"
    assert 50 < int(answer.headers["Retry-After"]) <= 64


def test_a_refusal_while_waiting_does_not_lengthen_the_wait(ann):
    fail(6)
    stretch()
    for _ in range(3):
        assert log_in().status_code == 429
    assert wait_of("ann") == 64


def test_after_the_wait_a_right_password_clears_the_account(ann):
    for number in range(8):
        throttle.count_failure([throttle.account_key("ann"), f"address:192.0.2.{number + 1}"])
    LoginFailure.objects.update(last_at=timezone.now() - timedelta(seconds=4))
    assert log_in().status_code == 200
    assert not LoginFailure.objects.filter(key__startswith="account:").exists()
    assert LoginFailure.objects.filter(key__startswith="address:").count() == 8
    assert fail(5) == [401] * 5


def test_the_name_is_counted_whatever_its_case(ann):
    for name in ("ann", "ANN", "Ann", "ａｎｎ", " ann", "aNn"):
        log_in(name, "wrong")
    assert LoginFailure.objects.get(key__startswith="account:").count == 6


def test_the_table_tells_no_names(ann):
    fail(1)
    assert "ann" not in LoginFailure.objects.get(key__startswith="account:").key


def test_an_address_that_tries_many_names_waits_and_others_do_not(ann):
    statuses = [log_in(f"name-{number}", "wrong").status_code for number in range(21)]
    assert statuses == [401] * 21
    stretch()
    assert log_in().status_code == 429
    assert log_in(address="192.0.2.2").status_code == 200


def test_a_whole_ipv6_network_is_one_address():
    assert (
        throttle.address_keys("2001:db8::1")
        == throttle.address_keys("2001:db8::ffff")
        == ["address:2001:db8::/64"]
    )
    assert throttle.address_keys("192.0.2.1") == ["address:192.0.2.1"]
    assert throttle.address_keys(None) == throttle.address_keys("unix:") == []


def test_yesterday_is_forgotten(ann):
    fail(6)
    LoginFailure.objects.update(last_at=timezone.now() - timedelta(days=1, seconds=1))
    assert log_in("somebody-else", "wrong").status_code == 401
    assert LoginFailure.objects.count() == 2
    assert fail(5) == [401] * 5


def test_a_right_guess_among_too_many_sent_at_once_is_not_heard(ann):
    """As if the others had failed while this one's password was being checked."""

    def check() -> bool:
        for _ in range(6):
            throttle.count_failure([throttle.account_key("ann")])
        return True

    with pytest.raises(throttle.TooManyFailures):
        throttle.guarded("ann", "192.0.2.1", check)


def test_rate_limits_off_lifts_it(ann, settings):
    settings.RATE_LIMITS = False
    assert fail(8) == [401] * 8
    assert log_in().status_code == 200
    assert not LoginFailure.objects.exists()


@pytest.mark.parametrize("path", ["/admin/login/", "/api-auth/login/"])
def test_the_log_in_pages_are_slowed_too_and_say_so(ann, path):
    fail(6)
    stretch()
    page = Client().post(path, {"username": "ann", "password": PASSWORD}, headers=HTML)
    assert page.status_code == 200
    assert "Too many failed log-ins. Try again in" in page.content.decode()
    Client().post(path, {"username": "nobody", "password": "wrong"}, headers=HTML)
    assert LoginFailure.objects.filter(key=throttle.account_key("nobody")).exists()


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("post", "/auth/password/change", {"current_password": "x", "new_password": "y"}, "current_password"),
        ("delete", "/users/me", {"password": "x"}, "password"),
    ],
)
def test_guessing_the_password_of_an_open_session_is_slowed_too(ann, method, path, body, field):
    api = APIClient()
    api.force_authenticate(ann)
    answers = [getattr(api, method)(path, body) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 6
    assert list(answers[0].json()["error"]["fields"]) == [field]
    stretch()
    assert getattr(api, method)(path, body).status_code == 429


def test_signing_up_and_mails_are_limited_per_address(ann, settings):
    settings.RATE_LIMITS = True
    for path, free in (("/auth/signup", 20), ("/auth/password/reset", 10)):
        api = APIClient(REMOTE_ADDR="192.0.2.50")
        assert {api.post(path, {}).status_code for _ in range(free)} == {400}
        answer = api.post(path, {})
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert APIClient(REMOTE_ADDR="192.0.2.51").post(path, {}).status_code == 400
        settings.RATE_LIMITS = False
        assert api.post(path, {}).status_code == 400
        settings.RATE_LIMITS = True


@pytest.mark.django_db(transaction=True)
def test_no_failure_is_lost_among_many_at_once():
    keys = [throttle.account_key("ann"), "address:192.0.2.1"]

    def fail_often() -> None:
        for _ in range(5):
            throttle.count_failure(keys)
        connection.close()

    threads = [threading.Thread(target=fail_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(LoginFailure.objects.values_list("count", flat=True)) == {20}
