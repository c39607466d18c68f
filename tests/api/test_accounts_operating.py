"""The first administrator, and what has expired."""

from datetime import timedelta
from importlib import import_module
from threading import Thread

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection
from django.utils import timezone

from accounts import administrator, cleaning, tokens, users
from accounts.models import EmailChange, LoginFailure, MailCount, Session, User
from lib.errors import Forbidden, NotFound


def person(name: str) -> User:
    return users.sign_up(name, f"{name}@example.org", "three-green-boats")


@pytest.mark.django_db
def test_one_person_becomes_administrator_and_then_the_link_is_dead() -> None:
    ann, bob = person("ann"), person("bob")
    administrator.appoint(ann, administrator.token())
    ann.refresh_from_db()
    assert ann.is_superuser and ann.is_staff
    with pytest.raises(NotFound):
        administrator.appoint(bob, administrator.token())
    bob.refresh_from_db()
    assert not bob.is_superuser


@pytest.mark.django_db
def test_a_wrong_token_and_a_guest_are_refused() -> None:
    with pytest.raises(NotFound):
        administrator.appoint(person("ann"), "wrong")
    with pytest.raises(Forbidden):
        administrator.appoint(users.make_guest("visitor"), administrator.token())
    assert administrator.is_missing()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_open_the_link_at_once_one_becomes_administrator() -> None:
    people = [person(f"person{number}") for number in range(6)]
    refused: list[User] = []

    def try_it(user: User) -> None:
        try:
            administrator.appoint(user, administrator.token())
        except NotFound:
            refused.append(user)
        finally:
            connection.close()

    threads = [Thread(target=try_it, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.filter(is_superuser=True).count() == 1
    assert len(refused) == 5


@pytest.mark.django_db
def test_what_ended_long_ago_is_deleted_and_the_rest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "STEP", 2)  # so that several steps are needed
    ann, now = person("ann"), timezone.now()
    for _ in range(6):
        tokens.issue(ann)
    alive, ended_lately, *old = Session.objects.order_by("created_at")
    long_ago = now - cleaning.KEPT - timedelta(hours=1)
    Session.objects.filter(pk=ended_lately.pk).update(revoked_at=now)
    Session.objects.filter(pk__in=[one.pk for one in old[:2]]).update(revoked_at=long_ago)
    Session.objects.filter(pk__in=[one.pk for one in old[2:]]).update(expires_at=long_ago)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for age in (-60, 60):
        session = store()
        session.set_expiry(age)
        session.save()
    LoginFailure.objects.create(key="address:192.0.2.1", last_at=now - timedelta(days=2))
    LoginFailure.objects.create(key="address:192.0.2.2", last_at=now)
    MailCount.objects.create(key="person:1", since=now - timedelta(hours=3))
    MailCount.objects.create(key="person:2", since=now)
    EmailChange.objects.create(user=ann, email="old@example.org", created_at=now - timedelta(days=8))
    EmailChange.objects.create(user=ann, email="new@example.org")
    assert cleaning.clean() == 8
    assert [count.key for count in MailCount.objects.all()] == ["person:2"]
    assert [change.email for change in EmailChange.objects.all()] == ["new@example.org"]
    assert set(Session.objects.all()) == {alive, ended_lately}
    assert BrowserSession.objects.count() == 1
    assert [failure.key for failure in LoginFailure.objects.all()] == ["address:192.0.2.2"]
    assert cleaning.clean() == 0
