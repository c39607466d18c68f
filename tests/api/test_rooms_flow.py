"""The life of a room over HTTP: made, found, asked into, talked about, left, put away."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import users
from accounts.changes import AccessChanged, StateChanged
from accounts.models import User
from chat.events import Event, Told
from chat.models import Chat, Connection, Membership, ServerProcess
from lib import doorbell
from rooms.models import AuditEntry, Ban, JoinRequest, Room
from tests.api.rooms import api, code, create, enter, frames_after, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return person("ann", display_name="Ann")


@pytest.fixture
def bob() -> User:
    return person("bob")


@pytest.fixture
def cas() -> User:
    return person("cas")


@pytest.fixture
def heard(django_capture_on_commit_callbacks) -> Callable:
    """Runs something and gives the frames it sent to people (their ids) and to the chat (())."""
    return lambda act: frames_after(act, django_capture_on_commit_callbacks(execute=True))


def test_a_room_is_made_with_its_link_and_its_maker_owns_it(ann: User) -> None:
    answer = api(ann).post("/chats/room", {"name": "  Gardening ", "description": "Tomatoes."})
    room = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"/chats/room/{room['room_id']}"
    assert room["invite_link"].startswith(f"http://testserver/chats/room/{room['room_id']}/invite/")
    token = room["invite_link"].rsplit("/", 1)[1]
    assert len(token) >= 32
    del room["invite_link"], room["created_at"]
    assert room == {
        "room_id": room["room_id"],
        "key": f"room:{room['room_id']}",
        "name": "Gardening",
        "avatar": None,
        "description": "Tomatoes.",
        "is_public": False,
        "requires_approval": True,
        "pin_by": "moderators",
        "edit_window": None,
        "delete_window": None,
        "mention_everyone": None,
        "creator_id": ann.pk,
        "member_count": 1,
        "role": "owner",
        "status": "member",
        "archived": False,
    }
    assert not Room.objects.get().invites.filter(token_hash__contains=token).exists()


def test_somebody_asks_waits_is_approved_and_is_in(ann: User, bob: User, heard: Callable) -> None:
    path, link = create(ann)
    room_id = int(path.rsplit("/", 1)[1])

    asked = heard(lambda: api(bob).post(f"{path}/join", {"invite_link": link}))
    [(to, frame)] = asked
    assert (to, frame["type"], frame["user"]["username"]) == ((ann.pk,), "join_request", "bob")
    assert frame["waiting_requests"] == 1
    assert api(bob).get(path).json()["status"] == "pending"
    assert [room["room_id"] for room in api(bob).get("/chats/room?status=pending").json()["results"]] == [
        room_id
    ]
    assert api(bob).get("/chats/room").json()["results"] == []
    waiting = api(ann).get(f"{path}/requests").json()["results"]
    assert [each["user"]["username"] for each in waiting] == ["bob"]

    told = heard(lambda: api(ann).post(f"{path}/invite/approve", {"user_id": bob.pk}))
    frames = {(to, frame["type"]) for to, frame in told}
    assert frames == {
        ((bob.pk,), "join_approved"),
        ((ann.pk,), "join_decided"),
        ((), "user_joined"),
    }
    assert [frame["waiting_requests"] for _, frame in told if frame["type"] == "join_decided"] == [0]
    room = api(bob).get(path).json()
    assert (room["status"], room["role"], room["member_count"]) == ("member", "member", 2)
    assert api(ann).get(f"{path}/requests").json()["results"] == []
    assert AuditEntry.objects.filter(action="approve", actor=ann, target=bob).exists()


def test_an_approval_rings_once(ann: User, bob: User, django_capture_on_commit_callbacks) -> None:
    path, link = create(ann)
    api(bob).post(f"{path}/join", {"invite_link": link})
    rings: list = []
    doorbell.attach(rings.append)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            api(ann).post(f"{path}/invite/approve", {"user_id": bob.pk})
    finally:
        doorbell.attach(None)
    [items] = rings
    assert {type(item) for item in items} == {StateChanged, AccessChanged, Event, Told}


def test_joining_again_changes_nothing_and_rings_nobody(ann: User, bob: User, heard: Callable) -> None:
    path, link = create(ann)
    join = lambda: api(bob).post(f"{path}/join", {"invite_link": link})  # noqa: E731
    assert join().json() == {"status": "pending_approval"}
    assert heard(join) == []
    assert api(bob).post(f"{path}/join").json() == {"status": "pending_approval"}
    assert JoinRequest.objects.count() == 1
    enter(path, link, ann, bob)
    assert join().json() == {"status": "joined"}
    assert JoinRequest.objects.count() == 1


def test_a_denied_person_is_told_and_stays_out(ann: User, bob: User, heard: Callable) -> None:
    path, link = create(ann)
    api(bob).post(f"{path}/join", {"invite_link": link})
    told = heard(lambda: api(ann).post(f"{path}/invite/deny", {"user_id": bob.pk}))
    assert ((bob.pk,), "join_denied") in {(to, frame["type"]) for to, frame in told}
    assert code(api(bob).get(path)) == (403, "not_a_member")
    assert api(bob).post(f"{path}/join", {"invite_link": link}).json() == {"status": "pending_approval"}


def decided(first: str, then: str, ann: User, bob: User) -> tuple[int, dict]:
    path, link = create(ann)
    api(bob).post(f"{path}/join", {"invite_link": link})
    for step in (first, then):
        if step == "withdraw":
            answer = api(bob).post(f"{path}/requests/withdraw")
        else:
            answer = api(ann).post(f"{path}/invite/{step}", {"user_id": bob.pk})
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("first", "then", "status"),
    [
        ("approve", "approve", "approved"),
        ("deny", "deny", "denied"),
        ("withdraw", "withdraw", "withdrawn"),
        ("deny", "approve", 409),
        ("approve", "deny", 409),
        ("withdraw", "approve", 409),
        ("withdraw", "deny", 409),
        ("approve", "withdraw", 409),
        ("deny", "withdraw", 409),
    ],
)
def test_a_decision_stands_and_the_same_again_is_no_error(
    first: str, then: str, status: str | int, ann: User, bob: User
) -> None:
    found, answer = decided(first, then, ann, bob)
    if isinstance(status, int):
        assert (found, answer["error"]["code"]) == (409, "conflict")
    else:
        assert (found, answer) == (200, {"status": status})
    assert Membership.objects.filter(user=bob, chat__kind="room", state="active").exists() == (
        first == "approve"
    )
    assert AuditEntry.objects.filter(target=bob).count() == (first != "withdraw")


def test_who_never_asked_can_be_neither_approved_nor_denied(ann: User, bob: User) -> None:
    path, _ = create(ann)
    for verb in ("approve", "deny"):
        assert code(api(ann).post(f"{path}/invite/{verb}", {"user_id": bob.pk})) == (404, "not_found")


def test_leaving_while_waiting_takes_the_request_back(ann: User, bob: User, heard: Callable) -> None:
    path, link = create(ann)
    api(bob).post(f"{path}/join", {"invite_link": link})
    told = heard(lambda: api(bob).post(f"{path}/leave"))
    assert [(to, frame["type"], frame.get("status")) for to, frame in told] == [
        ((ann.pk,), "join_decided", "withdrawn"),
    ]
    assert code(api(ann).post(f"{path}/invite/approve", {"user_id": bob.pk})) == (409, "conflict")


def test_who_was_approved_and_left_is_not_approved_again_without_asking(ann: User, bob: User) -> None:
    path, link = create(ann)
    enter(path, link, ann, bob)
    assert api(bob).post(f"{path}/leave").status_code == 204
    assert api(bob).post(f"{path}/leave").status_code == 204
    assert code(api(ann).post(f"{path}/invite/approve", {"user_id": bob.pk})) == (409, "conflict")
    assert api(bob).post(f"{path}/join", {"invite_link": link}).json() == {"status": "pending_approval"}


def test_a_public_room_is_found_and_joined_at_once(ann: User, bob: User) -> None:
    path, _ = create(ann, is_public=True)
    create(ann, name="Hidden")
    found = api(bob).get("/chats/room?discover=true&search=garden").json()["results"]
    assert [(room["name"], room["status"]) for room in found] == [("Gardening", "none")]
    assert api(bob).post(f"{path}/join").json() == {"status": "joined"}
    assert api(bob).get("/chats/room").json()["results"][0]["role"] == "member"
    assert api(bob).get("/chats/room?discover=true&search=nothing").json() == {"results": [], "next": None}


def test_a_room_without_approval_lets_in_by_link_alone(ann: User, bob: User, cas: User) -> None:
    path, link = create(ann, requires_approval=False)
    assert code(api(bob).post(f"{path}/join")) == (404, "not_found")
    assert api(bob).post(f"{path}/join", {"invite_link": link}).json() == {"status": "joined"}
    assert api(cas).post(f"{path}/join", {"invite_link": link.rsplit("/", 1)[1]}).json() == {
        "status": "joined"
    }


def test_who_waits_is_in_as_soon_as_the_room_needs_no_approval_and_they_press_again(
    ann: User, bob: User
) -> None:
    path, link = create(ann)
    api(bob).post(f"{path}/join", {"invite_link": link})
    api(ann).patch(path, {"requires_approval": False})
    assert api(bob).post(f"{path}/join").json() == {"status": "joined"}
    assert JoinRequest.objects.get().status == "approved"


def test_the_last_owners_place_goes_to_the_oldest_moderator(ann: User, bob: User, cas: User) -> None:
    path, link = create(ann)
    enter(path, link, ann, bob, cas)
    api(ann).patch(f"{path}/members/{cas.pk}", {"role": "moderator"})
    assert api(ann).post(f"{path}/leave").status_code == 204
    assert api(cas).get(path).json()["role"] == "owner"
    assert api(cas).post(f"{path}/leave").status_code == 204
    assert api(bob).get(path).json()["role"] == "owner"
    assert api(bob).post(f"{path}/leave").status_code == 204
    assert Chat.objects.get(kind="room").archived_at is not None


def test_a_room_keeps_its_last_owner(ann: User, bob: User) -> None:
    path, link = create(ann)
    enter(path, link, ann, bob)
    assert code(api(ann).patch(f"{path}/members/{ann.pk}", {"role": "member"})) == (409, "conflict")
    assert api(ann).patch(f"{path}/members/{bob.pk}", {"role": "owner"}).json() == {"role": "owner"}
    assert api(ann).patch(f"{path}/members/{ann.pk}", {"role": "member"}).status_code == 200
    assert api(ann).get(path).json()["role"] == "member"


def test_a_kicked_person_is_out_with_a_reason_and_may_ask_again(ann: User, bob: User) -> None:
    path, link = create(ann)
    enter(path, link, ann, bob)
    assert api(ann).delete(f"{path}/members/{bob.pk}", {"reason": "Too loud."}).status_code == 204
    gone = Membership.objects.get(user=bob, chat__kind="room")
    assert (gone.state, gone.removed_reason) == ("removed", "Too loud.")
    assert code(api(bob).get(f"{path}/members")) == (403, "not_a_member")
    assert code(api(ann).delete(f"{path}/members/{bob.pk}")) == (404, "not_found")
    assert code(api(bob).post(f"{path}/join")) == (400, "invalid")
    assert api(bob).post(f"{path}/join", {"invite_link": link}).json() == {"status": "pending_approval"}


def test_a_banned_person_is_out_until_the_ban_is_lifted(ann: User, bob: User) -> None:
    path, link = create(ann)
    enter(path, link, ann, bob)
    assert api(ann).delete(f"{path}/members/{bob.pk}?ban=true&reason=Spam").status_code == 204
    assert api(ann).delete(f"{path}/members/{bob.pk}?ban=true").status_code == 204
    assert Ban.objects.count() == 1
    assert code(api(bob).post(f"{path}/join", {"invite_link": link})) == (403, "banned")
    assert code(api(bob).get(path)) == (403, "banned")
    (ban,) = api(ann).get(f"{path}/bans").json()["results"]
    assert (ban["user"]["username"], ban["reason"], ban["banned_by"]) == ("bob", "Spam", "Ann")
    assert api(ann).delete(f"{path}/bans/{bob.pk}").status_code == 204
    assert code(api(ann).delete(f"{path}/bans/{bob.pk}")) == (404, "not_found")
    assert api(bob).post(f"{path}/join", {"invite_link": link}).json() == {"status": "pending_approval"}


def test_a_ban_denies_a_waiting_request(ann: User, bob: User) -> None:
    path, link = create(ann)
    api(bob).post(f"{path}/join", {"invite_link": link})
    assert api(ann).delete(f"{path}/members/{bob.pk}?ban=true").status_code == 204
    assert JoinRequest.objects.get().status == "denied"
    assert code(api(ann).post(f"{path}/invite/approve", {"user_id": bob.pk})) == (409, "conflict")


def test_a_moderator_removes_members_but_not_owners_moderators_or_themselves(
    ann: User, bob: User, cas: User
) -> None:
    path, link = create(ann)
    dan = person("dan")
    enter(path, link, ann, bob, cas, dan)
    for each in (bob, cas):
        api(ann).patch(f"{path}/members/{each.pk}", {"role": "moderator"})
    for target, wanted in ((ann, (403, "forbidden")), (cas, (403, "forbidden")), (bob, (409, "conflict"))):
        for query in ("", "?ban=true"):
            assert code(api(bob).delete(f"{path}/members/{target.pk}{query}")) == wanted
    assert api(bob).delete(f"{path}/members/{dan.pk}").status_code == 204
    assert api(ann).delete(f"{path}/members/{cas.pk}").status_code == 204


def test_a_renamed_room_tells_its_chat(ann: User, heard: Callable) -> None:
    path, _ = create(ann)
    told = heard(lambda: api(ann).patch(path, {"name": "Roses", "is_public": True}))
    assert [(to, frame["type"], frame["title"], frame["is_public"]) for to, frame in told] == [
        ((), "chat_updated", "Roses", True)
    ]
    assert heard(lambda: api(ann).patch(path, {"name": "Roses"})) == []
    assert api(ann).get(path).json()["name"] == "Roses"


def test_an_archived_room_can_be_read_and_left_but_not_changed(
    ann: User, bob: User, cas: User, heard: Callable
) -> None:
    path, link = create(ann)
    enter(path, link, ann, bob)
    api(cas).post(f"{path}/join", {"invite_link": link})
    told = heard(lambda: api(ann).delete(path))
    frames = {(to, frame["type"]) for to, frame in told}
    assert {((), "chat_updated"), ((cas.pk,), "join_denied")} <= frames
    assert api(ann).delete(path).status_code == 204
    assert api(bob).get(path).json()["archived"] is True
    assert code(api(ann).patch(path, {"name": "Roses"})) == (403, "archived")
    assert code(api(ann).post(f"{path}/invite/rotate")) == (403, "archived")
    assert code(api(cas).post(f"{path}/join", {"invite_link": link})) == (403, "archived")
    assert api(bob).post(f"{path}/leave").status_code == 204


def test_guests_join_public_rooms_only(ann: User) -> None:
    public, _ = create(ann, is_public=True)
    closed, link = create(ann)
    guest = person("visitor", kind=User.Kind.GUEST)
    assert api(guest).post(f"{public}/join").json() == {"status": "joined"}
    assert code(api(guest).post(f"{closed}/join", {"invite_link": link})) == (403, "forbidden")
    assert code(api(guest).post("/chats/room", {"name": "Mine"})) == (403, "forbidden")
    assert code(api(ann).patch(f"{public}/members/{guest.pk}", {"role": "moderator"})) == (409, "conflict")


def test_members_are_listed_searched_and_paged(ann: User, bob: User, cas: User) -> None:
    path, link = create(ann)
    enter(path, link, ann, bob, cas)
    page = api(cas).get(f"{path}/members?limit=2").json()
    assert [(each["user"]["username"], each["role"]) for each in page["results"]] == [
        ("ann", "owner"),
        ("bob", "member"),
    ]
    assert [each["user"]["username"] for each in api(cas).get(page["next"]).json()["results"]] == ["cas"]
    names = lambda query: [  # noqa: E731
        each["user"]["username"] for each in api(cas).get(f"{path}/members?{query}").json()["results"]
    ]
    assert names("search=bo") == ["bob"]
    assert names("role=owner") == ["ann"]


@pytest.mark.parametrize("path", ["/chats/room", "/chats/room?discover=true", "/chats/room?status=pending"])
def test_lists_of_rooms_cost_the_same_for_few_and_many(path: str, ann: User, bob: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api(bob).get(path).status_code == 200
        return len(queries)

    def more(number: int) -> None:
        for index in range(number):
            public, _ = create(ann, name=f"Public {index}", is_public=True)
            closed, link = create(ann, name=f"Closed {index}")
            api(bob).post(f"{public}/join")
            api(bob).post(f"{closed}/join", {"invite_link": link})

    more(1)
    few = cost()
    more(12)
    assert cost() == few <= 2


def test_lists_in_a_room_cost_the_same_for_few_and_many(ann: User) -> None:
    path, link = create(ann)

    def costs() -> list[int]:
        found = []
        for name in ("members", "requests", "bans"):
            with CaptureQueriesContext(connection) as queries:
                assert api(ann).get(f"{path}/{name}").status_code == 200
            found.append(len(queries))
        return found

    def more(prefix: str, number: int) -> None:
        for index in range(number):
            people = [person(f"{prefix}{index}{kind}") for kind in ("m", "w", "b")]
            for each in people:
                api(each).post(f"{path}/join", {"invite_link": link})
            api(ann).post(f"{path}/invite/approve", {"user_id": people[0].pk})
            api(ann).delete(f"{path}/members/{people[2].pk}?ban=true")

    more("a", 1)
    few = costs()
    more("b", 6)
    assert costs() == few
    assert max(few) <= 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "\u200b\u2060"}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "a\x1bb"}, "name"),
        ({"name": ["a"]}, "name"),
        ({"name": None}, "name"),
        ({"name": "a", "description": "x" * 501}, "description"),
        ({"name": "a", "description": "a\x00"}, "description"),
        ({"name": "a", "is_public": "perhaps"}, "is_public"),
        ({"name": "a", "requires_approval": []}, "requires_approval"),
    ],
)
def test_a_bad_room_is_refused_by_the_fields_name(body: dict, field: str, ann: User) -> None:
    answer = api(ann).post("/chats/room", body)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not Room.objects.exists()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=0", "limit"),
        ("?offset=-1", "offset"),
        ("?discover=perhaps", "discover"),
        ("?status=banned", "status"),
        ("?search=" + "x" * 81, "search"),
        ("?search=%00", "search"),
    ],
)
def test_a_bad_query_is_refused_by_the_parameters_name(query: str, field: str, ann: User) -> None:
    answer = api(ann).get(f"/chats/room{query}")
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])


@pytest.mark.parametrize("number", [2**31, 2**63 - 1, 2**63, 10**30])
def test_huge_ids_are_just_not_there(number: int, ann: User) -> None:
    path, _ = create(ann)
    assert code(api(ann).get(f"/chats/room/{number}")) == (404, "not_found")
    assert code(api(ann).post(f"/chats/room/{number}/join", {"invite_link": "x"})) == (404, "not_found")
    assert code(api(ann).delete(f"{path}/members/{number}")) == (404, "not_found")
    assert code(api(ann).get(f"/chats/room/{number}/invite/abc")) == (404, "not_found")
    assert api(ann).post(f"{path}/invite/approve", {"user_id": number}).status_code in (400, 404)


def test_a_form_that_leaves_out_the_approval_keeps_it(ann: User) -> None:
    answer = api(ann).post("/chats/room", "name=Gardening", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["requires_approval"]) == (201, True)


@pytest.mark.parametrize(
    ("ending", "fields"),
    [
        ("", ["name", "description", "is_public", "requires_approval"]),
        ("/1/join", ["invite_link"]),
        ("/1/leave", []),
        ("/1/requests/withdraw", []),
        ("/1/invite/approve", ["user_id"]),
        ("/1/invite/deny", ["user_id"]),
        ("/1/invite/rotate", ["expires_in", "max_uses", "for_guests"]),
        ("/1/invite/guest", ["invite_link", "username"]),
    ],
)
def test_the_browsable_api_has_a_form_for_each_writable_endpoint(
    ending: str, fields: list[str], ann: User
) -> None:
    client = APIClient()
    client.force_login(ann)
    page = client.get(f"/chats/room{ending}", headers={"Accept": "text/html"})
    assert page.status_code in (200, 405)
    html = page.content.decode()
    assert 'method="POST"' in html
    for field in fields:
        assert f'name="{field}"' in html


def test_deleting_an_account_leaves_its_rooms_and_hands_them_on(ann: User) -> None:
    path, link = create(ann)
    bob = person("bob")
    enter(path, link, ann, bob)
    users.delete(ann)
    members = {m["user"]["username"]: m["role"] for m in api(bob).get(f"{path}/members").json()["results"]}
    assert members == {"bob": "owner"}


def test_somebody_who_asks_and_withdraws_in_turns_is_announced_once_an_hour(
    ann: User, bob: User, heard: Callable
) -> None:
    path, link = create(ann)
    join = lambda: api(bob).post(f"{path}/join", {"invite_link": link})  # noqa: E731
    withdraw = lambda: api(bob).post(f"{path}/requests/withdraw")  # noqa: E731

    def waiting() -> list[int]:
        summary = next(chat for chat in api(ann).get("/chats").json()["results"] if chat["kind"] == "room")
        listed = api(ann).get(f"{path}/requests").json()["results"]
        return [summary["waiting_requests"], len(listed)]

    told = []
    for _ in range(3):
        told += heard(join)
        assert waiting() == [1, 1]
        told += heard(withdraw)
        assert waiting() == [0, 0]
    told += heard(join)
    assert [frame["type"] for _, frame in told].count("join_request") == 1
    assert told[-1][1] == {"type": "chat_updated", "chat": told[-1][1]["chat"], "waiting_requests": 1}
    assert JoinRequest.objects.count() == 1, "the same request, asked again"
    JoinRequest.objects.update(announced_at="2020-01-01T00:00:00Z")
    withdraw()
    assert "join_request" in {frame["type"] for _, frame in heard(join)}


def test_a_room_that_one_may_not_know_of_answers_like_one_that_is_not_there(ann: User, bob: User) -> None:
    path, _ = create(ann)
    calls = [
        ("get", "", None),
        ("patch", "", {"name": "Mine"}),
        ("delete", "", None),
        ("post", "/join", {}),
        ("post", "/join", {"invite_link": "A" * 32}),
        ("post", "/leave", {}),
        ("get", "/requests", None),
        ("post", "/requests/withdraw", {}),
        ("post", "/invite/approve", {"user_id": ann.pk}),
        ("post", "/invite/deny", {"user_id": ann.pk}),
        ("post", "/invite/rotate", {}),
        ("get", f"/invite/{'A' * 32}", None),
        ("get", "/members", None),
        ("patch", f"/members/{ann.pk}", {"role": "member"}),
        ("delete", f"/members/{ann.pk}", {}),
        ("delete", f"/members/{ann.pk}?ban=true", {}),
        ("get", "/bans", None),
        ("delete", f"/bans/{ann.pk}", None),
        ("get", "/history", None),
        ("get", "/changes?since_version=0", None),
        ("post", "/messages", {"content": "hello"}),
        ("get", "/read", None),
        ("post", "/read", {"seq": 1}),
        ("post", "/mute", {"until": None}),
    ]
    for method, rest, body in calls:
        there, nowhere = (
            getattr(api(bob), method)(f"{each}{rest}", body) for each in (path, "/chats/room/999999")
        )
        assert (there.status_code, there.json()) == (404, nowhere.json()), (method, rest)
        assert nowhere.status_code == 404


def test_everybody_is_a_member_of_general_who_is_online_and_who_is_not(
    ann: User, bob: User, cas: User
) -> None:
    users.make_guest("room-visitor", User.Kind.ROOM_GUEST)
    users.delete(person("gone"))
    users.deactivate(person("off"))
    process = ServerProcess.objects.create(pk=uuid4())
    Connection.objects.create(pk=uuid4(), process=process, user=bob, session_id=uuid4())

    def found(query: str) -> list[str]:
        answer = api(ann).get(f"/chats/general/members?{query}")
        assert answer.status_code == 200, answer.json()
        return [row["user"]["username"] for row in answer.json()["results"]]

    assert found("") == ["ann", "bob", "cas"]
    assert (found("online=true"), found("online=false")) == (["bob"], ["ann", "cas"])
    assert (found("search=C"), found("limit=1&offset=1")) == (["cas"], ["bob"])
    assert api(ann).get("/chats/general/members?online=maybe").json()["error"]["fields"].keys() == {"online"}
    guest = users.make_guest("visitor", User.Kind.ROOM_GUEST)
    assert api(guest).get("/chats/general/members").status_code in (403, 404)
    with CaptureQueriesContext(connection) as few:
        found("")
    assert len(few) <= 3


def test_who_looks_somebody_up_sees_the_rooms_that_both_are_in(ann: User, bob: User, cas: User) -> None:
    gardening, link = create(ann)
    baking, baking_link = create(ann, name="Baking")
    archived, old_link = create(ann, name="Archived")
    create(bob, name="Bob's own")
    enter(gardening, link, ann, bob)
    enter(baking, baking_link, ann, bob, cas)
    enter(archived, old_link, ann, bob)
    api(ann).delete(archived)
    rooms = api(ann).get(f"/users/{bob.pk}").json()["shared_rooms"]
    assert [(room["name"], f"/chats/room/{room['room_id']}") for room in rooms] == [
        ("Baking", baking),
        ("Gardening", gardening),
    ]
    assert [room["key"] for room in api(ann).get(f"/users/{cas.pk}").json()["shared_rooms"]] == [
        rooms[0]["key"]
    ]
    api(bob).post(f"{baking}/leave")
    assert "shared_rooms" not in api(bob).get(f"/users/{cas.pk}").json()
