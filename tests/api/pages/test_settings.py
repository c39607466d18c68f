"""The pages of the settings."""

from urllib.parse import parse_qs, urlsplit

import pytest

from accounts import mail, users
from accounts.models import Session, User
from tests.api.clients import PASSWORD
from tests.api.pages.browser import OTHER, Browser, Page, link_in, refresh

pytestmark = pytest.mark.django_db


def test_the_profile_is_changed_and_a_new_address_gets_a_mail(signed_in, ann, mailoutbox):
    form = {"username": "anna", "display_name": "Anna", "email": "anna@example.org", "password": PASSWORD}
    assert signed_in.send("/settings/profile", form)["Location"] == "/settings/profile"
    ann.refresh_from_db()
    assert (ann.username, ann.display_name, ann.email) == ("anna", "Anna", "ann@example.org")
    page = signed_in.get("/settings/profile").content
    assert b"We sent you an e-mail to confirm the new address." in page
    assert b"anna@example.org isn't confirmed yet" in page
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
        ({"email": "new@example.org"}, "Enter your password to change the address."),
        ({"email": "new@example.org", "password": "wrong"}, "Wrong password."),
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
    assert b"Wrong password." in signed_in.send("/settings/password", form).content
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
    assert b"Too many attempts" in pages[-1]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/settings/password", {"current_password": "wrong", "new_password": OTHER}),
        ("/settings/delete", {"password": "wrong"}),
        ("/settings/profile", {"username": "ann", "email": "new@example.org", "password": "wrong"}),
    ],
)
def test_guesses_that_must_wait_are_answered_so_that_programs_wait_too(signed_in, path, form):
    answers = [signed_in.send(path, form) for _ in range(12)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429 and int(answers[-1]["Retry-After"]) > 0


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
    assert b"Wrong password." in signed_in.send("/settings/delete", {"password": "wrong"}).content
    assert User.objects.get().is_active
    answer = signed_in.send("/settings/delete", {"password": PASSWORD})
    assert (answer["Location"], bool(answer["Clear-Site-Data"])) == ("/login", True)
    ann.refresh_from_db()
    assert (ann.is_active, ann.email) == (False, None)
    assert b"Your account has been deleted." in signed_in.get("/login").content
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
