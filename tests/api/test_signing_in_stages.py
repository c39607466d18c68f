"""Whatever somebody signs in to goes one way: the right password, then each stage that is due, then tokens."""

import pytest
from django.core import signing
from django.test import Client
from rest_framework.test import APIClient

from accounts import passwords, signing_in, tokens, users
from accounts.models import Session, User
from tests.api import stage_urls
from tests.api.clients import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]
LOG_IN = {"username": "ann", "password": PASSWORD}
DOORS = {"/login": "/chat", "/admin/login/": "/admin/", "/api-auth/login/": "/docs"}


@pytest.fixture
def ann() -> User:
    user = users.sign_up("ann", "ann@example.org", PASSWORD)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


@pytest.fixture
def word(settings, monkeypatch) -> signing_in.Stage:
    """A stage that is due for ann alone."""
    settings.ROOT_URLCONF = "tests.api.stage_urls"
    monkeypatch.setattr(signing_in, "stages", [stage_urls.WORD])
    return stage_urls.WORD


def pending(api: APIClient) -> str:
    answer = api.post("/auth/login", LOG_IN)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "word_required"
    return answer.json()["error"]["pending"]


# ---------------------------------------------------------------- doors


@pytest.mark.parametrize(("door", "home"), DOORS.items())
def test_every_door_leads_to_its_own_place_and_signs_in_everywhere(ann, door, home):
    browser = Client(enforce_csrf_checks=True)
    token = browser.get(door).cookies["csrftoken"].value
    answer = browser.post(door, {**LOG_IN, "csrfmiddlewaretoken": token})
    assert (answer.status_code, answer["Location"]) == (302, home)
    assert "sessionid" not in browser.cookies
    for path in ("/admin/", "/chat", "/users/me"):
        assert browser.get(path).status_code == 200
    assert Session.objects.filter(revoked_at=None).count() == 1


def test_the_admin_sends_to_its_door_and_back(ann):
    browser = Client()
    answer = browser.get("/admin/accounts/user/")
    assert answer["Location"] == "/admin/login/?next=/admin/accounts/user/"
    page = browser.get(answer["Location"])
    assert b'action="/admin/login/"' in page.content
    assert b'name="next" value="/admin/accounts/user/"' in page.content
    answer = browser.post("/admin/login/", {**LOG_IN, "next": "/admin/accounts/user/"})
    assert answer["Location"] == "/admin/accounts/user/"
    assert browser.get(answer["Location"]).status_code == 200
    for next_path in ("", "?next=/admin/login/", "?next=//evil.example"):
        assert browser.get(f"/admin/login/{next_path}")["Location"] == "/admin/"
    assert browser.post("/admin/logout/").status_code == 302
    assert browser.get("/admin/").status_code == 302


def test_the_admin_is_opened_by_who_signed_in_on_the_pages_and_closed_with_their_sessions(ann):
    browser = Client()
    browser.post("/login", LOG_IN)
    assert browser.get("/admin/").status_code == 200
    passwords.set_new(ann, "four-red-kites")
    assert browser.get("/admin/").status_code == 302


def test_somebody_without_rights_is_told_so_and_not_sent_in_circles(ann, bob):
    browser = Client()
    browser.post("/login", {**LOG_IN, "username": "bob"})
    page = browser.get("/admin/", follow=True)
    assert page.status_code == 403
    assert page.redirect_chain == [("/admin/login/?next=/admin/", 302)]
    assert "This account has no access to the admin site." in page.content.decode()
    # As somebody else they may go on from here.
    assert browser.post("/admin/login/", LOG_IN)["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


def test_the_door_of_the_admin_makes_no_session_for_others(bob):
    browser = Client()
    page = browser.post("/admin/login/", {**LOG_IN, "username": "bob"})
    assert page.status_code == 200
    assert "This account has no access to the admin site." in page.content.decode()
    assert not Session.objects.exists()


def test_djangos_own_log_in_makes_a_session_that_ends_like_any_other(ann):
    browser = Client()
    browser.force_login(ann)
    assert browser.get("/admin/").status_code == browser.get("/users/me").status_code == 200
    session = Session.objects.get()
    session.revoked_at = session.created_at
    session.save()
    assert browser.get("/admin/").status_code == 302
    assert browser.get("/users/me").status_code == 401


# ---------------------------------------------------------------- stages


def test_the_api_gives_tokens_after_the_last_stage(ann, word):
    api = APIClient()
    going_on = pending(api)
    assert not Session.objects.exists()
    wrong = api.post("/auth/word", {"pending": going_on, "word": "now"})
    assert list(wrong.json()["error"]["fields"]) == ["word"]
    answer = api.post("/auth/word", {"pending": going_on, "word": "please"})
    assert answer.status_code == 200
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}")
    assert api.get("/users/me").status_code == 200


@pytest.mark.parametrize(("door", "home"), DOORS.items())
def test_every_door_goes_through_the_stages(ann, word, door, home):
    browser = Client()
    title, going_on, path = browser.post(door, LOG_IN).content.decode().splitlines()
    assert (title, path) == ("Say the word.", home)
    assert not Session.objects.exists() and not {"device", "refresh_token"} & set(browser.cookies)
    answer = browser.post("/word", {"pending": going_on, "word": "please", "next": path})
    assert answer["Location"] == home
    assert browser.get("/admin/").status_code == 200


def test_whom_no_stage_concerns_is_in_at_once(bob, word):
    assert APIClient().post("/auth/login", {**LOG_IN, "username": "bob"}).status_code == 200
    assert Client().post("/login", {**LOG_IN, "username": "bob"}).status_code == 302


def test_a_browser_that_is_signed_in_goes_on_without_the_stages(ann, word):
    browser = Client()
    browser.force_login(ann)
    answer = browser.post("/login", {"go_on": "yes"})
    assert answer["Location"] == "/chat"
    assert browser.get("/chat").status_code == 200


def test_several_stages_come_in_their_order(ann, monkeypatch):
    more = [signing_in.Stage(name, "", lambda user: True, stage_urls.ask) for name in ("terms", "factor")]
    monkeypatch.setattr(signing_in, "stages", more)
    passed: list[str] = []
    for stage in more:
        with pytest.raises(signing_in.Unfinished) as left:
            signing_in.finish(ann, tokens.Device(), passed)
        assert left.value.stage is stage
        user, passed = signing_in.resume(left.value.pending)
        assert user == ann
        passed = [*passed, stage.name]
    assert signing_in.finish(ann, tokens.Device(), passed).user_id == ann.pk


@pytest.mark.parametrize("late", ["password", "account", "time", "forged"])
def test_a_sign_in_that_is_over_is_not_resumed(ann, word, late, monkeypatch):
    going_on = pending(APIClient())
    if late == "password":
        passwords.set_new(ann, "four-red-kites")
    elif late == "account":
        User.objects.update(is_active=False)
    elif late == "time":
        monkeypatch.setattr(signing_in, "PENDING_AGE", -1)
    else:
        going_on = signing.dumps([ann.pk, "", ["word"]], salt="another")
    answer = APIClient().post("/auth/word", {"pending": going_on, "word": "please"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
    assert not Session.objects.exists()
