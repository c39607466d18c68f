"""Reading over HTTP with a token: 50 messages of history, and the list of one's chats.

`python -m benchmarks.reading [--quick] [--big] [--help]`. One server process on one core; the load and PostgreSQL on
the other. Some connections ask without a pause, one request at a time on each. History is read at its end (`newest`),
at random places (`anywhere`, with before_seq) and at its beginning (`oldest`), of chats of several lengths.
"""

import argparse
import itertools
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from statistics import median

import jwt
import uvloop

from benchmarks.load import say
from benchmarks.ours import Ours
from benchmarks.processes import Missing, Process
from benchmarks.report import grid, options, spread, with_before
from benchmarks.servers import Bench, start_all
from benchmarks.web import Calls, call_for, get

SERVERS = with_before(
    {
        "fastapi-sqlite": "FastAPI + SQLAlchemy in its thread pool, token checked: SQLite",
        "fastapi-postgres": "the same: PostgreSQL",
        "fastapi-async": "the same, async: PostgreSQL",
        "ours-sqlite": "this server: SQLite",
        "ours-postgres": "this server: PostgreSQL",
    }
)
SMALL, LARGE, BIG = 10_000, 1_000_000, 10_000_000  # rows
LISTS = (200, 1000)  # chats of one person
Requests = Iterator[bytes]


@dataclass
class Target:
    """A server to measure, and what is asked of it."""

    process: Process
    port: int
    asks: dict[tuple[str, int], Requests] = field(default_factory=dict)  # (what, how many rows): requests


def pages(rows: int, path: Callable[[str], str], token: str) -> dict[tuple[str, int], Requests]:
    """Endless requests for history at its end, anywhere, at its beginning."""
    chance = random.Random(rows)

    def anywhere() -> Requests:
        while True:
            yield get(path(f"before_seq={chance.randint(52, rows)}"), token)

    return {
        ("newest", rows): itertools.repeat(get(path(""), token)),
        ("anywhere", rows): anywhere(),
        ("oldest", rows): itertools.repeat(get(path("before_seq=51"), token)),
    }


def peer(bench: Bench, name: str) -> list[Target]:
    if find_spec("sqlalchemy") is None:
        raise Missing("SQLAlchemy is not installed (it is a development requirement)")
    secret = secrets.token_hex(32)
    if name == "fastapi-sqlite":
        url = f"sqlite:///{bench.folder / 'reading-peer.sqlite3'}"
    else:
        url = bench.database(name).replace("postgres://", "postgresql+psycopg://")
    environment = {"DATABASE_URL": url, "SECRET": secret, "ROWS": str(SMALL)}
    process, port = bench.uvicorn(name, "benchmarks.peers.fastapi_history:app", environment)
    path = "/history" if name == "fastapi-async" else "/history-sync"
    token = jwt.encode({"sub": "1"}, secret, algorithm="HS256")
    return [Target(process, port, pages(SMALL, lambda query: f"{path}?chat_id=1&{query}", token))]


def ours(bench: Bench, name: str, sizes: list[int]) -> list[Target]:
    """A server for each size, and people with long lists of chats on the first one."""
    targets = []
    for rows in sizes:
        server = Ours(bench, f"{name}-{rows}", 0, scaled="postgres" in name)
        made = server.fill("people", 10, "--chats", 2)
        room, token = made["rooms"][0], made["tokens"][0]
        say(f"{name}: {rows:,} messages")
        server.fill("fill", room, rows)
        history = f"/chats/room/{room}/history"
        target = Target(server.process, server.port, pages(rows, lambda query: f"{history}?{query}", token))  # noqa: B023
        if rows == sizes[0]:
            for chats in LISTS:
                made = server.fill("people", 10, "--chats", chats)
                ask = get(f"/chats?limit={chats}", made["tokens"][0])
                target.asks["list of chats", chats] = itertools.repeat(ask)
        targets.append(target)
    return targets


Results = dict[tuple[str, int, str], list[Calls]]  # (what, rows, server): a run per round


async def run(args: argparse.Namespace, bench: Bench) -> Results:
    """All rounds, interleaved. What cannot start or run is said and left out."""
    targets = start_all(
        args.servers,
        lambda name: (
            ours(bench, name, args.sizes) if name.startswith(("ours-", "before-")) else peer(bench, name)
        ),
    )
    asked = [
        (name, target, what, rows, requests)
        for name, several in targets.items()
        for target in several
        for (what, rows), requests in target.asks.items()
    ]
    results: Results = {}
    for turn in range(args.rounds + 1):
        for name, target, what, rows, requests in asked:
            connections = 1 if what == "list of chats" else args.connections
            seconds = args.seconds if turn else min(1, args.seconds)
            try:
                calls = await call_for(target.process, target.port, requests, connections, seconds)
            except (RuntimeError, OSError) as error:
                say(f"{name}, {what} of {rows:,}: {error!r}")
                continue
            if turn:  # the first one warms up
                say(f"round {turn}/{args.rounds}, {name}, {what} of {rows:,}: {calls.rate:,.0f} requests/s")
                results.setdefault((what, rows, name), []).append(calls)
    return results


def middle(results: Results, what: str, rows: int, name: str) -> float:
    """The median rate; 0 for what was not measured."""
    runs = results.get((what, rows, name))
    return median(one.rate for one in runs) if runs else 0


def table(results: Results) -> str:
    """`x fastapi` is beside the faster one of the peers on the same database, `x small` beside the shortest chat."""
    rows = [["what", "of", "server", "requests/s min", "median", "max", "x fastapi", "x small"]]
    rows[0] += ["p50 ms", "p99 ms", "bytes", "per server CPU s", "server CPU", "load CPU"]
    for (what, size, name), runs in sorted(results.items()):
        row = [what, f"{size:,}", name, *spread([one.rate for one in runs])]
        database = name.rpartition("-")[2]
        peers = [f"fastapi-{database}", "fastapi-async"] if database == "postgres" else ["fastapi-sqlite"]
        best = max(middle(results, what, SMALL, one) for one in peers)
        mine, small = middle(results, what, size, name), middle(results, what, SMALL, name)
        is_ours = name.startswith(("ours-", "before-")) and what != "list of chats"
        row.append(f"{mine / best:.2f}" if is_ours and best else "")
        row.append(f"{mine / small:.2f}" if is_ours and small else "")
        row += [f"{median(one.quantile(share) for one in runs):.1f}" for share in (0.5, 0.99)]
        row.append(f"{runs[0].bytes:,}")
        row.append(f"{median(one.rate / max(one.server, 0.01) for one in runs):,.0f}")
        row += [f"{median(getattr(one, who) for one in runs):.0%}" for who in ("server", "load")]
        rows.append(row)
    return grid(rows)


def main() -> None:
    parser = options("benchmarks.reading", __doc__ or "", SERVERS)
    add = parser.add_argument
    add("--connections", type=int, default=8, help="that read history (8); the list of chats is asked on one")
    add("--seconds", type=float, default=3, help="of one run (3)")
    add("--big", action="store_true", help=f"also {BIG:,} rows (some minutes more, and 5 GB of disk)")
    args = parser.parse_args()
    args.sizes = [SMALL, LARGE, BIG] if args.big else [SMALL, LARGE]
    if args.quick:
        args.rounds, args.seconds, args.sizes = 1, 1, [SMALL, 100_000]
    with Bench(args.folder, args.before) as bench:
        results = uvloop.run(run(args, bench))
        print(
            f"\nReading: {args.connections} connections, {args.rounds} rounds of {args.seconds:g} s, "
            f"{bench.cores_text()}; databases in {bench.folder.parent} ({bench.file_system()})\n"
        )
    print(table(results))
    for name in args.servers:
        print(f"  {name}: {SERVERS[name]}")


if __name__ == "__main__":
    main()
