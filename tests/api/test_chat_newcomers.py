"""Everybody but a guest of one room is in general from the start, before their first look."""

import importlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts import tokens, users
from accounts.models import User
from chat.models import Chat, Membership
from tests.api.clients import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits(settings):
    settings.RATE_LIMITS = False
    settings.ALLOW_GUESTS = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def api_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user).access}")
    return client


@pytest.fixture
def ann() -> APIClient:
    return api_of(User.objects.create_user("ann"))


def general_of(client: APIClient) -> dict[str, Any]:
    return next(chat for chat in client.get("/chats").json()["results"] if chat["key"] == "general")


def sign_up(name: str) -> None:
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    assert APIClient().post("/auth/signup", body).status_code == 201


def come_as_guest(name: str) -> None:
    assert APIClient().post("/auth/guest", {"username": name}).status_code == 200


def add_in_admin(name: str) -> None:
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    body = {"username": name, "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    assert admin.post("/admin/accounts/user/add/", body).status_code == 302


def make_superuser(name: str) -> None:
    call_command(
        "createsuperuser", username=name, email=f"{name}@example.org", interactive=False, verbosity=0
    )


@pytest.mark.parametrize("make", [sign_up, come_as_guest, add_in_admin, make_superuser])
def test_a_newcomer_who_is_welcomed_by_name_sees_the_mention_at_their_first_look(ann, make):
    ann.post("/chats/general/messages", {"content": "said before @new came"})
    make("new")
    said = ann.post("/chats/general/messages", {"content": "welcome @new"}).json()
    new = User.objects.get(username="new")
    assert said["mentions"] == [new.pk]
    general = general_of(api_of(new))
    assert (general["mention_count"], general["unread_count"], general["last_read_seq"]) == (1, 1, 1)


def test_a_guest_of_one_room_is_not_in_general():
    guest = users.make_guest("visitor", User.Kind.ROOM_GUEST)
    assert not Membership.objects.filter(user=guest).exists()


def test_a_refused_sign_up_leaves_nobody_in_general(ann):
    before = Membership.objects.count()
    body = {"username": "ANN", "email": "x@example.org", "password": PASSWORD}
    assert APIClient().post("/auth/signup", body).status_code == 400
    assert Membership.objects.count() == before


def test_people_from_before_are_let_in_by_the_migration_with_nothing_unread(ann):
    ann.post("/chats/general/messages", {"content": "hello"})
    old, guest = users.make_guest("old"), users.make_guest("one-room", User.Kind.ROOM_GUEST)
    Membership.objects.filter(user=old).delete()
    since = Membership.objects.get(user__username="ann").joined_at
    migration = importlib.import_module("chat.migrations.0008_everybody_in_general")
    for _ in range(2):
        migration.enter(apps, SimpleNamespace(connection=connection))
    general = Chat.objects.get(kind="general")
    assert Membership.objects.get(user=old).last_read_seq == general.last_seq == 1
    assert not Membership.objects.filter(user=guest).exists()
    assert Membership.objects.get(user__username="ann").joined_at == since
