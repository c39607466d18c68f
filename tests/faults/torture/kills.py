"""Server processes that die, and servers that are restarted."""

import asyncio
import random

from tests.faults.torture.crew import Load, crew_on
from tests.faults.torture.records import Row
from tests.faults.torture.world import World, kill, workers


async def sigkill(world: World, row: Row, rounds: int) -> None:
    """SIGKILL of a random server process, and now and then of the whole server, in the middle of the load."""
    chance = random.Random(f"{world.seed} sigkill")
    server = world.server()

    async def one() -> None:
        kill(chance.choice(workers(server)))

    async def whole() -> None:
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)

    async with crew_on(world, server) as crew:
        for number in range(rounds):
            everything = chance.random() < 0.2 or number == 1
            await crew.round(row, whole if everything else one, Load(before=chance.uniform(0.2, 1.0)))
            world.say(
                f"sigkill {number + 1}/{rounds}: {'the server' if everything else 'a process'}; {brief(row)}"
            )


async def rolling_restart(world: World, row: Row, rounds: int) -> None:
    """Two servers on the same databases, restarted one after the other; clients of one go to the other."""
    first = world.server(processes=1)
    second = world.server(processes=1, DATABASE_URL=first.environment["DATABASE_URL"])

    async def roll() -> None:
        for server in (first, second):
            status = await asyncio.to_thread(server.stop)
            row.check(status == 0, f"SIGTERM ended a server with status {status}")
            await asyncio.to_thread(server.start)
            await asyncio.sleep(0.3)

    async with crew_on(world, first, second) as crew:
        for number in range(rounds):
            for client in crew.clients:
                client.closes.clear()
            await crew.round(row, roll)
            codes = {code for client in crew.clients for code in client.closes}
            row.check(codes <= {1012}, f"sockets were closed with {codes}, not 1012 alone")
            world.say(f"rolling-restart {number + 1}/{rounds}: {brief(row)}")


def brief(row: Row) -> str:
    text = f"{row.acked} acked, {row.lost} lost, {row.doubled} doubled, recovered within {row.recovery or 0:.1f} s"
    return text + (f", {len(row.violations)} VIOLATIONS" if row.violations else "")
