"""Mails that wait are sent once, and only while they are still true."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import emails, mail, passwords, tokens, users
from accounts.models import User, WaitingMail
from tests.api.clients import PASSWORD, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]
OTHER = "four-red-kites"


@pytest.fixture
def ann() -> User:
    user = users.sign_up("ann", "ann@example.org", PASSWORD)
    assert users.verify_email(user.pk, "ann@example.org")
    return user


def ask_for_reset(email: str = "ann@example.org") -> None:
    assert APIClient().post("/auth/password/reset", {"email": email}).status_code == 202


def ask_for_address(user: User, email: str) -> None:
    body = {"email": email, "password": PASSWORD}
    assert signed_in(user).patch("/users/me", body).status_code == 200


def sent(mailoutbox) -> list[tuple[str, str]]:
    """The subjects and recipients of what is sent now."""
    mailoutbox.clear()
    mail.deliver()
    assert not WaitingMail.objects.exists()
    return sorted((message.subject, message.to[0]) for message in mailoutbox)


def test_a_reset_is_sent_where_nothing_has_changed(ann, mailoutbox):
    ask_for_reset()
    assert sent(mailoutbox) == [("Reset your password", "ann@example.org")]


@pytest.mark.parametrize(
    "happens",
    [
        tokens.issue,
        lambda ann: passwords.set_new(ann, OTHER),
        lambda ann: User.objects.filter(pk=ann.pk).update(email="new@example.org"),
        users.deactivate,
    ],
    ids=["a log-in", "a new password", "another address", "the end of the account"],
)
def test_a_reset_that_waits_is_dropped_after(happens: Callable[[User], object], ann, mailoutbox, caplog):
    ask_for_reset()
    happens(User.objects.get(pk=ann.pk))
    with caplog.at_level(logging.INFO, "accounts.mail"):
        assert sent(mailoutbox) == []
    assert "(reset) is dropped" in caplog.text


def test_of_two_resets_that_wait_the_newest_is_sent_and_works(ann, mailoutbox):
    ask_for_reset()
    ask_for_reset()
    newest = WaitingMail.objects.latest("pk").values["state"]
    assert newest == mail.reset_tokens.state(User.objects.get())
    assert sent(mailoutbox) == [("Reset your password", "ann@example.org")]
    link = urlsplit(re.findall(r"http\S+", mailoutbox[0].body)[0])
    assert mail.user_of_reset(**dict(parse_qsl(link.query))) == ann


def test_a_waiting_reset_says_nothing_that_could_be_used(ann):
    ask_for_reset()
    row, ann = WaitingMail.objects.get(), User.objects.get()
    uid, token = mail.reset_link(ann).partition("uid=")[2].split("&token=")
    assert mail.user_of_reset(uid, token) == ann
    assert token not in str(row.values) and ann.password not in str(row.values)
    assert mail.user_of_reset(uid, row.values["state"]) is None


def test_an_address_is_proved_by_a_mail_only_while_it_waits_for_that(ann, mailoutbox):
    ask_for_address(ann, "first@example.org")
    ask_for_address(ann, "second@example.org")
    subjects = "Confirm your e-mail address", "Your e-mail address is about to change"
    assert sent(mailoutbox) == [
        (subjects[0], "second@example.org"),
        (subjects[1], "ann@example.org"),
        (subjects[1], "ann@example.org"),
    ]
    ask_for_address(ann, "third@example.org")
    User.objects.filter(pk=ann.pk).update(email="third@example.org", pending_email=None)
    assert sent(mailoutbox) == [(subjects[1], "ann@example.org")]


def test_an_address_of_a_new_account_is_proved_by_a_mail_that_waited(mailoutbox, rf):
    emails.sign_up(rf.post("/"), "eve", "eve@example.org", PASSWORD)
    assert sent(mailoutbox) == [("Confirm your e-mail address", "eve@example.org")]


def test_nobody_is_told_that_an_address_is_theirs_after_they_left_it(ann, mailoutbox, rf):
    emails.sign_up(rf.post("/"), "eve", "ann@example.org", PASSWORD)
    User.objects.filter(pk=ann.pk).update(email="new@example.org")
    assert sent(mailoutbox) == []


def test_a_change_that_was_taken_back_has_no_way_back_mailed(ann, mailoutbox):
    ask_for_address(ann, "new@example.org")
    ann.email_changes.all().delete()
    assert sent(mailoutbox) == [("Confirm your e-mail address", "new@example.org")]


def test_a_deleted_account_takes_its_mails_along(ann):
    ask_for_reset()
    ask_for_address(ann, "new@example.org")
    assert WaitingMail.objects.count() == 3
    users.delete(User.objects.get())
    assert not WaitingMail.objects.exists()


def test_while_a_mail_server_is_slow_nobody_else_sends_the_same_mail(ann, mailoutbox, monkeypatch):
    ask_for_reset()
    sends, waits = EmailBackend.send_messages, []

    def slowly(self: EmailBackend, messages: list) -> int:
        waits.append(WaitingMail.objects.get().due_at - timezone.now())
        assert mail.Sender().step("") is None  # what another process finds when the lease has run out
        return sends(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", slowly)
    assert sent(mailoutbox) == [("Reset your password", "ann@example.org")]
    assert waits[0] > timedelta(minutes=9)  # and is sent then if this process dies
