"""`python -m tests.faults.torture`: every scenario, round after round; the exit status is 1 if a promise was broken.

A round is a few seconds. The seed is printed; with `--seed` the same choices are made again (the machine's timing is
its own). Needs PostgreSQL and Redis installed; what is missing is said.
"""

import argparse
import asyncio
import random
import resource
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from benchmarks.processes import Missing
from tests.faults.torture import access, backings, kills, readers, soak, troubles
from tests.faults.torture.records import Row
from tests.faults.torture.world import World


@dataclass
class Scenario:
    run: Callable[[World, Row, int], Coroutine[Any, Any, None]]
    rounds: int
    quick: int
    seconds: float  # about, a round

    @property
    def text(self) -> str:
        return (self.run.__doc__ or "").splitlines()[0]


SCENARIOS = {
    "sigkill": Scenario(kills.sigkill, 200, 3, 6),
    "redis-restart": Scenario(backings.redis_restart, 50, 3, 4),
    "redis-pause": Scenario(backings.redis_pause, 20, 2, 8),
    "postgres-restart": Scenario(backings.postgres_restart, 20, 2, 5),
    "postgres-away": Scenario(backings.postgres_away, 5, 1, 35),
    "rolling-restart": Scenario(kills.rolling_restart, 20, 2, 10),
    "mixed": Scenario(backings.mixed, 10, 2, 8),
    "slow-reader": Scenario(readers.slow_reader, 1, 1, 100),
    "big-sync": Scenario(readers.big_sync, 3, 1, 10),
    "resend": Scenario(readers.resend, 1, 1, 40),
    "storm": Scenario(readers.storm, 2, 1, 60),
    "access": Scenario(access.access, 3, 1, 60),
    "cut": Scenario(troubles.cut, 12, 3, 9),
    "clocks": Scenario(troubles.clocks, 4, 2, 5),
    "disk-full": Scenario(troubles.disk_full, 2, 1, 10),
    "soak": Scenario(soak.soak, 1, 1, 40),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.torture",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="scenarios:\n" + "\n".join(f"  {name:18} {one.text}" for name, one in SCENARIOS.items()),
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--rounds", type=int, help="rounds of each scenario, instead of its own number")
    parser.add_argument("--quick", action="store_true", help="two or three rounds of each, and small sizes")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, metavar="SCENARIO", help="these alone")
    parser.add_argument("--minutes", type=float, default=30, help="how long the soak lasts (30)")
    parser.add_argument("--sockets", type=int, default=5000, help="how many come back in the storm (5000)")
    parser.add_argument("--keep", action="store_true", help="leave the servers' logs and data where they are")
    return parser.parse_args()


async def run(world: World, name: str, rounds: int) -> Row:
    row = Row(name)
    started = time.monotonic()
    try:
        await SCENARIOS[name].run(world, row, rounds)
    except Missing as missing:
        row.notes.append(f"skipped: {missing}")
    except Exception as error:
        row.wrong(f"the scenario itself ended with {type(error).__name__}: {error}")
    if row.answer:
        row.notes.append(f"the slowest answer, ack or error, on an open socket took {row.answer:.1f} s")
    if row.unavailable:
        row.notes.append(f"{row.unavailable} HTTP answers were 503 although all services were up again")
    row.seconds = time.monotonic() - started
    return row


def table(rows: list[Row]) -> str:
    """The final table."""
    lines: list[tuple[str, ...]] = [
        ("scenario", "rounds", "acked", "found", "lost", "doubled", "disordered", "recovery s", "delivery s")
    ]
    for row in rows:
        times = ["-" if x is None else f"{x:.2f}" for x in (row.recovery, row.delivery)]
        counts = (row.rounds, row.acked, row.found, row.lost, row.doubled, row.disordered)
        lines.append((row.scenario, *map(str, counts), *times))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = []
    for line in lines:
        cells = [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]
        text.append("  ".join(cells))
    return "\n".join(text)


def main() -> int:
    args = arguments()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    chosen = {name: SCENARIOS[name] for name in args.only or SCENARIOS}
    plan = {name: args.rounds or (one.quick if args.quick else one.rounds) for name, one in chosen.items()}
    seconds = 0 if args.quick or "soak" not in plan else args.minutes * 60
    seconds += sum(10 + rounds * chosen[name].seconds for name, rounds in plan.items())
    rows = []
    with World(args.seed, args.quick, args.keep, args.minutes, args.sockets) as world:
        world.say(f"seed {args.seed}; {len(plan)} scenarios, about {seconds / 60:.0f} minutes")
        for name, rounds in plan.items():
            world.say(f"{name}: {chosen[name].text}")
            row = asyncio.run(run(world, name, rounds))
            rows.append(row)
            for line in [*row.notes, *row.violations[:20]]:
                world.say(f"  {line}")
        if args.keep:
            world.say(f"kept: {world.bench.folder}")
    violations = [text for row in rows for text in row.violations]
    lines = ["", table(rows), "", *(f"{row.scenario}: {note}" for row in rows for note in row.notes)]
    lines += [f"VIOLATION {text}" for text in violations[:50]]
    sys.stdout.write("\n".join([*lines, f"seed {args.seed}: {len(violations)} violations", ""]))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
