"""What all pages have in common: they work without JavaScript, keep to themselves, and lead nobody astray."""

from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.models import Session, User
from chatproject.http.middleware import error_response, server_error
from lib import errors
from tests.api.clients import PASSWORD
from tests.api.pages.browser import PAGE, PRIVATE, PUBLIC, Browser, Page

pytestmark = pytest.mark.django_db


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
    assert b"This page has expired" in answer.content
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
        (errors.NotFound(), 404, "Page not found"),
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
    assert "Something went wrong" in page.text
    assert "Traceback" not in page.text
