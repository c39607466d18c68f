"""Staff decide in the admin; whom it concerns hears of it on their open socket."""

import re

import httpx

from tests.people import People, Person
from tests.servers import ChatServer

PASSWORD = "a long password 4 staff"


async def sign_in_to_admin(server: ChatServer, username: str) -> httpx.AsyncClient:
    """A browser of somebody from the staff."""
    server.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
    server.manage(
        "createsuperuser", "--noinput", "--username", username, "--email", f"{username}@example.org"
    )
    browser = httpx.AsyncClient(base_url=server.http, timeout=30, follow_redirects=True)
    page = await browser.get("/admin/login/")
    answer = await browser.post(
        "/admin/login/",
        data={
            "username": username,
            "password": PASSWORD,
            "next": "/admin/",
            "csrfmiddlewaretoken": csrf(page),
        },
        headers={"Referer": str(page.url)},
    )
    assert answer.status_code == 200 and "Log out" in answer.text
    return browser


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def act(browser: httpx.AsyncClient, path: str, action: str, *ids: int) -> None:
    """Choose rows of a list and run an action on them, as the page's form does."""
    page = await browser.get(path)
    data = {
        "action": action,
        "_selected_action": [str(id) for id in ids],
        "csrfmiddlewaretoken": csrf(page),
        "index": "0",
    }
    answer = await browser.post(path, data=data, headers={"Referer": str(page.url)})
    assert answer.status_code == 200, answer.text


async def test_a_request_approved_in_the_admin_reaches_the_waiting_person_at_once(
    server: ChatServer, people: People, ann: Person, bob: Person
):
    room = await ann.post("/chats/room", {"name": "Workshop", "description": ""}, 201)
    waiting, owner = await bob.socket("/ws"), await ann.socket("/ws")
    await bob.post(f"/chats/room/{room['room_id']}/join", {"invite_link": room["invite_link"]})
    request = await owner.get("join_request", room_id=room["room_id"])
    browser = await sign_in_to_admin(server, f"staff{room['room_id']}")
    await act(browser, "/admin/rooms/joinrequest/", "approve", request["request_id"])
    await browser.aclose()
    await waiting.get("join_approved", room_id=room["room_id"])
    await waiting.get("room_joined", chat=f"room:{room['room_id']}")
    await owner.get("join_decided", user_id=bob.id, status="approved")
    await waiting.said("Hello, and thanks", chat=f"room:{room['room_id']}")
    await owner.get("message", content="Hello, and thanks")
