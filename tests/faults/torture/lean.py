"""Many sockets in one process: little Python per frame, and still each stream is checked for order and gaps."""

import asyncio
import json
import random
import re
import time

from benchmarks.load import SEQ, TEXT, Socket, client_frame, close_all, connect, split
from tests.faults.torture.records import Frame

MESSAGE, ACK, ERROR = b'{"type":"message",', b'{"type":"ack",', b'{"type":"error",'
ESTABLISHED, HISTORY, SYNCED = (
    b'{"type":"connection_established"',
    b'{"type":"message_history"',
    b'{"type":"synced"',
)
LAGGED = b'{"type":"lagged"'
SENT_AT = re.compile(rb"@(\d+\.\d+)@")


def text(frame: Frame) -> bytes:
    """A frame to the server, ready for the wire."""
    return client_frame(json.dumps(frame).encode())


class Ear(Socket):
    """A socket of one chat. It counts messages, holds their `seq` to 1, 2, 3 …, and measures how late they come.

    With `known` it resumes first: it syncs from that version, and passes over what comes live until that is answered.
    When it is told `lagged` it syncs too.
    """

    def __init__(self, known: int | None = None) -> None:
        super().__init__()
        self.known = known  # the seq and version it has; they are the same while nothing is edited
        self.next: int | None = None  # the connection's next live seq
        self.is_live = False
        self.heard = self.lagged = 0
        self.gaps: list[str] = []
        self.late: list[float] = []
        self.acks: list[bytes] = []
        self.errors: list[bytes] = []
        self.last_event = 0.0
        self.settled = asyncio.Event()  # live, or closed

    def data_received(self, data: bytes) -> None:
        data = self.rest + data if self.rest else data
        end = 0
        for opcode, body, end in split(data):
            if opcode != TEXT:
                self.control(opcode, data[body:end])
            elif data.startswith(MESSAGE, body):
                self._message(data, body, end)
            elif data.startswith(ACK, body):
                self.acks.append(data[body:end])
            elif data.startswith(ERROR, body):
                self.errors.append(data[body:end])
            elif data.startswith((ESTABLISHED, HISTORY, SYNCED, LAGGED), body):
                self._greeted(json.loads(data[body:end]))
        self.rest = data[end:]

    def _message(self, data: bytes, body: int, end: int) -> None:
        found = SEQ.search(data, body, end)
        assert found is not None
        seq = int(found[1])
        if self.next is not None and seq != self.next:
            self.gaps.append(f"seq {seq} came where {self.next} comes next")
        self.next = seq + 1
        self.last_event = now = time.monotonic()
        if self.is_live:
            self.heard += 1
            self.known = seq
            if sent := SENT_AT.search(data, body, end):
                self.late.append(now - float(sent[1]))

    def _greeted(self, frame: Frame) -> None:
        match frame["type"]:
            case "lagged":
                self.lagged += 1
                self.is_live, self.next = False, None
                self.transport.write(text({"type": "sync", "version": self.known}))
            case "message_history":
                self.next = frame["last_seq"] + 1
                if self.known is None:
                    self._live(frame["last_seq"])
                else:
                    self.transport.write(text({"type": "sync", "version": self.known}))
            case "synced":
                assert self.known is not None
                seqs = sorted(message["seq"] for message in frame["messages"] if message["seq"] > self.known)
                if seqs != list(range(self.known + 1, self.known + 1 + len(seqs))):
                    self.gaps.append(f"a sync from {self.known} brought {seqs[:5]}…")
                self.heard += len(seqs)
                self.known = seqs[-1] if seqs else self.known
                if frame["has_more"]:
                    self.transport.write(text({"type": "sync", "version": frame["version"]}))
                else:
                    self.next = frame["last_seq"] + 1
                    self._live(frame["last_seq"])

    def _live(self, seq: int) -> None:
        self.known = seq
        self.is_live = True
        self.settled.set()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.settled.set()

    def say(self, client_id: str, size: int = 0) -> None:
        """A message with its time in it."""
        content = f"@{time.monotonic():.4f}@{'x' * size}"
        self.transport.write(text({"type": "message", "content": content, "client_id": client_id}))


async def open_all(
    ears: list[tuple[Ear, str]], port: int, path: str, chance: random.Random, spread: float
) -> None:
    """Open (ear, token) each, all within `spread` seconds, and wait until all are live; refused ones retry."""

    async def come(ear: Ear, token: str) -> None:
        await asyncio.sleep(chance.uniform(0, spread))
        pause = 0.25
        while not ear.is_live:
            ear.closed, ear.rest, ear.next = None, b"", None
            ear.settled.clear()
            try:
                await connect(ear, port, path, token)
                await ear.settled.wait()
            except (OSError, TimeoutError):  # ConnectionError: refused, or sent away with 503
                pass
            if not ear.is_live:
                await asyncio.sleep(pause * chance.uniform(0.5, 1.5))
                pause = min(4.0, pause * 2)

    await asyncio.gather(*(come(ear, token) for ear, token in ears))


async def speak(senders: list[Ear], rate: float, seconds: float, name: str, size: int = 60) -> dict[str, int]:
    """Send `rate` messages a second over these sockets together; client_id → number of times sent."""
    sent: dict[str, int] = {}
    started = time.monotonic()
    while (now := time.monotonic()) < started + seconds:
        while len(sent) < (now - started) * rate:
            client_id = f"{name}-{len(sent)}"
            sent[client_id] = 1
            senders[len(sent) % len(senders)].say(client_id, size)
        await asyncio.sleep(0.005)
    return sent


def acked(senders: list[Ear]) -> dict[str, set[int]]:
    """client_id → the seqs it was acked as: one, if all is well."""
    found: dict[str, set[int]] = {}
    for sender in senders:
        for ack in sender.acks:
            frame = json.loads(ack)
            found.setdefault(frame["client_id"], set()).add(frame["seq"])
    return found


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def hang_up(ears: list[Ear]) -> None:
    await close_all(list(ears))
