"""Does one kind of work get in the way of another? Messages and small requests while people log in, or read history.

`python -m benchmarks.mixed [--quick] [--help]`. One server process on one core; the load, PostgreSQL and Redis on the
other. All the time, sockets send messages at a fixed rate and one asks for their own account (`GET /users/me`) twenty
times a second; meanwhile nothing else happens, many log in at once, or history is read. Times count from when each
request was due. A log-in costs what Argon2 costs, on purpose. History is read by other people than those who send: by
one, or by ten concurrently.
"""

import argparse
import asyncio
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median

import uvloop

from benchmarks.durable import Member, offer
from benchmarks.load import close_all, connect_all, message_maker, say, settle
from benchmarks.ours import GREETING, Ours
from benchmarks.processes import allow_files
from benchmarks.report import grid, options, with_before
from benchmarks.servers import Bench, start_all
from benchmarks.web import call_at, get, quantile, request, steadily

SERVERS = with_before(
    {
        "ours-sqlite": "this server: SQLite, in-memory layer",
        "ours-postgres": "this server: PostgreSQL, Redis",
    }
)
BESIDE = ("nothing", "log-ins", "history, one reads", "history, ten read")
TALKERS = 2  # who have the sockets; the first of them asks for their account
READERS = 10
SMALL_RATE = 20  # small requests a second


@dataclass
class Target:
    """A server to measure, with rooms and people."""

    server: Ours
    paths: list[str]
    tokens: list[str]  # of the senders
    readers: list[str]  # tokens


@dataclass
class Times:
    """Of one run, in ms."""

    socket_p99: float  # of the ack
    socket_max: float
    small_p95: float
    small_max: float
    beside_p50: float  # of what happens beside, if anything
    beside_max: float
    unacked: int
    refused: int  # small requests that were answered 503
    beside_refused: int


def start(bench: Bench, name: str, args: argparse.Namespace) -> Target:
    server = Ours(bench, name, args.logins, scaled="postgres" in name)
    rooms = ("--chats", args.chats + 1, "--together", args.chats, "--messages", 200)
    made = server.fill("people", TALKERS + READERS, *rooms)
    tokens = made["tokens"]
    return Target(server, [f"/ws/room/{room}" for room in made["rooms"]], tokens[:TALKERS], tokens[TALKERS:])


def log_ins(server: Ours) -> list[tuple[float, bytes]]:
    """Everybody at the same moment."""
    bodies = [json.dumps({"username": name, "password": server.password}).encode() for name in server.names]
    return [(0, request("POST", "/auth/login", body=body)) for body in bodies]


def history(target: Target, readers: list[str], args: argparse.Namespace) -> Iterator[tuple[float, bytes]]:
    paths = [f"/chats{path.removeprefix('/ws')}/history" for path in target.paths]
    requests = itertools.cycle([get(path, reader) for path in paths for reader in readers])
    return steadily(requests, args.reads, args.seconds * 0.8)


async def measure(target: Target, beside: str, args: argparse.Namespace) -> Times:
    make = message_maker(150)
    members = [Member(make) for _ in target.paths for _ in target.tokens]
    places = [(path, token) for path in target.paths for token in target.tokens]
    port = target.server.port
    await connect_all([(one, *place) for one, place in zip(members, places, strict=True)], port, GREETING)
    await settle(list(members), GREETING)
    for one in members:
        one.live = True
    small = itertools.repeat(get("/users/me", target.tokens[0]))
    messages = asyncio.create_task(offer(members, args.messages, args.seconds))
    smalls = asyncio.create_task(call_at(port, steadily(small, SMALL_RATE, args.seconds)))
    await asyncio.sleep(args.seconds / 10)
    work: dict[str, Iterable[tuple[float, bytes]]] = {
        "nothing": [],
        "log-ins": log_ins(target.server),
        "history, one reads": history(target, target.readers[:1], args),
        "history, ten read": history(target, target.readers, args),
    }
    meanwhile = await call_at(port, work[beside])
    await messages
    small_times = await smalls
    for _ in range(500):
        if not any(one.waiting for one in members):
            break
        await asyncio.sleep(0.02)
    times = sorted(latency * 1000 for one in members for latency in one.latencies)
    unacked = sum(len(one.waiting) for one in members)
    await close_all(list(members))
    return Times(
        quantile(times, 0.99),
        quantile(times, 1),
        quantile(small_times.latencies, 0.95),
        quantile(small_times.latencies, 1),
        quantile(meanwhile.latencies, 0.5),
        quantile(meanwhile.latencies, 1),
        unacked,
        small_times.refused,
        meanwhile.refused,
    )


Results = dict[tuple[str, str], list[Times]]  # (server, beside): a run per round


async def run(args: argparse.Namespace, bench: Bench) -> Results:
    targets = start_all(args.servers, lambda name: start(bench, name, args))
    results: Results = {}
    for turn in range(1, args.rounds + 1):
        for beside in BESIDE:
            for name, target in targets.items():
                try:
                    times = await measure(target, beside, args)
                except (RuntimeError, OSError, ExceptionGroup) as error:
                    say(f"{name}, {beside}: {error!r}")
                    continue
                say(f"round {turn}/{args.rounds}, {name}, {beside}: sockets' p99 {times.socket_p99:.1f} ms")
                results.setdefault((name, beside), []).append(times)
    return results


def table(results: Results) -> str:
    """Cells are the median of the rounds, with minimum and maximum."""
    rows = [["server", "beside", "sockets p99 ms", "sockets max", "requests p95 ms", "requests max"]]
    rows[0] += ["beside p50 ms", "beside max", "unacked", "requests 503", "beside 503"]
    for (name, beside), runs in results.items():
        row = [name, beside]
        for what in ("socket_p99", "socket_max", "small_p95", "small_max", "beside_p50", "beside_max"):
            values = [getattr(one, what) for one in runs]
            shown = f"{median(values):.0f} ({min(values):.0f} to {max(values):.0f})"
            row.append(shown if median(values) < float("inf") else "")
        row += [
            str(sum(getattr(one, what) for one in runs)) for what in ("unacked", "refused", "beside_refused")
        ]
        rows.append(row)
    return grid(rows)


def main() -> None:
    parser = options("benchmarks.mixed", __doc__ or "", SERVERS)
    add = parser.add_argument
    add("--chats", type=int, default=50, help="rooms of two sockets (50)")
    add("--messages", type=int, default=500, help="a second, over all rooms (500)")
    add("--logins", type=int, default=50, help="people who log in at once (50)")
    add("--reads", type=int, default=300, help="pages of history a second (300)")
    add("--seconds", type=float, default=10, help="of one run (10)")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.seconds = 1, 3
    allow_files()
    with Bench(args.folder, args.before) as bench:
        results = uvloop.run(run(args, bench))
        print(
            f"\nMixed: {args.messages} messages/s and {SMALL_RATE} requests/s beside nothing, {args.logins} log-ins at "
            f"once, and {args.reads} pages of history/s; {args.rounds} rounds of {args.seconds:g} s, "
            f"{bench.cores_text()}\n"
        )
    print(table(results))
    for name in args.servers:
        print(f"  {name}: {SERVERS[name]}")


if __name__ == "__main__":
    main()
