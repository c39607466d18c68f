"""Failed log-ins are slowed, per account and per address, whether or not the account exists."""

import re
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import mail, throttle, users
from accounts.models import LoginFailure, Session, User
from tests.api.clients import PASSWORD

pytestmark = pytest.mark.django_db
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


def log_in(username: str = "ann", password: str = PASSWORD, address: str = "192.0.2.1") -> Any:
    return APIClient(REMOTE_ADDR=address).post("/auth/login", {"username": username, "password": password})


def fail(times: int, username="ann") -> list[int]:
    return [log_in(username, "wrong", f"192.0.2.{number + 1}").status_code for number in range(times)]


def wait_of(name: str) -> int:
    return throttle.wait_after(LoginFailure.objects.get(key=throttle.account_key(name)).count, 5, 30)


def stretch() -> None:
    """Longer waits from here on, so that a slow machine sees them too."""
    LoginFailure.objects.update(count=F("count") + 6, last_at=timezone.now())


def test_waiting_times_double_up_to_half_a_minute_for_an_account_and_a_quarter_of_an_hour_for_an_address():
    times = [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert [throttle.wait_after(count, 5, 900) for count in range(4, 19)] == times
    assert [throttle.wait_after(count, 5, 30) for count in range(4, 19)] == [min(time, 30) for time in times]
    assert throttle.wait_after(10**9, 5, 900) == 900


@pytest.mark.parametrize("name", ["ann", "nobody", "ann@example.org", "nobody@example.org"])
def test_the_sixth_failure_makes_the_account_wait_known_or_not(ann, name):
    assert fail(6, name) == [401] * 6
    assert wait_of(name) == 1
    stretch()
    answer = log_in(name, PASSWORD, "192.0.2.99")
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "rate_limited"
    assert 20 < int(answer.headers["Retry-After"]) <= 30


def test_a_refusal_while_waiting_does_not_lengthen_the_wait(ann):
    fail(6)
    stretch()
    for _ in range(3):
        assert log_in().status_code == 429
    assert wait_of("ann") == 30


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
        throttle.guarded(throttle.stranger_keys("ann", "192.0.2.1"), check)


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
    assert page.status_code == 429
    assert int(page["Retry-After"]) >= 1
    assert "Too many attempts. Try again in" in page.content.decode()
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


def test_signing_up_is_limited_per_address(settings):
    api = APIClient(REMOTE_ADDR="192.0.2.50")
    assert {api.post("/auth/signup", {}).status_code for _ in range(20)} == {400}
    answer = api.post("/auth/signup", {})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert APIClient(REMOTE_ADDR="192.0.2.51").post("/auth/signup", {}).status_code == 400
    settings.RATE_LIMITS = False
    assert api.post("/auth/signup", {}).status_code == 400


# Whom strangers' guesses don't keep out


def under_attack(name: str = "ann", times: int = 60) -> None:
    """Guesses from everywhere, the owner's own address too."""
    for number in range(times):
        log_in(name, "wrong", f"198.51.100.{number % 50}")
        throttle.count_failure(throttle.stranger_keys(name, f"198.51.100.{number % 50}"))
    throttle.count_failure(throttle.stranger_keys(name, HOME))
    stretch()


HOME = "198.51.100.7"
WEB = {"X-Client": "web"}


@pytest.fixture
def browser(ann) -> APIClient:
    """A browser that ann has signed in on, and out again."""
    api = APIClient(REMOTE_ADDR=HOME)
    body = {"username": "ann", "password": PASSWORD}
    assert api.post("/auth/login", body, headers=WEB).status_code == 200
    assert api.post("/auth/logout", headers=WEB).status_code == 204
    Session.objects.update(address=None)  # the address alone would do, too
    return api


@pytest.mark.parametrize("name", ["ann", "ann@example.org"])
def test_the_browser_that_somebody_signed_in_on_lets_them_in_under_attack(browser, name):
    under_attack(name)
    assert log_in(name, PASSWORD, HOME).status_code == 429
    assert browser.post("/auth/login", {"username": name, "password": PASSWORD}).status_code == 200


def test_the_pages_know_the_browser_too_and_so_does_the_admin(ann):
    User.objects.update(is_staff=True)
    for path in ("/login", "/admin/login/", "/api-auth/login/"):
        browser = Client(REMOTE_ADDR="192.0.2.77")
        body = {"username": "ann", "password": PASSWORD}
        assert browser.post(path, body, headers=HTML).status_code == 302
        Session.objects.all().delete()
        under_attack()
        assert browser.post(path, body, headers=HTML).status_code == 302, path
        LoginFailure.objects.all().delete()


def test_a_known_browser_guesses_no_more_than_others_and_keeps_nobody_else_out(browser):
    answers = [browser.post("/auth/login", {"username": "ann", "password": "wrong"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 6
    stretch()
    assert browser.post("/auth/login", {"username": "ann", "password": PASSWORD}).status_code == 429
    assert log_in(address="192.0.2.99").status_code == 200


def test_over_tls_the_cookie_is_of_this_host_alone_and_one_by_the_old_name_still_counts(
    browser, ann, settings
):
    old, new = f"known-{ann.pk}", f"__Host-known-{ann.pk}"
    settings.TLS = True
    under_attack("ann")
    body = {"username": "ann", "password": PASSWORD}
    answer = browser.post("/auth/login", body, headers=WEB, secure=True)
    assert answer.status_code == 200 and answer.cookies[old]["max-age"] == 0, "it goes"
    cookie = answer.cookies[new]
    assert cookie["secure"] and cookie["httponly"] and (cookie["path"], cookie["domain"]) == ("/", "")
    del browser.cookies[old]
    under_attack("ann")
    again = browser.post("/auth/login", body, headers=WEB, secure=True)
    assert again.status_code == 200 and new not in again.cookies


def test_the_cookie_is_the_persons_alone_and_signs_nobody_in(browser, ann):
    bob = users.sign_up("bob", "bob@example.org", PASSWORD)
    cookie = browser.cookies[f"known-{ann.pk}"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    browser.cookies[f"known-{bob.pk}"] = cookie.value
    under_attack("bob")
    assert browser.post("/auth/login", {"username": "bob", "password": PASSWORD}).status_code == 429
    assert browser.get("/users/me").status_code == 401
    browser.cookies[f"known-{bob.pk}"] = cookie.value.replace(str(ann.pk), str(bob.pk), 1)
    assert browser.post("/auth/login", {"username": "bob", "password": PASSWORD}).status_code == 429


def test_an_address_that_the_person_used_of_late_is_known_without_a_cookie(ann):
    assert log_in(address="2001:db8::1").status_code == 200
    under_attack()
    assert log_in(address="2001:db8::2").status_code == 200
    assert log_in(address="2001:db8:0:1::1").status_code == 429
    Session.objects.update(last_used_at=timezone.now() - throttle.LATELY)
    assert log_in(address="2001:db8::1").status_code == 429


def test_whoever_sets_a_new_password_by_mail_is_let_in_where_they_did_it(ann, mailoutbox):
    under_attack()
    api = APIClient(REMOTE_ADDR=HOME)
    for _ in range(30):
        throttle.count_failure(throttle.address_keys(HOME))
    assert log_in(address=HOME).status_code == 429
    assert api.post("/auth/password/reset", {"email": "ann@example.org"}).status_code == 202
    mail.deliver()
    query = parse_qs(urlsplit(re.findall(r"http\S+", mailoutbox[-1].body)[0]).query)
    body = {"uid": query["uid"][0], "token": query["token"][0], "new_password": "four-red-kites"}
    assert api.post("/auth/password/reset/confirm", body).status_code == 200
    assert log_in("ann", "four-red-kites", HOME).status_code == 200
    assert log_in("bob", "anything", HOME).status_code == 429


def test_the_owner_gets_in_from_a_new_device_after_half_a_minute_at_most(ann):
    for _ in range(1000):
        throttle.count_failure([throttle.account_key("ann")])
    assert int(log_in(address="192.0.2.99").headers["Retry-After"]) <= 30
    LoginFailure.objects.update(last_at=timezone.now() - timedelta(seconds=31))
    assert log_in(address="192.0.2.99").status_code == 200


def test_strangers_do_not_keep_a_person_from_acting_in_their_open_session(ann):
    under_attack()
    api = APIClient(REMOTE_ADDR=HOME)
    api.force_authenticate(ann)
    body = {"current_password": PASSWORD, "new_password": "four-red-kites"}
    assert api.post("/auth/password/change", body).status_code == 200


@pytest.mark.parametrize("name", ["ann", "ann@example.org"])
def test_a_wrong_guess_takes_as_many_queries_whoever_exists(ann, name):
    def queries(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert log_in(name, "wrong", "192.0.2.200").status_code == 401
        return len(captured)

    log_in("warm", "wrong", "192.0.2.200")
    assert queries(name) == queries(name.replace("ann", "nobody"))


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
