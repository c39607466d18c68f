"""Guarantee 6: access ends at once. Log-out, kick, ban, leaving, expiry: within a second nothing more arrives."""

import asyncio
import time

import jwt
import pytest

from tests.people import People, Person, Socket

WITHIN = 1.0  # second after the answer


async def silence(socket: Socket, code: int, speak) -> None:
    """Speak in the chat for a while; the socket closes with `code`, and no message reaches it after WITHIN."""
    ended = time.monotonic()
    talking = asyncio.create_task(_talk(speak))
    try:
        assert await socket.closed() == code
        assert time.monotonic() - ended < WITHIN
    finally:
        await talking


async def _talk(speak) -> None:
    for number in range(30):
        await speak(f"after the end {number}")


@pytest.fixture
async def room(people: People, ann: Person, bob: Person) -> int:
    return await people.room(ann, bob)


async def test_logging_out_closes_that_sessions_sockets_and_no_others(
    people: People, ann: Person, bob: Person, room
):
    other_device = await bob.sign_in()
    gone, stays = await bob.socket(f"/ws/room/{room}"), await other_device.socket(f"/ws/room/{room}")
    everything = await bob.socket("/ws")
    writing = await ann.socket(f"/ws/room/{room}")
    await bob.post("/auth/logout")
    await silence(gone, 4401, writing.said)
    assert await everything.closed() == 4401
    await stays.get("message", content="after the end 29")


async def test_logging_out_everywhere_closes_all(people: People, bob: Person, room):
    other_device = await bob.sign_in()
    sockets = [await bob.socket(f"/ws/room/{room}"), await other_device.socket("/ws")]
    await bob.post("/auth/logout-all")
    for socket in sockets:
        assert await socket.closed() == 4401


@pytest.mark.parametrize("ban", [False, True])
async def test_a_kick_or_a_ban_ends_the_room_and_says_why(
    people: People, ann: Person, bob: Person, room, ban
):
    one_chat, everything = await bob.socket(f"/ws/room/{room}"), await bob.socket("/ws")
    writing = await ann.socket(f"/ws/room/{room}")
    kicked = await ann.call(
        "DELETE", f"/chats/room/{room}/members/{bob.id}", params={"ban": str(ban).lower(), "reason": "spam"}
    )
    assert kicked.is_success, kicked.text
    await silence(one_chat, 4403, writing.said)
    assert [f["reason"] for f in one_chat.kept if f["type"] == "removed"] == ["spam"]
    assert (await everything.get("removed", chat=f"room:{room}"))["reason"] == "spam"
    everything.kept.clear()
    await writing.said("nobody here")
    client_id = await everything.say("let me in", chat=f"room:{room}")
    assert (await everything.get("error", client_id=client_id))["code"] == "not_a_member"
    assert not [
        f for f in await everything.settle() if f["type"] == "message" and f["chat"] == f"room:{room}"
    ]
    await everything.said("general still works", chat="general")
    history = await bob.call("GET", f"/chats/room/{room}/history")
    assert history.status_code in (403, 404)


async def test_leaving_ends_the_room_on_every_device(people: People, ann: Person, bob: Person, room):
    one_chat, everything = await bob.socket(f"/ws/room/{room}"), await (await bob.sign_in()).socket("/ws")
    writing = await ann.socket(f"/ws/room/{room}")
    await bob.post(f"/chats/room/{room}/leave", status=204)
    await silence(one_chat, 4403, writing.said)
    await everything.get("room_left", chat=f"room:{room}")
    left = await writing.get("user_left", user_id=bob.id)
    assert left["chat"] == f"room:{room}"


async def test_a_token_that_expires_closes_with_4401_unless_a_fresh_one_came(
    people: People, server, ann: Person
):
    secret = server.environment["SECRET_KEY"]
    claims = jwt.decode(ann.token, secret, algorithms=["HS256"])
    short = jwt.encode({**claims, "exp": int(time.time()) + 3}, secret, algorithm="HS256")
    expiring, renewed = [await people.connect(f"/ws/general?token={short}") for _ in range(2)]
    await renewed.get("message_history")
    await renewed.send({"type": "auth", "token": ann.token})
    assert await expiring.closed() == 4401
    assert claims["exp"] > time.time() >= claims["exp"] - 900 + 3 - 1
    await renewed.said("the fresh token counts")


async def test_an_expired_token_is_told_apart_from_a_bad_one(people: People, server, ann: Person):
    secret = server.environment["SECRET_KEY"]
    claims = jwt.decode(ann.token, secret, algorithms=["HS256"])
    old = jwt.encode({**claims, "exp": int(time.time()) - 5}, secret, algorithm="HS256")
    socket = await people.connect(f"/ws/general?token={old}")
    assert await socket.closed() == 4401
    assert socket.kept[0]["code"] == "token_expired"
    answer = await people.http.get(f"{server.http}/chats", headers={"Authorization": f"Bearer {old}"})
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "token_expired"


async def test_a_token_of_another_kind_or_algorithm_is_no_token(people: People, server, ann: Person):
    secret = server.environment["SECRET_KEY"]
    claims = jwt.decode(ann.token, secret, algorithms=["HS256"])
    forged = [
        jwt.encode(claims, "another secret of a proper length, forty", algorithm="HS256"),
        jwt.encode(claims, secret * 2, algorithm="HS512"),
        jwt.encode(claims, "", algorithm="none"),
        ann.refresh_token,
    ]
    for token in forged:
        assert await (await people.connect(f"/ws/general?token={token}")).closed() == 4401


async def test_a_new_role_is_told_to_that_persons_sockets(ann: Person, bob: Person, room):
    everything, one = await bob.socket("/ws"), await bob.socket(f"/ws/room/{room}")
    await ann.call("PATCH", f"/chats/room/{room}/members/{bob.id}", json={"role": "moderator"})
    for socket in (everything, one):
        told = await socket.get("chat_updated", chat=f"room:{room}")
        assert told["role"] == "moderator"
