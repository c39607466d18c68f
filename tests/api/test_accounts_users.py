"""People: the list, one person, and oneself."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import profile, users
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
        ("title", "x" * 81),
        ("title", "turned \u202e around"),
        ("bio", "x" * 301),
        ("bio", "bell\a"),
        ("bio", ["x"]),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "localtime"),
        ("status_emoji", "🌴🌴"),
        ("status_emoji", "x"),
        ("status_text", "x" * 101),
        ("status_text", "two\nlines"),
        ("status_until", "2020-01-01T00:00:00Z"),
        ("status_until", "soon"),
        ("status_until", "2999-01-01T00:00:00Z"),  # of no status
    ],
)
def test_a_refused_change_names_its_field(ann, field, value):
    member("ben")
    answer = signed_in(ann).patch("/users/me", {field: value}, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert User.objects.filter(username="ann", email="ann@example.org", display_name="").exists()


def test_people_describe_themselves_and_take_it_back(ann):
    client = signed_in(ann)
    told = {"title": "  Head   gardener ", "bio": "Tomatoes.\r\nMostly.\n", "time_zone": "Europe/Berlin"}
    mine = client.patch("/users/me", told, format="json").json()
    assert (mine["title"], mine["bio"], mine["time_zone"]) == (
        "Head gardener",
        "Tomatoes.\nMostly.",
        "Europe/Berlin",
    )
    ben = signed_in(member("ben"))
    seen = ben.get(f"/users/{ann.pk}").json()
    assert {name: seen[name] for name in told} == {name: mine[name] for name in told}
    (listed,) = ben.get("/users").json()["results"]
    assert not {"title", "bio", "time_zone", "status"} & listed.keys()
    mine = client.patch("/users/me", {"title": "", "bio": None, "time_zone": ""}, format="json").json()
    assert not {"title", "bio", "time_zone"} & mine.keys()


def test_a_status_is_shown_until_it_is_over(ann):
    client, until = signed_in(ann), timezone.now() + timedelta(hours=1)
    status = {"status_emoji": "🌴", "status_text": "On holiday", "status_until": until.isoformat()}
    mine = client.patch("/users/me", status, format="json").json()["status"]
    assert (mine["emoji"], mine["text"]) == ("🌴", "On holiday") and mine["until"].endswith("Z")
    ben = signed_in(member("ben"))
    (listed,) = ben.get("/users").json()["results"]
    assert listed["status"] == ben.get(f"/users/{ann.pk}").json()["status"] == mine

    client.patch("/users/me", {"status_text": "Back on Monday"}, format="json")
    status = client.get("/users/me").json()["status"]
    assert status == {**mine, "text": "Back on Monday"}, "the rest stays"

    User.objects.filter(pk=ann.pk).update(status_until=timezone.now() - timedelta(seconds=1))
    assert "status" not in client.get("/users/me").json()
    assert profile.clear_over() == 1 and profile.clear_over() == 0
    client.patch("/users/me", {"status_text": "Here"}, format="json")
    status = client.get("/users/me").json()["status"]
    assert status == {"emoji": "", "text": "Here", "until": None}, "nothing of the one before"

    nothing = {"status_emoji": "", "status_text": "", "status_until": None}
    assert "status" not in client.patch("/users/me", nothing, format="json").json()


@pytest.mark.parametrize("emoji", ["🌴", "❤️", "👩🏽‍🚀", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "3️⃣", "👨‍👩‍👧"])
def test_one_emoji_is_one_however_many_characters_it_has(ann, emoji):
    answer = signed_in(ann).patch("/users/me", {"status_emoji": emoji}, format="json")
    assert answer.json()["status"]["emoji"] == emoji


def test_guests_keep_without_an_address():
    answer = signed_in(users.make_guest("visitor")).patch("/users/me", {"email": "a@example.org"})
    assert list(answer.json()["error"]["fields"]) == ["email"]


def test_deleting_oneself_needs_the_password_and_empties_the_row(ann):
    User.objects.update(display_name="Ann", is_staff=True, last_seen=timezone.now())
    users.change(ann, title="Gardener", bio="Me", time_zone="UTC", status_text="Here")
    client, elsewhere = signed_in(ann), signed_in(ann)
    for body in ({}, {"password": "wrong"}):
        answer = client.delete("/users/me", body)
        assert answer.status_code == 400
        assert list(answer.json()["error"]["fields"]) == ["password"]
    assert client.delete("/users/me", {"password": PASSWORD}).status_code == 204
    user = User.objects.get()
    assert user.username == f"deleted-{user.pk}"
    assert (user.email, user.display_name, user.last_seen) == (None, "Deleted account", None)
    assert not any((user.title, user.bio, user.time_zone, user.status_text))
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
