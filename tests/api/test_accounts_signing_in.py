"""Signing up, in and out over HTTP, and the list of devices."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from accounts import mail, tokens, users
from accounts.models import Session, User
from lib.errors import Invalid
from tests.api.clients import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]
NEW = {"username": "carol", "email": "carol@example.org", "password": PASSWORD}
HASHERS = list(settings.PASSWORD_HASHERS)
WEB = {"headers": {"X-Client": "web"}}


@pytest.fixture
def ann() -> User:
    return users.sign_up("Ann", "ann@example.org", PASSWORD)


def log_in(api: APIClient, username="ann", password=PASSWORD, **options):
    return api.post("/auth/login", {"username": username, "password": password}, **options)


def bearer(pair_or_answer) -> dict:
    access = (
        pair_or_answer.access
        if isinstance(pair_or_answer, tokens.TokenPair)
        else pair_or_answer["access_token"]
    )
    return {"headers": {"Authorization": f"Bearer {access}"}}


def fields_of(answer) -> dict:
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]["code"] == "invalid"
    return answer.json()["error"]["fields"]


# Signing up


def test_signing_up_makes_a_member(api, mailoutbox):
    answer = api.post("/auth/signup", NEW)
    assert answer.status_code == 201
    user = User.objects.get()
    assert answer.json() == {
        "message": "User created",
        "user": {
            "id": user.pk,
            "username": "carol",
            "display_name": "",
            "avatar": None,
            "is_online": False,
            "last_seen": None,
        },
    }
    assert user.kind == User.Kind.MEMBER
    mail.deliver()
    assert mailoutbox[0].to == ["carol@example.org"]
    assert log_in(api, "carol").status_code == 200


@pytest.mark.parametrize("changes", [{"username": "ANN"}, {"username": "ａｎｎ"}])
def test_a_taken_username_is_named_whatever_its_case_or_width(api, ann, changes):
    assert fields_of(api.post("/auth/signup", {**NEW, **changes})) == {
        "username": ["This username is taken."]
    }


def test_letters_beyond_ascii_have_no_case_either(api):
    assert api.post("/auth/signup", {**NEW, "username": "ÄNNE"}).status_code == 201
    answer = api.post("/auth/signup", {**NEW, "username": "änne", "email": "x@example.org"})
    assert list(fields_of(answer)) == ["username"]
    assert log_in(api, "ÄNNE").status_code == 200
    assert log_in(api, "änne").status_code == 200


def test_the_constraint_decides_when_two_sign_up_at_once(ann):
    with pytest.raises(Invalid) as refused, users.taken_is_invalid():
        User.objects.create(username="aNN", email="other@example.org")
    assert refused.value.fields == {"username": ["This username is taken."]}
    User.objects.update(email_verified_at=ann.date_joined)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="other", email="ANN@example.org", email_verified_at=ann.date_joined)


def test_everything_that_is_wrong_is_said_at_once(api, ann):
    answer = api.post("/auth/signup", {"username": "ann", "email": "ANN@example.org", "password": "12345"})
    assert set(fields_of(answer)) == {"username", "password"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""),
        ("username", "a"),
        ("username", "a" * 51),
        ("username", "has space"),
        ("username", "at@sign"),
        ("username", "line\nbreak"),
        ("username", "nul\0"),
        ("username", None),
        ("username", ["ann"]),
        ("username", {"a": 1}),
        ("username", True),
        ("username", "Deleted-12"),
        ("email", ""),
        ("email", "no-address"),
        ("email", "nul\0@example.org"),
        ("email", f"{'a' * 250}@example.org"),
        ("password", ""),
        ("password", "short"),
        ("password", "password"),
        ("password", "carol"),
        ("password", "9384756102"),
        ("password", "nul\0nul\0nul\0"),
        ("password", "a" * 129),
        ("password_confirm", "something-else"),
    ],
)
def test_wrong_input_names_its_field(api, field, value):
    assert list(fields_of(api.post("/auth/signup", {**NEW, field: value}, format="json"))) == [field]
    assert not User.objects.exists()


@pytest.mark.parametrize("field", NEW)
def test_nothing_may_be_missing(api, field):
    assert list(fields_of(api.post("/auth/signup", {k: v for k, v in NEW.items() if k != field}))) == [field]


def test_a_password_may_be_repeated_with_its_letters_composed_in_another_way(api):
    typed, again = "cr\u00e8me-br\u00fbl\u00e9e", "cre\u0300me-bru\u0302le\u0301e"
    answer = api.post("/auth/signup", {**NEW, "password": typed, "password_confirm": again}, format="json")
    assert answer.status_code == 201, answer.content
    wrong = {**NEW, "username": "dora", "password": typed, "password_confirm": "creme-brulee"}
    assert list(fields_of(api.post("/auth/signup", wrong, format="json"))) == ["password_confirm"]


def test_a_password_keeps_its_spaces(api):
    api.post("/auth/signup", {**NEW, "password": "  three green boats "})
    assert log_in(api, "carol", "three green boats").status_code == 401
    assert log_in(api, "carol", "  three green boats ").status_code == 200


def test_the_operator_can_close_sign_up(api, settings):
    settings.ALLOW_SIGNUP = False
    answer = api.post("/auth/signup", NEW)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "signup_closed")


# Logging in


@pytest.mark.parametrize("name", ["ann", "ANN", " ann ", "ann@example.org", "Ann@Example.ORG"])
def test_logging_in_with_username_or_address_in_any_case(api, ann, name):
    answer = log_in(api, name)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)
    assert api.get("/users/me", **bearer(body)).json()["username"] == "Ann"
    assert not answer.cookies


def test_logging_in_with_a_form_as_oauth2_has_it(api, ann):
    answer = api.generic(
        "POST",
        "/auth/login",
        f"grant_type=password&username=ann&password={PASSWORD}&scope=&client_id=x&client_secret=y",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200
    assert answer.json()["access_token"]


def test_a_trailing_slash_means_the_same(api, ann):
    assert api.post("/auth/login/", {"username": "ann", "password": PASSWORD}).status_code == 200


def test_the_answer_to_a_wrong_login_does_not_tell_who_exists(api, ann):
    users.deactivate(users.sign_up("gone", "gone@example.org", PASSWORD))
    answers = [
        log_in(api, "ann", "wrong"),
        log_in(api, "ann@example.org", "wrong"),
        log_in(api, "nobody", "wrong"),
        log_in(api, "nobody@example.org", "wrong"),
        log_in(api, "gone", PASSWORD),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="api"'}


@pytest.fixture
def argon2(settings):
    settings.PASSWORD_HASHERS = HASHERS


def test_passwords_are_kept_as_argon2_hashes(argon2, ann, api):
    assert ann.password.startswith("argon2$argon2id$")
    ann.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    ann.save()
    assert log_in(api).status_code == 200
    assert User.objects.get().password.startswith("argon2$")


def test_an_unknown_name_costs_a_hash_too(argon2, ann, api, monkeypatch):
    """Not by the clock, which lies on a busy machine: by the hashes that were computed."""
    hashes: list[str] = []

    def counted(name: str) -> Any:
        real = getattr(Argon2PasswordHasher, name)

        def call(*args: Any, **options: Any) -> Any:
            hashes.append(name)
            return real(*args, **options)

        return call

    for name in ("encode", "verify"):
        monkeypatch.setattr(Argon2PasswordHasher, name, counted(name))
    log_in(api, "ann", "wrong")
    known = len(hashes)
    log_in(api, "nobody", "wrong")
    assert len(hashes) - known == known == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"username", "password"}),
        ({"username": "ann"}, {"password"}),
        ({"username": "nul\0", "password": "x"}, {"username"}),
        ({"username": "ann", "password": "nul\0"}, {"password"}),
        ({"username": "ann", "password": "x" * 129}, {"password"}),
        ({"username": "x" * 255, "password": "x"}, {"username"}),
        ({"username": [], "password": {}}, {"username", "password"}),
    ],
)
def test_a_login_that_cannot_be_right_names_the_fields(api, body, fields):
    assert set(fields_of(api.post("/auth/login", body, format="json"))) == fields


def test_broken_json_is_a_400(api):
    assert api.generic("POST", "/auth/login", "{", content_type="application/json").status_code == 400
    assert api.generic("POST", "/auth/login", "[]", content_type="application/json").status_code == 400
    assert api.generic("POST", "/auth/login", "<a/>", content_type="text/xml").status_code == 415


def test_an_old_token_does_not_keep_its_owner_from_signing_in(api, ann):
    api.credentials(HTTP_AUTHORIZATION="Bearer old.old.old")
    assert log_in(api).status_code == 200


def test_a_bad_token_is_a_401_with_a_challenge(api, ann):
    for value in ("Bearer x", "Bearer", "bearer a.b.c", f"Bearer {tokens.issue(ann).refresh}"):
        answer = api.get("/users/me", headers={"Authorization": value})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_bad_token_is_an_answer_in_the_browsable_api_too(api, ann):
    answer = api.get("/users/me", headers={"Authorization": "Bearer x", "Accept": "text/html"})
    assert answer.status_code == 401


def test_an_expired_token_has_its_own_code(api, ann):
    token = AccessToken()
    token["user_id"], token["sid"] = (
        ann.pk,
        str(Session.objects.create(user=ann, expires_at=ann.date_joined).pk),
    )
    token.set_exp(lifetime=timedelta(seconds=-1))
    answer = api.get("/users/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token_expired")


# Guests


def test_guests_come_in_with_a_name_where_allowed(api, settings):
    assert api.post("/auth/guest", {"username": "visitor"}).json()["error"]["code"] == "guests_closed"
    settings.ALLOW_GUESTS = True
    answer = api.post("/auth/guest", {"username": "visitor"})
    assert answer.status_code == 200
    me = api.get("/users/me", **bearer(answer.json())).json()
    assert (me["username"], me["kind"], me["email"]) == ("visitor", "guest", None)
    assert list(fields_of(api.post("/auth/guest", {"username": "VISITOR"}))) == ["username"]
    assert log_in(api, "visitor", "anything").status_code == 401


# Refreshing


def refresh(api, token: str, agent="Phone", address="192.0.2.1", **more):
    return api.post(
        "/auth/refresh", {"refresh_token": token}, headers={"User-Agent": agent}, REMOTE_ADDR=address, **more
    )


def test_refreshing_rotates_the_pair_and_an_answer_that_was_lost_is_given_again(api, ann):
    first = log_in(api).json()
    second = refresh(api, first["refresh_token"])
    assert second.status_code == 200
    assert api.get("/users/me", **bearer(second.json())).status_code == 200
    again = refresh(api, first["refresh_token"])
    assert again.status_code == 200
    assert again.json()["refresh_token"] == second.json()["refresh_token"] != first["refresh_token"]
    assert api.get("/users/me", **bearer(again.json())).status_code == 200


@pytest.mark.parametrize("elsewhere", [{"agent": "Thief"}, {"address": "192.0.2.9"}])
def test_an_old_refresh_token_from_elsewhere_ends_the_session(api, ann, elsewhere):
    first = log_in(api).json()
    second = refresh(api, first["refresh_token"]).json()
    again = refresh(APIClient(), first["refresh_token"], **elsewhere)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "not_authenticated")
    assert api.get("/users/me", **bearer(second)).status_code == 401


def test_a_browser_whose_address_changes_while_an_answer_is_lost_stays_signed_in(api, ann):
    """In a tunnel: its device cookie says that it is the same one."""
    log_in(api, **WEB)
    old = api.cookies["refresh_token"].value
    web = {"User-Agent": "Phone", "X-Client": "web"}
    assert api.post("/auth/refresh", headers=web, REMOTE_ADDR="192.0.2.1").status_code == 200
    newest = api.cookies["refresh_token"].value
    api.cookies["refresh_token"] = old
    assert api.post("/auth/refresh", headers=web, REMOTE_ADDR="198.51.100.7").status_code == 200
    assert api.cookies["refresh_token"].value == newest


def test_the_web_client_gets_a_cookie_that_scripts_and_other_sites_cannot_use(api, ann):
    cookie = log_in(api, **WEB).cookies["refresh_token"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/auth")
    assert int(cookie["max-age"]) == 30 * 24 * 3600


def test_the_cookie_refreshes_only_with_the_web_clients_header(api, ann):
    old = log_in(api, **WEB).cookies["refresh_token"].value
    assert list(fields_of(api.post("/auth/refresh"))) == ["refresh_token"]
    answer = api.post("/auth/refresh", **WEB)
    assert answer.status_code == 200
    assert answer.cookies["refresh_token"].value not in ("", old)


def test_the_web_client_without_a_cookie_is_not_signed_in(api):
    assert api.post("/auth/refresh", **WEB).status_code == 401


# Logging out


def test_logging_out_by_refresh_token_ends_the_session_at_once(api, ann):
    pair = log_in(api).json()
    answer = api.post("/auth/logout", {"refresh_token": pair["refresh_token"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get("/users/me", **bearer(pair)).status_code == 401
    assert api.post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).status_code == 401
    assert api.post("/auth/logout", {"refresh_token": pair["refresh_token"]}).status_code == 204


def test_logging_out_by_refresh_token_works_when_the_access_token_is_old(api, ann):
    pair = log_in(api).json()
    api.credentials(HTTP_AUTHORIZATION="Bearer old.old.old")
    assert api.post("/auth/logout", {"refresh_token": pair["refresh_token"]}).status_code == 204
    assert not Session.objects.filter(revoked_at=None).exists()


def test_logging_out_by_access_token_ends_its_session_only(api, ann):
    pair, other = log_in(api).json(), log_in(api).json()
    assert api.post("/auth/logout", **bearer(pair)).status_code == 204
    assert api.get("/users/me", **bearer(pair)).status_code == 401
    assert api.get("/users/me", **bearer(other)).status_code == 200


def test_logging_out_by_cookie_takes_the_cookie_away(api, ann):
    log_in(api, **WEB)
    answer = api.post("/auth/logout", **WEB)
    assert answer.status_code == 204
    assert answer.cookies["refresh_token"].value == ""
    assert not Session.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/logout-all"])
def test_logging_out_without_any_token_is_a_401(api, path):
    assert api.post(path).status_code == 401
    assert api.post(path, {"refresh_token": "x"}).status_code == 401


def test_logging_out_everywhere_ends_all_sessions_of_the_person(api, ann):
    ben = users.sign_up("ben", "ben@example.org", PASSWORD)
    pairs = [log_in(api).json() for _ in range(2)]
    bens = tokens.issue(ben)
    browser = APIClient()
    assert browser.login(username="ann", password=PASSWORD)
    assert browser.get("/users/me").status_code == 200
    assert api.post("/auth/logout-all", **bearer(pairs[0])).status_code == 204
    assert [api.get("/users/me", **bearer(pair)).status_code for pair in pairs] == [401, 401]
    assert browser.get("/users/me").status_code == 401
    assert api.get("/users/me", **bearer(bens)).status_code == 200


def test_logging_out_everywhere_needs_a_living_session(api, ann):
    pair, other = log_in(api).json(), log_in(api).json()
    api.post("/auth/logout", {"refresh_token": pair["refresh_token"]})
    assert api.post("/auth/logout-all", {"refresh_token": pair["refresh_token"]}).status_code == 401
    assert api.get("/users/me", **bearer(other)).status_code == 200


def test_the_browsable_api_logs_out_with_a_csrf_token(ann):
    browser = APIClient(enforce_csrf_checks=True)
    browser.login(username="ann", password=PASSWORD)
    refused = browser.post("/auth/logout")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    browser.get("/users/me", headers={"Accept": "text/html"})
    token = browser.cookies["csrftoken"].value
    assert browser.post("/auth/logout", headers={"X-CSRFToken": token}).status_code == 204
    assert browser.get("/users/me").status_code == 401


# Devices


def test_the_list_of_devices_marks_the_current_one(api, ann):
    log_in(api, headers={"User-Agent": "Phone"})
    pair = log_in(api, headers={"User-Agent": "Desk"}).json()
    tokens.revoke(tokens.load(tokens.verify(tokens.issue(ann).access)))
    tokens.issue(users.sign_up("ben", "ben@example.org", PASSWORD))
    answer = api.get("/auth/sessions", **bearer(pair)).json()
    assert answer["next"] is None
    assert [(row["user_agent"], row["current"]) for row in answer["results"]] == [
        ("Desk", True),
        ("Phone", False),
    ]
    assert set(answer["results"][0]) == {
        "id",
        "user_agent",
        "address",
        "created_at",
        "last_used_at",
        "expires_at",
        "current",
    }
    assert len(api.get("/auth/sessions?limit=1", **bearer(pair)).json()["results"]) == 1


def test_a_device_is_signed_out_by_its_owner_only(api, ann):
    mine, other = log_in(api).json(), log_in(api).json()
    bens = tokens.issue(users.sign_up("ben", "ben@example.org", PASSWORD))
    other_id = tokens.verify(other["access_token"]).session_id
    assert api.delete(f"/auth/sessions/{other_id}", **bearer(bens)).status_code == 404
    assert api.delete(f"/auth/sessions/{other_id}", **bearer(mine)).status_code == 204
    assert api.delete(f"/auth/sessions/{other_id}", **bearer(mine)).status_code == 404
    assert api.get("/users/me", **bearer(other)).status_code == 401
    assert api.delete("/auth/sessions/7", **bearer(mine)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/auth/signup", "/auth/login", "/auth/guest", "/auth/refresh", "/auth/logout"]
)
def test_a_browser_gets_a_page_with_a_form(api, path):
    page = api.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 405
    assert "<form" in page.content.decode()
