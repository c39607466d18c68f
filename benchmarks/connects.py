"""Opening sockets: how many a second, what an idle one costs, and how long until all are back after a cut.

`python -m benchmarks.connects [--quick] [--help]`. One server process on one core, the load on the other.
Each socket belongs to another person, who is in --chats chats, and counts once its greeting is there (a peer without
users: once the handshake is done). Memory is the process's resident memory; the kernel's buffers are not in it.
"""

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import msgspec
import uvloop

from benchmarks.load import TEXT, Place, Socket, client_frame, close_all, connect, each, say, split
from benchmarks.ours import GREETING, HELLO, Ours
from benchmarks.processes import Process, allow_files, cpu_seconds, resident
from benchmarks.report import grid, options, spread, with_before
from benchmarks.servers import Bench, start_all

SERVERS = with_before(
    {
        "fastapi": "FastAPI, a list of sockets: no users, nothing read",
        "channels": "Channels, every consumer in the group: no users, nothing read",
        "ours-sqlite": "this server: SQLite, in-memory layer",
        "ours-postgres": "this server: PostgreSQL, Redis",
    }
)
PEERS = {"fastapi": "benchmarks.peers.fastapi_loop:app", "channels": "benchmarks.peers.usual_channels:app"}
WARM = 100  # sockets opened and closed before memory is looked at
LIMIT = 120  # seconds until a socket that isn't live counts as lost
RETRY = 2.0  # seconds, half as much or half again: how long one waits that was sent away (the server's Retry-After)


class Newcomer(Socket):
    """A socket that knows when its greeting came; what comes later is thrown away."""

    def __init__(self, greeting: bytes) -> None:
        super().__init__()
        self.greeting = greeting
        self.live: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.chunks.append(data)
        self.forget(self.greeting)
        if self.greeted and not self.live.done():
            self.live.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if not self.live.done():
            self.live.set_exception(ConnectionError(f"closed before it was live: {self.closed}"))


class Returner(Newcomer):
    """A client that comes back: it knows versions from before, asks for what came since, and counts what it gets."""

    def __init__(self, known: dict[str, int]) -> None:
        super().__init__(HELLO)
        self.known = known  # empty for new clients
        self.versions: dict[str, int] = {}  # of this connection
        self.waiting: set[str] = set()  # chats whose answer to `sync` is still to come
        self.got: Counter[tuple[str, int]] = Counter()  # (chat, seq)

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        done = 0
        for opcode, body, end in split(data):
            done = end
            if opcode != TEXT:
                self.control(opcode, data[body:end])
            elif data.startswith((HELLO, b'{"type":"synced"', b'{"type":"message"'), body):
                self.read(msgspec.json.decode(data[body:end]))
        self.rest = data[done:]

    def read(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "connection_established":
                self.versions = {one["key"]: one["version"] for one in frame["chats"]}
                behind = {key: old for key, old in self.known.items() if old < self.versions[key]}
                self.waiting = set(behind)
                if behind:
                    sync = msgspec.json.encode({"type": "sync", "versions": behind})
                    self.transport.write(client_frame(sync))
            case "synced":
                self.got.update((frame["chat"], one["seq"]) for one in frame["messages"])
                if not frame["has_more"]:
                    self.waiting.discard(frame["chat"])
            case "message":
                self.got[frame["chat"], frame["seq"]] += 1
        if not self.waiting and not self.live.done():
            self.live.set_result(None)


@dataclass
class Target:
    """A server to measure, and who connects to it how."""

    process: Process
    port: int
    kinds: dict[str, list[Place]]  # "/ws" and the like: where each socket goes
    ours: Ours | None = None
    greetings: dict[str, bytes] = field(default_factory=dict)


def start(bench: Bench, name: str, args: argparse.Namespace) -> Target:
    if name in PEERS:
        process, port = bench.uvicorn(name, PEERS[name], {"REDIS_URL": ""})
        return Target(process, port, {"/ws": [("/ws", None)] * args.most})
    server = Ours(bench, name, 0, scaled="postgres" in name)
    made = server.fill("people", args.most, "--chats", args.chats)
    rooms = [f"/ws/room/{of[0]}" for of in made["rooms_of"]]
    kinds: dict[str, list[Place]] = {
        "/ws": [("/ws", token) for token in made["tokens"]],
        "one room": list(zip(rooms, made["tokens"], strict=True)),
    }
    return Target(server.process, server.port, kinds, server, {"/ws": HELLO, "one room": GREETING})


async def come_in(socket: Newcomer, port: int, place: Place) -> None:
    """Connect and become live."""
    await connect(socket, port, *place)
    if socket.greeting:
        await asyncio.wait_for(socket.live, LIMIT)


async def open_all(target: Target, kind: str, first: int, count: int, at_once: int) -> list[Newcomer]:
    greeting = target.greetings.get(kind, b"")
    sockets = [Newcomer(greeting) for _ in range(count)]
    places = target.kinds[kind][first : first + count]
    await each(
        zip(sockets, places, strict=True), lambda one, place: come_in(one, target.port, place), at_once
    )
    return sockets


def check_open(sockets: list[Newcomer]) -> None:
    if dead := [socket.closed for socket in sockets if socket.closed]:
        raise RuntimeError(f"{len(dead)} sockets were closed: {dead[0]}")


@dataclass
class Opened:
    """Of one run."""

    rate: float  # sockets live a second
    server: float  # share of a core
    load: float


async def measure_opening(target: Target, kind: str, args: argparse.Namespace) -> Opened:
    used, own, started = cpu_seconds([target.process.pid]), time.process_time(), time.perf_counter()
    sockets = await open_all(target, kind, 0, args.connects, args.at_once)
    elapsed = time.perf_counter() - started
    spent, own = cpu_seconds([target.process.pid]) - used, time.process_time() - own
    check_open(sockets)
    await close_all(list(sockets))
    return Opened(args.connects / elapsed, spent / elapsed, own / elapsed)


@dataclass
class Idle:
    """What so many open sockets hold, and what they cost while nothing happens."""

    sockets: int
    each: float  # kB
    total: float  # MB
    server: float  # share of a core


async def measure_idle(target: Target, kind: str, args: argparse.Namespace) -> list[Idle]:
    await close_all(list(await open_all(target, kind, 0, WARM, args.at_once)))
    before = resident(target.process.pid)
    sockets: list[Newcomer] = []
    found = []
    for count in (args.most // 9, args.most // 3, args.most):
        sockets += await open_all(target, kind, len(sockets), count - len(sockets), args.at_once)
        await asyncio.sleep(args.settle)  # the status of those who came online is announced
        used = cpu_seconds([target.process.pid])
        await asyncio.sleep(args.settle)
        check_open(sockets)
        now = resident(target.process.pid)
        share = (cpu_seconds([target.process.pid]) - used) / args.settle
        found.append(Idle(count, (now - before) / count / 1000, now / 1e6, share))
        say(f"  {count} idle sockets ({kind}): {found[-1].each:.1f} kB each, {share:.0%} of a core")
    await close_all(list(sockets))
    return found


@dataclass
class Return:
    """Of one storm."""

    seconds: float  # until the last one was live
    half: float  # until half of them were
    missed: int
    doubled: int
    turned_away: int
    lost: int
    server: float
    load: float


async def measure_storm(target: Target, args: argparse.Namespace) -> Return:
    """Cut all sockets off, say something in each chat, and let all come back at the same moment."""
    assert target.ours is not None
    places = target.kinds["/ws"][: args.storm]
    before = [Returner({}) for _ in places]
    await each(
        zip(before, places, strict=True), lambda one, place: come_in(one, target.port, place), args.at_once
    )
    for one in before:
        one.transport.abort()
    await asyncio.to_thread(target.ours.fill, "say")
    returners = [Returner(one.versions) for one in before]
    turned_away = lost = 0
    times: list[float] = []
    used, own = cpu_seconds([target.process.pid]), time.process_time()
    started = time.perf_counter()

    async def come_back(one: Returner, place: Place) -> None:
        nonlocal turned_away, lost
        while time.perf_counter() - started < LIMIT:
            try:
                await come_in(one, target.port, place)
            except (ConnectionError, TimeoutError):
                turned_away += 1
                await asyncio.sleep(RETRY * random.uniform(0.5, 1.5))
            else:
                times.append(time.perf_counter() - started)
                return
        lost += 1

    await each(zip(returners, places, strict=True), come_back, len(returners))
    elapsed = time.perf_counter() - started
    spent, own = cpu_seconds([target.process.pid]) - used, time.process_time() - own
    await asyncio.sleep(1)  # what would come twice has come
    found = Return(
        max(times, default=0),
        median(times),
        sum(args.chats - len(one.got) for one in returners),
        sum(one.got.total() - len(one.got) for one in returners),
        turned_away,
        lost,
        spent / elapsed,
        own / elapsed,
    )
    for returner in returners:
        returner.transport.abort()
    await asyncio.sleep(1)
    return found


def describe(found: object) -> str:
    match found:
        case Opened():
            return f"{found.rate:,.0f} connects/s"
        case Return():
            return f"all live after {found.seconds:.1f} s, {found.turned_away} sent away"
        case _:
            return "idle sockets measured"


Results = dict[tuple[str, str], list[Any]]  # (server, kind): a run per round


async def run(args: argparse.Namespace, bench: Bench) -> tuple[Results, Results, Results]:
    """Idle sockets, openings, storms. What cannot start or run is said and left out."""
    targets = start_all(args.servers, lambda name: start(bench, name, args))
    opened: Results = {}
    idle: Results = {}
    storms: Results = {}

    async def attempt(results: Results, name: str, kind: str, measuring: Awaitable[Any]) -> None:
        try:
            found = await measuring
        except (RuntimeError, OSError, TimeoutError) as error:
            say(f"{name}, {kind}: {error!r}")
            return
        say(f"{name}, {kind}: {describe(found)}")
        results.setdefault((name, kind), []).append(found)

    # Memory first: a process that held sockets before would take the new ones into what it has.
    for name, target in targets.items():
        await attempt(idle, name, "/ws", measure_idle(target, "/ws", args))
    for _ in range(args.rounds):
        for name, target in targets.items():
            for kind in target.kinds:
                await attempt(opened, name, kind, measure_opening(target, kind, args))
    for _ in range(args.rounds):
        for name, target in targets.items():
            if target.ours:
                await attempt(storms, name, "/ws", measure_storm(target, args))
    return opened, idle, storms


def opening_table(results: Results) -> str:
    rows = [["server", "socket", "connects/s min", "median", "max", "server CPU", "load CPU"]]
    for (name, kind), runs in results.items():
        shares = [f"{median(getattr(one, who) for one in runs):.0%}" for who in ("server", "load")]
        rows.append([name, kind, *spread([one.rate for one in runs]), *shares])
    return grid(rows)


def idle_table(results: Results) -> str:
    rows = [["server", "socket", "open", "kB each", "process MB", "idle CPU"]]
    for (name, kind), runs in results.items():
        for one in runs[0]:
            rows.append(
                [name, kind, str(one.sockets), f"{one.each:.1f}", f"{one.total:.0f}", f"{one.server:.0%}"]
            )
    return grid(rows)


def storm_table(results: Results) -> str:
    rows = [["server", "all live s min", "median", "max", "half live s"]]
    rows[0] += ["missed", "doubled", "lost", "sent away", "server CPU", "load CPU"]
    for (name, _), runs in results.items():
        row = [name, *spread([one.seconds for one in runs], 1), f"{median(one.half for one in runs):.1f}"]
        row += [str(sum(getattr(one, what) for one in runs)) for what in ("missed", "doubled", "lost")]
        row.append(f"{median(one.turned_away for one in runs):.0f}")
        row += [f"{median(getattr(one, who) for one in runs):.0%}" for who in ("server", "load")]
        rows.append(row)
    return grid(rows)


def main() -> None:
    parser = options("benchmarks.connects", __doc__ or "", SERVERS)
    add = parser.add_argument
    add("--chats", type=int, default=20, help="of each person, general among them (20)")
    add("--connects", type=int, default=2000, help="sockets of one run of opening (2000)")
    add("--at-once", type=int, default=50, help="that are being opened at a time (50)")
    add("--most", type=int, default=9000, help="idle sockets, at the end (9000)")
    add("--storm", type=int, default=5000, help="sockets cut off, which come back all at once (5000)")
    add("--settle", type=float, default=5, help="seconds before and while idle sockets are measured (5)")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.connects, args.most, args.storm, args.settle = 1, 500, 900, 500, 1
    args.most = max(args.most, args.connects, args.storm)
    allow_files()
    with Bench(args.folder, args.before) as bench:
        opened, idle, storms = uvloop.run(run(args, bench))
        print(f"\nConnects: people in {args.chats} chats each, {args.rounds} rounds, {bench.cores_text()}\n")
    print(f"{args.connects} sockets opened, {args.at_once} at a time\n\n{opening_table(opened)}")
    print(f"Open and idle\n\n{idle_table(idle)}")
    print(
        f"{args.storm} sockets cut off and back at once, {args.chats} messages missed by each\n\n"
        f"{storm_table(storms)}"
    )
    for name in args.servers:
        print(f"  {name}: {SERVERS[name]}")


if __name__ == "__main__":
    main()
