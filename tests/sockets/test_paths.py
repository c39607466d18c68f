"""Every path of the contract: how a token may come, what greets, and how a refusal closes."""

import json

import pytest
from websockets.exceptions import InvalidStatus

from tests.people import People, Person


async def test_the_three_ways_to_bring_a_token(people: People, ann: Person):
    by_header = await people.connect(
        "/ws/general", additional_headers={"Authorization": f"Bearer {ann.token}"}
    )
    by_subprotocol = await people.connect("/ws/general", subprotocols=["chat.v1", f"bearer.{ann.token}"])
    by_query = await people.connect(f"/ws/general?token={ann.token}")
    for socket in (by_header, by_subprotocol, by_query):
        hello = await socket.get("connection_established")
        assert hello["user"]["id"] == ann.id
    assert by_subprotocol.connection.subprotocol == "chat.v1", "the token itself is never sent back"
    assert by_header.connection.subprotocol is None


@pytest.mark.parametrize("path", ["/ws", "/ws/general", "/ws/private/1", "/ws/room/1"])
@pytest.mark.parametrize("token", [None, "rubbish", "a.b.c"])
async def test_no_or_a_bad_token_closes_with_4401(people: People, path, token):
    socket = await people.connect(path + (f"?token={token}" if token else ""))
    assert await socket.closed() == 4401
    assert socket.kept[0]["code"] == "not_authenticated"


async def test_the_token_of_a_session_that_ended_closes_with_4401(people: People, ann: Person):
    await ann.post("/auth/logout")
    socket = await ann.connect("/ws/general")
    assert await socket.closed() == 4401


@pytest.mark.parametrize("path", ["/ws/general", "/ws", "/ws/echo"])
async def test_a_foreign_origin_is_refused_in_the_handshake(people: People, ann: Person, path):
    with pytest.raises(InvalidStatus) as refused:
        await ann.connect(path, origin="https://evil.example")
    assert refused.value.response.status_code == 403


async def test_our_own_origin_is_welcome(ann: Person, server):
    await ann.socket("/ws/general", origin=server.http)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/ws/room/999999999", 4404),
        ("/ws/private/999999999", 4404),
        ("/ws/room/999999999999999999", 4404),
        ("/ws/room/abc", 4404),
        ("/ws/nowhere", 4404),
        ("/elsewhere", 4404),
    ],
)
async def test_a_chat_that_is_not_there_closes_with_4404(ann: Person, path, code):
    assert await (await ann.connect(path)).closed() == code


async def test_somebody_elses_chat_closes_like_one_that_is_not_there(
    people: People, ann: Person, bob: Person
):
    eve = await people.sign_up("eve")
    private = (await ann.post("/chats/private", {"receiver_id": bob.id}))["chat_id"]
    room = await people.room(ann, bob)
    answers = []
    for path in (f"/ws/private/{private}", "/ws/private/999999999", f"/ws/room/{room}", "/ws/room/999999999"):
        socket = await eve.connect(path)
        answers.append((await socket.closed(), socket.kept))
    assert answers[0][0] == 4404
    assert all(answer == answers[0] for answer in answers)
    assert await (await ann.connect(f"/ws/room/{private}")).closed() == 4404, "a private chat is no room"


async def test_a_public_room_that_one_is_not_in_closes_with_4403(people: People, ann: Person, bob: Person):
    room = await people.room(ann, is_public=True)
    assert await (await bob.connect(f"/ws/room/{room}")).closed() == 4403


async def test_a_trailing_slash_means_nothing(ann: Person):
    await ann.socket("/ws/general/")
    hello = await (await ann.connect("/ws/")).get("connection_established")
    assert hello["chats"]


async def test_echo_needs_no_token_and_sends_back_what_it_gets(people: People):
    socket = await people.connect("/ws/echo")
    for sent in ("plain text", '{"type": "message"}', b"\x00\xff"):
        await socket.send(sent)
        assert await socket.connection.recv() == sent


async def test_the_first_frame_says_of_each_chat_what_the_list_says(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob, name="Kitchen")
    private = (await bob.post("/chats/private", {"receiver_id": ann.id}))["chat_id"]
    writer = await bob.socket()
    await writer.said("one", chat=f"room:{room}")
    await writer.said("two", chat=f"room:{room}")
    await writer.said("hello", chat=f"private:{private}")
    hello = await (await ann.connect("/ws")).get("connection_established")
    listed = {chat["key"]: chat for chat in (await ann.get("/chats"))["results"]}
    assert {chat["key"] for chat in hello["chats"]} == {"general", f"room:{room}", f"private:{private}"}
    for chat in hello["chats"]:
        same = {name for name in chat if name not in ("online_count", "peer")}
        assert {n: chat[n] for n in same} == {n: listed[chat["key"]][n] for n in same}
    kitchen = listed[f"room:{room}"]
    assert (kitchen["title"], kitchen["last_seq"], kitchen["version"]) == ("Kitchen", 2, 2)
    assert (kitchen["unread_count"], kitchen["last_read_seq"], kitchen["role"]) == (2, 0, "owner")
    assert kitchen["last_message"]["content"] == "two"
    assert listed[f"private:{private}"]["title"] == bob.username


async def test_a_one_chat_socket_starts_with_the_last_50(ann: Person):
    opened = await ann.socket("/ws/general")
    for number in range(55):
        await opened.say(f"message {number}")
    for number in range(55):
        await opened.get("message", content=f"message {number}")
    fresh = await ann.connect("/ws/general")
    await fresh.get("connection_established")
    history = await fresh.get("message_history")
    assert len(history["messages"]) == 50 and history["has_more"]
    assert history["messages"][-1]["content"] == "message 54"
    seqs = [message["seq"] for message in history["messages"]]
    assert seqs == list(range(history["last_seq"] - 49, history["last_seq"] + 1))


async def test_a_fresh_token_keeps_the_socket_open_and_a_strangers_does_not_count(ann: Person, bob: Person):
    socket = await ann.socket("/ws/general")
    again = await ann.sign_in()
    await socket.send({"type": "auth", "token": again.token})
    await ann.post("/auth/logout")  # the session that the socket was opened with
    await socket.said("still here")
    await socket.send({"type": "auth", "token": bob.token})
    assert await socket.closed() == 4401


async def test_frames_on_the_wire_are_json_text(ann: Person):
    socket = await ann.connect("/ws/general")
    assert isinstance(await socket.connection.recv(), str)
    await socket.connection.send(json.dumps({"content": "as text"}).encode(), text=True)
    await socket.get("ack")
