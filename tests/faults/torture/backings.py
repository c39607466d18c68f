"""Redis and PostgreSQL that go away, hang, and come back."""

import asyncio
import os
import random
import signal
from functools import partial

from tests.faults.torture.crew import Crew, Load, crew_on
from tests.faults.torture.kills import brief
from tests.faults.torture.records import Row
from tests.faults.torture.world import World, kill, workers

LATE = 2.0  # seconds within which a message is delivered while Redis is away
PAUSE = 5.0


async def redis_restart(world: World, row: Row, rounds: int) -> None:
    """Redis is stopped and started again in the middle of the load."""
    chance = random.Random(f"{world.seed} redis")
    async with crew_on(world, world.server()) as crew:
        for number in range(rounds):
            await crew.round(
                row, lambda: world.restart_redis(chance.choice([0, 0, 0.5, 1.5])), Load(delivery=LATE)
            )
            world.say(f"redis-restart {number + 1}/{rounds}: {brief(row)}")


async def redis_pause(world: World, row: Row, rounds: int) -> None:
    """Redis hangs (SIGSTOP) for five seconds."""

    async def pause() -> None:
        os.kill(world.redis.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(PAUSE)
        finally:
            os.kill(world.redis.pid, signal.SIGCONT)

    async with crew_on(world, world.server()) as crew:
        for number in range(rounds):
            await crew.round(row, pause, Load(delivery=LATE))
            world.say(f"redis-pause {number + 1}/{rounds}: {brief(row)}")


async def _away(world: World, crew: Crew, immediate: bool, away: float) -> None:
    """PostgreSQL goes and comes back; in the middle, everybody says how far they have read."""
    restart = asyncio.create_task(world.restart_postgresql(immediate, away))
    await asyncio.sleep(0.2)
    await crew.read_all()
    await restart


async def postgres_restart(world: World, row: Row, rounds: int) -> None:
    """PostgreSQL is restarted: in fast mode, and in immediate mode, which is a crash."""
    chance = random.Random(f"{world.seed} postgres")
    async with crew_on(world, world.server()) as crew:
        for number in range(rounds):
            before = sum(client.reconnects for client in crew.clients)
            immediate, away = number % 2 == 1, chance.choice([0, 0.5, 1.5])
            await crew.round(row, partial(_away, world, crew, immediate, away))
            lost = sum(client.reconnects for client in crew.clients) - before
            row.check(lost == 0, f"{lost} sockets were lost with the database")
            world.say(f"postgres-restart {number + 1}/{rounds}: {brief(row)}")


async def postgres_away(world: World, row: Row, rounds: int) -> None:
    """PostgreSQL is away for long, 10 to 40 seconds; once it is back, all are served again within five."""
    chance = random.Random(f"{world.seed} away")
    async with crew_on(world, world.server()) as crew:
        for number in range(rounds):
            away = 10 if world.is_quick else chance.choice([10, 20, 40])
            await crew.round(row, partial(_away, world, crew, False, away), Load(recovery=5))
            world.say(f"postgres-away {number + 1}/{rounds}: for {away} s; {brief(row)}")


async def mixed(world: World, row: Row, rounds: int) -> None:
    """Two server processes die, Redis and PostgreSQL are restarted: all at once, in a random order."""
    chance = random.Random(f"{world.seed} mixed")
    server = world.server()

    async def after(seconds: float, number: int) -> None:
        await asyncio.sleep(seconds)
        match number:
            case 0:
                kill(chance.choice(workers(server)))
            case 1:
                await world.restart_redis(chance.uniform(0, 1))
            case 2:
                await world.restart_postgresql(chance.random() < 0.5, chance.uniform(0, 1))
            case 3:
                kill(chance.choice(workers(server)))

    async def all_at_once() -> None:
        await asyncio.gather(*(after(chance.uniform(0, 1.5), number) for number in range(4)))

    async with crew_on(world, server) as crew:
        for number in range(rounds):
            await crew.round(row, all_at_once)
            world.say(f"mixed {number + 1}/{rounds}: {brief(row)}")
