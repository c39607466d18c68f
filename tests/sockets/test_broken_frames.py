"""Frames that are too large, too many, or no WebSocket frames: the connection ends with a code that says why, and
nobody else notices. What is only unusual goes through."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode

from tests.people import Frame, People, Person
from tests.servers import SQLITE, Backing

MAX_FRAME = 65_536


async def test_a_message_in_many_small_parts_with_pings_between(ann: Person):
    socket = await ann.socket("/ws/general")
    text = json.dumps({"content": "cut \N{GRINNING FACE} in four", "client_id": "parts"}, ensure_ascii=False)

    async def parts() -> AsyncIterator[bytes]:
        for index, byte in enumerate(text.encode()):
            yield bytes([byte])
            if index % 10 == 0:
                await (await socket.connection.ping())

    await socket.connection.send(parts(), text=True)
    await socket.get("ack", client_id="parts")
    assert (await socket.get("message", client_id="parts"))["content"] == "cut \N{GRINNING FACE} in four"


async def test_a_frame_of_64_kib_is_fine_and_one_byte_more_closes(ann: Person):
    def frame(size: int) -> str:
        start = '{"type": "message", "content": "large", "client_id": "large", "more": "'
        return start + "x" * (size - len(start) - 2) + '"}'

    socket = await ann.socket("/ws/general")
    await socket.send(frame(MAX_FRAME))
    await socket.get("ack", client_id="large")
    for size in (MAX_FRAME + 1, 1_048_576):
        doomed = await ann.socket("/ws/general")
        await doomed.send(frame(size))
        assert await doomed.closed() in (1009, 4413)
    await socket.said("the other connection goes on")
    await (await ann.socket("/ws/general")).said("and a new one is welcome")


async def test_parts_that_are_too_large_together_close(ann: Person):
    socket = await ann.socket("/ws/general")
    await socket.connection.send("x" * 40_000 for _ in range(2))
    assert await socket.closed() in (1009, 4413)
    await (await ann.socket("/ws/general")).said("a new connection")


async def test_text_that_is_not_utf_8_closes_with_1007(ann: Person):
    for text in (b'{"content": "\xff\xfe"}', b'{"content": "\xed\xa0\xbd"}'):  # no UTF-8 at all, half a pair
        socket = await ann.socket("/ws/general")
        await socket.connection.send(text, text=True)
        assert await socket.closed() == 1007
    await (await ann.socket("/ws/general")).said("a new connection")


async def test_frames_that_break_the_protocol_close_with_1002(ann: Person, bob: Person):
    listener = await bob.socket("/ws/general")
    ping = b'{"type": "ping"}'
    compressed = bytearray(WireFrame(Opcode.TEXT, ping).serialize(mask=True))
    compressed[0] |= 0x40  # RSV1: of an extension that was not agreed on
    for broken in (
        bytes(compressed),
        WireFrame(Opcode.CONT, ping).serialize(mask=True),  # of no message
        WireFrame(Opcode.TEXT, ping).serialize(mask=False),
    ):
        socket = await ann.socket("/ws/general")
        socket.connection.transport.write(broken)
        assert await socket.closed() == 1002
    await (await ann.socket("/ws/general")).said("a new connection")
    await listener.get("message", content="a new connection")


@pytest.mark.parametrize("path", ["/ws", "/ws/general"])
async def test_a_rubbish_token_closes_with_4401(ann: Person, path):
    for token in ("", "rubbish", "a.b.c", "\0", ann.refresh_token):
        socket = await ann.socket(path)
        await socket.send({"type": "auth", "token": token})
        assert await socket.closed() == 4401
        assert [frame["code"] for frame in socket.kept if frame["type"] == "error"] == ["not_authenticated"]
    await (await ann.socket("/ws/general")).said("with the good one")


async def test_a_hundred_bad_frames_in_a_row_close_with_4400(ann: Person, bob: Person):
    listener, socket = await bob.socket("/ws/general"), await ann.socket("/ws/general")
    for _ in range(2):  # a good frame between them starts the count again
        for _ in range(99):
            await socket.send("rubbish")
        await socket.said("in between")
    for _ in range(100):
        await socket.send("rubbish")
    assert await socket.closed() == 4400
    assert [frame["type"] for frame in socket.kept].count("error") == 2 * 99 + 100, "each is answered"
    await listener.said("undisturbed")
    await (await ann.socket("/ws/general")).said("a new connection")


async def test_who_floods_is_slowed_down_and_then_closed_while_others_chat_on(backing: Backing):
    with backing.chat_server(SQLITE, RATE_LIMITS="on") as limited:
        async with People(limited) as people:
            ann, bob = await people.sign_up("ann"), await people.sign_up("bob")
            ours, theirs = await ann.socket("/ws/general"), await bob.socket("/ws/general")

            sent = [await ours.say(f"message {number}") for number in range(150)]
            answers: dict[str, Frame] = {}
            while len(answers) < len(sent):
                frame = await ours.next()
                if frame["type"] in ("ack", "error"):
                    assert frame["client_id"] not in answers, "one answer each"
                    answers[frame["client_id"]] = frame
            assert set(answers) == set(sent)
            over = [frame for frame in answers.values() if frame["type"] == "error"]
            assert 1 <= len(over) <= 50, "a hundred at once, and twenty more each second"
            assert {frame["code"] for frame in over} == {"rate_limited"}
            assert all(1 <= frame["retry_after"] <= 5 for frame in over)
            await theirs.said("undisturbed")
            heard = [frame for frame in await theirs.settle() if frame.get("user_id") == ann.id]
            assert [frame["type"] for frame in heard].count("message") == len(sent) - len(over)

            await asyncio.sleep(over[-1]["retry_after"])  # as it was told
            await ours.said("again", client_id=over[-1]["client_id"])

            for _ in range(1500):
                await ours.send({"type": "ping"})
            assert await ours.closed() == 4429
            errors = [frame for frame in ours.kept if frame["type"] == "error"]
            assert {frame["code"] for frame in errors} == {"rate_limited"} and len(errors) >= 200
            await theirs.said("still undisturbed")
            await (await ann.socket("/ws/general")).said("more slowly now")
