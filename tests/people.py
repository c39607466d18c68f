"""People who use a server over HTTP and sockets, as any client would."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.servers import ChatServer

PASSWORD = "a long password 4 tests"
PATIENCE = 10.0  # seconds that something expected may take, on a busy machine

Frame = dict[str, Any]


class Socket:
    """An open socket; frames that nobody asked for yet are kept, in their order."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.kept: list[Frame] = []
        self.seen: list[Frame] = []

    async def send(self, frame: Frame | str | bytes) -> None:
        await self.connection.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def say(self, content: str, **fields: Any) -> str:
        """Send a message; its client_id."""
        client_id = str(fields.pop("client_id", None) or uuid4())
        await self.send({"type": "message", "content": content, "client_id": client_id, **fields})
        return client_id

    async def next(self, patience: float = PATIENCE) -> Frame:
        async with asyncio.timeout(patience):
            frame = json.loads(await self.connection.recv())
        self.seen.append(frame)
        return frame

    async def get(self, kind: str, where: Callable[[Frame], bool] | None = None, **fields: Any) -> Frame:
        """The next frame of this type with these fields; others are kept for later. Fails after PATIENCE."""
        return await self.get_any((kind,), where, **fields)

    async def get_any(
        self, kinds: tuple[str, ...], where: Callable[[Frame], bool] | None = None, **fields: Any
    ) -> Frame:
        """The same for any of these types."""

        def fits(frame: Frame) -> bool:
            return (
                frame["type"] in kinds
                and all(frame.get(name) == value for name, value in fields.items())
                and (where is None or where(frame))
            )

        for index, frame in enumerate(self.kept):
            if fits(frame):
                return self.kept.pop(index)
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    frame = await self.next()
                    if fits(frame):
                        return frame
                    self.kept.append(frame)
        except TimeoutError:
            raise AssertionError(f"no {kinds} {fields} came; there were: {self.kept}") from None

    async def said(self, content: str, **fields: Any) -> Frame:
        """Send a message and wait for its ack."""
        return await self.get("ack", client_id=await self.say(content, **fields))

    async def settle(self) -> list[Frame]:
        """Everything that has arrived by the time the server answers a ping."""
        await self.send({"type": "ping"})
        await self.get("pong")
        frames, self.kept = self.kept, []
        return frames

    async def closed(self) -> int:
        """Wait until the server closes it; the close code. Frames on the way are kept."""
        async with asyncio.timeout(PATIENCE):
            try:
                while True:
                    self.kept.append(await self.next())
            except ConnectionClosed:
                pass
        assert self.connection.close_code is not None
        return self.connection.close_code

    async def close(self) -> None:
        await self.connection.close()


class Person:
    """Somebody with an account, signed in."""

    def __init__(self, people: "People", username: str, user_id: int, tokens: dict[str, Any]) -> None:
        self.people = people
        self.server = people.server
        self.username = username
        self.id = user_id
        self.token: str = tokens["access_token"]
        self.refresh_token: str = tokens["refresh_token"]

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return await self.people.http.request(method, self.server.http + path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> Any:
        """The JSON answer of a GET that must succeed."""
        answer = await self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, data: Any = None, status: int | None = None, **options: Any) -> Any:
        """The JSON answer of a POST that must succeed, with this status if one is given."""
        answer = await self.call("POST", path, json=data if data is not None else {}, **options)
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def upload(self, content: bytes, name: str, **fields: str) -> dict[str, Any]:
        """The attachment of a file that must be taken."""
        answer = await self.call("POST", "/uploads", files={"file": (name, content)}, data=fields)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def connect(self, path: str = "/ws", **options: Any) -> Socket:
        """A socket, not greeted yet."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return await self.people.connect(path, additional_headers=headers, **options)

    async def socket(self, path: str = "/ws", **options: Any) -> Socket:
        """A socket that is live: its first frames were received."""
        socket = await self.connect(path, **options)
        await socket.get("connection_established")
        if path != "/ws":
            await socket.get("message_history")
        return socket

    async def sign_in(self) -> "Person":
        """The same person on another device."""
        return await self.people.sign_in(self.username, self.id)

    async def history(self, path: str = "general") -> list[Frame]:
        """All messages of a chat, oldest first."""
        found: list[Frame] = []
        while True:
            after = found[-1]["seq"] if found else 0
            page = await self.get(f"/chats/{path}/history", params={"after_seq": after, "limit": 200})
            found += page["messages"]
            if not page["has_more"]:
                return found


class People:
    """The people of one test; a context manager that closes what they opened."""

    def __init__(self, server: ChatServer) -> None:
        self.server = server
        self.http = httpx.AsyncClient(timeout=30)
        self.sockets: list[Socket] = []

    async def __aenter__(self) -> "People":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(socket.close() for socket in self.sockets), return_exceptions=True)
        await self.http.aclose()

    async def sign_up(self, name: str = "someone") -> Person:
        """A new person whose username starts with `name`."""
        username = f"{name}-{uuid4().hex[:8]}"
        answer = await self.http.post(
            f"{self.server.http}/auth/signup",
            json={"username": username, "password": PASSWORD, "email": f"{username}@example.org"},
        )
        assert answer.status_code == 201, answer.text
        return await self.sign_in(username, answer.json()["user"]["id"])

    async def sign_in(self, username: str, user_id: int) -> Person:
        answer = await self.http.post(
            f"{self.server.http}/auth/login", json={"username": username, "password": PASSWORD}
        )
        assert answer.status_code == 200, answer.text
        return Person(self, username, user_id, answer.json())

    async def connect(self, path: str, **options: Any) -> Socket:
        # However much it does not read: else the answer to its closing frame would stand behind that for 10 s.
        options.setdefault("max_queue", None)
        options.setdefault("max_size", None)
        options.setdefault("compression", None)
        socket = Socket(await connect(self.server.ws + path, **options))
        self.sockets.append(socket)
        return socket

    async def room(self, owner: Person, *members: Person, **fields: Any) -> int:
        """A room with these members; its id."""
        made = await owner.post(
            "/chats/room", {"name": f"Room {uuid4().hex[:6]}", "description": "", **fields}, 201
        )
        for member in members:
            await member.post(f"/chats/room/{made['room_id']}/join", {"invite_link": made["invite_link"]})
            await owner.post(f"/chats/room/{made['room_id']}/invite/approve", {"user_id": member.id})
        return made["room_id"]
