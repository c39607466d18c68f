"""Many chats, every message stored: how many a second, and how long until the ack?

`python -m benchmarks.durable [--quick] [--help]`. One server process on one core; the load, PostgreSQL and Redis
on the other. Each message must be acked once, delivered once and in one order to every socket of its chat, and
found in the database at the end; what was not is printed. The peer commits each message by itself.
"""

import argparse
import asyncio
import gc
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import uvloop

from benchmarks import load
from benchmarks.load import CLIENT_ID, ERROR, SEQ, Socket, message_number, say
from benchmarks.ours import GREETING, Ours, call
from benchmarks.processes import Process, allow_files
from benchmarks.report import Figures, arguments, table, with_before
from benchmarks.servers import Bench, rounds

SERVERS = with_before(
    {
        "commit-sqlite": "FastAPI, a transaction for each message: SQLite",
        "commit-postgres": "the same: PostgreSQL, psycopg's async pool of 10",
        "ours-sqlite": "this server: SQLite, in-memory layer",
        "ours-postgres": "this server: PostgreSQL, Redis",
    }
)


#: Sockets of a chat that check each message they get. More would cost more than the server takes to send them.
CHECKED = 4


class Member(Socket):
    """A socket of one chat that keeps its share in flight: it sends the next message when one is acked."""

    def __init__(self, make: Callable[[int], bytes], checks: bool = True) -> None:
        super().__init__()
        self.make = make
        self.checks = checks  # each message it gets, one by one; else it counts them
        self.heard = 0
        self.live = self.sending = False
        self.sent = self.acked = self.acked_again = self.gaps = self.last_seq = 0
        self.waiting: dict[int, float] = {}  # the time each was sent
        self.latencies: list[float] = []  # seconds
        self.got: list[int] = []  # numbers of the chat's messages, as they came
        self.refused: bytes | None = None

    def send(self, count: int, due: float | None = None) -> None:
        fresh = [next(load.numbers) for _ in range(count)]
        self.waiting.update(dict.fromkeys(fresh, due or time.perf_counter()))
        self.sent += count
        self.transport.write(b"".join(map(self.make, fresh)))

    def data_received(self, data: bytes) -> None:
        if not self.live:
            self.chunks.append(data)  # before the start: `settle` throws it away
            return
        now = time.perf_counter()
        data = self.rest + data
        done = acked = 0
        for opcode, body, end in load.split(data):
            done = end
            if opcode != load.TEXT:
                self.control(opcode, data[body:end])
            elif not self.checks and data.startswith(load.MESSAGES, body):
                self.heard += 1
            elif (number := message_number(data, body, end)) is not None:
                self.heard += 1
                self.got.append(number)
                if seq := SEQ.search(data, body, end):
                    self.gaps += self.last_seq not in (0, int(seq[1]) - 1)
                    self.last_seq = int(seq[1])
            elif found := CLIENT_ID.search(data, body, end):
                if ERROR.search(data, body, end):
                    self.refused = data[body:end]
                    continue
                since = self.waiting.pop(int(found[1]), None)
                if since is None:
                    self.acked_again += 1
                else:
                    acked += 1
                    self.latencies.append(now - since)
        self.rest = data[done:]
        self.acked += acked
        if acked and self.sending:
            self.send(acked)


@dataclass
class Target:
    """A server to measure: who connects where, and how many messages its database holds."""

    process: Process
    port: int
    paths: list[str]
    tokens: list[str | None]  # of the people in each chat, in turn
    stored: Callable[[], int]
    greeting: bytes = b""  # how the frame begins after which a socket is live


def judge(chats: list[list[Member]], figures: Figures) -> None:
    """Count what went wrong into `figures`."""
    for members in chats:
        sent = sum(member.sent for member in members)
        order = members[0].got
        places = {number: place for place, number in enumerate(order)}
        for member in members:
            figures.unacked += len(member.waiting)
            if not member.checks:
                figures.lost += max(0, sent - member.heard)
                figures.twice += max(0, member.heard - sent) + member.acked_again
                continue
            once = set(member.got)
            figures.lost += sent - len(once)
            figures.twice += len(member.got) - len(once) + member.acked_again
            figures.disordered += member.gaps
            if member.got != order:
                seen = [places[number] for number in member.got if number in places]
                figures.disordered += sum(later < sooner for sooner, later in pairwise(seen))


async def keep_flying(everyone: list[Member], in_flight: int, seconds: float) -> None:
    """Closed loop: `in_flight` messages are on their way all the time."""
    for n, member in enumerate(everyone):
        member.sending = True
        if share := in_flight // len(everyone) + (n < in_flight % len(everyone)):
            member.send(share)
    await asyncio.sleep(seconds)
    for member in everyone:
        member.sending = False


async def offer(everyone: list[Member], rate: int, seconds: float) -> None:
    """Open loop: `rate` messages a second, however slowly the acks come; times count from when each was due."""
    started, senders, sent = time.perf_counter(), itertools.cycle(everyone), 0
    while (elapsed := time.perf_counter() - started) < seconds:
        for n in range(sent, due := int(elapsed * rate) + 1):
            next(senders).send(1, started + n / rate)
        sent = due
        await asyncio.sleep(0.001)


async def measure(target: Target, args: argparse.Namespace, at: int, bench: Bench) -> Figures:
    """One run: connect, settle, send for `seconds`, wait for the last ack and delivery. `at`: in flight, or offered."""
    make, tokens = load.message_maker(args.size), target.tokens
    chats = [[Member(make, n < CHECKED) for n in range(args.sockets)] for _ in target.paths]
    # All first members before all second ones: few messages in flight spread over many chats.
    everyone = [members[n] for n in range(args.sockets) for members in chats]
    places = [(path, tokens[n % len(tokens)]) for n in range(args.sockets) for path in target.paths]
    await load.connect_all(
        [(member, *place) for member, place in zip(everyone, places, strict=True)],
        target.port,
        target.greeting,
    )
    await load.settle(list(everyone), target.greeting)
    before = target.stored()
    gc.collect()
    gc.freeze()
    meter = bench.meter(target.process)
    started = last = time.perf_counter()
    for member in everyone:
        member.live = True
    await (offer if args.offered else keep_flying)(everyone, at, args.seconds)
    seen, wanted = 0, sum(member.sent for member in everyone) * (args.sockets + 1)
    while time.perf_counter() - last < args.patience or seen == 0:
        now_seen = sum(member.heard + member.acked for member in everyone)
        if now_seen != seen:
            seen, last = now_seen, time.perf_counter()
        if seen >= wanted or time.perf_counter() - started > args.seconds + args.patience + 60:
            break
        await asyncio.sleep(0.002)
    elapsed = last - started
    figures = Figures()
    meter.stop(figures)
    gc.unfreeze()
    judge(chats, figures)
    acked = sum(member.acked for member in everyone)
    figures.unstored = max(0, acked - (target.stored() - before))
    closed = [member.closed for member in everyone if member.closed]
    refused = [member.refused for member in everyone if member.refused]
    await load.close_all(list(everyone))
    if closed:
        say(f"  {len(closed)} sockets were closed by the server: {closed[0]}")
    if refused:
        say(f"  {len(refused)} sockets were refused a message: {refused[0].decode(errors='replace')}")
    latencies = sorted(latency for member in everyone for latency in member.latencies)
    if latencies:
        figures.p50 = latencies[len(latencies) // 2] * 1000
        figures.p99 = latencies[len(latencies) * 99 // 100] * 1000
    figures.rate = acked / elapsed
    return figures


def peer(bench: Bench, name: str, chats: int) -> Target:
    if name == "commit-postgres":
        environment = {"DATABASE_URL": bench.database("peer")}
    else:
        environment = {"SQLITE_PATH": str(bench.folder / "peer.sqlite3"), "DATABASE_URL": ""}
    process, port = bench.uvicorn(name, "benchmarks.peers.commit_each:app", environment)
    paths = [f"/ws/room/{n}" for n in range(1, chats + 1)]
    return Target(process, port, paths, [None], lambda: int(call(port, "GET", "/count")["messages"]))


def ours(bench: Bench, name: str, chats: int, sockets: int) -> Target:
    """Our server with `chats` rooms of as many people as there are sockets in each."""
    server = Ours(bench, name, 0, scaled="postgres" in name)
    made = server.fill("people", sockets, "--chats", chats + 1, "--together", chats, "--messages", 0)
    paths = [f"/ws/room/{room}" for room in made["rooms"]]
    tokens = made["tokens"]
    return Target(server.process, server.port, paths, tokens, lambda: server.stored(tokens[:1]), GREETING)


def start(bench: Bench, name: str, args: argparse.Namespace) -> Target:
    if name.startswith(("ours-", "before-")):
        return ours(bench, name, args.chats, args.sockets)
    return peer(bench, name, args.chats)


def main() -> None:
    parser = arguments("benchmarks.durable", __doc__ or "", SERVERS, in_flight=[1, 1600])
    parser.add_argument("--chats", type=int, default=100, help="rooms (100)")
    parser.add_argument("--sockets", type=int, default=2, help="in each room; all of them send (2)")
    parser.add_argument(
        "--offered",
        type=int,
        nargs="+",
        help="messages a second, sent whatever comes back, instead of --in-flight",
    )
    args = parser.parse_args()
    allow_files()
    args.in_flight = args.offered or args.in_flight
    if args.quick:
        args.rounds, args.seconds = 1, 1
    with Bench(args.folder, args.before) as bench:
        results = uvloop.run(
            rounds(
                args,
                lambda name: start(bench, name, args),
                lambda target, at: measure(target, args, at, bench),
                "messages/s",
            )
        )
        print(
            f"\nDurable: {args.chats} chats of {args.sockets} sockets, client frames of {args.size} bytes, "
            f"{args.rounds} rounds of {args.seconds:g} s, {bench.cores_text()}; "
            f"databases in {bench.folder.parent} ({bench.file_system()})\n"
        )
    at = "offered/s" if args.offered else "in flight"
    print(table(results, "messages/s", args.in_flight, ["commit-sqlite", "commit-postgres"], at))
    for name in args.servers:
        print(f"  {name}: {SERVERS[name]}")


if __name__ == "__main__":
    main()
