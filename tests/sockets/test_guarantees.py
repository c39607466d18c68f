"""Guarantees 1 to 5 of the contract, each tried where it would break. (6 is test_access, 7 is test_bad_frames.)"""

import asyncio
import json
import socket as sockets
from uuid import uuid4

from tests.people import PATIENCE, People, Person, Socket
from tests.servers import ChatServer


async def acks_until_the_end(socket: Socket, acked: dict[str, int]) -> None:
    """Note each ack as it comes, until the connection breaks."""
    try:
        while True:
            frame = json.loads(await socket.connection.recv())
            if frame["type"] == "ack":
                acked[frame["client_id"]] = frame["seq"]
    except Exception:  # killed: however the connection ends
        return


async def pour(socket: Socket, chat: str, sent: list[str]) -> None:
    """Send about 2,000 messages a second, until the connection breaks."""
    try:
        while True:
            sent.append(await socket.say("poured", chat=chat))
            if len(sent) % 50 == 0:
                await asyncio.sleep(0.02)
    except Exception:  # as above
        return


async def test_1_what_was_acked_is_in_history_exactly_once_after_a_kill(mortal_server: ChatServer):
    async with People(mortal_server) as people:
        ann = await people.sign_up("ann")
        rooms = [await people.room(ann) for _ in range(3)]
        acked: dict[str, int] = {}
        for round_ in range(3):
            devices = [await ann.socket("/ws") for _ in rooms]
            sent: list[str] = []
            working = [
                asyncio.create_task(work)
                for device, room in zip(devices, rooms, strict=True)
                for work in (acks_until_the_end(device, acked), pour(device, f"room:{room}", sent))
            ]
            async with asyncio.timeout(PATIENCE * 3):
                while len(acked) < (round_ + 1) * 150:
                    await asyncio.sleep(0.01)
            mortal_server.kill()
            await asyncio.gather(*working)
            mortal_server.start()
        assert len(acked) >= 450
        found: dict[str, int] = {}
        for room in rooms:
            history = await ann.history(f"room/{room}")
            assert [message["seq"] for message in history] == list(range(1, len(history) + 1))
            for message in history:
                assert message["client_id"] not in found, "stored twice"
                found[message["client_id"]] = message["seq"]
        assert {client_id: found.get(client_id) for client_id in acked} == acked


async def test_2_every_socket_gets_every_message_in_order_and_once(people: People, ann: Person, bob: Person):
    """Many senders in one room, and sockets of both kinds: on two processes each lands on either."""
    room = await people.room(ann, bob)
    senders = [await person.socket(f"/ws/room/{room}") for person in (ann, bob) for _ in range(3)]
    listeners = senders + [await person.socket("/ws") for person in (ann, bob) for _ in range(4)]
    each = 40

    async def speak(socket: Socket, number: int) -> None:
        for count in range(each):
            await socket.say(f"{number}: {count}")
            if count % 7 == 0:
                await socket.send({"type": "ping"})

    async def listen(socket: Socket) -> list[tuple[int, str]]:
        heard: list[tuple[int, str]] = []
        while len(heard) < each * len(senders):
            frame = await socket.next()
            if frame["type"] == "message":
                heard.append((frame["seq"], frame["content"]))
        return heard

    async with asyncio.timeout(PATIENCE * 4):
        listening = asyncio.gather(*(listen(socket) for socket in listeners))
        await asyncio.gather(*(speak(socket, number) for number, socket in enumerate(senders)))
        heard = await listening
    for one in heard:
        assert one == heard[0]
    assert [seq for seq, _ in heard[0]] == list(range(1, each * len(senders) + 1))
    for number in range(len(senders)):
        own = [content for _, content in heard[0] if content.startswith(f"{number}: ")]
        assert own == [f"{number}: {count}" for count in range(each)], "and each sender's in the order sent"


async def test_3_a_retry_is_the_same_message(people: People, ann: Person):
    """The same client_id again: on the socket, on another one, over HTTP, and many times at once."""
    room = await people.room(ann)
    path = f"/ws/room/{room}"
    first, second = await ann.socket(path), await ann.socket(path)
    client_id = uuid4().hex
    ack = await first.said("only once", client_id=client_id)
    assert await first.said("only once", client_id=client_id) == ack
    assert await second.said("only once", client_id=client_id) == ack
    posted = await ann.post(f"/chats/room/{room}/messages", {"content": "only once", "client_id": client_id})
    assert posted["id"] == ack["id"]

    at_once = uuid4().hex
    everywhere = [await ann.socket(path) for _ in range(6)]
    for _ in range(5):
        await asyncio.gather(*(socket.say("a storm of retries", client_id=at_once) for socket in everywhere))
    acks = [await socket.get("ack", client_id=at_once) for socket in everywhere for _ in range(5)]
    assert len({ack["id"] for ack in acks}) == 1
    await first.said("done")
    assert [m["content"] for m in await ann.history(f"room/{room}")] == [
        "only once",
        "a storm of retries",
        "done",
    ]
    messages = [f["content"] for f in await second.settle() if f["type"] == "message"]
    assert messages == ["only once", "a storm of retries", "done"]


async def test_3_a_retry_gets_its_ack_after_the_room_was_archived_or_one_was_removed(
    people: People, ann: Person, bob: Person
):
    eve, room = await people.sign_up("eve"), await people.room(ann, bob)
    chat, path = f"room:{room}", f"/chats/room/{room}"
    ring = {"content": "did it arrive?", "client_id": uuid4().hex}
    desk, phone = await bob.socket("/ws"), await bob.socket(f"/ws/room/{room}")
    await phone.send({"type": "message", **ring})
    first = await phone.get("ack")
    frame = {"type": "message", "chat": chat, **ring}
    other = {**frame, "client_id": uuid4().hex}

    await ann.call("DELETE", f"{path}/members/{bob.id}")
    await desk.get("removed", chat=chat)
    await desk.send(frame)
    assert await desk.get("ack") == first
    await desk.send(other)
    assert (await desk.get("error", client_id=other["client_id"]))["code"] == "not_a_member"
    assert (await bob.post(f"{path}/messages", ring, 201))["id"] == first["id"]
    assert (await bob.call("POST", f"{path}/messages", json=other)).status_code == 403
    stranger = await eve.socket("/ws")
    await stranger.send(frame)
    assert (await stranger.get("error", client_id=ring["client_id"]))["code"] == "not_a_member"
    assert (await eve.call("POST", f"{path}/messages", json=ring)).status_code == 404

    mine = await ann.socket("/ws")
    await mine.send({"type": "message", "chat": chat, **ring, "content": "her own"})
    own = await mine.get("ack")
    await ann.call("DELETE", path)
    await mine.get("chat_updated", chat=chat, archived=True)
    await mine.send({"type": "message", "chat": chat, **ring, "content": "her own"})
    assert await mine.get("ack") == own
    await mine.send({"type": "message", "chat": chat, "content": "new", "client_id": "new"})
    assert (await mine.get("error", client_id="new"))["code"] == "archived"
    assert (await ann.post(f"{path}/messages", {**ring, "content": "her own"}, 201))["id"] == own["id"]
    assert [message["id"] for message in await ann.history(f"room/{room}")] == [first["id"], own["id"]]


async def test_3_the_same_client_id_of_another_person_or_chat_is_another_message(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    anns, bobs, general = [
        await p.socket(path)
        for p, path in ((ann, f"/ws/room/{room}"), (bob, f"/ws/room/{room}"), (ann, "/ws/general"))
    ]
    acks = [await socket.said("hello", client_id="1") for socket in (anns, bobs, general)]
    assert len({ack["id"] for ack in acks}) == 3


async def test_4_resuming_gives_all_that_was_missed_in_pages_and_then_live(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    key = f"room:{room}"
    writing = await ann.socket(f"/ws/room/{room}")
    known = await writing.said("known before")
    away = 450  # more than two pages
    for number in range(away):
        await writing.say(f"missed {number}", client_id=f"m{number}")
    last = await writing.get("ack", client_id=f"m{away - 1}")
    edited = await ann.call("PATCH", f"/messages/{known['id']}", json={"content": "known, and edited since"})
    assert edited.status_code == 200

    async def resume(socket: Socket, request: dict) -> tuple[list[dict], int]:
        """Sync page after page, while the chat goes on; what came of it, and the version it led to."""
        pages, got = 0, []
        await socket.send(request)
        while True:
            page = await socket.get("synced", chat=key)
            pages += 1
            got += page["messages"]
            assert len(page["messages"]) <= 200
            if not page["has_more"]:
                assert pages >= 3
                return got, page["version"]
            await writing.said(f"meanwhile {uuid4().hex}")
            again = {"type": "sync", "version": page["version"]}
            await socket.send(
                again if "chat" not in request and "versions" not in request else {**again, "chat": key}
            )

    for path, request in (
        (f"/ws/room/{room}", {"type": "sync", "version": known["version"]}),
        ("/ws", {"type": "sync", "chat": key, "version": known["version"]}),
        ("/ws", {"type": "sync", "versions": {key: known["version"], "general": 0}}),
    ):
        socket = await bob.socket(path)
        got, version = await resume(socket, request)
        seqs = sorted({message["seq"] for message in got})
        assert seqs[0] == known["seq"], "the edit of an old message is a change too"
        assert seqs == list(range(1, seqs[-1] + 1)) and seqs[-1] > last["seq"]
        # From here on it is live, from exactly that version.
        ack = await writing.said("live again")
        live = await socket.next()
        while live["type"] != "message":
            live = await socket.next()
        assert live["version"] == version + 1 and live["seq"] == ack["seq"] == seqs[-1] + 1
    over_http = await bob.get(f"/chats/room/{room}/changes", params={"since_version": known["version"]})
    assert over_http["has_more"] and len(over_http["messages"]) == 200


async def test_5_a_reader_that_does_not_read_harms_only_itself(
    people: People, ann: Person, bob: Person, server
):
    """12 MB at somebody who reads nothing: the others get all of it; it hears `lagged`, and syncs."""
    room = await people.room(ann, bob)
    path = f"/ws/room/{room}"
    writing, healthy = await ann.socket(path), await ann.socket(path)
    slow = RawReader(server, path, bob.token)
    await asyncio.to_thread(slow.read_until, b'"message_history"')
    count, in_flight, text = 3000, 32, "x" * 4000
    async with asyncio.timeout(PATIENCE * 6):
        for number in range(count + in_flight):
            if number < count:
                await writing.say(text, client_id=f"n{number}")
            if number >= in_flight:  # the healthy ones read as fast as is written
                for reader in (writing, healthy):
                    heard = await reader.get("message")
                    assert heard["seq"] == number - in_flight + 1
        for number in range(count):
            await writing.get("ack", client_id=f"n{number}")
    received = await asyncio.to_thread(slow.read_until, b'"lagged"')
    assert received < 6_000_000, (
        "what waited for it at the server and in the kernel is bounded, far below 12 MB"
    )
    slow.close()
    # It comes back to what it missed.
    socket = await bob.socket(path)
    await socket.send({"type": "sync", "version": 0})
    page = await socket.get("synced")
    assert [message["seq"] for message in page["messages"]] == list(range(1, 201)) and page["has_more"]


class RawReader:
    """A WebSocket client on a bare TCP socket, which reads only when told to."""

    def __init__(self, server: ChatServer, path: str, token: str) -> None:
        self.connection = sockets.create_connection(("127.0.0.1", server.port), timeout=PATIENCE * 3)
        self.connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 65536)
        self.connection.sendall(
            (
                f"GET {path}?token={token} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            ).encode()
        )

    def read_until(self, mark: bytes) -> int:
        """Read until these bytes came; how many came before. Fails when nothing comes for a long time."""
        total, tail = 0, b""
        while mark not in tail:
            data = self.connection.recv(65536)
            assert data, "the server closed the connection"
            total += len(data)
            tail = tail[-len(mark) :] + data
        return total

    def close(self) -> None:
        self.connection.close()
