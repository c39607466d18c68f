"""Drafts: one a person and chat, which no device overwrites unseen."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import users
from chat.models import SavedDraft
from tests.api import rooms
from tests.api.rooms import api, code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]
GENERAL = "/chats/general/draft"


def put(user, content, base=0, path=GENERAL, **fields):
    return api(user).put(path, {"content": content, "base": base, **fields}, format="json")


def test_a_draft_is_kept_as_it_was_typed_and_counts_its_revisions(ann):
    assert api(ann).get(GENERAL).json() == {"chat": "general", "draft": None, "revision": 0}
    first = put(ann, "  hello, \n").json()
    assert (first["draft"]["content"], first["draft"]["reply_to"], first["revision"]) == (
        "  hello, \n",
        None,
        1,
    )
    assert first["draft"]["attachments"] == [] and first["draft"]["updated_at"].endswith("Z")
    assert put(ann, "hello, world", 1).json()["revision"] == 2
    assert api(ann).get(GENERAL).json()["draft"]["content"] == "hello, world"
    emptied = api(ann).delete(GENERAL)
    assert emptied.status_code == 200
    assert emptied.json() == {"chat": "general", "draft": None, "revision": 3}
    assert api(ann).delete(GENERAL).json()["revision"] == 3
    assert put(ann, " \n ", 3).json() == {"chat": "general", "draft": None, "revision": 4}


def test_what_was_made_from_another_revision_is_refused_with_the_current_draft(ann):
    put(ann, "from the phone")
    answer = put(ann, "from the desk")
    assert code(answer) == (409, "conflict")
    assert (answer.json()["draft"]["content"], answer.json()["revision"]) == ("from the phone", 1)
    assert code(put(ann, "from the future", 7)) == (409, "conflict")
    assert code(api(ann).delete(f"{GENERAL}?base=0")) == (409, "conflict")
    assert api(ann).delete(GENERAL, {"base": 1}, format="json").json()["revision"] == 2
    answer = put(ann, "of the one that is gone", 1)
    assert code(answer) == (409, "conflict") and answer.json()["draft"] is None
    assert answer.json()["revision"] == 2


def test_a_repeat_whose_answer_was_lost_is_no_conflict(ann):
    first = put(ann, "hello").json()
    assert put(ann, "hello").json() == first


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"content": "x" * 4001}, "content"),
        ({"content": "\0"}, "content"),
        ({"content": "x", "base": -1}, "base"),
        ({"content": "x", "base": "one"}, "base"),
        ({"content": "x", "reply_to": 99}, "reply_to"),
        ({"content": "x", "attachments": [1]}, "attachments"),
    ],
)
def test_a_refusal_names_the_field(ann, fields, wrong):
    answer = api(ann).put(GENERAL, fields, format="json")
    assert code(answer) == (400, "invalid") and list(answer.json()["error"]["fields"]) == [wrong]
    assert not SavedDraft.objects.exists()


def test_a_draft_may_answer_a_message_of_its_chat_only(ann, bob):
    said = api(bob).post("/chats/general/messages", {"content": "shall we?"}).json()
    kept = put(ann, "", reply_to=said["id"]).json()
    assert kept["draft"]["reply_to"] == said["id"]
    path, _ = rooms.create(ann)
    assert code(put(ann, "yes", path=f"{path}/draft", reply_to=said["id"])) == (400, "invalid")


def test_what_was_sent_since_is_no_draft_any_more(ann):
    put(ann, "hello ")
    put(ann, "and more", path=f"{rooms.create(ann)[0]}/draft")
    api(ann).post("/chats/general/messages", {"content": "something else"})
    assert api(ann).get(GENERAL).json()["draft"]["content"] == "hello "
    api(ann).post("/chats/general/messages", {"content": "hello"})
    assert api(ann).get(GENERAL).json() == {"chat": "general", "draft": None, "revision": 1}
    listed = api(ann).get("/drafts").json()["results"]
    assert [draft["draft"] and draft["draft"]["content"] for draft in listed] == ["and more", None]
    assert put(ann, "hello", 1).json()["draft"]["content"] == "hello", "written once more"


def test_who_may_not_read_the_chat_has_no_draft_there_and_where_one_may_not_post_none_is_kept(ann, bob):
    path, link = rooms.create(ann)
    assert code(put(bob, "x", path=f"{path}/draft"))[0] == 404
    rooms.enter(path, link, ann, bob)
    assert put(bob, "farewell", path=f"{path}/draft").status_code == 200
    api(ann).delete(path)
    assert code(put(bob, "x", 1, path=f"{path}/draft")) == (403, "archived")
    assert api(bob).get(f"{path}/draft").json()["draft"]["content"] == "farewell"
    assert api(bob).delete(f"{path}/draft").json()["draft"] is None


def test_the_drafts_of_chats_that_one_left_are_not_listed(ann, bob):
    path, link = rooms.create(ann)
    rooms.enter(path, link, ann, bob)
    put(bob, "farewell", path=f"{path}/draft")
    assert len(api(bob).get("/drafts").json()["results"]) == 1
    api(bob).post(f"{path}/leave")
    assert api(bob).get("/drafts").json()["results"] == []
    assert code(api(bob).get(f"{path}/draft")) == (403, "not_a_member")


def test_all_drafts_take_as_many_queries_as_one(ann):
    counts = []
    for _ in range(2):
        put(ann, "some words", path=f"{rooms.create(ann)[0]}/draft")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert api(ann).get("/drafts").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 4


def test_the_other_devices_are_told(ann, django_capture_on_commit_callbacks):
    def act():
        put(ann, "hello")

    [(people, frame)] = rooms.frames_after(act, django_capture_on_commit_callbacks(execute=True))
    assert people == (ann.pk,)
    assert (frame["type"], frame["chat"], frame["draft"]["content"], frame["revision"]) == (
        "draft_changed",
        "general",
        "hello",
        1,
    )


def test_nothing_is_left_of_a_deleted_account(ann):
    put(ann, "my secret")
    with transaction.atomic():
        users.delete(ann)
    assert not SavedDraft.objects.exists()
