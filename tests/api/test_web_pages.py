"""The pages around the web client: they work without JavaScript, keep to themselves, and lead nobody astray."""

import gettext
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.core import signing
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from accounts import devices, mail, passwords, tokens, users
from accounts.models import Session, User
from chatproject.http.middleware import error_response, server_error
from lib import errors
from rooms import invites, joining, services
from rooms.models import JoinRequest, Room

pytestmark = pytest.mark.django_db
PASSWORD = "three-green-boats"
OTHER = "four-red-kites"
ROOT = Path(django_settings.BASE_DIR)
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PUBLIC = ["/", "/login", "/signup", "/password/forgot", "/offline", "/nothing"]
PRIVATE = [
    "/settings",
    "/settings/profile",
    "/settings/password",
    "/settings/look",
    "/settings/devices",
    "/settings/delete",
    "/chat",
    "/chat/general",
    "/chat/room/7/12",
]
FOREIGN = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "http:evil.example",
    "https:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "/\t/evil.example",
    "\x01https://evil.example",
    "chat",
    "/" + "x" * 3000,
]


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOW_GUESTS = True
    cache.clear()
    yield
    mail.deliver()


@pytest.fixture
def ann() -> User:
    user = users.sign_up("ann", "ann@example.org", PASSWORD)
    users.change(user, display_name="Ann")
    return user


@pytest.fixture
def bob() -> User:
    return users.sign_up("bob", "bob@example.org", PASSWORD)


class Browser(Client):
    """A browser: it asks for pages, and sends the CSRF token of the page it looks at."""

    def __init__(self, **headers: str) -> None:
        super().__init__(
            enforce_csrf_checks=True, headers={**PAGE, "User-Agent": "Firefox/150 Linux", **headers}
        )

    def send(self, path: str, form: dict[str, str] | None = None, look: str | None = None):
        """Open the page, then send its form."""
        page = self.get(look or path)
        assert page.status_code in (200, 403), page.status_code
        return self.post(path, {"csrfmiddlewaretoken": token_of(page), **(form or {})})

    def log_in(self, name: str = "ann", password: str = PASSWORD, **more: str):
        return self.send("/login", {"username": name, "password": password, **more})

    @property
    def session(self) -> Session:  # type: ignore[override]
        return Session.objects.get(pk=signing.Signer(salt=devices.SALT).unsign(self.cookies["device"].value))


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def signed_in(ann) -> Browser:
    browser = Browser()
    assert browser.log_in().status_code == 302
    return browser


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, response) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._inside = ""
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data.strip())
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def named(self, name: str) -> dict[str, str | None]:
        return next(attrs for _, attrs in self.tags if attrs.get("name") == name)


def token_of(response) -> str:
    return str(Page(response).named("csrfmiddlewaretoken")["value"])


def refresh(browser: Browser):
    """What the client does with the cookie."""
    return browser.post("/auth/refresh", headers={"X-Client": "web", "Accept": "application/json"})


def link_in(mailoutbox) -> str:
    mail.deliver()
    link = urlsplit(re.findall(r"http\S+", mailoutbox[-1].body)[0])
    return f"{link.path}?{link.query}"


# ---------------------------------------------------------------- what all pages have in common


@pytest.mark.parametrize("path", PUBLIC + PRIVATE)
def test_a_page_has_no_inline_script_or_style_and_names_what_is_in_it(path, signed_in):
    for client in (signed_in, Browser()):
        response = client.get(path)
        if response.status_code == 302:
            continue
        page = Page(response)
        for tag, attrs in page.tags:
            assert tag != "style"
            assert not [name for name in attrs if name.startswith("on") or name == "style"], (tag, attrs)
            assert not (attrs.get("href") or "").startswith("javascript:")
        for attrs in page.all("script"):
            assert attrs.get("src") or (attrs.get("type") == "importmap" and attrs.get("nonce")), attrs
        assert "unsafe" not in response["Content-Security-Policy"]
        ids = [attrs["id"] for _, attrs in page.tags if attrs.get("id")]
        assert len(ids) == len(set(ids))
        assert page.all("html")[0]["lang"] == "en"
        assert page.all("title")
        if not path.startswith("/chat"):
            assert len(page.all("h1")) == 1
            assert len(page.all("main")) == 1
        labelled = {attrs.get("for") for attrs in page.all("label")}
        for attrs in page.all("input") + page.all("select"):
            hidden = attrs.get("type") in ("hidden", "radio") or "hidden" in attrs
            assert hidden or attrs.get("id") in labelled, attrs


@pytest.mark.parametrize("path", PRIVATE)
def test_a_private_page_is_kept_nowhere(path, signed_in):
    answer = signed_in.get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize("path", PRIVATE)
def test_who_is_signed_out_logs_in_first_and_then_lands_on_the_page(path, ann, browser):
    answer = browser.get(f"{path}?x=1&y=ü")
    assert answer.status_code == 302
    there = urlsplit(answer["Location"])
    assert there.path == "/login"
    assert parse_qs(there.query)["next"][0].startswith(f"{path}?x=1&y=")
    assert "no-store" in answer["Cache-Control"]
    page = Page(browser.get(answer["Location"]))
    answer = browser.log_in(next=str(page.named("next")["value"]))
    assert answer["Location"].startswith(f"{path}?x=1&y=")


@pytest.mark.parametrize(
    "path",
    "/login /guest /signup /logout /password/forgot /password/reset /email/verify /language /settings/profile "
    "/settings/profile/verify /settings/password /settings/look /settings/devices /settings/delete /invite/1/x".split(),
)
def test_a_form_from_another_site_is_refused(path, signed_in, ann):
    answer = signed_in.post(path, {"username": "ann", "password": PASSWORD})
    assert answer.status_code == 403
    assert b"open for too long" in answer.content
    assert signed_in.get("/settings").status_code == 200
    assert User.objects.get().username == "ann"


@pytest.mark.parametrize(
    "path", ["/logout", "/settings/devices", "/settings/delete", "/email/verify?token=x"]
)
def test_looking_changes_nothing(path, signed_in):
    signed_in.get(path)
    assert Session.objects.get().is_alive
    assert signed_in.get("/settings").status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (errors.Forbidden("The door is shut."), 403, "The door is shut."),
        (errors.NotFound(), 404, "There is nothing here"),
        (errors.RateLimited(7), 429, "Try again in 7 seconds."),
        (errors.Unavailable(), 503, "be right back"),
    ],
)
def test_an_error_page_says_what_to_do(error, status, sentence, rf):
    answer = error_response(rf.get("/chat", headers=PAGE), error)
    assert answer.status_code == status
    page = Page(answer)
    assert sentence in page.text
    assert [attrs for attrs in page.all("a") if attrs.get("href") == "/" and "button" in str(attrs["class"])]


def test_a_defect_is_a_page_without_its_cause(rf):
    page = Page(server_error(rf.get("/chat", headers=PAGE)))
    assert "That was our mistake" in page.text
    assert "Traceback" not in page.text


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
        assert "The username or the password is wrong." in answer.content.decode()
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
    assert "Too many tries. Wait" in answers[-1].content.decode()
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
    assert "You are signed in as Ann." in " ".join(page.text.split())
    assert page.named("next")["value"] == "/chat/general"
    signed_in.cookies.pop("refresh_token")
    answer = signed_in.send("/login", {"go_on": "yes", "next": "/chat/general"})
    assert answer["Location"] == "/chat/general"
    assert Session.objects.filter(revoked_at=None).count() == 1
    assert refresh(signed_in).status_code == 200
    signed_in.send("/logout")
    assert signed_in.send("/login", {"go_on": "yes"}).status_code == 200


def test_the_front_page_welcomes_strangers_and_sends_others_on(signed_in, browser):
    assert b"Make an account" in browser.get("/").content
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
        ({"username": "a b"}, "username", "A username is 2 to 50 letters"),
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
    assert b"Too many tries" in answer.content
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
    assert "Look at your mail" in answers[0]
    assert answers[0] == answers[1]
    mail.deliver()
    assert len(mailoutbox) == 1
    link = link_in(mailoutbox)
    held = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert b"too short" in browser.send("/password/reset", {**held, "password": "x"}, look=link).content
    answer = browser.send("/password/reset", {**held, "password": OTHER}, look=link)
    assert answer["Location"] == "/login"
    assert b"The password is changed. Log in with it." in browser.get("/login").content
    assert signed_in.get("/chat").status_code == 302
    assert browser.log_in(password=OTHER).status_code == 302
    dead = browser.get(link)
    assert dead.status_code == 404
    assert b"Ask for a new link" in dead.content


@pytest.mark.parametrize(
    "path", ["/password/reset", "/password/reset?uid=x&token=y", "/email/verify?token=x%00"]
)
def test_a_made_up_link_of_a_mail_is_dead(path, browser):
    assert browser.get(path).status_code == 404


# ---------------------------------------------------------------- settings


def test_the_profile_is_changed_and_a_new_address_gets_a_mail(signed_in, ann, mailoutbox):
    form = {"username": "anna", "display_name": "Anna", "email": "anna@example.org", "password": PASSWORD}
    assert signed_in.send("/settings/profile", form)["Location"] == "/settings/profile"
    ann.refresh_from_db()
    assert (ann.username, ann.display_name, ann.email) == ("anna", "Anna", "ann@example.org")
    page = signed_in.get("/settings/profile").content
    assert b"A mail is on its way to confirm the new address." in page
    assert b"anna@example.org is not confirmed yet" in page
    mail.deliver()
    assert [message.to for message in mailoutbox] == [["ann@example.org"], ["anna@example.org"]]
    signed_in.send("/settings/profile/verify", look="/settings/profile")
    mail.deliver()
    assert len(mailoutbox) == 3
    users.verify_email(ann.pk, "anna@example.org")
    page = signed_in.get("/settings/profile").content
    assert b"This address is confirmed." in page
    assert b"not confirmed yet" not in page


def test_an_address_that_waits_can_be_given_up(signed_in, ann):
    form = {"username": "ann", "display_name": "Ann", "email": "anna@example.org", "password": PASSWORD}
    signed_in.send("/settings/profile", form)
    signed_in.send("/settings/profile/verify", {"keep": "yes"}, look="/settings/profile")
    ann.refresh_from_db()
    assert (ann.email, ann.pending_email) == ("ann@example.org", None)


def test_a_change_of_address_is_taken_back_and_a_new_password_chosen(signed_in, ann, browser, mailoutbox):
    form = {"username": "ann", "display_name": "Ann", "email": "evil@example.org", "password": PASSWORD}
    signed_in.send("/settings/profile", form)
    mail.deliver()
    mailoutbox.pop()  # the one to the new address
    link = link_in(mailoutbox)
    users.verify_email(ann.pk, "evil@example.org")
    answer = browser.send("/email/back", {"token": parse_qs(urlsplit(link).query)["token"][0]}, look=link)
    assert answer["Location"].startswith("/password/reset?uid=")
    assert signed_in.get("/settings/profile").status_code == 302
    held = {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}
    form = {**held, "password": "four-red-kites"}
    assert browser.send("/password/reset", form, look=answer["Location"])["Location"] == "/login"
    assert browser.log_in(password="four-red-kites").status_code == 302
    assert User.objects.get().email == "ann@example.org"
    assert browser.get(link).status_code == 404


def test_signing_up_with_somebodys_address_looks_as_with_a_free_one(ann, browser):
    users.verify_email(ann.pk, ann.email)
    form = {"username": "cas", "email": "ann@example.org", "password": PASSWORD}
    assert browser.send("/signup", form)["Location"] == "/chat"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"username": "bob"}, "This username is taken."),
        ({"email": "new@example.org"}, "Another address needs your password."),
        ({"email": "new@example.org", "password": "wrong"}, "This is not your password."),
        ({"email": ""}, "This field is required."),
        ({"display_name": "A\u202eB"}, "A name can&#x27;t contain invisible or control characters."),
        ({"display_name": "x" * 81}, "at most 80 characters"),
    ],
)
def test_a_refused_profile_changes_nothing(wrong, sentence, signed_in, ann, bob):
    form = {"username": "ann", "display_name": "Ann", "email": "ann@example.org", **wrong}
    answer = signed_in.send("/settings/profile", form)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert (User.objects.get(pk=ann.pk).username, User.objects.get(pk=ann.pk).email) == (
        "ann",
        "ann@example.org",
    )


def test_a_name_that_is_html_stays_text(signed_in):
    name = "<script>alert(1)</script>"
    signed_in.send("/settings/profile", {"username": "ann", "display_name": name, "email": "ann@example.org"})
    for path in ("/settings/profile", "/login", "/chat"):
        assert name not in signed_in.get(path).content.decode()


def test_a_new_password_signs_out_the_other_devices_only(signed_in, ann):
    elsewhere = Browser()
    elsewhere.log_in()
    form = {"current_password": "wrong", "new_password": OTHER}
    assert b"This is not your password." in signed_in.send("/settings/password", form).content
    form = {"current_password": PASSWORD, "new_password": "password"}
    assert b"too common" in signed_in.send("/settings/password", form).content
    assert elsewhere.get("/chat").status_code == 200
    form = {"current_password": PASSWORD, "new_password": OTHER}
    assert signed_in.send("/settings/password", form)["Location"] == "/settings/password"
    assert signed_in.get("/chat").status_code == 200
    assert elsewhere.get("/chat").status_code == 302
    assert refresh(signed_in).status_code == 200


def test_guessing_the_password_of_somebody_who_left_the_screen_is_slowed_down(signed_in):
    form = {"current_password": "wrong", "new_password": OTHER}
    pages = [signed_in.send("/settings/password", form).content for _ in range(7)]
    assert b"Too many tries" in pages[-1]


def test_devices_are_signed_out_one_by_one_or_all_others(signed_in, ann, bob):
    phone, tablet, laptop = Browser(), Browser(), Browser()
    phone.headers = {"user-agent": "Mozilla/5.0 (Linux; Android 16) Chrome/150 Mobile Safari/537"}
    for device in (phone, tablet, laptop):
        device.log_in()
    strangers = Browser()
    strangers.log_in("bob")
    Session.objects.filter(pk=phone.session.pk).update(
        user_agent="Mozilla/5.0 (Linux; Android 16) Chrome/150 Safari/5"
    )
    page = signed_in.get("/settings/devices").content.decode()
    assert page.count("<li>") == 4
    assert page.count("this device") == 1
    assert "Chrome on Android" in page
    signed_in.send("/settings/devices", {"session": str(phone.session.pk)})
    assert phone.get("/chat").status_code == 302
    signed_in.send("/settings/devices", {"session": str(strangers.session.pk)})
    signed_in.send("/settings/devices", {"session": "nonsense"})
    assert [device.get("/chat").status_code for device in (strangers, tablet, laptop)] == [200] * 3
    signed_in.send("/settings/devices")
    assert [device.get("/chat").status_code for device in (strangers, tablet, laptop)] == [200, 302, 302]
    assert signed_in.get("/chat").status_code == 200
    answer = signed_in.send("/settings/devices", {"session": str(signed_in.session.pk)})
    assert answer["Clear-Site-Data"]
    assert signed_in.get("/chat").status_code == 302


def test_an_account_is_deleted_with_the_password(signed_in, ann):
    assert b"This is not your password." in signed_in.send("/settings/delete", {"password": "wrong"}).content
    assert User.objects.get().is_active
    answer = signed_in.send("/settings/delete", {"password": PASSWORD})
    assert (answer["Location"], bool(answer["Clear-Site-Data"])) == ("/login", True)
    ann.refresh_from_db()
    assert (ann.is_active, ann.email) == (False, None)
    assert b"Your account is deleted." in signed_in.get("/login").content
    assert signed_in.get("/settings").status_code == 302


def test_look_and_language_are_kept_by_the_browser(signed_in):
    signed_in.send("/settings/look", {"theme": "dark", "language": "de"})
    page = Page(signed_in.get("/settings/look"))
    assert page.all("html")[0]["data-theme"] == "dark"
    assert page.all("html")[0]["lang"] == "de"
    assert "Einstellungen" in page.text
    signed_in.send("/settings/look", {"theme": "system", "language": "xx"})
    page = Page(signed_in.get("/settings/look"))
    assert not page.all("html")[0]["data-theme"]
    assert page.all("html")[0]["lang"] == "de"
    assert signed_in.send("/settings/look", {"theme": "pink"}).status_code == 200


# ---------------------------------------------------------------- invitations


def room_with_link(owner: User, terms: invites.Terms | None = None, **fields) -> tuple[Room, str]:
    room, link = services.create(owner, name="Garden", description="Tomatoes, mostly.", **fields)
    if terms:
        link = invites.issue(room, owner, terms)
    return room, f"/chats/room/{room.pk}/invite/{link.token}"


def button(browser: Browser, link: str, action: str, **more: str):
    """Press a button of the invite page."""
    _, _, _, room_id, _, token = link.split("/")
    return browser.send(f"/invite/{room_id}/{token}", {"action": action, **more}, look=link)


def test_an_invited_stranger_sees_the_room_and_comes_back_after_signing_in(ann, bob, browser):
    _, link = room_with_link(ann)
    page = Page(browser.get(link))
    text = " ".join(page.text.split())
    for sentence in (
        "Garden",
        "Tomatoes, mostly.",
        "Ann invites you. 1 member so far.",
        "You can ask to join.",
    ):
        assert sentence in text
    ways = [str(attrs["href"]) for attrs in page.all("a")]
    assert f"/login?next={link}" in ways
    assert f"/signup?next={link}" in ways
    assert button(browser, link, "join")["Location"].startswith("/login?next=")
    assert browser.log_in("bob", next=link)["Location"] == link
    assert b"Ask to join as bob" in browser.get(link).content


def test_one_asks_waits_takes_it_back_is_denied_and_comes_in(ann, bob, browser):
    room, link = room_with_link(ann)
    browser.log_in("bob")
    assert button(browser, link, "join")["Location"] == link
    assert b"You have asked to join" in browser.get(link).content
    assert button(browser, link, "withdraw")["Location"] == link
    assert b"Ask to join as bob" in browser.get(link).content
    button(browser, link, "join")
    joining.deny(room.pk, bob.pk, ann)
    assert b"Your last request was not accepted." in browser.get(link).content
    button(browser, link, "join")
    joining.approve(room.pk, bob.pk, ann)
    page = browser.get(link)
    assert b"You are a member" in page.content
    assert f"/chat/room/{room.pk}" in [attrs["href"] for attrs in Page(page).all("a")]


def test_an_open_room_is_entered_at_once(ann, bob, browser):
    room, link = room_with_link(ann, requires_approval=False)
    browser.log_in("bob")
    assert button(browser, link, "join")["Location"] == f"/chat/room/{room.pk}"


def test_who_is_banned_is_told(ann, bob, browser):
    room, link = room_with_link(ann)
    browser.log_in("bob")
    services.ban(room.pk, bob.pk, ann)
    page = browser.get(link)
    assert b"You are banned from this room" in page.content
    answer = browser.post(link.replace("/chats/room", "/x"), {})
    assert answer.status_code in (403, 404)
    assert not JoinRequest.objects.filter(user=bob).exists()


def test_a_guest_of_one_room_enters_by_name_where_the_link_allows_it(ann, browser):
    room, link = room_with_link(ann, invites.Terms(for_guests=True), requires_approval=False)
    assert b"Come in as a guest" in browser.get(link).content
    page = Page(button(browser, link, "guest", username="ann"))
    assert "This username is taken." in page.text
    assert "Garden" in page.text
    answer = button(browser, link, "guest", username="visitor")
    assert answer["Location"] == f"/chat/room/{room.pk}"
    assert browser.session.user.kind == User.Kind.ROOM_GUEST
    assert refresh(browser).status_code == 200
    _, closed = room_with_link(ann)
    assert b"guest" not in Browser().get(closed).content
    stranger = Browser()
    assert button(stranger, closed, "guest", username="other")["Location"] == closed
    assert b"This link is not open to guests." in stranger.get(closed).content
    assert not User.objects.filter(username="other").exists()


def test_a_dead_link_is_a_page_that_says_what_to_do(ann, signed_in):
    _, link = room_with_link(ann)
    for client in (signed_in, Browser()):
        answer = client.get(link[:-2] + "xx")
        assert answer.status_code == 404
        assert b"Ask who sent it to you for another." in answer.content
    answer = signed_in.send(
        "/invite/99999999999999999999/abcdefghijklmnopqrst", {"action": "join"}, look="/settings"
    )
    assert answer.status_code == 404


# ---------------------------------------------------------------- the client's page, and the app


def test_the_clients_page_runs_under_the_strictest_policy(signed_in):
    policy = signed_in.get("/chat")["Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";") if rule.strip()}
    assert rules["default-src"] == ["'none'"]
    assert rules["style-src"] == rules["connect-src"] == ["'self'"]
    assert rules["base-uri"] == rules["object-src"] == rules["frame-ancestors"] == ["'none'"]
    assert set(rules["script-src"]) - {"'self'"} == {one for one in rules["script-src"] if "nonce" in one}


def test_the_manifest_names_icons_that_exist(client):
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.content)
    assert (manifest["start_url"], manifest["display"]) == ("/chat", "standalone")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert (ROOT / icon["src"].lstrip("/")).is_file()


def test_the_service_worker_may_serve_the_whole_site_and_keeps_files_that_exist(client):
    answer = client.get("/sw.js")
    assert answer["Content-Type"] == "text/javascript"
    assert answer["Service-Worker-Allowed"] == "/"
    assert answer["Cache-Control"] == "no-cache"
    first = answer.content.decode().splitlines()[0]
    for path in json.loads(first.removeprefix("const KEPT = ").removesuffix(";")):
        assert (ROOT / path.lstrip("/")).is_file()


def test_the_offline_page_is_the_same_for_everybody(signed_in, browser):
    page = signed_in.get("/offline").content
    assert page == browser.get("/offline").content
    assert b"csrf" not in page
    assert b"ann" not in page.lower().replace(b"channel", b"").replace(b"can't", b"")


# ---------------------------------------------------------------- languages and colours


def test_a_browser_that_asks_for_german_gets_german(ann):
    page = Page(Browser(**{"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}).get("/login"))
    assert page.all("html")[0]["lang"] == "de"
    assert "Schön, dass du wieder da bist." in page.text
    answer = Browser(**{"Accept-Language": "de"}).log_in(password="wrong")
    assert "Der Benutzername oder das Passwort ist falsch." in answer.content.decode()
    assert Page(Browser(**{"Accept-Language": "fr"}).get("/login")).all("html")[0]["lang"] == "en"


def test_every_sentence_of_the_pages_is_in_the_german_catalogue():
    with (ROOT / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    known = {key[0] if isinstance(key, tuple) else key for key, value in catalogue.items() if value}
    templates = [
        *(ROOT / "templates/web").glob("*.html"),
        *(ROOT / "templates/rooms").glob("*.html"),
        *(ROOT / "templates").glob("*.html"),
    ]
    missing = []
    for path in templates:
        text = path.read_text()
        sentences = re.findall(r'{% translate "(.+?)" %}', text)
        for block in re.findall(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", text, re.DOTALL):
            sentences += [re.sub(r"{{ (\w+) }}", r"%(\1)s", part) for part in block.split("{% plural %}")[:1]]
        missing += [(path.name, sentence) for sentence in sentences if sentence not in known]
    for path in [
        *(ROOT / "accounts/pages").glob("*.py"),
        ROOT / "rooms/pages.py",
        ROOT / "chatproject/client.py",
    ]:
        sentences = re.findall(r'\b(?:_|gettext_noop)\(\s*"(.+?)"\s*\)', path.read_text())
        missing += [(path.name, sentence) for sentence in sentences if sentence not in known]
    assert not missing


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2's ratio of two colours, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


SURFACES = (
    "page surface surface-side surface-raised surface-sunken surface-active accent-soft bubble-own bubble "
    "mention-soft mark danger-soft success-soft warning-soft"
).split()
READ = [
    *((text, surface) for text in ("text", "text-muted", "text-faint", "text-link") for surface in SURFACES),
    *(
        (f"{kind}-text", surface)
        for kind in ("danger", "success", "warning")
        for surface in (f"{kind}-soft", "surface", "surface-raised", "surface-side", "page")
    ),
    *(
        (f"on-{kind}", kind)
        for kind in ("accent", "danger", "success", "warning", "mention", "unread", "inverse")
    ),
    *(("on-accent", f"accent-{state}") for state in ("hover", "press")),
    ("on-danger", "danger-hover"),
    ("unread-line", "surface"),
    *(("on-avatar", f"avatar-{number}") for number in range(1, 9)),
]
SEEN = [
    *(("focus", surface) for surface in SURFACES),
    *(("border-strong", surface) for surface in ("page", "surface", "surface-sunken", "surface-raised")),
    *((dot, surface) for dot in ("online", "offline") for surface in ("surface", "surface-side")),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_can_be_told_apart(theme):
    css = (ROOT / "static/css/tokens.css").read_text()
    found = re.findall(r"--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));", css)
    colours = {name: one or (dark if theme == "dark" else light) for name, light, dark, one in found}
    low = [
        (text, behind, round(ratio, 2))
        for pairs, least in ((READ, 4.5), (SEEN, 3.0))
        for text, behind in pairs
        if (ratio := contrast(colours[text], colours[behind])) < least
    ]
    assert not low
