"""The pages of signing in and out, signing up, coming in as a guest, and forgotten passwords."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from rest_framework.test import APIClient

from accounts import mail, passwords, tokens, users
from accounts.models import Session, User
from tests.api.clients import PASSWORD
from tests.api.pages.browser import (
    FOREIGN,
    OTHER,
    PRIVATE,
    Browser,
    Page,
    link_in,
    refresh,
    token_of,
)

pytestmark = pytest.mark.django_db


# ---------------------------------------------------------------- signing in and out


@pytest.mark.parametrize("name", ["ann", "ANN", "ann@example.org", "Ann@Example.ORG"])
def test_one_signs_in_by_name_or_address_for_pages_and_client_at_once(name, ann, browser):
    answer = browser.log_in(name)
    assert (answer.status_code, answer["Location"]) == (302, "/chat")
    assert "no-store" in answer["Cache-Control"]
    session = Session.objects.get()
    assert (session, session.user) == (browser.session, ann)
    assert session.user_agent == "Firefox/150 Linux"
    pair = refresh(browser).json()
    assert tokens.verify(pair["access_token"]).session_id == session.pk
    assert browser.get("/chat").status_code == 200


def test_the_cookies_are_out_of_reach_of_scripts_and_other_sites(ann, browser, settings):
    settings.TLS = True
    cookies = browser.log_in().cookies
    pages, client = cookies["__Host-device"], cookies["__Secure-refresh_token"]
    assert (pages["httponly"], pages["secure"], pages["samesite"], pages["path"]) == (True, True, "Lax", "/")
    assert (client["httponly"], client["secure"], client["samesite"]) == (True, True, "Strict")
    assert client["path"] == "/auth"


@pytest.mark.parametrize(
    ("name", "password"),
    [("ann", "wrong"), ("nobody", PASSWORD), ("ann", PASSWORD + " "), ("ann\0", PASSWORD)],
)
def test_a_wrong_name_or_password_is_said_on_the_page(name, password, ann, browser):
    answer = browser.log_in(name, password)
    assert answer.status_code == 200
    assert "device" not in browser.cookies
    assert PASSWORD not in answer.content.decode()
    if "\0" not in name:
        assert "Wrong username or password." in answer.content.decode()
        assert f'value="{name}"' in answer.content.decode()


def test_an_empty_form_names_its_fields(browser):
    page = Page(browser.log_in("", ""))
    assert page.text.count("This field is required.") == 2
    assert page.named("username")["aria-invalid"] == "true"
    assert page.named("username")["aria-describedby"] == "id_username_error"
    assert "autofocus" in page.named("username")


@pytest.mark.parametrize("wanted", FOREIGN)
def test_nobody_is_led_to_another_site(wanted, ann, browser):
    assert browser.log_in(next=wanted)["Location"] == "/chat"
    for path in ("/login", "/signup"):
        page = Page(Browser().get(path, {"next": wanted}))
        assert page.named("next")["value"] == ""
        assert not [attrs for attrs in page.all("a") if "evil" in str(attrs["href"])]
    answer = browser.send("/language", {"language": "de", "next": wanted}, look="/settings")
    assert answer["Location"] == "/"


def test_too_many_failures_are_slowed_down_in_words(ann, browser):
    answers = [browser.log_in(password="wrong") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert "Too many attempts. Try again in" in answers[-1].content.decode()
    assert int(answers[-1]["Retry-After"]) >= 1
    assert browser.log_in().status_code == 429


def test_signing_in_starts_anew_and_ends_what_the_browser_had(ann, bob):
    browser = Browser()
    browser.log_in()
    first, csrf = browser.session, browser.cookies["csrftoken"].value
    browser.log_in("bob")
    assert browser.session.user == bob
    assert browser.cookies["csrftoken"].value != csrf
    first.refresh_from_db()
    assert first.revoked_at is not None
    assert b"bob@example.org" in browser.get("/settings").content


def test_who_is_signed_in_is_asked_at_the_log_in_and_not_sent_in_circles(signed_in):
    page = Page(signed_in.get("/login?next=/chat/general"))
    assert "You're logged in as Ann." in " ".join(page.text.split())
    assert page.named("next")["value"] == "/chat/general"
    signed_in.cookies.pop("refresh_token")
    answer = signed_in.send("/login", {"go_on": "yes", "next": "/chat/general"})
    assert answer["Location"] == "/chat/general"
    assert Session.objects.filter(revoked_at=None).count() == 1
    assert refresh(signed_in).status_code == 200
    signed_in.send("/logout")
    assert signed_in.send("/login", {"go_on": "yes"}).status_code == 200


def test_the_front_page_welcomes_strangers_and_sends_others_on(signed_in, browser):
    assert b"Create account" in browser.get("/").content
    assert signed_in.get("/")["Location"] == "/chat"
    assert APIClient().get("/").json()["links"]["openapi"] == "/schema"


def test_logging_out_ends_the_session_everywhere_and_empties_the_browser(signed_in):
    access = refresh(signed_in).json()["access_token"]
    former = dict(signed_in.cookies)
    assert b"Log out?" in signed_in.get("/logout").content
    answer = signed_in.send("/logout")
    assert answer["Location"] == "/login"
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert "no-store" in answer["Cache-Control"]
    assert (answer.cookies["device"].value, answer.cookies["refresh_token"].value) == ("", "")
    assert answer.cookies["refresh_token"]["path"] == "/auth"
    assert Session.objects.get().revoked_at is not None
    assert APIClient().get("/users/me", HTTP_AUTHORIZATION=f"Bearer {access}").status_code == 401
    assert refresh(signed_in).status_code == 401
    # The old cookies, brought back from wherever they were kept, open nothing.
    for name in ("device", "refresh_token"):
        signed_in.cookies[name] = former[name].value
    assert signed_in.get("/chat").status_code == 302
    assert refresh(signed_in).status_code == 401


@pytest.mark.parametrize("path", ["/admin/logout/", "/api-auth/logout/"])
def test_signing_out_of_the_admin_or_the_api_signs_out_of_the_pages_too(path, signed_in):
    assert signed_in.send(path, look="/settings").status_code == 302
    assert signed_in.get("/chat").status_code == 302
    assert refresh(signed_in).status_code == 401


@pytest.mark.parametrize(
    "end",
    [
        lambda browser, user: tokens.revoke(browser.session),
        lambda browser, user: tokens.revoke_all(user),
        lambda browser, user: passwords.set_new(user, OTHER),
        lambda browser, user: users.deactivate(user),
        lambda browser, user: users.delete(user),
        lambda browser, user: browser.post("/auth/logout", headers={"X-Client": "web"}),
        lambda browser, user: Session.objects.update(expires_at="2000-01-01T00:00Z"),
        lambda browser, user: browser.cookies["device"].set("device", "forged:signature", "x"),
        lambda browser, user: browser.cookies["device"].set(
            "device", signing.Signer(salt="other").sign(browser.session.pk.hex), "x"
        ),
        lambda browser, user: browser.cookies["device"].set("device", "x" * 5000, "x"),
    ],
)
def test_whatever_ends_the_session_ends_the_pages(end, signed_in, ann):
    end(signed_in, ann)
    for path in PRIVATE:
        assert signed_in.get(path).status_code == 302
    assert signed_in.get("/users/me", headers={"Accept": "application/json"}).status_code == 401


def test_a_refresh_token_used_again_elsewhere_ends_the_pages_too(signed_in):
    thief = Browser(**{"User-Agent": "Chrome/150 Linux"})
    thief.cookies["refresh_token"] = signed_in.cookies["refresh_token"].value
    refresh(signed_in)
    assert refresh(thief).status_code == 401
    assert signed_in.get("/chat").status_code == 302


def test_refreshing_keeps_the_pages_signed_in(signed_in):
    answer = refresh(signed_in)
    assert int(answer.cookies["device"]["max-age"]) == 30 * 24 * 3600
    assert signed_in.get("/chat").status_code == 200


def test_the_pages_sign_in_is_good_for_the_browsable_api_with_a_csrf_token(signed_in, ann):
    assert signed_in.get("/users/me", headers={"Accept": "application/json"}).json()["username"] == "ann"
    current = signed_in.get("/auth/sessions", headers={"Accept": "application/json"}).json()["results"]
    assert [row["current"] for row in current] == [True]
    change = {"path": "/users/me", "data": {"display_name": "X"}, "content_type": "application/json"}
    assert signed_in.patch(**change).status_code == 403
    token = token_of(signed_in.get("/settings"))
    assert signed_in.patch(**change, headers={"X-CSRFToken": token}).status_code == 200


# ---------------------------------------------------------------- signing up, guests


def test_signing_up_makes_an_account_sends_a_mail_and_goes_on(browser, mailoutbox):
    form = {
        "username": "Cas",
        "email": "cas@example.org",
        "password": PASSWORD,
        "next": "/chats/room/1/invite/x",
    }
    answer = browser.send("/signup", form)
    assert (answer.status_code, answer["Location"]) == (302, "/chats/room/1/invite/x")
    assert browser.session.user.username == "Cas"
    assert Session.objects.count() == 1
    link = link_in(mailoutbox)
    assert link.startswith("/email/verify?token=")
    stranger = Browser()
    assert b"cas@example.org" in stranger.get(link).content
    assert User.objects.get().email_verified_at is None
    token = parse_qs(urlsplit(link).query)["token"][0]
    answer = stranger.send("/email/verify", {"token": token}, look=link)
    assert b"is confirmed" in answer.content
    assert User.objects.get().email_verified_at is not None


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"username": "ANN"}, "username", "This username is taken."),
        ({"username": "a b"}, "username", "A username has 2 to 50 characters"),
        ({"username": "x" * 51}, "username", "at most 50 characters"),
        ({"username": "deleted-7"}, "username", "This username is reserved."),
        ({"username": "nul\0"}, "username", "Null characters"),
        ({"email": "ann"}, "email", "Enter a valid email address."),
        ({"password": "12345678"}, "password", "too common"),
        ({"password": "short"}, "password", "too short"),
        ({"password": "x" * 129}, "password", "at most 128 characters"),
        ({"password": ""}, "password", "This field is required."),
    ],
)
def test_a_refused_sign_up_says_why_beside_the_field(wrong, field, sentence, ann, browser):
    form = {"username": "cas", "email": "cas@example.org", "password": PASSWORD, **wrong}
    page = Page(browser.send("/signup", form))
    assert sentence in page.text
    assert page.named(field)["aria-invalid"] == "true"
    assert page.named("password").get("value") is None
    assert User.objects.count() == 1


def test_password_managers_know_the_fields(signed_in, browser):
    def hints(response):
        page = Page(response)
        return {
            str(attrs["name"]): attrs.get("autocomplete")
            for attrs in page.all("input")
            if attrs.get("type") not in ("hidden", "radio")
        }

    assert hints(browser.get("/signup")) == {
        "username": "username",
        "email": "email",
        "password": "new-password",
    }
    assert hints(browser.get("/login"))["password"] == "current-password"
    assert hints(signed_in.get("/settings/password")) == {
        "username": "username",
        "current_password": "current-password",
        "new_password": "new-password",
    }


def test_a_closed_sign_up_says_so(browser, settings):
    settings.ALLOW_SIGNUP = False
    page = browser.get("/signup")
    assert page.status_code == 403
    assert b"Sign-up is closed" in page.content
    answer = browser.send("/signup", {"username": "cas", "email": "c@example.org", "password": PASSWORD})
    assert answer.status_code == 403
    assert not User.objects.exists()
    assert b"/signup" not in browser.get("/login").content + browser.get("/").content


def test_many_sign_ups_from_one_address_are_slowed_down(browser):
    for number in range(20):
        form = {"username": f"user{number}", "email": f"u{number}@example.org", "password": PASSWORD}
        assert Browser().send("/signup", form).status_code == 302
    form = {"username": "late", "email": "late@example.org", "password": PASSWORD}
    answer = browser.send("/signup", form)
    assert answer.status_code == 429
    assert b"Too many attempts" in answer.content
    assert browser.send("/guest", {"username": "late"}, look="/login").status_code == 429


def test_a_guest_comes_in_with_a_name_where_guests_are_allowed(browser, ann, settings):
    page = Page(browser.send("/guest", {"username": "ann"}, look="/login"))
    assert "This username is taken." in page.text
    answer = browser.send("/guest", {"username": "visitor", "next": "/chat/general"}, look="/login")
    assert answer["Location"] == "/chat/general"
    assert browser.session.user.kind == User.Kind.GUEST
    assert browser.get("/settings").status_code == 200
    assert browser.get("/settings/password").status_code == 403
    settings.ALLOW_GUESTS = False
    assert b"guest" not in Browser().get("/login").content
    assert Browser().send("/guest", {"username": "second"}, look="/login").status_code == 200
    assert not User.objects.filter(username="second").exists()


# ---------------------------------------------------------------- forgotten passwords


def test_a_forgotten_password_is_replaced_through_the_mail(ann, signed_in, browser, mailoutbox):
    answers = [
        Page(browser.send("/password/forgot", {"email": email})).text.replace(email, "…")
        for email in ("ann@example.org", "nobody@example.org")
    ]
    assert "Check your inbox" in answers[0]
    assert answers[0] == answers[1]
    mail.deliver()
    assert len(mailoutbox) == 1
    link = link_in(mailoutbox)
    held = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert b"too short" in browser.send("/password/reset", {**held, "password": "x"}, look=link).content
    answer = browser.send("/password/reset", {**held, "password": OTHER}, look=link)
    assert answer["Location"] == "/login"
    assert b"Password changed. Log in with the new one." in browser.get("/login").content
    assert signed_in.get("/chat").status_code == 302
    assert browser.log_in(password=OTHER).status_code == 302
    dead = browser.get(link)
    assert dead.status_code == 404
    assert b"Request a new link" in dead.content


@pytest.mark.parametrize(
    "path", ["/password/reset", "/password/reset?uid=x&token=y", "/email/verify?token=x%00"]
)
def test_a_made_up_link_of_a_mail_is_dead(path, browser):
    assert browser.get(path).status_code == 404
