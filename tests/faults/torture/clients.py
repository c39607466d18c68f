"""Clients as the contract wants them: they reconnect with backoff and jitter, resume by version, and send again.

Everything they sent, were acked and heard goes into the round's `Record`. A client holds its own stream to the rule:
a message is taken when it is the next `seq`; what a `sync` brings again is known already and passed over.
"""

import asyncio
import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from tests.faults.torture.records import Frame, Record

BACKOFF, MOST = 0.1, 1.0  # seconds until the second try, and between later ones
SILENCE = 8.0  # seconds without ack or error until a message is sent again on an open socket


@dataclass
class Unacked:
    chat: str
    content: str
    due: float = 0.0  # when to send it (again)
    waiting: bool = False  # sent, and not answered yet
    sent_at: float = 0.0


class Client:
    """One device of a person, on `/ws`."""

    def __init__(
        self,
        name: str,
        user_id: int,
        token: str,
        ports: list[int],
        chats: set[str],
        record: Record,
        chance: random.Random,
    ) -> None:
        self.name, self.user_id, self.token = name, user_id, token
        self.ports = ports  # the first is its favourite
        self.chats, self.record, self.chance = chats, record, chance
        self.versions: dict[str, int] = {}
        self.seqs: dict[str, int] = {}
        self.unacked: dict[str, Unacked] = {}
        self.rate = 0.0  # messages a second
        self.size = 0  # letters more
        self.live = asyncio.Event()  # connected, and resumed in all chats
        self.live_since = 0.0
        self.first_ack_after: tuple[float, float | None] = (float("inf"), None)
        self.reconnects = self.errors = self.silences = self.lagged = 0
        self.closes: list[int] = []
        self.connection: ClientConnection | None = None
        self._next: dict[str, int | None] = {}  # the connection's next live seq; None: to be told by `synced`
        self._syncing: set[str] = set()
        self._sync_sent = 0.0
        self._task: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ life

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.connection is not None:
            await self.connection.close()

    async def _run(self) -> None:
        tries = 0
        while True:
            port = self.ports[0] if tries == 0 else self.ports[tries % len(self.ports)]
            code = None
            try:
                async with connect(
                    f"ws://127.0.0.1:{port}/ws",
                    additional_headers={"Authorization": f"Bearer {self.token}"},
                    compression=None,
                    max_size=None,
                    open_timeout=10,
                    close_timeout=2,
                    ping_interval=None,
                ) as self.connection:
                    try:
                        await self._live(self.connection)
                    finally:
                        self.reconnects += 1
                        tries = 0 if self.live.is_set() else tries
                        self.live.clear()
                        code = self.connection.close_code
            except (OSError, TimeoutError, InvalidStatus, WebSocketException, EOFError):
                pass
            if code is not None:
                self.closes.append(code)
            tries += 1
            pause = BACKOFF if code == 1012 else min(MOST, BACKOFF * 2 ** min(tries, 8))
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))

    async def _live(self, connection: ClientConnection) -> None:
        self._syncing.clear()
        speaking = asyncio.create_task(self._speak(connection))
        for message in self.unacked.values():
            message.due, message.waiting = 0.0, False
        try:
            while True:
                await self._take(connection, json.loads(await connection.recv()))
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)

    # ------------------------------------------------------------ in

    async def _take(self, connection: ClientConnection, frame: Frame) -> None:
        match frame["type"]:
            case "message":
                if frame["chat"] in self.chats:
                    self._message(frame)
            case "ack":
                self._acked(frame)
            case "error":
                self._error(frame)
            case "connection_established":
                await self._greeted(connection, frame)
            case "synced":
                await self._synced(connection, frame)
            case "lagged":
                self.lagged += 1
                await self._sync(connection, [chat for chat in frame["chats"] if chat in self.chats])
                for chat in frame["chats"]:
                    self._next[chat] = None

    async def _greeted(self, connection: ClientConnection, frame: Frame) -> None:
        self._next = {chat["key"]: chat["last_seq"] + 1 for chat in frame["chats"]}
        missed = []
        for chat in frame["chats"]:
            key = chat["key"]
            if key not in self.chats:
                continue
            if key not in self.versions:
                self.versions[key], self.seqs[key] = chat["version"], chat["last_seq"]
            elif self.versions[key] != chat["version"]:
                missed.append(key)
        if missed:
            await self._sync(connection, missed)
        else:
            self._now_live()

    async def _sync(self, connection: ClientConnection, chats: list[str]) -> None:
        if chats:
            self._syncing |= set(chats)
            versions = {chat: self.versions[chat] for chat in chats}
            self._sync_sent = time.monotonic()
            await connection.send(json.dumps({"type": "sync", "versions": versions}))

    async def _synced(self, connection: ClientConnection, frame: Frame) -> None:
        chat = frame["chat"]
        if chat not in self.chats:
            return
        for message in sorted(frame["messages"], key=lambda message: message["seq"]):
            if message["seq"] > self.seqs[chat]:
                self._keep(chat, message)
        self.versions[chat] = max(self.versions[chat], frame["version"])
        if frame["has_more"]:
            self._next[chat] = None
            await connection.send(json.dumps({"type": "sync", "chat": chat, "version": frame["version"]}))
        else:
            self._next[chat] = frame["last_seq"] + 1
            self._syncing.discard(chat)
            if not self._syncing:
                self._now_live()

    def _message(self, frame: Frame) -> None:
        """A live one: the connection's next, always; the stream's next, unless a sync is still to fill in."""
        chat, seq = frame["chat"], frame["seq"]
        if seq != self._next[chat]:
            self.record.out_of_order(self.name, chat, seq, self._next[chat])
        self._next[chat] = seq + 1
        if seq == self.seqs[chat] + 1:
            self._keep(chat, frame)
            self.versions[chat] = frame["version"]
        elif chat not in self._syncing:
            self.record.out_of_order(self.name, chat, seq, self.seqs[chat] + 1)

    def _keep(self, chat: str, message: Frame) -> None:
        self.seqs[chat] = message["seq"]
        self.record.hear(
            self.name, chat, message, self.live_since if self.live.is_set() else time.monotonic()
        )

    def _acked(self, frame: Frame) -> None:
        self.record.ack(frame)
        self._answered(self.unacked.pop(frame["client_id"], None))
        after, found = self.first_ack_after
        sent = self.record.sent.get(frame["client_id"])
        if found is None and sent is not None and sent[2] >= after:
            self.first_ack_after = after, time.monotonic()

    def _answered(self, message: Unacked | None) -> None:
        if message is not None and message.waiting:
            message.waiting = False
            self.record.answer = max(self.record.answer, time.monotonic() - message.sent_at)

    def _error(self, frame: Frame) -> None:
        self.errors += 1
        message = self.unacked.get(frame.get("client_id", ""))
        if message is not None:
            if frame["code"] not in ("unavailable", "rate_limited"):
                self.record.contradictions.append(f"{self.name} was refused: {frame}")
            message.due = time.monotonic() + frame.get("retry_after", 1) * self.chance.uniform(0.5, 1.0)
            self._answered(message)
        elif "client_id" not in frame and self._syncing:
            self._sync_sent = time.monotonic() - SILENCE + 0.5  # it failed: `_speak` asks again

    def _now_live(self) -> None:
        self.live_since = time.monotonic()
        self.live.set()

    # ------------------------------------------------------------ out

    async def _speak(self, connection: ClientConnection) -> None:
        """Send what is due, new messages at `rate`, and again what was not acked."""
        budget, last = 0.0, time.monotonic()
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(0.02)
                now = time.monotonic()
                budget, last = min(50.0, budget + (now - last) * self.rate), now
                while budget >= 1 and self.rate:
                    budget -= 1
                    self.say(self.chance.choice(sorted(self.chats)))
                for client_id, message in list(self.unacked.items()):
                    if message.due <= now:
                        self.silences += message.waiting
                        message.due, message.waiting, message.sent_at = now + SILENCE, True, now
                        await connection.send(frame_of(client_id, message))
                if self._syncing and now - self._sync_sent > SILENCE:
                    self.silences += 1
                    await self._sync(connection, sorted(self._syncing))

    def say(self, chat: str) -> str:
        """Put a message into the outbox; its client_id."""
        client_id = str(UUID(int=self.chance.getrandbits(128)))
        self.unacked[client_id] = Unacked(chat, f"{client_id[:8]} {'x' * self.size}".strip())
        self.record.send(client_id, chat, self.user_id)
        return client_id

    async def send(self, frame: Frame) -> None:
        """A frame of its own; lost if there is no connection."""
        if self.connection is not None:
            with suppress(ConnectionClosed):
                await self.connection.send(json.dumps(frame))


def frame_of(client_id: str, message: Unacked) -> str:
    body: dict[str, Any] = {"type": "message", "chat": message.chat}
    return json.dumps({**body, "content": message.content, "client_id": client_id})
