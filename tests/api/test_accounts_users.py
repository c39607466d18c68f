"""People: the list, one person, and oneself."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import users
from accounts.models import Session, User
from chat.models import Connection, ServerProcess
from tests.api.clients import PASSWORD, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]


def member(name: str, display_name="", **fields) -> User:
    return User.objects.create_user(name, f"{name}@example.org", display_name=display_name, **fields)


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["username"] for row in answer.json()["results"]]


def test_the_list_has_the_others_by_name(ann):
    for name in ("zoe", "Ben", "carl"):
        member(name)
    users.delete(member("gone"))
    member("off", is_active=False)
    users.make_guest("visitor")
    users.make_guest("room-visitor", User.Kind.ROOM_GUEST)
    answer = signed_in(ann).get("/users")
    assert names(answer) == ["Ben", "carl", "visitor", "zoe"]
    assert set(answer.json()["results"][0]) == {
        "id",
        "username",
        "display_name",
        "avatar",
        "is_online",
        "last_seen",
    }


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("be", ["ben"]),
        ("BE", ["ben"]),
        ("ZOË", ["carl"]),
        ("zoë", ["carl"]),
        ("van d", ["carl"]),
        ("%", []),
        ("_", []),
        ("ann", []),
        ("", ["ben", "carl"]),
        ("  ", ["ben", "carl"]),
    ],
)
def test_search_looks_at_both_names_in_any_case(ann, search, found):
    member("ben", "Somebody")
    member("carl", "Zoë van Dyck")
    assert names(signed_in(ann).get("/users", {"search": search})) == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"search": "x" * 101}, "search"),
        ({"search": "nul\0"}, "search"),
        ({"ids": ""}, "ids"),
        ({"ids": "1,,2"}, "ids"),
        ({"ids": "1, 2"}, "ids"),
        ({"ids": "-1"}, "ids"),
        ({"ids": "x"}, "ids"),
        ({"ids": "\u0661"}, "ids"),
        ({"ids": "9" * 19}, "ids"),
        ({"ids": ",".join(["1"] * 201)}, "ids"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"offset": "-1"}, "offset"),
    ],
)
def test_a_wrong_query_names_its_field(ann, query, field):
    answer = signed_in(ann).get("/users", query)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_the_list_comes_in_pages(ann):
    for number in range(5):
        member(f"person-{number}")
    client = signed_in(ann)
    seen, url = [], "/users?limit=2"
    while url:
        answer = client.get(url)
        seen += names(answer)
        url = answer.json()["next"]
    assert seen == [f"person-{number}" for number in range(5)]


def test_the_list_takes_as_many_queries_for_many_as_for_few(ann, django_assert_max_num_queries):
    client = signed_in(ann)
    for number in range(60):
        member(f"person-{number}")
    with django_assert_max_num_queries(3):  # session with person, count, page
        assert len(names(client.get("/users?limit=200"))) == 60


def test_people_by_their_ids_come_at_once(ann, django_assert_max_num_queries):
    crowd = [member(f"person-{number}", f"Person {number}") for number in range(250)]
    off, gone = member("off", is_active=False), member("gone")
    users.delete(gone)
    wanted = [*(person.pk for person in crowd[50:245]), ann.pk, off.pk, gone.pk, 10**17, crowd[50].pk]
    client = signed_in(ann)
    with django_assert_max_num_queries(2):  # session with person, people
        answer = client.get("/users", {"ids": ",".join(map(str, wanted))})
    assert sorted(names(answer)) == sorted([*(person.username for person in crowd[50:245]), "ann"])
    assert answer.json()["next"] is None
    assert {row["display_name"] for row in answer.json()["results"]} >= {"Person 50", "Person 244"}


def test_a_guest_of_a_room_learns_nothing_of_others_by_their_ids(ann):
    guest = users.make_guest("visitor", User.Kind.ROOM_GUEST)
    assert names(signed_in(guest).get("/users", {"ids": f"{ann.pk},{guest.pk}"})) == ["visitor"]


def test_who_has_a_socket_at_a_living_process_is_online(ann):
    ben, carl = member("ben"), member("carl")
    alive = ServerProcess.objects.create(id=uuid.uuid4())
    dead = ServerProcess.objects.create(id=uuid.uuid4(), heartbeat_at=timezone.now() - timedelta(minutes=1))
    for user, process in ((ben, alive), (ben, alive), (carl, dead)):
        Connection.objects.create(id=uuid.uuid4(), process=process, user=user, session_id=uuid.uuid4())
    client = signed_in(ann)
    rows = client.get("/users").json()["results"]
    assert [(row["username"], row["is_online"]) for row in rows] == [("ben", True), ("carl", False)]
    assert client.get(f"/users/{ben.pk}").json()["is_online"] is True
    assert client.get(f"/users/{carl.pk}").json()["is_online"] is False


def test_one_person(ann):
    ben = member("ben", "Ben")
    client = signed_in(ann)
    assert client.get(f"/users/{ben.pk}").json() == {
        "id": ben.pk,
        "username": "ben",
        "display_name": "Ben",
        "avatar": None,
        "is_online": False,
        "last_seen": None,
    }
    users.delete(ben)
    for number in (ben.pk, 0, 999, 2**63, 10**30):
        assert client.get(f"/users/{number}").status_code == 404


def test_a_guest_of_one_room_sees_nobody_but_themselves(ann):
    guest = users.make_guest("visitor", User.Kind.ROOM_GUEST)
    client = signed_in(guest)
    assert client.get("/users").status_code == 403
    assert client.get(f"/users/{ann.pk}").status_code == 404
    assert client.get(f"/users/{guest.pk}").status_code == 200
    assert client.get("/users/me").json()["kind"] == "room_guest"


def test_nobody_looks_without_signing_in(ann):
    for path in ("/users", "/users/me", f"/users/{ann.pk}", "/auth/sessions"):
        answer = APIClient().get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")
        assert "WWW-Authenticate" in answer.headers


def test_oneself_with_what_others_do_not_see(ann):
    me = signed_in(ann).get("/users/me").json()
    assert me["email"] == "ann@example.org"
    assert (me["email_verified"], me["kind"], me["is_staff"]) == (False, "member", False)


def test_changing_names(ann):
    client = signed_in(ann)
    answer = client.patch("/users/me", {"display_name": " Ann of the Hill ", "username": "Ａnna"})
    assert answer.status_code == 200
    assert (answer.json()["display_name"], answer.json()["username"]) == ("Ann of the Hill", "Anna")
    assert client.patch("/users/me", {"display_name": ""}).json()["display_name"] == ""
    assert client.patch("/users/me", {}).status_code == 200
    assert client.patch("/users/me", {"username": "ANNA"}).json()["username"] == "ANNA"


def test_nothing_but_the_profile_can_be_changed(ann):
    client = signed_in(ann)
    client.patch(
        "/users/me", {"is_staff": True, "is_superuser": True, "kind": "guest", "id": 9, "password": "x"}
    )
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.kind) == (False, False, "member")
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "BEN"),
        ("username", "a@b"),
        ("username", ""),
        ("username", None),
        ("username", "deleted-7"),
        ("email", "nowhere"),
        ("email", None),
        ("display_name", "x" * 81),
        ("display_name", "nul\0"),
        ("display_name", "bell\a"),
        ("display_name", "turned \u202e around"),
        ("display_name", ["x"]),
        ("display_name", None),
    ],
)
def test_a_refused_change_names_its_field(ann, field, value):
    member("ben")
    answer = signed_in(ann).patch("/users/me", {field: value}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert User.objects.filter(username="ann", email="ann@example.org", display_name="").exists()


def test_guests_keep_without_an_address():
    answer = signed_in(users.make_guest("visitor")).patch("/users/me", {"email": "a@example.org"})
    assert list(answer.json()["error"]["fields"]) == ["email"]


def test_deleting_oneself_needs_the_password_and_empties_the_row(ann):
    User.objects.update(display_name="Ann", is_staff=True, last_seen=timezone.now())
    client, elsewhere = signed_in(ann), signed_in(ann)
    for body in ({}, {"password": "wrong"}):
        answer = client.delete("/users/me", body)
        assert answer.status_code == 400
        assert list(answer.json()["error"]["fields"]) == ["password"]
    assert client.delete("/users/me", {"password": PASSWORD}).status_code == 204
    user = User.objects.get()
    assert user.username == f"deleted-{user.pk}"
    assert (user.email, user.display_name, user.last_seen) == (None, "", None)
    assert not (user.is_active or user.is_staff or user.has_usable_password())
    assert set(Session.objects.values_list("address", "user_agent")) == {(None, "")}
    assert elsewhere.get("/users/me").status_code == 401
    again = {"username": "ann", "email": "ann@example.org", "password": PASSWORD}
    assert APIClient().post("/auth/signup", again).status_code == 201


def test_a_guest_goes_without_a_password():
    assert signed_in(users.make_guest("visitor")).delete("/users/me").status_code == 204


def test_the_browsable_api_shows_pages(ann):
    browser = APIClient()
    browser.login(username="ann", password=PASSWORD)
    for path in ("/users", "/users/me", f"/users/{ann.pk}", "/auth/sessions", "/auth/password/reset/confirm"):
        page = browser.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert b"<html" in page.content
    assert browser.patch("/users/me", {"display_name": "Ann"}).status_code == 200
