"""Search: how long queries take among many messages.

`python -m benchmarks.search [--quick] [--help]`. One person asks over HTTP, one query at a time, in General and the
rooms that they are in. The words of the messages are as frequent as in a language (Zipf): `w0` is in every second one.
Most messages are in rooms that the person is not in.
"""

import argparse
import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
import uvloop

from benchmarks.load import say
from benchmarks.ours import Ours
from benchmarks.processes import HERE
from benchmarks.report import grid, options
from benchmarks.servers import Bench

SERVERS = {"ours-sqlite": "this server: SQLite", "ours-postgres": "this server: PostgreSQL"}
ROWS = {"ours-sqlite": 100_000, "ours-postgres": 1_000_000}
WORDS = 50_000


@dataclass
class Seen:
    """Of one server: ms of each kind of query, how many answers were partial, and what the index took."""

    times: dict[str, list[float]] = field(default_factory=dict)
    partial: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    index: dict[str, float] = field(default_factory=dict)


def queries(room: int) -> dict[str, Iterator[str]]:
    chance = random.Random(1)

    def words(count: int, low: int, high: int) -> Iterator[str]:
        while True:
            yield " ".join(f"w{chance.randint(low, high)}" for _ in range(count)) + " "

    return {
        "two words": words(2, 20, 2000),
        "two common words": words(2, 0, 10),
        "a common word": words(1, 0, 3),
        "a rare word": words(1, 10_000, WORDS),
        "a beginning": itertools.cycle(["w1", "w12", "w123", "w9"]),
        "a phrase": (f'"{text.strip()}"' for text in words(2, 0, 30)),
        "a word of a room": (f"{text} in:room:{room}" for text in words(1, 0, 200)),
        "nothing": itertools.repeat("neverwritten"),
        "common, rarely together": (
            f"{a}{b}" for a, b in zip(words(1, 0, 3), words(1, 30_000, WORDS), strict=True)
        ),
        "of a person": (f"{text} from:person3" for text in words(1, 0, 50)),
        "has:link": itertools.repeat("has:link"),
    }


async def run(args: argparse.Namespace, bench: Bench) -> dict[str, Seen]:
    results = {}
    for name in args.servers:
        server = Ours(bench, name, 0, scaled=name == "ours-postgres")
        made = server.fill("people", 200, "--chats", 30)
        rows = args.rows or ROWS[name]
        say(f"{name}: {rows:,} messages")
        seen = results[name] = Seen(index=server.fill("write", rows, WORDS))
        headers = {"Authorization": f"Bearer {made['tokens'][0]}"}
        async with httpx.AsyncClient(
            base_url=f"http://{HERE}:{server.port}", headers=headers, timeout=30
        ) as client:
            asked = queries(made["rooms_of"][0][0])
            for turn, (what, texts) in itertools.product(range(args.rounds * 10 + 1), asked.items()):
                begun = time.perf_counter()
                answer = await client.get(f"/search?limit=20&q={quote(next(texts))}")
                took = (time.perf_counter() - begun) * 1000
                answer.raise_for_status()
                if turn:
                    seen.times.setdefault(what, []).append(took)
                    seen.partial[what] = seen.partial.get(what, 0) + answer.json()["partial"]
                    seen.found[what] = seen.found.get(what, 0) + len(answer.json()["results"])
    return results


def table(results: dict[str, Seen]) -> str:
    rows = [
        [
            "query",
            *(
                f"{name.removeprefix('ours-')} {what}"
                for name in results
                for what in ("p50 ms", "p95", "max", "found", "partial")
            ),
        ]
    ]
    for what in next(iter(results.values())).times:
        row = [what]
        for seen in results.values():
            times = sorted(seen.times[what])
            row += [
                f"{times[len(times) // 2]:.1f}",
                f"{times[len(times) * 95 // 100]:.1f}",
                f"{times[-1]:.1f}",
            ]
            row += [f"{seen.found[what] / len(times):.1f}", f"{seen.partial[what]}"]
        rows.append(row)
    lines = [
        f"{name}: the index took {seen.index['seconds']:.0f} s to fill, and has "
        f"{seen.index['bytes'] / 1e6:.0f} MB beside {seen.index['of_messages'] / 1e6:.0f} MB of messages"
        for name, seen in results.items()
    ]
    return "\n".join([grid(rows), *lines])


def main() -> None:
    parser = options("benchmarks.search", __doc__ or "", SERVERS)
    parser.add_argument(
        "--rows", type=int, default=0, help="messages (100,000 on SQLite, 1,000,000 on PostgreSQL)"
    )
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.rows = 1, 20_000
    with Bench(args.folder) as bench:
        results = uvloop.run(run(args, bench))
        print(f"\nSearch, {args.rounds * 10} queries of each kind, {bench.cores_text()}\n")
    print(table(results))


if __name__ == "__main__":
    main()
