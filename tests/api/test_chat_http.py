"""Chats over HTTP: lists, history, posting, reading, muting, private chats, and what nobody else may see."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens, users
from accounts.models import Session, User
from chat import members, messages, policy, private
from chat.models import Chat, Connection, Membership, Message, ServerProcess
from lib import doorbell
from lib.text import trim

pytestmark = pytest.mark.django_db


class Person(SimpleNamespace):
    """Somebody with an account, and a client that brings their token."""

    def __getattr__(self, name):
        return getattr(self.client, name)


def sign_up(name):
    user = User.objects.create_user(name, f"{name}@example.org")  # without a password: hashing takes long
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user).access}")
    return Person(user=user, id=user.pk, client=client)


@pytest.fixture(autouse=True)
def _no_throttles():
    cache.clear()


@pytest.fixture
def ann(db):
    return sign_up("ann")


@pytest.fixture
def bob(db):
    return sign_up("bob")


@pytest.fixture
def room(ann):
    """A room of ann's: what `rooms` adds to it makes no difference here."""
    return make_room(ann, "Gardening")


def make_room(owner, title):
    with transaction.atomic():
        chat = Chat.objects.create(kind=Chat.Kind.ROOM, title=title)
        members.admit(chat, owner.user, Membership.Role.OWNER)
    return chat


def admit(chat, person):
    with transaction.atomic():
        members.admit(chat, person.user)


def say(person, text, path="/chats/general/messages", **more):
    answer = person.post(path, {"content": text, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def error(answer, status, code):
    assert answer.status_code == status, answer.content
    assert answer.json()["error"]["code"] == code
    return answer.json()["error"]


def texts(answer):
    assert answer.status_code == 200, answer.content
    return [message["content"] for message in answer.json()["messages"]]


# ---------------------------------------------------------------- posting


def test_posting_answers_the_message_as_everybody_sees_it(ann):
    message = say(ann, "  hello  ", client_id="c1")
    assert message == {
        "id": message["id"],
        "chat": "general",
        "chat_type": "general",
        "seq": 1,
        "version": 1,
        "user_id": ann.id,
        "username": "ann",
        "display_name": "",
        "content": "  hello",
        "timestamp": message["timestamp"],
        "client_id": "c1",
        "reply_to": None,
        "edited_at": None,
        "deleted_at": None,
        "reactions": [],
        "attachments": [],
        "mentions": [],
    }
    assert message["timestamp"].endswith("Z")
    assert ann.get(f"/messages/{message['id']}").json() == message


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  indented \n", "  indented"),
        ("\n \t\n    code\n  more\n\n ", "    code\n  more"),
        ("\r\n\thello", "\thello"),
        ("\u2028\u3000hello\u00a0", "\u3000hello"),
        ("\u200bhello", "\u200bhello"),
        ("❤️", "❤️"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("\u0301", "\u0301"),
        ("x" * 4000 + "\n\n", "x" * 4000),
    ],
)
def test_blank_lines_before_and_blanks_after_are_cut_and_nothing_else(ann, typed, stored):
    said = say(ann, typed)
    assert said["content"] == stored
    edited = ann.patch(f"/messages/{say(ann, 'x')['id']}", {"content": typed})
    assert edited.json()["content"] == stored


def test_text_is_trimmed_as_the_table_says_that_the_web_client_reads_too(ann):
    table = json.loads((Path(__file__).parent.parent / "trimmed.json").read_text(encoding="utf-8"))
    assert [(typed, trim(typed)) for typed, _ in table] == [(typed, kept) for typed, kept in table]
    for typed, kept in table:
        if kept and "\0" not in kept:
            assert say(ann, typed)["content"] == kept
        else:
            error(ann.post("/chats/general/messages", {"content": typed}), 400, "invalid")


@pytest.mark.parametrize(
    "sign", ["\u200b\n", "a\u200b", " ", "\u2800", "\U000e0041", "❤\ufe0f", "क\u094d\u200d", "\0\u200b"]
)
def test_the_work_to_trim_grows_with_the_length(sign):
    for content in (sign * 4000, f"a{sign * 4000}b", f"a{sign * 4000}"):
        began = time.thread_time()
        trim(content)
        assert time.thread_time() - began < 0.2


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        " ",
        "\n\n",
        "\u200b",
        "\u2800",
        "\u3164",
        "\u00ad",
        "\u034f",
        "\U000e0041\U000e007f",
        "\ufe0f",
        "\u202e\u2060 \ufeff",
        "\x01",
    ],
)
def test_what_can_not_be_seen_is_no_message(ann, nothing):
    assert list(
        error(ann.post("/chats/general/messages", {"content": nothing}), 400, "invalid")["fields"]
    ) == ["content"]
    said = say(ann, "something")
    answer = ann.patch(f"/messages/{said['id']}", {"content": nothing})
    assert list(error(answer, 400, "invalid")["fields"]) == ["content"]
    assert ann.get("/chats/general/history").json()["messages"][-1]["content"] == "something"


def test_a_form_posts_too(ann):
    answer = ann.post(
        "/chats/general/messages",
        "content=hi+there&client_id=&reply_to=",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 201
    assert answer.json()["content"] == "hi there"
    assert answer.json()["client_id"] is None


def test_the_same_client_id_is_stored_once_and_answers_the_first(ann, bob):
    first = say(ann, "once", client_id="same")
    assert say(ann, "once, again", client_id="same") == first
    assert say(bob, "mine", client_id="same")["id"] != first["id"]
    assert Message.objects.count() == 2


def test_a_message_says_who_it_goes_to_in_a_private_chat_and_which_room_in_a_room(ann, bob, room):
    chat, _ = private.open_private(ann.user, bob.id)
    there = say(bob, "hi", f"/chats/private/{chat.pk}/messages")
    assert (there["sender_id"], there["receiver_id"]) == (bob.id, ann.id)
    assert "room_id" not in there
    assert say(ann, "hi", f"/chats/room/{room.pk}/messages")["room_id"] == room.pk


def test_a_reply_names_a_message_of_the_same_chat(ann, room):
    first = say(ann, "first")
    assert say(ann, "second", reply_to=first["id"])["reply_to"] == first["id"]
    answer = ann.post(f"/chats/room/{room.pk}/messages", {"content": "hm", "reply_to": first["id"]})
    assert list(error(answer, 400, "invalid")["fields"]) == ["reply_to"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": None}, "content"),
        ({"content": ""}, "content"),
        ({"content": " \n "}, "content"),
        ({"content": 5}, "content"),
        ({"content": ["x"]}, "content"),
        ({"content": "x" * 4001}, "content"),
        ({"content": "a\0b"}, "content"),
        ({"content": "x", "client_id": ""}, "client_id"),
        ({"content": "x", "client_id": "c" * 65}, "client_id"),
        ({"content": "x", "client_id": 7}, "client_id"),
        ({"content": "x", "reply_to": "abc"}, "reply_to"),
        ({"content": "x", "reply_to": -1}, "reply_to"),
        ({"content": "x", "reply_to": 2**63}, "reply_to"),
        ({"content": "x", "reply_to": 12345}, "reply_to"),
        ({"content": "x", "attachments": "abc"}, "attachments"),
        ({"content": "x", "attachments": [1]}, "attachments"),
        ({"content": "x", "attachments": [1] * 11}, "attachments"),
    ],
)
def test_a_wrong_message_is_refused_by_its_field(ann, body, field):
    fields = error(ann.post("/chats/general/messages", body), 400, "invalid")["fields"]
    assert [name.split(".")[0] for name in fields] == [field]
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'"x"', b"\xff", b'{"content": NaN}', b'{"content": "\\ud800"}']
)
def test_a_body_that_is_no_json_object_is_refused(ann, body):
    answer = ann.generic("POST", "/chats/general/messages", body, content_type="application/json")
    error(answer, 400, "invalid")


def test_a_body_of_another_type_is_refused(ann):
    error(
        ann.generic("POST", "/chats/general/messages", b"<x/>", content_type="text/xml"),
        415,
        "unsupported_media_type",
    )


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_over_a_megabyte_is_refused(ann, kind):
    big = b'{"content": "' + b"x" * 2_000_000 + b'"}'
    error(ann.generic("POST", "/chats/general/messages", big, content_type=kind), 413, "too_large")


def test_an_archived_room_is_read_but_not_written(ann, room):
    message = say(ann, "before", f"/chats/room/{room.pk}/messages")
    Chat.objects.filter(pk=room.pk).update(archived_at=timezone.now())
    error(ann.post(f"/chats/room/{room.pk}/messages", {"content": "after"}), 403, "archived")
    after = {"content": "after", "client_id": "new"}
    error(ann.post(f"/chats/room/{room.pk}/messages", after), 403, "archived")
    error(ann.patch(f"/messages/{message['id']}", {"content": "other"}), 403, "archived")
    assert texts(ann.get(f"/chats/room/{room.pk}/history")) == ["before"]
    assert ann.get("/chats").json()["results"][0]["archived"] is True


# ---------------------------------------------------------------- history and changes


@pytest.fixture
def talk(ann):
    for number in range(1, 13):
        say(ann, str(number))


@pytest.mark.parametrize(
    ("query", "expected", "has_more", "has_newer"),
    [
        ("", range(1, 13), False, False),
        ("limit=5", range(8, 13), True, False),
        ("limit=5&offset=5", range(3, 8), True, True),
        ("limit=5&offset=10", range(1, 3), False, True),
        ("limit=5&offset=100", [], False, False),
        ("limit=3&before_seq=6", range(3, 6), True, True),
        ("limit=3&before_seq=3", range(1, 3), False, True),
        ("limit=3&after_seq=6", range(7, 10), True, True),
        ("limit=3&after_seq=10", range(11, 13), False, False),
        ("limit=3&after_seq=9007199254740991", [], False, False),
        ("limit=3&around_seq=6", range(5, 8), True, True),
        ("limit=3&around_seq=1", range(1, 4), False, True),
        ("limit=3&around_seq=9007199254740991", [], False, False),
        ("limit=2&offset=0&before_seq=6", range(4, 6), True, True),
    ],
)
def test_history_is_read_in_pages_from_everywhere(ann, talk, query, expected, has_more, has_newer):
    answer = ann.get(f"/chats/general/history?{query}")
    assert texts(answer) == [str(number) for number in expected]
    page = answer.json()
    assert (page["last_seq"], page["version"]) == (12, 12)
    assert (page["has_more"], page["has_newer"]) == (has_more, has_newer)


@pytest.mark.parametrize("name", ["limit", "offset", "before_seq", "after_seq", "around_seq"])
@pytest.mark.parametrize("value", ["-1", "x", "1.5", "²", "9223372036854775808", "9" * 40])
def test_a_wrong_place_in_history_is_refused_by_its_parameter(ann, name, value):
    answer = ann.get("/chats/general/history", {name: value})
    assert list(error(answer, 400, "invalid")["fields"]) == [name]


@pytest.mark.parametrize(
    ("at", "first"),
    [
        ("1970-01-01", 1),
        ("2026-03-01T10:00:00Z", 1),
        ("2026-03-01T10:00:01Z", 2),
        ("2026-03-05T12:00:00+02:00", 5),
        ("2026-03-05T12:00:00%2B02:00", 5),
        ("2026-03-05T10:00:00.000001Z", 6),
        ("2026-03-12", 12),
        ("9999-12-31T23:59:59Z", 12),
    ],
)
def test_history_is_read_around_a_time(ann, talk, at, first):
    for message in Message.objects.all():
        message.created_at = datetime(2026, 3, message.seq, 10, tzinfo=UTC)
        message.save()
    page = ann.get(f"/chats/general/history?limit=1&at={at}").json()
    assert [message["seq"] for message in page["messages"]] == [first]
    page = ann.get(f"/chats/general/history?limit=5&at={at}").json()
    assert [message["seq"] for message in page["messages"]] == list(
        range(max(1, first - 2), min(12, max(5, first + 2)) + 1)
    )


@pytest.mark.parametrize("at", ["x", "12", "2026-02-30", "0001-01-01T00:00:00+14:00", "2026-03-01T25:00Z"])
def test_a_time_that_is_none_is_refused_by_its_parameter(ann, at):
    answer = ann.get("/chats/general/history", {"at": at})
    assert list(error(answer, 400, "invalid")["fields"]) == ["at"]


def test_no_time_is_searched_for_in_an_empty_chat(ann):
    assert ann.get("/chats/general/history?at=2026-03-01").json()["messages"] == []


@pytest.mark.parametrize("limit", ["0", "201"])
@pytest.mark.parametrize("path", ["history?", "changes?since_version=0&"])
def test_a_page_has_1_to_200_messages(ann, path, limit):
    answer = ann.get(f"/chats/general/{path}limit={limit}")
    assert list(error(answer, 400, "invalid")["fields"]) == ["limit"]


def test_history_is_asked_for_one_place_at_a_time(ann):
    answer = ann.get("/chats/general/history?before_seq=3&after_seq=1&around_seq=2&at=2026-03-01")
    assert list(error(answer, 400, "invalid")["fields"]) == ["after_seq", "around_seq", "at"]


def test_changes_are_messages_as_they_now_are_in_the_order_of_their_change(ann):
    first, second = say(ann, "first"), say(ann, "second")
    ann.patch(f"/messages/{first['id']}", {"content": "first, better"})
    ann.delete(f"/messages/{second['id']}")
    answer = ann.get("/chats/general/changes?since_version=1")
    assert texts(answer) == ["first, better", ""]
    page = answer.json()
    assert (page["version"], page["last_seq"], page["has_more"]) == (4, 2, False)
    page = ann.get("/chats/general/changes?since_version=1&limit=1").json()
    assert (page["version"], page["has_more"]) == (3, True)
    page = ann.get("/chats/general/changes?since_version=4").json()
    assert (page["messages"], page["version"]) == ([], 4)


@pytest.mark.parametrize(
    "query", ["", "since_version=", "since_version=-1", "since_version=x", "since_version=1e3"]
)
def test_changes_need_a_version_to_go_on_from(ann, query):
    answer = ann.get(f"/chats/general/changes?{query}")
    assert list(error(answer, 400, "invalid")["fields"]) == ["since_version"]


def test_history_takes_three_queries(ann, talk):
    with CaptureQueriesContext(connection) as queries:
        ann.get("/chats/general/history")
    assert len(queries) <= 3
    with CaptureQueriesContext(connection) as queries:
        ann.get("/chats/general/changes?since_version=3")
    assert len(queries) <= 3


# ---------------------------------------------------------------- the list of chats


def test_the_list_says_of_each_chat_what_a_client_draws(ann, bob):
    chat, _ = private.open_private(ann.user, bob.id)
    say(bob, "hi @ann", f"/chats/private/{chat.pk}/messages")
    page = ann.get("/chats").json()
    assert [row["key"] for row in page["results"]] == [f"private:{chat.pk}", "general"]
    assert page["next"] is None
    row = page["results"][0]
    assert row["last_message"]["content"] == "hi @ann"
    assert {name: row[name] for name in row if name not in ("last_message", "peer")} == {
        "key": f"private:{chat.pk}",
        "id": chat.pk,
        "kind": "private",
        "title": "bob",
        "last_seq": 1,
        "version": 1,
        "last_read_seq": 0,
        "unread_count": 1,
        "mention_count": 1,
        "muted": False,
        "role": "member",
        "online_count": 0,
        "archived": False,
    }
    assert row["peer"]["username"] == "bob"
    assert bob.get("/chats").json()["results"][0]["unread_count"] == 0


def test_the_list_takes_four_queries_however_many_chats_and_one_for_who_waits_in_them(ann, bob):
    ann.get("/chats")
    counts = []
    for number in (2, 20):
        for index in range(number):
            room = make_room(ann, f"Room {number} {index}")
            say(ann, "hi", f"/chats/room/{room.pk}/messages")
        with CaptureQueriesContext(connection) as queries:
            page = ann.get("/chats").json()
        assert len(page["results"]) > number
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5
    bob.get("/chats")
    with CaptureQueriesContext(connection) as queries:
        bob.get("/chats")
    assert len(queries) <= 4, "nobody waits for somebody who owns no room"


def test_the_list_comes_in_pages(ann):
    for index in range(3):
        make_room(ann, f"Room {index}")
    page = ann.get("/chats?limit=3").json()
    assert len(page["results"]) == 3
    rest = ann.get(page["next"]).json()
    assert len(rest["results"]) == 1
    assert rest["next"] is None
    assert list(error(ann.get("/chats?limit=1001"), 400, "invalid")["fields"]) == ["limit"]
    assert ann.get("/chats?limit=1000").status_code == 200


def test_what_is_sent_again_gets_its_answer_after_the_room_was_archived_or_left(ann, bob, room):
    admit(room, bob)
    path, said = f"/chats/room/{room.pk}/messages", {"content": "in time", "client_id": "one"}
    first = bob.post(path, said).json()
    Membership.objects.filter(chat=room, user=bob.user).update(state="removed")
    assert (again := bob.post(path, said)).status_code == 201 and again.json() == first
    for other in ({**said, "client_id": "two"}, {"content": "in time"}, {**said, "client_id": ""}, {}):
        error(bob.post(path, other), 403, "not_a_member")
    error(ann.post(path, {"content": "hers", "client_id": "one", "reply_to": 10**9}), 400, "invalid")
    Membership.objects.filter(chat=room, user=bob.user).update(state="active")
    Chat.objects.filter(pk=room.pk).update(archived_at=timezone.now())
    assert bob.post(path, said).json()["id"] == first["id"]
    error(ann.post(path, said), 403, "archived")
    assert room.messages.count() == 1


# ---------------------------------------------------------------- reading and muting


def test_counts_follow_deletions_and_edits(ann, bob):
    bob.post("/chats/general/read", {"seq": 0})
    said = [say(ann, text) for text in ("one @bob", "two @bob", "three @bob", "four")]

    def counts():
        chat = bob.get("/chats").json()["results"][0]
        return chat["unread_count"], chat["mention_count"]

    assert counts() == (4, 3)
    ann.delete(f"/messages/{said[0]['id']}")
    assert counts() == (3, 2)
    ann.patch(f"/messages/{said[1]['id']}", {"content": "two"})
    assert counts() == (3, 1)
    ann.patch(f"/messages/{said[3]['id']}", {"content": "four @bob"})
    assert counts() == (3, 2)
    for one in said[1:]:
        ann.delete(f"/messages/{one['id']}")
    assert counts() == (0, 0)
    say(ann, "five")
    assert counts() == (1, 0)


def test_reading_moves_forward_only_unless_it_is_marked_as_unread(ann, bob):
    def read(**body):
        answer = bob.post("/chats/general/read", body).json()
        return {name: value for name, value in answer.items() if name not in ("version", "last_seq")}

    assert read(seq=0) == {"chat": "general", "seq": 0, "unread_count": 0, "mention_count": 0}
    for text in ("one", "two @bob", "three"):
        say(ann, text)
    assert read(seq=1) == {"chat": "general", "seq": 1, "unread_count": 2, "mention_count": 1}
    assert read(seq=2) == {"chat": "general", "seq": 2, "unread_count": 1, "mention_count": 0}
    assert read(seq=1)["seq"] == 2
    assert read(seq=1, back=True) == {"chat": "general", "seq": 1, "unread_count": 2, "mention_count": 1}
    assert read(seq=2**62)["seq"] == 3
    assert bob.get("/chats").json()["results"][0]["unread_count"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "seq"),
        ({"seq": -1}, "seq"),
        ({"seq": "x"}, "seq"),
        ({"seq": 2**63}, "seq"),
        ({"seq": 1, "back": 5}, "back"),
    ],
)
def test_a_wrong_position_is_refused_by_its_field(ann, body, field):
    assert list(error(ann.post("/chats/general/read", body), 400, "invalid")["fields"]) == [field]


def test_a_chat_is_muted_until_a_time_or_heard_again(ann, bob):
    until = (timezone.now() + timedelta(hours=1)).isoformat()
    answer = ann.post("/chats/general/mute", {"until": until}).json()
    assert (answer["chat"], answer["muted"]) == ("general", True)
    assert answer["until"].endswith("Z")
    assert ann.get("/chats").json()["results"][0]["muted"] is True
    assert bob.get("/chats").json()["results"][0]["muted"] is False
    assert ann.post("/chats/general/mute", {"until": None}).json()["muted"] is False
    assert ann.get("/chats").json()["results"][0]["muted"] is False
    past = ann.post("/chats/general/mute", {"until": "2020-01-01T00:00:00Z"}).json()
    assert past == {"chat": "general", "muted": False, "until": None}


@pytest.mark.parametrize(
    "body", [{}, {"until": "soon"}, {"until": 5}, {"until": "9999-12-31T23:59:59-14:00"}]
)
def test_a_wrong_time_to_mute_until_is_refused(ann, body):
    assert list(error(ann.post("/chats/general/mute", body), 400, "invalid")["fields"]) == ["until"]


# ---------------------------------------------------------------- private chats


def test_a_private_chat_is_opened_once_for_both(ann, bob):
    answer = ann.post("/chats/private", {"receiver_id": bob.id})
    assert answer.status_code == 201
    chat_id = answer.json()["chat_id"]
    assert answer.json() == {"chat_id": chat_id, "status": "created"}
    for person, other in ((ann, bob), (bob, ann)):
        answer = person.post("/chats/private", {"receiver_id": other.id})
        assert (answer.status_code, answer.json()) == (200, {"chat_id": chat_id, "status": "existing"})


def test_whom_one_cannot_write_to_is_said(ann):
    assert list(error(ann.post("/chats/private", {"receiver_id": ann.id}), 400, "invalid")["fields"]) == [
        "receiver_id"
    ]
    error(ann.post("/chats/private", {"receiver_id": 10**12}), 404, "not_found")
    for wrong in ({}, {"receiver_id": 0}, {"receiver_id": "bob"}, {"receiver_id": 2**63}):
        assert list(error(ann.post("/chats/private", wrong), 400, "invalid")["fields"]) == ["receiver_id"]
    guest = users.make_guest("visitor")
    error(ann.post("/chats/private", {"receiver_id": guest.pk}), 403, "forbidden")


# ---------------------------------------------------------------- messages


def test_a_message_is_edited_by_who_wrote_it_and_keeps_what_it_said(ann, bob):
    message = say(ann, "helo")
    error(bob.patch(f"/messages/{message['id']}", {"content": "x"}), 403, "forbidden")
    edited = ann.patch(f"/messages/{message['id']}", {"content": "hello"}).json()
    assert (edited["content"], edited["version"], edited["seq"]) == ("hello", 2, 1)
    assert edited["edited_at"]
    edits = bob.get(f"/messages/{message['id']}/edits").json()
    assert [row["content"] for row in edits["results"]] == ["helo"]
    assert edits["next"] is None
    assert list(error(ann.patch(f"/messages/{message['id']}", {}), 400, "invalid")["fields"]) == ["content"]


def test_a_deleted_message_keeps_its_place_without_its_content(ann, bob):
    message = say(ann, "oops")
    url = f"/messages/{message['id']}"
    error(bob.delete(url), 403, "forbidden")
    ann.patch(url, {"content": "oops!"})
    assert [ann.delete(url).status_code for _ in range(2)] == [204, 204]
    assert texts(bob.get("/chats/general/history")) == [""]
    assert bob.get(url).json()["deleted_at"]
    assert bob.get(f"{url}/edits").json()["results"] == []
    error(ann.patch(url, {"content": "back"}), 409, "conflict")


# ---------------------------------------------------------------- who may know of what

IN_CHAT = [
    ("get", "history", None),
    ("get", "changes?since_version=0", None),
    ("post", "messages", {"content": "x"}),
    ("post", "read", {"seq": 1}),
    ("post", "mute", {"until": None}),
]


@pytest.mark.parametrize(("method", "path", "body"), IN_CHAT)
def test_a_chat_of_others_is_not_there(ann, bob, room, method, path, body):
    eve = sign_up("eve")
    chat, _ = private.open_private(ann.user, bob.id)
    for base in (
        f"/chats/private/{chat.pk}",
        f"/chats/room/{room.pk}",
        f"/chats/room/{chat.pk}",
        f"/chats/private/{room.pk}",
        "/chats/private/0",
        f"/chats/room/{2**70}",
    ):
        error(getattr(eve, method)(f"{base}/{path}", body), 404, "not_found")
    assert getattr(ann, method)(f"/chats/room/{room.pk}/{path}", body).status_code in (200, 201)


@pytest.mark.parametrize(("method", "path", "body"), IN_CHAT)
def test_of_a_public_room_one_knows_but_reads_it_as_a_member_only(bob, room, method, path, body):
    Chat.objects.filter(pk=room.pk).update(is_public=True)
    error(getattr(bob, method)(f"/chats/room/{room.pk}/{path}", body), 403, "not_a_member")


def test_a_message_of_a_chat_one_is_not_in_is_not_there(ann, bob, room):
    message = say(ann, "secret", f"/chats/room/{room.pk}/messages")
    url = f"/messages/{message['id']}"
    for answer in (bob.get(url), bob.patch(url, {"content": "x"}), bob.delete(url), bob.get(f"{url}/edits")):
        error(answer, 404, "not_found")
    for missing in (0, 10**12, 2**80):
        error(bob.get(f"/messages/{missing}"), 404, "not_found")


def test_nobody_reads_anything_without_a_token():
    nobody = APIClient()
    for path in ("/chats", "/chats/general/history", "/messages/1", "/connections"):
        answer = nobody.get(path)
        error(answer, 401, "not_authenticated")
        assert answer["WWW-Authenticate"].startswith("Bearer")
    error(nobody.post("/chats/general/messages", {"content": "x"}), 401, "not_authenticated")


def test_a_session_that_ended_reads_nothing(ann):
    for session in Session.objects.all():
        tokens.revoke(session)
    error(ann.get("/chats"), 401, "not_authenticated")


# ---------------------------------------------------------------- open sockets


def test_staff_see_open_sockets_of_living_processes_and_nobody_else_does(ann, bob):
    alive = ServerProcess.objects.create(id=uuid4())
    gone = ServerProcess.objects.create(id=uuid4(), heartbeat_at=timezone.now() - timedelta(hours=1))
    general = policy.seat(bob.user, "general").chat_id
    for process in (alive, gone):
        for chat_id in (general, None):
            Connection.objects.create(
                id=uuid4(),
                process=process,
                user=bob.user,
                session_id=uuid4(),
                chat_id=chat_id,
                address="192.0.2.7",
            )
    error(ann.get("/connections"), 403, "forbidden")
    ann.user.is_staff = True
    ann.user.save()
    error(ann.get("/connections"), 403, "forbidden")
    ann.user.user_permissions.add(Permission.objects.get(codename="view_connection"))
    page = ann.get("/connections").json()
    assert sorted(str(row["chat"]) for row in page["results"]) == ["None", "general"]
    row = page["results"][0]
    assert row["user"]["username"] == "bob"
    assert (row["address"], row["process"]) == ("192.0.2.7", str(alive.pk))
    assert row["since"].endswith("Z")


def test_a_post_reaches_the_doorbell_after_the_commit(ann, django_capture_on_commit_callbacks, monkeypatch):
    from chat.events import Change

    rung: list[object] = []
    doorbell.attach(rung.extend)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            message = say(ann, "ding")
            assert rung == []
        with django_capture_on_commit_callbacks(execute=True):
            ann.patch(f"/messages/{message['id']}", {"content": "dong"})
    finally:
        doorbell.attach(None)
    changes = [item for item in rung if isinstance(item, Change)]
    assert [(change.version, change.seq) for change in changes] == [(1, 1), (2, 0)]
    assert messages.readable(ann.user, message["id"])[0].content == "dong"
