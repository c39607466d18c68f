"""@everyone and @here over HTTP: who may, how many it reaches, and what one ignores of it."""

import pytest
from django.core.cache import cache

from accounts.models import User
from chat.models import Chat, Membership
from tests.api.rooms import api, code, frames_after, mentions, person, post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_throttles():
    cache.clear()


@pytest.fixture
def ann():
    return person("ann")


@pytest.fixture
def bob():
    return person("bob")


def test_a_message_to_everyone_is_a_mention_for_all_others_until_it_is_edited_read_or_deleted(ann, bob, room):
    first = post(ann, room, "@here, lunch")
    second = post(ann, room, "Also `@everyone` @bob @everyone")
    assert (first["mention_all"], first["mentions"]) == ("here", [])
    assert (second["mention_all"], second["mentions"]) == ("everyone", [bob.pk])
    assert mentions(bob, room) == 2, "each message once, though one names bob too"
    assert mentions(ann, room) == 0
    plain = api(ann).patch(f"/messages/{first['id']}", {"content": "Lunch"}).json()
    assert "mention_all" not in plain and mentions(bob, room) == 1
    again = api(ann).patch(f"/messages/{first['id']}", {"content": "@everyone Lunch"}).json()
    assert again["mention_all"] == "everyone" and mentions(bob, room) == 2
    shown = api(bob).get(f"{room}/history").json()["messages"]
    assert [message.get("mention_all") for message in shown] == ["everyone", "everyone"]
    api(ann).delete(f"/messages/{second['id']}")
    assert "mention_all" not in api(bob).get(f"/messages/{second['id']}").json() and mentions(bob, room) == 1
    api(bob).post(f"{room}/read", {"seq": 2})
    assert mentions(bob, room) == 0


def test_a_room_says_who_may_mention_everyone_and_others_write_only_a_word(ann, bob, room):
    for rule, of_ann, of_bob in (
        ("moderators", True, False),
        ("nobody", False, False),
        ("all", True, True),
        (None, True, True),
    ):
        answer = api(ann).patch(room, {"mention_everyone": rule})
        assert answer.json()["mention_everyone"] == rule
        for user, allowed in ((ann, of_ann), (bob, of_bob)):
            told = api(user).get(f"{room}/everyone").json()
            assert told == {
                "chat": room.removeprefix("/chats/").replace("/", ":"),
                "rule": rule or "all",
                "allowed": allowed,
                "members": 2,
                "online": 0,
            }
            assert ("mention_all" in post(user, room, "@everyone")) == allowed
    assert code(api(bob).patch(room, {"mention_everyone": "all"})) == (403, "forbidden")
    wrong = api(ann).patch(room, {"mention_everyone": "friends"})
    assert code(wrong) == (400, "invalid") and list(wrong.json()["error"]["fields"]) == ["mention_everyone"]


def test_the_default_rule_follows_the_number_of_people(ann, bob, room):
    chat = Chat.objects.get(kind="room")
    more = User.objects.bulk_create(User(username=f"p{number}") for number in range(14))
    Membership.objects.bulk_create(Membership(chat=chat, user=user) for user in more)
    assert api(bob).get(f"{room}/everyone").json()["rule"] == "moderators"
    assert "mention_all" not in post(bob, room, "@everyone")
    assert post(ann, room, "@everyone")["mention_all"] == "everyone"


def test_in_a_private_chat_it_is_a_word(ann, bob):
    chat_id = api(ann).post("/chats/private", {"receiver_id": bob.pk}).json()["chat_id"]
    path = f"/chats/private/{chat_id}"
    assert "mention_all" not in post(ann, path, "@everyone")
    assert api(ann).get(f"{path}/everyone").json()["allowed"] is False


def test_a_person_may_ignore_everyone_in_a_chat_and_their_devices_are_told(
    ann, bob, room, django_capture_on_commit_callbacks
):
    post(ann, room, "@everyone")
    post(ann, room, "@here @bob")
    key = room.removeprefix("/chats/").replace("/", ":")
    put = api(bob).put

    def ignore(value):
        commit = django_capture_on_commit_callbacks(execute=True)
        told = frames_after(lambda: put(f"{room}/notify", {"ignore_everyone": value}, format="json"), commit)
        assert {ids for ids, _ in told} == {(bob.pk,)}
        return [frame for _, frame in told if frame["type"] == "notify_changed"]

    assert ignore(True) == [{"type": "notify_changed", "chat": key, "ignore_everyone": True}]
    assert mentions(bob, room) == 1, "the one that names bob"
    [row] = [row for row in api(bob).get("/chats").json()["results"] if row["key"] == key]
    assert row["ignore_everyone"] is True and row["unread_count"] == 2
    stored = put(f"{room}/notify", {}, format="json").json()
    assert stored == {"chat": key, "ignore_everyone": True}, "what is not given stays"
    assert ignore(False) == [{"type": "notify_changed", "chat": key, "ignore_everyone": False}]
    assert mentions(bob, room) == 2
    assert all("ignore_everyone" not in row for row in api(bob).get("/chats").json()["results"])
    wrong = put(f"{room}/notify", {"ignore_everyone": "perhaps"}, format="json")
    assert code(wrong) == (400, "invalid") and list(wrong.json()["error"]["fields"]) == ["ignore_everyone"]
    assert code(api(person("eve")).put(f"{room}/notify", {"ignore_everyone": True})) == (404, "not_found")
    assert code(api(person("joe")).get(f"{room}/everyone")) == (404, "not_found")
