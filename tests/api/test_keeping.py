"""Pinned and saved messages over HTTP: who may, what is listed, and every limit."""

from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import users
from accounts.models import User
from chat import private
from chat.models import Chat, Message, Star
from tests.api.rooms import api, code, person, room_with, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def owner() -> User:
    return person("owner")


@pytest.fixture
def member() -> User:
    return person("member")


@pytest.fixture
def path(owner: User, member: User) -> str:
    """Of a room of theirs."""
    return room_with(owner, member)


def pin(who: User, id: int) -> dict:
    answer = api(who).put(f"/messages/{id}/pin")
    assert answer.status_code == 200, answer.content
    return answer.json()


def pins(who: User, path: str) -> list[int]:
    answer = api(who).get(f"{path}/pins")
    assert answer.status_code == 200, answer.content
    return [message["id"] for message in answer.json()["results"]]


def version(id: int) -> int:
    return Message.objects.values_list("version", flat=True).get(pk=id)


# ---------------------------------------------------------------- pins


def test_a_pin_is_a_change_of_the_message_and_a_second_one_changes_nothing(
    owner: User, member: User, path: str
):
    id = say(member, path)
    pinned = pin(owner, id)
    assert (pinned["id"], pinned["pinned_by"], pinned["version"]) == (id, owner.pk, 2)
    assert pinned["pinned_at"].endswith("Z")
    assert pin(owner, id) == pinned
    assert api(member).get(f"/messages/{id}").json() == pinned
    (changed,) = api(member).get(f"{path}/changes?since_version=1").json()["messages"]
    assert changed == pinned
    unpinned = api(owner).delete(f"/messages/{id}/pin")
    assert unpinned.status_code == 200 and unpinned.json()["version"] == 3
    assert "pinned_at" not in unpinned.json() and "pinned_by" not in unpinned.json()
    assert api(owner).delete(f"/messages/{id}/pin").json() == unpinned.json()


def test_the_newest_pin_comes_first_and_pages_follow(owner: User, path: str):
    ids = [say(owner, path, f"{n}") for n in range(4)]
    for id in (ids[2], ids[0], ids[3]):
        pin(owner, id)
    assert pins(owner, path) == [ids[3], ids[0], ids[2]]
    first = api(owner).get(f"{path}/pins?limit=2").json()
    assert [message["id"] for message in first["results"]] == [ids[3], ids[0]]
    following = urlsplit(first["next"])
    last = api(owner).get(f"{following.path}?{following.query}").json()
    assert [message["id"] for message in last["results"]] == [ids[2]] and last["next"] is None
    with CaptureQueriesContext(connection) as queries:
        pins(owner, path)
    assert len(queries) <= 4, [query["sql"] for query in queries]  # the seat, a count, the page, the chat


def test_in_a_room_its_moderators_pin_unless_it_lets_all(owner: User, member: User, path: str):
    id = say(owner, path)
    assert api(member).get(f"{path}/pins").json()["may_pin"] is False
    assert code(api(member).put(f"/messages/{id}/pin")) == (403, "forbidden")
    pin(owner, id)
    assert code(api(member).delete(f"/messages/{id}/pin")) == (403, "forbidden")
    assert api(member).get(path).json()["pin_by"] == "moderators"

    refused = api(owner).patch(path, {"pin_by": "nobody"}, format="json")
    assert code(refused) == (400, "invalid") and list(refused.json()["error"]["fields"]) == ["pin_by"]
    assert code(api(member).patch(path, {"pin_by": "all"}, format="json")) == (403, "forbidden")
    assert api(owner).patch(path, {"pin_by": "all"}, format="json").json()["pin_by"] == "all"
    assert api(member).get(f"{path}/pins").json()["may_pin"] is True
    assert "pinned_at" not in api(member).delete(f"/messages/{id}/pin").json()
    api(owner).patch(path, {"name": "Roses"}, format="json")
    assert pin(member, id)["pinned_by"] == member.pk
    api(owner).patch(path, {"pin_by": "moderators"}, format="json")
    assert code(api(member).delete(f"/messages/{id}/pin")) == (403, "forbidden")


def test_in_a_private_chat_both_pin_and_in_general_staff_who_may_delete_messages(owner: User, member: User):
    chat, _ = private.open_private(owner, member.pk)
    id = say(owner, f"/chats/private/{chat.pk}")
    assert pin(member, id)["pinned_by"] == member.pk
    assert pins(owner, f"/chats/private/{chat.pk}") == [id]

    id = say(owner, "/chats/general")
    assert code(api(owner).put(f"/messages/{id}/pin")) == (403, "forbidden")
    assert api(owner).get("/chats/general/pins").json()["may_pin"] is False
    owner.user_permissions.add(Permission.objects.get(codename="delete_message"))
    assert code(api(owner).put(f"/messages/{id}/pin")) == (403, "forbidden")
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    assert api(owner).get("/chats/general/pins").json()["may_pin"] is True
    pin(owner, id)
    assert pins(member, "/chats/general") == [id]


def test_who_is_not_in_the_chat_learns_nothing_of_its_pins(owner: User, path: str):
    id, stranger = say(owner, path), person("stranger")
    pin(owner, id)
    for method in ("put", "delete"):
        assert code(getattr(api(stranger), method)(f"/messages/{id}/pin")) == (404, "not_found")
        assert code(getattr(api(stranger), method)(f"/messages/{id}/star")) == (404, "not_found")
        assert code(getattr(api(None), method)(f"/messages/{id}/pin")) == (401, "not_authenticated")
    assert code(api(stranger).get(f"{path}/pins")) == (404, "not_found")
    assert code(api(owner).put("/messages/999999/pin")) == (404, "not_found")


def test_a_deleted_message_is_not_pinned_and_one_that_is_deleted_loses_its_pin(owner: User, path: str):
    id = say(owner, path)
    pin(owner, id)
    assert api(owner).delete(f"/messages/{id}").status_code == 204
    assert pins(owner, path) == []
    assert "pinned_at" not in api(owner).get(f"/messages/{id}").json()
    assert code(api(owner).put(f"/messages/{id}/pin")) == (409, "conflict")
    assert code(api(owner).put(f"/messages/{id}/star")) == (409, "conflict")
    before = version(id)
    assert api(owner).delete(f"/messages/{id}/pin").status_code == 200 and version(id) == before


def test_in_an_archived_room_pins_stay_as_they_are(owner: User, path: str):
    first, second = say(owner, path), say(owner, path)
    pin(owner, first)
    Chat.objects.filter(kind="room").update(archived_at=timezone.now())
    assert code(api(owner).put(f"/messages/{second}/pin")) == (403, "archived")
    assert code(api(owner).delete(f"/messages/{first}/pin")) == (403, "archived")
    answer = api(owner).get(f"{path}/pins").json()
    assert [message["id"] for message in answer["results"]] == [first] and answer["may_pin"] is False
    assert api(owner).put(f"/messages/{second}/star").status_code == 204


def test_a_chat_has_at_most_a_hundred_pins(owner: User, path: str):
    ids = [say(owner, path), say(owner, path)]
    room = Chat.objects.get(kind="room")
    Message.objects.bulk_create(
        Message(
            chat=room, seq=n, version=n, sender=owner, content="old", created_at=timezone.now(),
            pinned_at=timezone.now(),
        )
        for n in range(1001, 1100)
    )  # fmt: skip
    pin(owner, ids[0])
    refused = api(owner).put(f"/messages/{ids[1]}/pin")
    assert code(refused) == (409, "too_many_pins") and "100" in refused.json()["error"]["detail"]
    pin(owner, ids[0])
    api(owner).delete(f"/messages/{ids[0]}/pin")
    pin(owner, ids[1])
    assert len(api(owner).get(f"{path}/pins?limit=200").json()["results"]) == 100


# ---------------------------------------------------------------- saved messages


def starred(who: User) -> list[dict]:
    answer = api(who).get("/starred")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_saved_messages_are_ones_own_the_latest_first(owner: User, member: User, path: str):
    ids = [say(owner, path, f"{n}") for n in range(3)]
    for id in (ids[1], ids[0], ids[1], ids[2]):
        assert api(member).put(f"/messages/{id}/star").status_code == 204
    assert [entry["message"]["id"] for entry in starred(member)] == [ids[2], ids[0], ids[1]]
    assert starred(member)[0]["message"] == api(owner).get(f"/messages/{ids[2]}").json()
    assert starred(owner) == [] and version(ids[2]) == 3, "nobody else learns of it"
    assert api(member).get("/starred/ids").json() == {"ids": [ids[2], ids[0], ids[1]]}
    for _ in range(2):
        assert api(member).delete(f"/messages/{ids[0]}/star").status_code == 204
    first = api(member).get("/starred?limit=1").json()
    assert [entry["message"]["id"] for entry in first["results"]] == [ids[2]]
    assert first["next"].endswith("limit=1&offset=1")
    with CaptureQueriesContext(connection) as queries:
        starred(member)
    assert len(queries) <= 3, [query["sql"] for query in queries]  # a count, the page, its messages


def test_of_a_saved_message_that_one_may_no_longer_read_only_its_id_is_left(
    owner: User, member: User, path: str
):
    here, there = say(owner, path, "secret"), say(owner, "/chats/general")
    for id in (here, there):
        api(member).put(f"/messages/{id}/star")
    api(member).post(f"{path}/leave")
    kept, gone = starred(member)
    assert kept["message"]["id"] == there and kept["gone"] is False
    assert (gone["message"], gone["gone"], gone["message_id"]) == (None, True, here)
    assert code(api(member).put(f"/messages/{here}/star")) == (404, "not_found")
    assert api(member).delete(f"/messages/{here}/star").status_code == 204
    assert [entry["message_id"] for entry in starred(member)] == [there]
    assert code(api(member).delete(f"/messages/{here}/star")) == (404, "not_found")
    api(owner).delete(f"/messages/{there}")
    assert starred(member) == []


def test_a_person_saves_at_most_so_many_and_a_deleted_account_none(
    owner: User, path: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chat.stars.LIMIT", 2)
    ids = [say(owner, path) for _ in range(3)]
    for id in ids[:2]:
        assert api(owner).put(f"/messages/{id}/star").status_code == 204
    refused = api(owner).put(f"/messages/{ids[2]}/star")
    assert code(refused) == (409, "too_many_saved") and "10,000" in refused.json()["error"]["detail"]
    assert api(owner).put(f"/messages/{ids[0]}/star").status_code == 204
    assert Star.objects.count() == 2
    users.delete(owner)
    assert not Star.objects.exists()
