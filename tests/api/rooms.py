"""What the tests of rooms share: people, and short ways into a room, all over HTTP."""

import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

from django.db import connection
from PIL import Image
from rest_framework.test import APIClient

from accounts import changes
from accounts.models import User
from chat.events import Event, Personal, Told
from chat.realtime import state
from lib import doorbell, errors


def person(name: str, **fields) -> User:
    return User.objects.create_user(name, **fields)


def api(user: User | None) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def png(colour: str = "red", size: tuple[int, int] = (640, 480)) -> bytes:
    made = BytesIO()
    Image.new("RGB", size, colour).save(made, "PNG")
    return made.getvalue()


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


def room_with(owner: User, *people: User) -> str:
    """The path of a new room that these people are in."""
    path, link = create(owner)
    enter(path, link, owner, *people)
    return path


def post(who: User, path: str, content: str, **more: Any) -> dict[str, Any]:
    """The message, as the answer has it."""
    answer = api(who).post(f"{path}/messages", {"content": content, **more})
    assert answer.status_code == 201, answer.json()
    message: dict[str, Any] = answer.json()
    return message


def say(who: User, path: str, content: str = "Hello!", **more: Any) -> int:
    """The id of the message."""
    return int(post(who, path, content, **more)["id"])


def mentions(who: User, path: str) -> int:
    """How many unread mentions a person has in the chat of this path."""
    key = path.removeprefix("/chats/").replace("/", ":")
    return next(row["mention_count"] for row in api(who).get("/chats").json()["results"] if row["key"] == key)


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def frames_after(
    act: Callable[[], Any], commit: AbstractContextManager
) -> list[tuple[tuple[int, ...], dict]]:
    """What a server process tells when something is done: frames to people (their ids) and to the chat (())."""
    _, told = state.read({})
    rung: list = []
    doorbell.attach(rung.extend)
    try:
        with commit:
            act()
    finally:
        doorbell.attach(None)
    told |= {(item.what, item.id): item.at for item in rung if isinstance(item, Told)}
    if any(isinstance(item, changes.StateChanged) for item in rung):
        rung += state.read(told)[0]
    return [
        (tuple(item.user_ids) if isinstance(item, Personal) else (), json.loads(item.frame))
        for item in rung
        if isinstance(item, Personal | Event)
    ]


def together(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at the same moment, each with its own connection: what each returned, or the refusal's code."""
    start = threading.Barrier(len(acts))
    found: list[object] = [None] * len(acts)
    wrong: list[BaseException] = []

    def run(index: int) -> None:
        try:
            start.wait()
            found[index] = acts[index]()
        except errors.Refused as error:
            found[index] = error.code
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=[index]) for index in range(len(acts))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert not wrong, wrong
    return found
