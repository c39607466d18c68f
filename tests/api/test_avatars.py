"""Pictures of people and rooms: chosen, shown under a name that nobody can guess, replaced and removed for good."""

from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from accounts import avatars, users
from accounts.models import User
from chat.log import summaries
from files import avatars as pictures
from files import keeping
from files.models import Avatar, StoredFile
from lib import errors
from rooms import services
from rooms.models import AuditEntry
from tests.api.rooms import api, code, frames_after, person, png, say, together

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
committing = pytest.mark.django_db(transaction=True)
MINE = "/users/me/avatar"


def choose(
    user: User, content: bytes, path: str = MINE, name: str = "me.png", mime: str = "image/png"
) -> Any:
    file = SimpleUploadedFile(name, content, mime)
    return api(user).put(path, {"file": file}, format="multipart")


def chosen(user: User, colour: str = "red", path: str = MINE) -> str:
    answer = choose(user, png(colour), path)
    assert answer.status_code == 200, answer.json()
    address: str = answer.json()["avatar"]
    return address


def seen(address: Any, **headers: str) -> Any:
    """What somebody gets who is not logged in."""
    return APIClient().get(address, headers=headers)


def objects(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_a_person_has_the_picture_they_chose_wherever_others_read_of_them(ann, bob, room):
    assert api(ann).get("/users/me").json()["avatar"] is None
    private = api(bob).post("/chats/private", {"receiver_id": ann.pk}).json()["chat_id"]
    address = chosen(ann)
    path, _, key = address.rpartition("/")
    assert path == "/avatars" and len(key) == 32
    assert api(ann).get("/users/me").json()["avatar"] == address
    assert api(bob).get(f"/users/{ann.pk}").json()["avatar"] == address
    assert api(bob).get(f"/users?ids={ann.pk}").json()["results"][0]["avatar"] == address
    members = api(bob).get(f"{room}/members").json()["results"]
    assert {each["user"]["username"]: each["user"]["avatar"] for each in members} == {
        "ann": address,
        "bob": None,
    }
    (chat,) = [one for one in api(bob).get("/chats").json()["results"] if one["id"] == private]
    assert chat["peer"]["avatar"] == address


def test_it_is_a_small_square_of_which_nothing_changes_under_its_address(ann):
    address = chosen(ann)
    answer = seen(address, Accept="image/avif,image/webp")
    picture = Image.open(BytesIO(b"".join(answer)))
    assert (answer.status_code, picture.format, picture.size) == (200, "WEBP", (256, 256))
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    unchanged = seen(address, **{"If-None-Match": answer["ETag"]})
    assert unchanged.status_code == 304 and unchanged["Cache-Control"] == answer["Cache-Control"]


def test_another_picture_has_another_address_and_the_one_before_is_gone(
    ann, folder, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = chosen(ann, "red")
    with django_capture_on_commit_callbacks(execute=True):
        second = chosen(ann, "blue")
    assert first != second
    assert seen(first).status_code == 404 and seen(second).status_code == 200
    assert objects(folder) == StoredFile.objects.count() == Avatar.objects.count() == 1


def test_the_same_picture_again_and_of_two_people_is_stored_once_and_stays_while_one_has_it(
    ann, bob, folder, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first, again, bobs = chosen(ann), chosen(ann), chosen(bob)
    assert len({first, again, bobs}) == 3 and objects(folder) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert api(ann).delete(MINE).status_code == 204
    assert seen(again).status_code == 404 and seen(bobs).status_code == 200


def test_a_removed_picture_is_gone_with_its_file_and_removing_it_again_does_nothing(
    ann, bob, folder, django_capture_on_commit_callbacks
):
    address = chosen(ann)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert api(ann).delete(MINE).status_code == 204
        assert seen(address).status_code == 404
    assert api(bob).get(f"/users/{ann.pk}").json()["avatar"] is None
    assert objects(folder) == StoredFile.objects.count() == 0


def test_the_picture_goes_with_the_account(ann, bob, room, folder, django_capture_on_commit_callbacks):
    address = chosen(ann)
    say(ann, room)
    stale = User.objects.get(pk=ann.pk)
    with django_capture_on_commit_callbacks(execute=True):
        newer = chosen(ann, "blue")
        users.delete(stale)
    assert seen(address).status_code == seen(newer).status_code == 404
    assert objects(folder) == StoredFile.objects.count() == 0
    assert "avatar" not in api(bob).get(f"{room}/history").json()["messages"][-1]
    with pytest.raises(errors.NotAuthenticated):
        avatars.choose(stale, BytesIO(png()))


def test_messages_have_the_picture_of_their_sender_of_now_and_none_where_there_is_none(ann, bob, room):
    say(ann, room, "before")
    say(bob, room, "without")
    address = chosen(ann)
    posted = api(ann).post(f"{room}/messages", {"content": "after"}).json()
    assert posted["avatar"] == address
    for path in (f"{room}/history", f"{room}/changes?since_version=0"):
        before, without, after = api(bob).get(path).json()["messages"]
        assert before["avatar"] == after["avatar"] == address
        assert "avatar" not in without
    assert api(bob).patch(f"/messages/{without['id']}", {"content": "still"}).json().get("avatar") is None
    assert api(ann).patch(f"/messages/{posted['id']}", {"content": "x"}).json()["avatar"] == address


def test_others_are_told_of_a_picture_and_that_there_is_none_any_more(
    ann, bob, room, django_capture_on_commit_callbacks
):
    def told(act: Any) -> list[dict[str, Any]]:
        frames = frames_after(act, django_capture_on_commit_callbacks(execute=True))
        return [frame for _, frame in frames if frame["type"] == "user_updated"]

    (frame,) = told(lambda: chosen(ann))
    assert frame == {
        "type": "user_updated",
        "user_id": ann.pk,
        "username": "ann",
        "display_name": "",
        "avatar": api(ann).get("/users/me").json()["avatar"],
    }
    (frame,) = told(lambda: api(ann).delete(MINE))
    assert frame["avatar"] is None


def test_a_room_has_the_picture_that_its_owner_chose(ann, bob, room, django_capture_on_commit_callbacks):
    def told(act: Any) -> dict[str, Any]:
        frames = frames_after(act, django_capture_on_commit_callbacks(execute=True))
        (frame,) = [frame for _, frame in frames if frame["type"] == "chat_updated"]
        return frame

    def of(user: User) -> tuple[Any, Any]:
        (chat,) = [one for one in api(user).get("/chats").json()["results"] if one["kind"] == "room"]
        return chat.get("avatar"), api(user).get(room).json()["avatar"]

    frame = told(lambda: chosen(ann, path=f"{room}/avatar"))
    assert of(bob) == (frame["avatar"], frame["avatar"])
    assert seen(frame["avatar"]).status_code == 200
    assert told(lambda: api(ann).delete(f"{room}/avatar"))["avatar"] is None
    assert of(bob) == (None, None)
    assert [entry.detail for entry in AuditEntry.objects.filter(action="update").order_by("pk")] == [
        "picture",
        "picture removed",
    ]


def test_who_may_not_rename_a_room_may_not_change_its_picture(ann, bob, room, monkeypatch):
    monkeypatch.setattr(pictures, "draw", lambda *_: pytest.fail("a picture was read"))
    path, content = f"{room}/avatar", png()
    assert code(choose(bob, content, path)) == (403, "forbidden")
    assert code(choose(person("eve"), content, path)) == (404, "not_found")
    assert api(bob).delete(path).status_code == 403
    assert code(choose(ann, content, "/chats/room/999999/avatar")) == (404, "not_found")
    assert APIClient().put(path, {"file": BytesIO(content)}, format="multipart").status_code == 401
    services.archive(int(room.rpartition("/")[2]), ann)
    assert code(api(ann).delete(path)) == (403, "archived")


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (png()[:200], (422, "bad_image")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", (422, "bad_image")),
        (b"<!doctype html><script>alert(1)</script>", (422, "bad_image")),
        (png(size=(16_385, 1)), (422, "bad_image")),
        (b"", (400, "invalid")),
        (bytes(pictures.MOST + 1), (413, "too_large")),
    ],
    ids=["broken", "svg", "html", "wide", "empty", "large"],
)
def test_what_is_no_picture_is_refused_and_the_one_before_stays(ann, folder, content, refused):
    address = chosen(ann)
    assert code(choose(ann, content)) == refused
    assert api(ann).get("/users/me").json()["avatar"] == address
    assert objects(folder) == 1


def test_a_request_without_a_file_or_of_another_type_is_refused(ann):
    assert api(ann).put(MINE, {}, format="multipart").json()["error"]["fields"].keys() == {"file"}
    assert api(ann).put(MINE, {"file": "me.png"}).status_code == 415


@pytest.mark.parametrize("key", ["0" * 32, "a%00b", "..", "%2e%2e%2fsecret", "ä"])
def test_an_address_that_nobody_was_given_is_not_found(key):
    assert seen(f"/avatars/{key}").status_code == 404


def test_the_cleaner_keeps_pictures_that_somebody_has(ann):
    address = chosen(ann)
    StoredFile.objects.update(changed_at="2020-01-01T00:00:00Z")
    assert keeping.clean() == 0 and seen(address).status_code == 200


@committing
def test_two_who_exchange_their_pictures_at_the_same_moment_both_have_one(ann, bob, folder):
    for colours in (("red", "blue"), ("blue", "red")):
        addresses = together(partial(chosen, ann, colours[0]), partial(chosen, bob, colours[1]))
        assert [seen(address).status_code for address in addresses] == [200, 200]
    assert objects(folder) == StoredFile.objects.count() == Avatar.objects.count() == 2


@committing
def test_of_two_pictures_at_the_same_moment_one_stays_and_the_other_is_deleted(ann, folder):
    first, second = together(lambda: chosen(ann, "red"), lambda: chosen(ann, "blue"))
    assert sorted(seen(address).status_code for address in (first, second)) == [200, 404]
    assert objects(folder) == StoredFile.objects.count() == Avatar.objects.count() == 1


def test_pictures_take_no_query_more(ann, bob, room):
    def count(act: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as made:
            act()
        return len(made)

    acts = [
        lambda: say(ann, room),
        lambda: api(bob).get(f"{room}/history"),
        lambda: api(bob).get(f"{room}/members"),
        lambda: summaries.summaries(summaries.memberships([bob.pk])),
    ]
    for act in acts:  # what is read once in a process
        act()
    before = [count(act) for act in acts]
    chosen(ann), chosen(bob), chosen(ann, path=f"{room}/avatar")
    assert [count(act) for act in acts] == before


class TestInTheAdmin:
    @pytest.fixture
    def admin(self, db: None) -> Client:
        client = Client()
        client.force_login(User.objects.create_superuser("operator"))
        return client

    @pytest.mark.parametrize("ended", [False, True])
    def test_a_persons_picture_is_seen_and_removed(self, admin, ann, ended):
        address = chosen(ann)
        if ended:
            users.deactivate(ann)
        assert f'src="{address}"' in admin.get(f"/admin/accounts/user/{ann.pk}/change/").content.decode()
        act = {"action": "remove_picture", "_selected_action": [ann.pk]}
        assert b"Pictures removed: 1" in admin.post("/admin/accounts/user/", act, follow=True).content
        assert seen(address).status_code == 404
        assert AuditEntry.objects.filter(action="remove picture", target=ann).exists()

    @pytest.mark.parametrize("ended", [False, True])
    def test_a_rooms_picture_is_seen_and_removed(self, admin, ann, room, ended):
        address, pk = chosen(ann, path=f"{room}/avatar"), int(room.rpartition("/")[2])
        if ended:
            services.archive(pk, ann)
        assert f'src="{address}"' in admin.get(f"/admin/rooms/room/{pk}/change/").content.decode()
        act = {"action": "remove_picture", "_selected_action": [pk]}
        assert b"Pictures removed: 1" in admin.post("/admin/rooms/room/", act, follow=True).content
        assert seen(address).status_code == 404
        assert AuditEntry.objects.filter(detail="picture removed", actor__username="operator").exists()
