"""What the tests of rooms share: people, and short ways into a room, all over HTTP."""

from rest_framework.test import APIClient

from accounts.models import User


def person(name: str, **fields) -> User:
    return User.objects.create_user(name, **fields)


def api(user: User | None) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def create(owner: User, **fields) -> tuple[str, str]:
    """A new room's path and its link."""
    answer = api(owner).post("/chats/room", {"name": "Gardening", "description": "Tomatoes.", **fields})
    assert answer.status_code == 201, answer.json()
    return f"/chats/room/{answer.json()['room_id']}", answer.json()["invite_link"]


def enter(path: str, link: str, owner: User, *people: User) -> None:
    for each in people:
        api(each).post(f"{path}/join", {"invite_link": link})
        answer = api(owner).post(f"{path}/invite/approve", {"user_id": each.pk})
        assert answer.status_code == 200, answer.json()


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]
