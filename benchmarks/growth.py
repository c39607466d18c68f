"""What many users need, from measured costs: a sum for each piece, and a simulation that checks it.

`python -m benchmarks.growth [--help]`. No server runs. The costs are options, with what was measured as defaults
(docs/scaling.md says how). The sum gives each piece's load in shares of one core; the simulation lets messages come
at random to chats of random sizes for some seconds, and says how busy one process and Redis are and how long work
waits for them (p99): where the sum and the simulation differ, the sum is wrong.
"""

import argparse
import math
import random
from dataclasses import dataclass

from benchmarks.report import grid

USERS = (10_000, 1_000_000, 10_000_000)


@dataclass
class Needs:
    """Of so many users at the busiest time; loads are shares of one core."""

    sockets: float
    messages: float  # a second
    rings: float  # a second: batches and passing events that every process hears of
    processes: int
    process: float  # one server process
    redis: float
    database: float  # PostgreSQL's writing
    growth: float  # GB a year
    memory: float  # GB of all processes


def needs(users: float, args: argparse.Namespace) -> Needs:
    sockets = users * args.online
    messages = sockets * args.messages / 60
    rings = messages * args.rings
    processes = max(1, math.ceil(sockets / args.per_process))
    # Everything that one process does a second; all others' rings it hears of, too.
    own = messages / processes * args.store + messages * args.audience / processes * args.delivery
    ringing = rings / processes * args.publish + rings * (1 - 1 / processes) * args.receive
    redis = rings * (args.publish_redis + processes * args.push) if processes > 1 else 0.0
    per_year = users * args.online * args.messages / 60 * args.row * 86_400 * 365 * args.average
    return Needs(
        sockets,
        messages,
        rings,
        processes,
        (own + (ringing if processes > 1 else 0)) / 1e6,
        redis / 1e6,
        messages * args.database / 1e6,
        per_year / 1e9,
        (processes * args.base + sockets * args.socket / 1000) / 1000,
    )


def waits(jobs: list[tuple[float, float]], seconds: float) -> tuple[float, float]:
    """(share of the time that one core is busy, p99 of the wait in ms) for jobs (when, cost in s), first come first."""
    free = busy = 0.0
    waited = []
    for when, cost in jobs:
        waited.append(max(0.0, free - when))
        free = max(free, when) + cost
        busy += cost
    waited.sort()
    return busy / seconds, waited[len(waited) * 99 // 100] * 1000 if waited else 0.0


def simulate(found: Needs, args: argparse.Namespace) -> tuple[float, float, float, float]:
    """(busy, p99 wait ms) of one process, then of Redis: each ring by itself, audiences log-normal as chats are."""
    chance = random.Random(1)
    count = found.processes
    process: list[tuple[float, float]] = []
    redis: list[tuple[float, float]] = []
    mu = math.log(args.audience) - 0.5  # so that the mean is the audience
    now = 0.0
    while (now := now + chance.expovariate(found.rings)) < args.seconds:
        is_message = chance.random() < 1 / args.rings
        is_ours = chance.random() < 1 / count
        cost = 0.0
        if count > 1:
            cost = args.publish if is_ours else args.receive
            redis.append((now, (args.publish_redis + count * args.push) / 1e6))
        if is_message:
            audience = min(chance.lognormvariate(mu, 1), found.sockets)
            # Of many sockets each is here with one chance in `count`.
            here = (
                audience / count
                if audience / count > 5
                else sum(chance.random() < 1 / count for _ in range(round(audience)))
            )
            cost += args.store * is_ours + here * args.delivery
        if cost:
            process.append((now, cost / 1e6))
    return *waits(process, args.seconds), *waits(redis, args.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    add = parser.add_argument
    assume = "assumed"
    add("--online", type=float, default=0.1, help=f"share of users with a socket, {assume} (0.1)")
    add(
        "--messages",
        type=float,
        default=0.2,
        help=f"of an online user, a minute at the busiest time, {assume} (0.2)",
    )
    add("--average", type=float, default=0.4, help=f"the whole day beside the busiest time, {assume} (0.4)")
    add("--audience", type=float, default=20, help=f"sockets that get a message, on average, {assume} (20)")
    add("--rings", type=float, default=4, help=f"rings a message: it, reads, typing, presence, {assume} (4)")
    add("--per-process", type=float, default=9000, help="sockets of one process (9000)")
    add("--delivery", type=float, default=20, help="us of the server for a delivery (20)")
    add("--store", type=float, default=47, help="us of the server for a message stored and acked (47)")
    add("--database", type=float, default=50, help="us of PostgreSQL and Redis for the same (50)")
    add("--publish", type=float, default=115, help="us of the server for a ring (115)")
    add("--receive", type=float, default=64, help="us of each other process for it (64)")
    add("--publish-redis", type=float, default=44, help="us of Redis for it (44)")
    add("--push", type=float, default=3.2, help="us of Redis for each process that hears it (3.2)")
    add("--socket", type=float, default=28, help="kB of an idle socket, in MB a thousand (28)")
    add("--base", type=float, default=130, help="MB of a process (130)")
    add("--row", type=float, default=300, help="bytes of a message in PostgreSQL, indexes and all (300)")
    add("--seconds", type=float, default=10, help="that are simulated (10)")
    args = parser.parse_args()
    head = [
        "users",
        "sockets",
        "messages/s",
        "processes",
        "memory GB",
        "GB a year",
        "database",
        "process",
        "redis",
    ]
    rows = [[*head, "process simulated", "its p99 wait ms", "redis simulated", "its p99 wait ms"]]
    for users in USERS:
        found = needs(users, args)
        process, process_wait, redis, redis_wait = simulate(found, args)
        row = [f"{users:,}", f"{found.sockets:,.0f}", f"{found.messages:,.0f}", str(found.processes)]
        row += [f"{found.memory:,.1f}", f"{found.growth:,.0f}"]
        row += [f"{share:.1%}" for share in (found.database, found.process, found.redis)]
        rows.append([*row, f"{process:.1%}", f"{process_wait:,.1f}", f"{redis:.1%}", f"{redis_wait:,.1f}"])
    print(f"\nGrowth: loads are shares of one core, at the busiest time\n\n{grid(rows)}")


if __name__ == "__main__":
    main()
