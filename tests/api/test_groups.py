"""Groups of people over HTTP: who sees and changes them, their names, and whom they mention."""

import pytest
from django.core.cache import cache
from django.db import IntegrityError

from accounts import users
from accounts.models import User
from chat.models import Group
from lib.errors import Invalid
from tests.api.rooms import api, code, mentions, person, post, room_with

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_throttles():
    cache.clear()


@pytest.fixture
def root():
    return person("root1", is_staff=True, is_superuser=True)


@pytest.fixture
def ann():
    return person("ann")


@pytest.fixture
def bob():
    return person("bob")


def wrong_fields(answer):
    assert code(answer) == (400, "invalid"), answer.json()
    return list(answer.json()["error"]["fields"])


def test_staff_make_change_and_delete_groups_and_everybody_sees_them(root, ann, bob):
    made = api(root).post("/groups", {"name": "Crew", "members": [ann.pk]}, format="json")
    assert made.status_code == 201
    group = made.json()
    assert group == {"id": group["id"], "name": "Crew", "members": [ann.pk]}
    for user in (ann, root):
        may = ["create", "change", "delete"] if user == root else []
        assert api(user).get("/groups").json() == {"results": [group], "next": None, "may": may}
    room_guest = person("guest", kind=User.Kind.ROOM_GUEST)
    assert api(room_guest).get("/groups").json()["results"] == []
    path = f"/groups/{group['id']}"
    changed = api(root).patch(path, {"members": [bob.pk, ann.pk, ann.pk]}, format="json").json()
    assert changed == group | {"members": [ann.pk, bob.pk]}
    assert api(root).patch(path, {"name": "CREW"}, format="json").json()["name"] == "CREW"
    assert api(root).patch(path, {"name": "Hands"}, format="json").json()["name"] == "Hands"
    for call in (
        lambda: api(ann).post("/groups", {"name": "mine", "members": []}, format="json"),
        lambda: api(ann).patch(path, {"name": "mine"}, format="json"),
        lambda: api(ann).delete(path),
    ):
        assert code(call()) == (403, "forbidden")
    assert api(root).delete(path).status_code == 204
    assert code(api(root).delete(path)) == (404, "not_found")
    assert not Group.objects.exists()


def test_a_group_mentions_those_of_its_members_who_are_in_the_chat(root, ann, bob):
    eve = person("eve")
    path = room_with(ann, bob)
    api(root).post("/groups", {"name": "crew", "members": [ann.pk, bob.pk, eve.pk]}, format="json")
    message = api(ann).post(f"{path}/messages", {"content": "Hi ＠Crew"}).json()
    assert message["mentions"] == [ann.pk, bob.pk]
    assert (mentions(ann, path), mentions(bob, path)) == (0, 1), "nobody mentions themselves"
    assert [row["kind"] for row in api(eve).get("/chats").json()["results"]] == ["general"]


def test_who_muted_a_group_is_not_mentioned_by_it_until_they_unmute_it(root, ann, bob):
    path = room_with(ann, bob)
    group = api(root).post("/groups", {"name": "crew", "members": [ann.pk, bob.pk]}, format="json").json()
    mute = f"/groups/{group['id']}/mute"

    def mentioned(content):
        return post(ann, path, content)["mentions"]

    for _ in range(2):
        assert api(bob).put(mute).status_code == 204
    assert [row.get("muted") for row in api(bob).get("/groups").json()["results"]] == [True]
    assert [row.get("muted") for row in api(ann).get("/groups").json()["results"]] == [None]
    assert mentioned("@crew, tea?") == [ann.pk]
    assert mentions(bob, path) == 0
    assert mentioned("@crew and @bob: tea!") == [ann.pk, bob.pk], "by their own name they are"
    api(root).patch(f"/groups/{group['id']}", {"members": [ann.pk]}, format="json")
    api(root).patch(f"/groups/{group['id']}", {"members": [ann.pk, bob.pk]}, format="json")
    assert mentioned("@crew once more") == [ann.pk], "who is taken in again has still muted it"
    for _ in range(2):
        assert api(bob).delete(mute).status_code == 204
    assert mentioned("@crew, cake?") == [ann.pk, bob.pk]
    assert mentions(bob, path) == 2


def test_only_who_sees_groups_can_mute_one_and_the_account_takes_it_along(root, ann):
    group = api(root).post("/groups", {"name": "crew", "members": [ann.pk]}, format="json").json()
    mute = f"/groups/{group['id']}/mute"
    guest = person("guest", kind=User.Kind.ROOM_GUEST)
    assert code(api(guest).put(mute)) == (404, "not_found")
    assert code(api(ann).put("/groups/4711/mute")) == (404, "not_found")
    assert api(ann).put(mute).status_code == 204
    users.delete(ann)
    assert not Group.muted_by.through.objects.exists()


def test_names_of_people_and_groups_are_one_namespace(root, ann):
    def make(name):
        return api(root).post("/groups", {"name": name, "members": []}, format="json")

    for name in ("ann", "ANN", "everyone", "admin", "x", "a b", "@crew", "аnn", "n" * 51):
        assert wrong_fields(make(name)) == ["name"], name
    assert make("Bill").status_code == 201
    for name in ("bill", "BILL", "Bi11"):
        assert wrong_fields(make(name)) == ["name"], name
        with pytest.raises(Invalid) as refused:
            users.sign_up(name, f"{name}@example.org", "a long enough password 7")
        assert list(refused.value.fields or ()) == ["username"]
        with pytest.raises(Invalid):
            users.change(ann, username=name)
    with pytest.raises(IntegrityError):  # who was checked before the group was made
        User.objects.create_user("bill")


def test_what_a_group_can_not_be_is_refused_by_the_field(root, ann, monkeypatch):
    post = api(root).post
    assert wrong_fields(post("/groups", {"name": "crew", "members": [2**40]}, format="json")) == ["members"]
    assert wrong_fields(post("/groups", {"name": "crew"}, format="json")) == ["members"]
    assert wrong_fields(post("/groups", {"name": "crew", "members": "x"}, format="json")) == ["members"]
    many = list(range(1, 258))
    assert wrong_fields(post("/groups", {"name": "crew", "members": many}, format="json")) == ["members"]
    monkeypatch.setattr("chat.groups.MOST", 0)
    assert code(post("/groups", {"name": "crew", "members": []}, format="json")) == (409, "too_many_groups")


def test_who_is_gone_is_in_no_group(root, ann, bob):
    group = api(root).post("/groups", {"name": "crew", "members": [ann.pk, bob.pk]}, format="json").json()
    users.delete(ann)
    users.deactivate(bob)
    [shown] = api(root).get("/groups").json()["results"]
    assert shown["members"] == []
    assert list(Group.objects.get(pk=group["id"]).members.all()) == [bob], "who may come back"


def test_groups_are_made_in_the_admin_by_the_same_rules(root, ann, client):
    client.force_login(root)
    add = "/admin/chat/group/add/"
    taken = client.post(add, {"name": "Ann", "members": [ann.pk]})
    assert "This username is taken." in taken.content.decode()
    made = client.post(add, {"name": "Crew", "members": [ann.pk]})
    assert made.status_code == 302
    group = Group.objects.get()
    assert (group.name, group.name_key, list(group.members.all())) == ("Crew", "crew", [ann])
    assert client.get("/admin/chat/group/").status_code == 200
    assert client.post(
        f"/admin/chat/group/{group.pk}/change/", {"name": "crew", "members": []}
    ).status_code in (
        200,
        302,
    )
