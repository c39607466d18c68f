"""A long steady load with sockets that come and go: what the server holds must not grow."""

import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.faults.torture.crew import open_room
from tests.faults.torture.lean import Ear, acked, hang_up, open_all, text
from tests.faults.torture.readers import books, people_at, resident
from tests.faults.torture.records import Row
from tests.faults.torture.world import World, until, workers
from tests.people import Person
from tests.servers import ChatServer

ROOMS = 50
STAY = 30.0  # seconds that a socket stays, on average
#: An hour, on the fitted line. A socket has several tasks, and how many sockets there are varies by some.
GROWTH = {"memory MB": 20.0, "files": 20.0, "threads": 4.0, "tasks": 100.0, "database": 4.0}


@dataclass
class Samples:
    """What the server's processes hold, sampled; `slope` is of the second half, when all is warm."""

    times: list[float] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)

    def take(self, pids: list[int], tasks: float, connections: int) -> None:
        self.times.append(time.monotonic())
        found = {
            "memory MB": sum(resident(pid) for pid in pids),
            "files": sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
            "threads": sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids),
            "tasks": tasks,
            "database": connections,
        }
        for name, value in found.items():
            self.values.setdefault(name, []).append(float(value))

    def slope(self, name: str) -> float:
        """How much more an hour."""
        half = len(self.times) // 2
        xs, ys = self.times[half:], self.values[name][half:]
        if len(xs) < 3:
            return 0.0
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        over = sum((a - x) ** 2 for a in xs)
        return 3600 * sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / over


async def soak(world: World, row: Row, rounds: int) -> None:
    """Steady load with sockets coming and going; memory, files, threads, tasks, database connections stay flat."""
    rate, count, minutes = (100.0, 100, 0.5) if world.is_quick else (1000.0, 1000, world.minutes)
    server = world.server()
    row.rounds = 1
    async with people_at(server) as people:
        chance = random.Random(f"{world.seed} soak")
        persons = [await people.sign_up(f"p{number}") for number in range(10)]
        rooms = [await open_room(*persons) for _ in range(ROOMS if not world.is_quick else 5)]
        senders = [Ear() for _ in rooms]
        for sender, room in zip(senders, rooms, strict=True):
            await open_all([(sender, persons[0].token)], server.port, f"/ws/room/{room}", chance, 0)
        end = time.monotonic() + minutes * 60
        gaps: list[str] = []
        visits = 0

        async def visitor() -> None:
            nonlocal visits
            while time.monotonic() < end:
                ear, person, room = Ear(), chance.choice(persons), chance.choice(rooms)
                person_token = person.token
                await open_all([(ear, person_token)], server.port, f"/ws/room/{room}", chance, 1.0)
                left = min(end - time.monotonic(), chance.expovariate(1 / STAY))
                await asyncio.sleep(max(0.0, left))
                gaps.extend(ear.gaps)
                visits += 1
                if chance.random() < 0.3:
                    ear.transport.abort()  # a network that just goes
                else:
                    await hang_up([ear])

        async def renew() -> None:
            """New tokens before the old ones end."""
            while True:
                await asyncio.sleep(300)
                for person in persons:
                    person.token = (await person.sign_in()).token
                for sender in senders:
                    sender.transport.write(text({"type": "auth", "token": persons[0].token}))

        crowd = [asyncio.create_task(visitor()) for _ in range(count)]
        renewing = asyncio.create_task(renew())
        samples = Samples()
        measuring = asyncio.create_task(_measure(world, server, persons[0], samples))
        sent = [0] * len(senders)
        started = time.monotonic()
        while (now := time.monotonic()) < end:
            while sum(sent) < (now - started) * rate:
                place = sum(sent) % len(senders)
                senders[place].say(f"s{place}-{sent[place]}")
                sent[place] += 1
            await asyncio.sleep(0.01)
            for task in (renewing, measuring):
                if task.done():
                    await task  # it failed
        for task in (renewing, measuring):
            task.cancel()  # before all leave, which would look as if what grew had shrunk
        await asyncio.gather(*crowd)
        await until(lambda: sum(len(sender.acks) for sender in senders) >= sum(sent))
        row.check(sum(len(s.acks) for s in senders) == sum(sent), "not every message was acked")
        row.lost += len(gaps)
        row.check(not gaps, f"{len(gaps)} gaps: {gaps[:3]}")
        for sender, room in zip(senders, rooms, strict=True):
            await books(row, persons[0], f"room:{room}", 0, acked([sender]))
            row.delivered(max(sender.late, default=0.0))
        await hang_up(senders)
        row.notes.append(f"{sum(sent)} messages and {visits} visits in {minutes:g} minutes")
        for name, most in GROWTH.items():
            values = samples.values.get(name, [0.0])
            row.notes.append(
                f"{name}: {values[0]:.0f} at first, {values[-1]:.0f} at last, {samples.slope(name):+.1f} an hour"
            )
            long_enough = minutes >= 10
            row.check(not long_enough or samples.slope(name) <= most, f"{name} grow: {row.notes[-1]}")


async def _measure(world: World, server: ChatServer, reader: Person, samples: Samples) -> None:
    """Every few seconds; a line each minute."""
    said = time.monotonic()
    while True:
        await asyncio.sleep(2 if world.is_quick else 10)
        connections = await asyncio.to_thread(_connections, server.environment["DATABASE_URL"])
        samples.take(workers(server), await _tasks(reader), connections)
        if time.monotonic() - said > 60:
            said = time.monotonic()
            world.say(
                "soak: " + ", ".join(f"{name} {values[-1]:.0f}" for name, values in samples.values.items())
            )


async def _tasks(reader: Person) -> float:
    """Of the event loops of all processes, as the server counts them."""
    answer = await reader.call("GET", "/metrics")
    found = re.search(r"^chat_tasks (\S+)$", answer.text, re.MULTILINE)
    assert found is not None, answer.text[:200]
    return float(found[1])


def _connections(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return row[0] if row else 0
