"""E-mail addresses: changed with the password, theirs once proved, told to nobody, and no way to flood strangers."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import mail, users
from accounts.models import EmailChange, MailCount, User
from tests.api.clients import PASSWORD, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]


@pytest.fixture
def ann() -> User:
    user = users.sign_up("ann", "ann@example.org", PASSWORD)
    assert users.verify_email(user.pk, "ann@example.org")
    return user


def sign_up(name: str, email: str, address: str = "192.0.2.1") -> Any:
    body = {"username": name, "email": email, "password": PASSWORD}
    return APIClient(REMOTE_ADDR=address).post("/auth/signup", body)


def log_in(name: str, password: str = PASSWORD) -> int:
    return APIClient().post("/auth/login", {"username": name, "password": password}).status_code


def change(client: APIClient, email: str, **more: str) -> Any:
    return client.patch("/users/me", {"email": email, "password": PASSWORD, **more})


def mails(mailoutbox) -> list[str]:
    """To whom mails went, in order."""
    mail.deliver()
    return [to for message in mailoutbox for to in message.to]


def link_to(mailoutbox, address: str) -> tuple[str, dict[str, str]]:
    """Of the last mail to an address: the path of the endpoint that takes what its link holds, and that."""
    mail.deliver()
    body = next(message.body for message in reversed(mailoutbox) if message.to == [address])
    link = urlsplit(re.findall(r"http\S+", body)[0])
    return f"/auth{link.path}", {name: values[0] for name, values in parse_qs(link.query).items()}


# Changing it


@pytest.mark.parametrize(
    ("more", "why"), [({}, "Enter your password"), ({"password": "wrong"}, "Wrong password")]
)
def test_an_access_token_alone_changes_no_address(ann, mailoutbox, more, why):
    answer = signed_in(ann).patch("/users/me", {"email": "evil@example.org", "display_name": "Ann", **more})
    assert answer.status_code == 400
    assert why in answer.json()["error"]["fields"]["password"][0]
    ann.refresh_from_db()
    assert (ann.email, ann.pending_email, ann.display_name) == ("ann@example.org", None, "")
    assert mails(mailoutbox) == []


def test_the_old_address_counts_until_the_new_one_is_proved(ann, mailoutbox):
    me = signed_in(ann)
    answer = change(me, "New@example.org").json()
    assert (answer["email"], answer["email_verified"]) == ("ann@example.org", True)
    assert answer["pending_email"] == "new@example.org"
    assert sorted(mails(mailoutbox)) == ["ann@example.org", "new@example.org"]
    assert (log_in("ann@example.org"), log_in("new@example.org")) == (200, 401)
    APIClient().post("/auth/password/reset", {"email": "new@example.org"})
    assert len(mails(mailoutbox)) == 2
    path, query = link_to(mailoutbox, "new@example.org")
    assert path == "/auth/email/verify"
    assert APIClient().post(path, query).status_code == 200
    answer = me.get("/users/me").json()
    assert (answer["email"], answer["email_verified"], answer["pending_email"]) == (
        "new@example.org",
        True,
        None,
    )
    assert (log_in("ann@example.org"), log_in("new@example.org")) == (401, 200)


def test_of_two_changes_the_later_one_counts_and_the_first_link_is_dead(ann, mailoutbox):
    me = signed_in(ann)
    change(me, "first@example.org")
    mail.deliver()
    change(me, "second@example.org")
    path, query = link_to(mailoutbox, "first@example.org")
    assert list(APIClient().post(path, query).json()["error"]["fields"]) == ["token"]
    assert APIClient().post(*link_to(mailoutbox, "second@example.org")).status_code == 200
    assert User.objects.get().email == "second@example.org"


def test_the_address_that_one_has_needs_no_password_and_takes_the_change_back(ann, mailoutbox):
    me = signed_in(ann)
    change(me, "new@example.org")
    mail.deliver()
    assert me.patch("/users/me", {"email": "ANN@example.org"}).json()["pending_email"] is None
    assert APIClient().post(*link_to(mailoutbox, "new@example.org")).status_code == 400


def test_a_new_password_gives_up_a_change_that_waits(ann, mailoutbox):
    me = signed_in(ann)
    change(me, "evil@example.org")
    mail.deliver()
    me.post("/auth/password/change", {"current_password": PASSWORD, "new_password": "four-red-kites"})
    assert APIClient().post(*link_to(mailoutbox, "evil@example.org")).status_code == 400


@pytest.mark.parametrize("is_proved", [False, True])
def test_the_old_address_has_a_way_back_that_throws_the_thief_out(ann, mailoutbox, is_proved):
    thief = signed_in(ann)
    change(thief, "evil@example.org")
    path, query = link_to(mailoutbox, "ann@example.org")
    if is_proved:
        assert APIClient().post(*link_to(mailoutbox, "evil@example.org")).status_code == 200
    assert path == "/auth/email/back"
    assert APIClient().get(path, query).status_code == 200
    assert thief.get("/users/me").status_code == 200
    assert APIClient().post(path, query).status_code == 200
    ann.refresh_from_db()
    assert (ann.email, ann.pending_email) == ("ann@example.org", None)
    assert thief.get("/users/me").status_code == 401
    assert log_in("ann") == 401
    assert APIClient().post(*link_to(mailoutbox, "evil@example.org")).status_code == 400
    assert APIClient().post(path, query).status_code == 400
    APIClient().post("/auth/password/reset", {"email": "ann@example.org"})
    path, query = link_to(mailoutbox, "ann@example.org")
    body = {**query, "new_password": "four-red-kites"}
    assert APIClient().post(f"{path}/confirm", body).status_code == 200
    assert log_in("ann", "four-red-kites") == 200


def test_the_thief_has_no_way_back_to_their_own_addresses(ann, mailoutbox):
    thief = signed_in(ann)
    change(thief, "evil@example.org")
    owners = link_to(mailoutbox, "ann@example.org")
    APIClient().post(*link_to(mailoutbox, "evil@example.org"))
    change(thief, "worse@example.org")
    thiefs = link_to(mailoutbox, "evil@example.org")
    assert APIClient().post(*owners).status_code == 200
    assert APIClient().post(*thiefs).status_code == 400
    assert User.objects.get().email == "ann@example.org"


def test_the_way_back_ends_after_a_week_and_with_the_account(ann, mailoutbox, monkeypatch):
    change(signed_in(ann), "new@example.org")
    link = link_to(mailoutbox, "ann@example.org")
    monkeypatch.setattr(mail, "BACK_AGE", -1)
    assert APIClient().post(*link).status_code == 400
    monkeypatch.undo()
    users.delete(ann)
    assert APIClient().post(*link).status_code == 400
    assert not EmailChange.objects.exists()


# Whose it is is said to nobody


def test_signing_up_with_somebodys_address_answers_as_with_a_free_one(ann, mailoutbox):
    free, taken = sign_up("bob", "bob@example.org"), sign_up("eve", "ANN@example.org")
    assert (free.status_code, taken.status_code) == (201, 201)
    strip = lambda answer: {**answer.json()["user"], "id": 0, "username": ""}  # noqa: E731
    assert strip(free) == strip(taken)
    assert dict(free.headers).keys() == dict(taken.headers).keys()
    assert mails(mailoutbox) == ["bob@example.org", "ann@example.org"]
    assert mailoutbox[1].subject == "You already have an account"
    eve = signed_in(User.objects.get(username="eve"))
    assert eve.get("/users/me").json()["email"] == "ann@example.org"
    assert eve.post("/auth/email/verify/send").status_code == 202
    assert mails(mailoutbox)[2:] == ["ann@example.org"]
    assert mailoutbox[2].subject == "You already have an account"


def test_changing_to_somebodys_address_answers_as_to_a_free_one_and_never_counts(ann, mailoutbox):
    bob = users.sign_up("bob", "bob@example.org", PASSWORD)
    free = change(signed_in(bob), "free@example.org").json()
    taken = change(signed_in(bob), "ann@example.org").json()
    assert {**free, "pending_email": "", "last_seen": ""} == {**taken, "pending_email": "", "last_seen": ""}
    assert not users.verify_email(bob.pk, "ann@example.org")
    assert User.objects.get(pk=bob.pk).email == "bob@example.org"
    assert log_in("ann@example.org") == 200


def test_an_address_that_was_free_when_asked_for_may_be_somebodys_when_it_is_proved(ann, mailoutbox):
    bob = users.sign_up("bob", "bob@example.org", PASSWORD)
    change(signed_in(bob), "new@example.org")
    link = link_to(mailoutbox, "new@example.org")
    User.objects.filter(pk=ann.pk).update(email="new@example.org")
    assert list(APIClient().post(*link).json()["error"]["fields"]) == ["token"]
    assert User.objects.get(pk=bob.pk).email == "bob@example.org"


@pytest.mark.parametrize("first", ["owner", "claimant", "nobody"])
def test_logging_in_by_an_address_does_not_tell_whether_it_was_free(first):
    """One's own new account with that address lets one in, whoever had it before."""
    if first != "nobody":
        user = users.sign_up("ann", "ann@example.org", "four-red-kites")
        if first == "owner":
            users.verify_email(user.pk, "ann@example.org")
    assert sign_up("eve", "ann@example.org").status_code == 201
    assert log_in("ann@example.org") == 200
    assert log_in("ann@example.org", "four-red-kites") == (401 if first == "nobody" else 200)


def test_a_reset_goes_to_the_owner_alone_and_before_there_is_one_to_all_who_claim_it(mailoutbox):
    for name in ("ann", "eve"):
        users.sign_up(name, "ann@example.org", PASSWORD)
    APIClient().post("/auth/password/reset", {"email": "ann@example.org"})
    assert mails(mailoutbox) == ["ann@example.org"] * 2
    users.verify_email(User.objects.get(username="ann").pk, "ann@example.org")
    APIClient().post("/auth/password/reset", {"email": "ann@example.org"})
    assert len(mails(mailoutbox)) == 3
    assert "Hello ann," in mailoutbox[2].body


# How many mails


@pytest.fixture
def limits(settings):
    settings.RATE_LIMITS = True


def test_a_person_can_cause_so_many_mails_and_then_is_refused(ann, limits, mailoutbox):
    me = signed_in(ann)
    statuses = []
    for number in range(12):
        statuses.append(change(me, f"stranger-{number}@example.org").status_code)
        mail.deliver()
    assert statuses == [200] * 10 + [429] * 2
    refused = change(me, "x@example.org")
    assert int(refused.headers["Retry-After"]) > 3000
    assert User.objects.get().pending_email == "stranger-9@example.org"
    assert len([to for to in mails(mailoutbox) if to.startswith("stranger")]) == 10


def test_an_address_gets_so_many_mails_and_nobody_is_told(ann, limits, mailoutbox):
    for number in range(9):
        api = APIClient(REMOTE_ADDR=f"192.0.2.{number}")
        assert api.post("/auth/password/reset", {"email": "ann@example.org"}).status_code == 202
        mail.deliver()
        assert sign_up(f"eve-{number}", "ann@example.org", f"192.0.2.{number}").status_code == 201
    assert mails(mailoutbox) == ["ann@example.org"] * mail.LIMITS["target"]


def test_a_dropped_request_leaves_the_link_of_the_last_mail_alive(ann, limits, mailoutbox):
    for number in range(9):
        APIClient(REMOTE_ADDR=f"192.0.2.{number}").post("/auth/password/reset", {"email": "ann@example.org"})
    assert mail.user_of_reset(**link_to(mailoutbox, "ann@example.org")[1]) == ann


@pytest.mark.parametrize("address", ["192.0.2.{}", "2001:db8::{}"])
def test_a_source_causes_so_many_mails_whether_or_not_there_is_anybody(limits, address):
    is_network = ":" in address
    answers = [
        APIClient(REMOTE_ADDR=address.format(number + 1 if is_network else 1)).post(
            "/auth/password/reset", {"email": f"nobody-{number}@example.org"}
        )
        for number in range(mail.LIMITS["source"] + 1)
    ]
    assert [answer.status_code for answer in answers] == [202] * mail.LIMITS["source"] + [429]
    late = sign_up("late", "late@example.org", address.format(1))
    assert late.status_code == 429
    assert not User.objects.exists()
    assert (
        APIClient(REMOTE_ADDR="203.0.113.1").post("/auth/password/reset", {"email": "a@b.org"}).status_code
        == 202
    )


def test_an_hour_later_it_begins_anew(ann, limits):
    me = signed_in(ann)
    for number in range(10):
        change(me, f"stranger-{number}@example.org")
    assert change(me, "x@example.org").status_code == 429
    MailCount.objects.update(since=timezone.now() - mail.HOUR)
    assert change(me, "x@example.org").status_code == 200
    MailCount.objects.update(since=timezone.now() - 3 * mail.HOUR)
    APIClient().post("/auth/password/reset", {"email": "ann@example.org"})
    assert MailCount.objects.count() == 2


def test_the_table_tells_no_addresses(ann, limits):
    APIClient().post("/auth/password/reset", {"email": "ann@example.org"})
    assert not MailCount.objects.filter(key__contains="ann").exists()


@pytest.mark.parametrize(
    "hidden", ["\u000b", "\u000c", "\u001c", "\u001f", "\u0085", "\u200b", "\u202e", "\u2028"]
)
def test_an_address_with_characters_that_break_a_mails_header_is_refused(ann, api, hidden):
    address = f'"a{hidden}b"@example.org'
    answer = api.post("/auth/signup", {"username": "eve", "email": address, "password": PASSWORD})
    assert answer.status_code == 400 and "email" in answer.json()["error"]["fields"]
    assert not User.objects.filter(username="eve").exists()
    api.force_authenticate(ann)
    answer = api.patch("/users/me", {"email": address, "password": PASSWORD})
    assert answer.status_code == 400 and "email" in answer.json()["error"]["fields"]
