"""Passwords changed and forgotten, and addresses proved."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from accounts import mail, users
from accounts.models import Session, User
from tests.api.clients import PASSWORD, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]
OTHER = "four-red-kites"
CHANGE = {"current_password": PASSWORD, "new_password": OTHER}


def can_log_in(password: str, name="ann") -> bool:
    return APIClient().post("/auth/login", {"username": name, "password": password}).status_code == 200


#: The page that a link in a mail leads to, and the endpoint that takes what the link holds.
ENDPOINTS = {"/password/reset": "/auth/password/reset/confirm", "/email/verify": "/auth/email/verify"}


def link_in(mailoutbox) -> tuple[str, dict[str, str]]:
    """The endpoint of the link in the latest mail, and what the link holds."""
    mail.deliver()
    link = urlsplit(re.findall(r"http\S+", mailoutbox[-1].body)[0])
    return ENDPOINTS[link.path], {name: values[0] for name, values in parse_qs(link.query).items()}


def test_changing_the_password_ends_the_other_sessions(ann):
    here, there = signed_in(ann), signed_in(ann)
    assert here.post("/auth/password/change", CHANGE).status_code == 200
    assert here.get("/users/me").status_code == 200
    assert there.get("/users/me").status_code == 401
    assert not can_log_in(PASSWORD)
    assert can_log_in(OTHER)


def test_the_admin_changes_ones_password_on_the_page_that_ends_the_other_sessions(client, ann):
    for path in ("/admin/password_change/", "/admin/password_change/done/"):
        assert client.post(path, {"old_password": PASSWORD})["Location"] == "/settings/password"


def test_a_password_set_by_the_command_ends_all_sessions(ann, monkeypatch):
    here = signed_in(ann)
    User.objects.filter(pk=ann.pk).update(pending_email="evil@example.org")
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: OTHER)
    call_command("changepassword", "ann")
    assert here.get("/users/me").status_code == 401
    assert User.objects.get().pending_email is None
    assert can_log_in(OTHER)


def test_changing_the_password_keeps_the_browser_session_that_did_it(ann):
    here, there = APIClient(), APIClient()
    here.login(username="ann", password=PASSWORD)
    there.login(username="ann", password=PASSWORD)
    assert here.post("/auth/password/change", CHANGE).status_code == 200
    assert here.get("/users/me").status_code == 200
    assert there.get("/users/me").status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"current_password": "wrong"}, "current_password"),
        ({"new_password": "12345"}, "new_password"),
        ({"new_password": "ann@example"}, "new_password"),
        ({"new_password": "nul\0nul\0nul"}, "new_password"),
        ({"new_password": "x" * 129}, "new_password"),
    ],
)
def test_a_refused_change_names_the_field_and_changes_nothing(ann, changes, field):
    here, there = signed_in(ann), signed_in(ann)
    answer = here.post("/auth/password/change", {**CHANGE, **changes})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert there.get("/users/me").status_code == 200
    assert can_log_in(PASSWORD)


def test_guests_have_no_password_to_change():
    assert signed_in(users.make_guest("visitor")).post("/auth/password/change", CHANGE).status_code == 403


def test_a_forgotten_password_is_replaced_by_a_link_in_a_mail(ann, api, mailoutbox):
    elsewhere = signed_in(ann)
    assert api.post("/auth/password/reset", {"email": "ANN@example.org"}).status_code == 202
    path, query = link_in(mailoutbox)
    assert mailoutbox[0].to == ["ann@example.org"]
    assert path == "/auth/password/reset/confirm"
    weak = api.post(path, {**query, "new_password": "12345"})
    assert list(weak.json()["error"]["fields"]) == ["new_password"]
    assert api.post(path, {**query, "new_password": OTHER}).status_code == 200
    assert can_log_in(OTHER)
    assert elsewhere.get("/users/me").status_code == 401
    assert not Session.objects.filter(revoked_at=None).exclude(user_agent="").exists()
    assert User.objects.get().email_verified_at is not None
    again = api.post(path, {**query, "new_password": PASSWORD})
    assert list(again.json()["error"]["fields"]) == ["token"]


def log_in(user: User) -> None:
    assert can_log_in(PASSWORD)


def change_the_password(user: User) -> None:
    assert signed_in(user).post("/auth/password/change", CHANGE).status_code == 200


def ask_again(user: User) -> None:
    assert APIClient().post("/auth/password/reset", {"email": "ann@example.org"}).status_code == 202


def get_another_address(user: User) -> None:
    User.objects.update(pending_email="new@example.org")
    assert users.verify_email(user.pk, "new@example.org")


@pytest.mark.parametrize("happens", [log_in, change_the_password, ask_again, get_another_address])
def test_a_link_to_a_new_password_is_dead_after(ann, api, mailoutbox, happens):
    api.post("/auth/password/reset", {"email": "ann@example.org"})
    path, query = link_in(mailoutbox)
    assert mail.user_of_reset(**query) == ann
    happens(ann)
    answer = api.post(path, {**query, "new_password": "five-blue-birds"})
    assert list(answer.json()["error"]["fields"]) == ["token"]


def test_the_link_shows_a_filled_form_to_a_browser_and_changes_nothing(ann, api, mailoutbox):
    api.post("/auth/password/reset", {"email": "ann@example.org"})
    path, query = link_in(mailoutbox)
    page = api.get(path, query, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert f'value="{query["token"]}"' in page.content.decode()
    assert can_log_in(PASSWORD)


def test_asking_for_a_reset_does_not_tell_who_exists(ann, api, mailoutbox):
    users.deactivate(users.sign_up("gone", "gone@example.org", PASSWORD))
    known = api.post("/auth/password/reset", {"email": "ann@example.org"})
    for address in ("nobody@example.org", "gone@example.org"):
        unknown = api.post("/auth/password/reset", {"email": address})
        assert (unknown.status_code, unknown.content) == (known.status_code, known.content)
    mail.deliver()
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    "body", [{}, {"email": ""}, {"email": "ann"}, {"email": "nul\0@example.org"}, {"email": [1]}]
)
def test_a_reset_needs_an_address(api, body):
    answer = api.post("/auth/password/reset", body, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["email"]


@pytest.mark.parametrize("uid", ["x", "!!", "MQ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk", "é"])
@pytest.mark.parametrize("token", ["x", "a-b", "é", "d2x1mz-0f1c"])
def test_a_wrong_link_is_refused(ann, api, uid, token):
    answer = api.post("/auth/password/reset/confirm", {"uid": uid, "token": token, "new_password": OTHER})
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["token"]


def test_an_address_is_proved_by_the_link_in_the_mail(ann, api, mailoutbox):
    me = signed_in(ann)
    assert me.get("/users/me").json()["email_verified"] is False
    assert me.post("/auth/email/verify/send").status_code == 202
    path, query = link_in(mailoutbox)
    assert path == "/auth/email/verify"
    assert api.get(path, query).status_code == 200
    assert me.get("/users/me").json()["email_verified"] is False
    assert api.post(path, query).status_code == 200
    assert me.get("/users/me").json()["email_verified"] is True
    assert me.post("/auth/email/verify/send").status_code == 409


@pytest.mark.parametrize("token", ["x", "WzEsImFAYi5jbyJd:1xUfWY:bad", "é:é:é", ""])
def test_a_made_up_proof_is_refused(api, token):
    answer = api.post("/auth/email/verify", {"token": token})
    assert list(answer.json()["error"]["fields"]) == ["token"]


def test_links_lead_to_the_origin_that_the_operator_set(ann, settings, mailoutbox):
    settings.ALLOWED_ORIGINS = ["https://chat.example.org"]
    signed_in(ann).post("/auth/email/verify/send")
    mail.deliver()
    assert "https://chat.example.org/email/verify?token=" in mailoutbox[0].body


def test_a_mail_server_that_fails_stops_nothing(ann, settings, mailoutbox):
    settings.EMAIL_BACKEND = "no.such.Backend"
    assert signed_in(ann).post("/auth/email/verify/send").status_code == 202
    mail.deliver()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert signed_in(ann).post("/auth/email/verify/send").status_code == 202
    mail.deliver()
    assert len(mailoutbox) == 1
