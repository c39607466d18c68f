"""What a delivery costs with more server processes: CPU time for each, at the same offered load.

`python -m benchmarks.workers [--quick] [--help]`. One room, the same number of sockets spread over 1, 2, 4 and 8
processes, PostgreSQL and Redis, every message stored. All server processes share one core, so it is CPU time that
tells, not the rate; `idle` is what the processes use while nothing is said, and `beyond idle` is without it.
"""

import argparse
import asyncio
from statistics import median

import uvloop

from benchmarks.durable import Target, measure
from benchmarks.load import say
from benchmarks.ours import GREETING, Ours
from benchmarks.processes import Missing, allow_files, cpu_seconds
from benchmarks.report import arguments, grid, spread
from benchmarks.servers import Bench

SERVERS = {"ours-postgres": "this server: PostgreSQL, Redis"}
IDLE = 3  # seconds


def start(bench: Bench, processes: int, sockets: int) -> Target:
    server = Ours(bench, f"workers-{processes}", 0, scaled=True, processes=processes)
    made = server.fill("people", sockets, "--chats", 2, "--together", 1, "--messages", 0)
    tokens = made["tokens"]
    paths = [f"/ws/room/{made['rooms'][0]}"]
    return Target(server.process, server.port, paths, tokens, lambda: server.stored(tokens[:1]), GREETING)


async def run(args: argparse.Namespace, bench: Bench) -> str:
    costs: dict[int, list[tuple[float, float, float]]] = {}  # us a delivery, the same beyond idle, faults
    idles: dict[int, float] = {}
    for turn in range(1, args.rounds + 1):
        for processes in args.processes:
            # One after the other: those that wait would use the core, too.
            target = start(bench, processes, args.sockets)
            used = cpu_seconds([target.process.pid])
            await asyncio.sleep(IDLE)
            idles[processes] = idle = (cpu_seconds([target.process.pid]) - used) / IDLE
            figures = await measure(target, args, args.offered[0], bench)
            target.process.stop()
            deliveries = figures.rate * args.sockets
            faults = figures.lost + figures.twice + figures.disordered + figures.unacked + figures.unstored
            cost = figures.server / deliveries * 1e6, (figures.server - idle) / deliveries * 1e6, faults
            say(f"round {turn}/{args.rounds}, {processes} processes: {cost[0]:.1f} us a delivery")
            costs.setdefault(processes, []).append(cost)
    rows = [
        ["processes", "us a delivery min", "median", "max", "beyond idle", "x fewest", "idle CPU", "faults"]
    ]
    base = median(beyond for _, beyond, _ in costs[args.processes[0]])
    for processes, found in costs.items():
        beyond = median(one[1] for one in found)
        row = [str(processes), *spread([one[0] for one in found], 1), f"{beyond:.1f}", f"{beyond / base:.2f}"]
        rows.append([*row, f"{idles[processes]:.1%}", str(sum(int(one[2]) for one in found))])
    return grid(rows)


def main() -> None:
    parser = arguments("benchmarks.workers", __doc__ or "", SERVERS, in_flight=[0])
    add = parser.add_argument
    add("--processes", type=int, nargs="+", default=[1, 2, 4, 8], help="(1 2 4 8)")
    add("--sockets", type=int, default=200, help="in the one room; all of them send (200)")
    add("--offered", type=int, nargs=1, default=[100], help="messages a second (100)")
    args = parser.parse_args()
    if args.quick:
        args.rounds, args.seconds = 1, 2
    allow_files()
    with Bench(args.folder) as bench:
        try:
            result = uvloop.run(run(args, bench))
        except Missing as error:
            raise SystemExit(f"This needs PostgreSQL and Redis: {error}") from error
        print(
            f"\nWorkers: {args.sockets} sockets in one room, {args.offered[0]} messages/s, {args.rounds} rounds of "
            f"{args.seconds:g} s, {bench.cores_text()}\n\n{result}"
        )


if __name__ == "__main__":
    main()
