"""What clients sent, were acked and received, and how it is held against history."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

Frame = dict


class Ack(NamedTuple):
    chat: str
    seq: int
    id: int
    at: float


class Heard(NamedTuple):
    """A message in a member's stream, and since when that member had been live."""

    seq: int
    client_id: str | None
    at: float
    live_since: float


@dataclass
class Row:
    """A scenario's line in the final table."""

    scenario: str
    rounds: int = 0
    acked: int = 0
    found: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    recovery: float | None = None  # seconds, the slowest
    delivery: float | None = None  # seconds from the ack to the last reader who was live, the slowest
    answer: float = 0.0  # seconds from a message to its ack or error, the slowest on an open socket
    unavailable: int = 0  # answers 503 although all services were up again
    violations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def wrong(self, text: str) -> None:
        self.violations.append(f"{self.scenario}, round {self.rounds}: {text}")

    def check(self, holds: bool, text: str) -> None:
        if not holds:
            self.wrong(text)

    def recovered(self, seconds: float) -> None:
        self.recovery = max(self.recovery or 0.0, seconds)

    def delivered(self, seconds: float) -> None:
        self.delivery = max(self.delivery or 0.0, seconds)


class Record:
    """One round: everything that was sent, acked and received, in all its chats."""

    def __init__(self, base: dict[str, int]) -> None:
        self.base = base  # chat: its last_seq when the round began
        self.sent: dict[str, tuple[str, int, float]] = {}  # client_id: chat, sender, first sent at
        self.acks: dict[str, Ack] = {}
        self.streams: dict[tuple[str, str], list[Heard]] = {}  # (client, chat): what it heard, in its order
        self.contradictions: list[str] = []
        self.answer = 0.0  # seconds from a message to its ack or error, the slowest on an open socket
        self.doubled = 0
        self.disordered = 0

    def send(self, client_id: str, chat: str, sender: int) -> None:
        self.sent[client_id] = chat, sender, time.monotonic()

    def ack(self, frame: Frame) -> None:
        client_id = frame["client_id"]
        if client_id not in self.sent:
            return  # of the round before: sent twice, and acked twice
        before = self.acks.get(client_id)
        if before is None:
            self.acks[client_id] = Ack(frame["chat"], frame["seq"], frame["id"], time.monotonic())
        elif (before.seq, before.id) != (frame["seq"], frame["id"]):
            self.contradictions.append(f"{client_id} was acked as seq {before.seq} and as {frame['seq']}")

    def hear(self, client: str, chat: str, message: Frame, live_since: float) -> None:
        heard = Heard(message["seq"], message["client_id"], time.monotonic(), live_since)
        self.streams.setdefault((client, chat), []).append(heard)

    def out_of_order(self, who: str, chat: str, seq: int, expected: int | None) -> None:
        """A connection got a live message that is not the next one."""
        if expected is not None and seq < expected:
            self.doubled += 1
        else:
            self.disordered += 1
        self.contradictions.append(f"{who} in {chat} got seq {seq} live, where {expected} comes next")

    def newest(self, chat: str) -> int:
        """The highest seq that was acked."""
        return max((ack.seq for ack in self.acks.values() if ack.chat == chat), default=self.base[chat])


def judge(record: Record, histories: dict[str, list[Frame]], readers: dict[str, set[str]], row: Row) -> None:
    """Hold a round against history (of each chat, after its base): faults go into the row.

    `readers`: who hears which chats. acked is in history exactly once; history is seq 1…n; every reader's stream too.
    """
    row.acked += len(record.acks)
    for text in record.contradictions[:20]:
        row.wrong(text)
    row.doubled += record.doubled
    row.disordered += record.disordered
    for chat, history in histories.items():
        base = record.base[chat]
        seqs = [message["seq"] for message in history]
        if seqs != list(range(base + 1, base + 1 + len(seqs))):
            row.disordered += 1
            row.wrong(f"history of {chat} is not seq {base + 1}…{base + len(seqs)} in order")
        times = Counter((message["user_id"], message["client_id"]) for message in history)
        if twice := sum(n - 1 for n in times.values()):
            row.doubled += twice
            row.wrong(f"{twice} messages stand twice in {chat}")
        _judge_acks(record, chat, history, row)
    for reader, chats in readers.items():
        for chat in chats:
            _judge_stream(record, reader, chat, histories[chat], row)


def _judge_acks(record: Record, chat: str, history: list[Frame], row: Row) -> None:
    stored = {message["client_id"]: message for message in history}
    for client_id, ack in record.acks.items():
        if ack.chat != chat:
            continue
        message = stored.get(client_id)
        if message is None:
            row.lost += 1
            row.wrong(f"{client_id} was acked as seq {ack.seq} of {chat}, and is not in history")
        elif (message["seq"], message["id"], message["user_id"]) != (
            ack.seq,
            ack.id,
            record.sent[client_id][1],
        ):
            row.disordered += 1
            row.wrong(f"{client_id} was acked as seq {ack.seq} of {chat}, and is {message['seq']} in history")
        else:
            row.found += 1
    strangers = [m["seq"] for m in history if m["client_id"] not in record.sent]
    row.check(not strangers, f"{chat} holds messages nobody sent in this round: seq {strangers[:5]}")


def _judge_stream(record: Record, reader: str, chat: str, history: list[Frame], row: Row) -> None:
    heard = record.streams.get((reader, chat), [])
    got = [one.seq for one in heard]
    wanted = [message["seq"] for message in history]
    if got == wanted:
        for one in heard:
            ack = record.acks.get(one.client_id or "")
            if ack is not None:
                row.delivered(max(0.0, one.at - max(ack.at, one.live_since)))
        return
    missing, extra = len(set(wanted) - set(got)), len(got) - len(set(got))
    row.lost += missing
    row.doubled += extra
    row.disordered += sorted(got) != got
    first = sorted(set(wanted) - set(got))[:3]
    row.wrong(
        f"{reader} heard {len(got)} of {len(wanted)} in {chat}: {missing} missing (first {first}), {extra} doubled"
    )
