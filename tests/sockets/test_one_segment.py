"""Frames that come together, in one segment of TCP: they are taken in their order, whatever must be waited for."""

import asyncio
import json
from typing import Any

import pytest
from websockets.frames import Close, Frame, Opcode

from tests.people import PATIENCE, People, Person, Socket


def text(content: dict[str, Any] | str) -> Frame:
    return Frame(Opcode.TEXT, (content if isinstance(content, str) else json.dumps(content)).encode())


def send(socket: Socket, *frames: Frame) -> None:
    """In one write."""
    wire = b"".join(frame.serialize(mask=True) for frame in frames)
    socket.connection.transport.write(wire)


def message(number: int, chat: str) -> Frame:
    return text({"type": "message", "chat": chat, "content": f"{number}", "client_id": f"{chat}-{number}"})


@pytest.mark.parametrize(
    "first",
    [
        [],
        [{"type": "sync", "versions": {"CHAT": 0}}],
        [{"type": "leave_room", "chat": "CHAT"}, {"type": "join_room", "chat": "CHAT"}],
        [{"type": "auth", "token": "TOKEN"}],
    ],
    ids=["nothing", "sync", "join", "auth"],
)
@pytest.mark.parametrize("greeted", [True, False], ids=["later", "right after the handshake"])
async def test_messages_are_stored_in_the_order_they_were_sent_whatever_came_before(
    people: People, ann: Person, first: list[dict[str, Any]], greeted: bool
):
    room = await people.room(ann)
    chat = f"room:{room}"
    socket = await (ann.socket("/ws") if greeted else ann.connect("/ws"))
    before = [json.dumps(frame).replace("CHAT", chat).replace("TOKEN", ann.token) for frame in first]
    send(socket, *map(text, before), *(message(number, chat) for number in range(8)))
    acks = [await socket.get("ack", client_id=f"{chat}-{number}") for number in range(8)]
    assert [ack["seq"] for ack in acks] == list(range(1, 9))


async def test_signs_of_typing_keep_their_order_behind_work(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    chat = f"room:{room}"
    typing, watching = await ann.socket("/ws"), await bob.socket("/ws")
    send(
        typing,
        text({"type": "sync", "versions": {chat: 0}}),
        text({"type": "typing", "chat": chat}),
        text({"type": "stop_typing", "chat": chat}),
    )
    assert (await watching.get("user_typing", chat=chat))["typing"] is True
    assert (await watching.get("user_typing", chat=chat))["typing"] is False


async def test_an_echo_comes_before_the_answer_to_a_close_that_was_sent_with_it(people: People):
    socket = await people.connect("/ws/echo")
    close = Frame(Opcode.CLOSE, Close(1000, "").serialize())
    send(socket, *(text(f"{number}") for number in range(10)), Frame(Opcode.PING, b""), close)
    async with asyncio.timeout(PATIENCE):
        assert [await socket.connection.recv() for _ in range(10)] == [f"{number}" for number in range(10)]
    assert await socket.closed() == 1000


async def test_many_tiny_frames_in_one_read_let_others_have_their_turn(
    people: People, ann: Person, bob: Person
):
    flooding, other = await ann.connect("/ws/echo"), await bob.socket("/ws")
    wire = Frame(Opcode.BINARY, b"x").serialize(mask=True)
    loop = asyncio.get_running_loop()
    flooding.connection.transport.write(wire * 30_000)
    reading = asyncio.create_task(_read_all(flooding, 30_000))
    slowest = 0.0
    while not reading.done():
        begun = loop.time()
        await other.settle()
        slowest = max(slowest, loop.time() - begun)
    assert await reading == 30_000
    assert slowest < 2


async def _read_all(socket: Socket, count: int) -> int:
    for number in range(count):
        if await socket.connection.recv() != b"x":
            return number
    return count
