"""Who may do what in a room: every endpoint for every kind of person, in a closed and in a public room."""

import pytest
from django.core.cache import cache
from django.db import transaction

from accounts.models import User
from chat.models import Membership
from rooms.models import Room
from tests.api.rooms import api, create, enter, person

pytestmark = pytest.mark.django_db

WHO = ("owner", "moderator", "member", "pending", "outsider", "banned", "kicked", "room_guest", "anonymous")
# method and path, body, then the status for each of WHO. 404: may not know of the room; 403: may, but no more.
CLOSED = [
    ("GET ", {}, 200, 200, 200, 200, 404, 403, 403, 404, 401),
    ("PATCH ", {"name": "Roses"}, 200, 403, 403, 403, 404, 403, 403, 404, 401),
    ("DELETE ", {}, 204, 403, 403, 403, 404, 403, 403, 404, 401),
    ("GET /members", {}, 200, 200, 200, 403, 404, 403, 403, 404, 401),
    ("PATCH /members/{target}", {"role": "moderator"}, 200, 403, 403, 403, 404, 403, 403, 404, 401),
    ("DELETE /members/{target}", {}, 204, 204, 403, 403, 404, 403, 403, 404, 401),
    ("DELETE /members/{target}?ban=true", {}, 204, 204, 403, 403, 404, 403, 403, 404, 401),
    ("GET /bans", {}, 200, 200, 403, 403, 404, 403, 403, 404, 401),
    ("DELETE /bans/{banned}", {}, 204, 204, 403, 403, 404, 403, 403, 404, 401),
    ("GET /requests", {}, 200, 200, 403, 403, 404, 403, 403, 404, 401),
    ("POST /invite/approve", {"user_id": "asking"}, 200, 200, 403, 403, 404, 403, 403, 404, 401),
    ("POST /invite/deny", {"user_id": "asking"}, 200, 200, 403, 403, 404, 403, 403, 404, 401),
    ("POST /invite/rotate", {}, 200, 200, 403, 403, 404, 403, 403, 404, 401),
    ("POST /requests/withdraw", {}, 404, 409, 409, 200, 404, 403, 409, 404, 401),
    ("POST /join", {}, 200, 200, 200, 200, 404, 403, 400, 404, 401),
    ("POST /join", {"invite_link": "link"}, 200, 200, 200, 200, 200, 403, 200, 403, 401),
    ("POST /leave", {}, 204, 204, 204, 204, 404, 403, 403, 404, 401),
    ("GET /invite/{token}", {}, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("POST /invite/guest", {"invite_link": "link", "username": "visitor"}, *(403,) * 9),
]
PUBLIC = [
    ("GET ", {}, 200, 200, 200, None, 200, 200, 200, 404, 401),
    ("PATCH ", {"name": "Roses"}, 200, 403, 403, None, 403, 403, 403, 404, 401),
    ("GET /members", {}, 200, 200, 200, None, 403, 403, 403, 404, 401),
    ("GET /bans", {}, 200, 200, 403, None, 403, 403, 403, 404, 401),
    ("GET /requests", {}, 200, 200, 403, None, 403, 403, 403, 404, 401),
    ("POST /invite/rotate", {}, 200, 200, 403, None, 403, 403, 403, 404, 401),
    ("POST /join", {}, 200, 200, 200, None, 200, 403, 200, 404, 401),
    ("POST /leave", {}, 204, 204, 204, None, 403, 403, 403, 404, 401),
]


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


class Cast:
    """A room with somebody of each kind."""

    def __init__(self, is_public: bool) -> None:
        self.people: dict[str, User | None] = {name: person(name) for name in WHO if name != "anonymous"}
        self.people["anonymous"] = None
        User.objects.filter(username="room_guest").update(kind=User.Kind.ROOM_GUEST)
        for name in ("target", "asking"):
            self.people[name] = person(name)
        owner = self["owner"]
        self.path, self.link = create(owner)
        enter(
            self.path, self.link, owner, *(self[name] for name in ("moderator", "member", "kicked", "target"))
        )
        api(owner).patch(f"{self.path}/members/{self['moderator'].pk}", {"role": "moderator"})
        api(owner).delete(f"{self.path}/members/{self['kicked'].pk}")
        api(owner).delete(f"{self.path}/members/{self['banned'].pk}?ban=true")
        for name in ("pending", "asking"):
            api(self[name]).post(f"{self.path}/join", {"invite_link": self.link})
        if is_public:
            api(owner).patch(self.path, {"is_public": True})

    def __getitem__(self, name: str) -> User:
        found = self.people[name]
        assert found is not None
        return User.objects.get(pk=found.pk)

    def ask(self, who: str, call: str, body: dict):
        method, _, ending = call.partition(" ")
        ending = ending.format(
            target=self["target"].pk, banned=self["banned"].pk, token=self.link.rsplit("/", 1)[1]
        )
        if body.get("user_id"):
            body = {"user_id": self[body["user_id"]].pk}
        if body.get("invite_link"):
            body = {**body, "invite_link": self.link}
        client = api(self[who] if self.people[who] else None)
        return getattr(client, method.lower())(self.path + ending, body or None)


def rows(table: list, is_public: bool) -> list:
    return [
        pytest.param(
            is_public, call, body, statuses, id=f"{call} {' '.join(body)} {'public' * is_public}".strip()
        )
        for call, body, *statuses in table
    ]


@pytest.mark.parametrize(("is_public", "call", "body", "statuses"), rows(CLOSED, False) + rows(PUBLIC, True))
def test_each_endpoint_answers_each_kind_of_person(
    is_public: bool, call: str, body: dict, statuses: list[int | None]
) -> None:
    cast = Cast(is_public)
    for who, status in zip(WHO, statuses, strict=True):
        if status is None:
            continue
        with transaction.atomic():  # what one person does is undone for the next
            answer = cast.ask(who, call, body)
            transaction.set_rollback(True)
        assert answer.status_code == status, (who, answer.content)
        if status >= 400:
            assert set(answer.json()) == {"error"}, who
        if who == "banned" and status == 403 and call != "POST /invite/guest":
            assert answer.json()["error"]["code"] == "banned"


def test_a_room_that_is_not_there_answers_like_one_that_may_not_be_known_of() -> None:
    cast = Cast(False)
    Room.objects.exclude(pk=int(cast.path.rsplit("/", 1)[1])).delete()
    for call, body, *_ in CLOSED:
        hidden = cast.ask("outsider", call, body) if "invite" not in call and "join" not in call else None
        if hidden is not None and hidden.status_code == 404:
            method, _, ending = call.partition(" ")
            path = "/chats/room/999999" + ending.format(target=1, banned=1, token="x")
            missing = getattr(api(cast["outsider"]), method.lower())(path, body or None)
            assert (missing.status_code, missing.json()) == (404, hidden.json()), call


def test_a_guest_of_one_room_sees_that_room_alone() -> None:
    cast = Cast(False)
    guest = cast["room_guest"]
    Membership.objects.create(chat_id=int(cast.path.rsplit("/", 1)[1]), user=guest)
    public, _ = create(cast["owner"], is_public=True)
    assert api(guest).get(cast.path).status_code == 200
    assert api(guest).get("/chats/room?discover=true").json()["results"] == []
    assert api(guest).get(public).status_code == 404
    assert api(guest).post(f"{public}/join").status_code == 404
