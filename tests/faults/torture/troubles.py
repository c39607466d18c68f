"""Cut networks, clocks that differ, and a disk that is full."""

import asyncio
import json
import random
import shutil
import subprocess
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from benchmarks.processes import HERE, Missing
from tests.faults.torture.crew import Load, crew_on, open_room
from tests.faults.torture.kills import brief
from tests.faults.torture.lean import Ear, acked, hang_up, open_all
from tests.faults.torture.readers import books, people_at
from tests.faults.torture.records import Row
from tests.faults.torture.world import World, until

CUT = 4.0  # seconds
PROMPT = 5.0  # seconds within which a refusal comes


class Proxy:
    """A TCP proxy that can be cut: `stall` keeps connections and passes nothing on, `drop` ends and refuses them."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = 0
        self.passing = asyncio.Event()
        self.passing.set()
        self.dropping = False
        self.writers: set[asyncio.StreamWriter] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> "Proxy":
        self.server = await asyncio.start_server(self._serve, HERE, 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.dropping:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(HERE, self.to)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self.writers |= both
        pumps = {
            asyncio.create_task(self._pump(one, other))
            for one, other in ((reader, far_writer), (far_reader, writer))
        }
        self.tasks |= pumps
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        self.writers -= both
        for pump in pumps:
            pump.cancel()
        self.tasks -= pumps
        for one in both:
            one.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self.passing.wait()
                writer.write(data)
                await writer.drain()

    async def stall(self) -> None:
        self.passing.clear()
        await asyncio.sleep(CUT)
        self.passing.set()

    async def drop(self) -> None:
        self.dropping = True
        for writer in list(self.writers):
            writer.transport.abort()
        await asyncio.sleep(CUT)
        self.dropping = False

    async def stall_then_drop(self) -> None:
        """As a firewall does that forgets its connections."""
        await self.stall()
        for writer in list(self.writers):
            writer.transport.abort()

    async def stop(self) -> None:
        self.server.close()
        for task in self.tasks:
            task.cancel()
        for writer in list(self.writers):
            writer.transport.abort()


async def cut(world: World, row: Row, rounds: int) -> None:
    """The network between one server process and Redis, or PostgreSQL, stalls or breaks; the other's is whole."""
    whole = world.server(processes=1)
    urls = {name: whole.environment[name] for name in ("DATABASE_URL", "REDIS_URL")}
    ports = {name: int(url.rsplit(":", 1)[1].split("/")[0]) for name, url in urls.items()}
    proxies = {name: await Proxy(port).start() for name, port in ports.items()}
    behind = world.server(
        processes=1,
        **{name: url.replace(str(ports[name]), str(proxies[name].port)) for name, url in urls.items()},
    )
    ways = [
        (kind, way) for kind in ("REDIS_URL", "DATABASE_URL") for way in ("stall", "drop", "stall_then_drop")
    ]
    try:
        async with crew_on(world, whole, behind) as crew:
            for number in range(rounds):
                kind, way = ways[number % len(ways)]
                late = 2.0 if kind == "REDIS_URL" else None
                await crew.round(row, getattr(proxies[kind], way), Load(delivery=late, recovery=10))
                world.say(f"cut {number + 1}/{rounds}: {way} of {kind.split('_')[0].lower()}; {brief(row)}")
    finally:
        for proxy in proxies.values():
            await proxy.stop()


def libfaketime() -> Path:
    """Where it is. Raises `Missing`."""
    for found in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"):
        return found
    raise Missing("libfaketime is not installed (Debian, Ubuntu: apt install libfaketime)")


async def clocks(world: World, row: Row, rounds: int) -> None:
    """Two server processes whose clocks are ten seconds apart, with Redis up and away (needs libfaketime)."""
    library = libfaketime()
    ahead = world.server(processes=1)
    behind = world.server(processes=1, DATABASE_URL=ahead.environment["DATABASE_URL"])
    ahead.environment |= {
        "LD_PRELOAD": str(library),
        "FAKETIME": "+10s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
    }
    async with crew_on(world, ahead, behind) as crew:  # all sign in at the one that is ahead
        for number in range(rounds):
            fault = partial(asyncio.sleep, 0.5) if number % 2 == 0 else partial(world.restart_redis, 1.5)
            await crew.round(row, fault, Load(delivery=2.0))
            for server in (ahead, behind):
                where = "ahead" if server is ahead else "behind"
                for person in crew.persons:
                    headers = {"Authorization": f"Bearer {person.token}"}
                    answer = await crew.people.http.get(f"{server.http}/users/me", headers=headers)
                    row.check(answer.status_code == 200, f"the server that is {where} refused a token")
            # Half of the clients prefer the server that is behind; refused there, they would go to the other.
            codes = [code for client in crew.clients for code in client.closes]
            row.check(not codes, f"sockets were closed, with {codes[:5]}")
            world.say(f"clocks {number + 1}/{rounds}: {brief(row)}")


def small_disk(folder: Path, size: str) -> bool:
    """A file system of that size there; False where this user may not mount."""
    folder.mkdir(exist_ok=True)
    return run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))


def run(*command: str) -> bool:
    """Whether it could be done."""
    return bool(shutil.which(command[0])) and subprocess.run(command, capture_output=True).returncode == 0


async def disk_full(world: World, row: Row, rounds: int) -> None:
    """SQLite on a disk that becomes full: clear refusals, nothing that was acked is lost, and it goes on with room."""
    for _ in range(rounds):
        row.rounds += 1
        server = world.sqlite()
        disk = server.folder / "small"
        if not small_disk(disk, "5m"):
            raise Missing("a small file system (mount needs root)")
        server.environment["DATABASE_URL"] = f"sqlite:///{disk}/db.sqlite3"
        try:
            async with people_at(server) as people:
                ann = await people.sign_up("ann")
                room = await open_room(ann)
                sender = Ear()
                await open_all([(sender, ann.token)], server.port, f"/ws/room/{room}", random.Random(1), 0)
                sent: list[str] = []

                def say(count: int) -> None:
                    for _ in range(count):
                        sent.append(f"d{len(sent)}")  # noqa: B023
                        sender.say(sent[-1], 3500)  # noqa: B023

                while len(sent) < 5000 and not sender.errors:
                    say(20)
                    await asyncio.sleep(0.02)
                started = time.monotonic()
                say(50)
                await until(lambda: len(sender.acks) + len(sender.errors) >= len(sent))  # noqa: B023
                row.check(time.monotonic() - started < PROMPT, "the refusals were slow")
                errors = [json.loads(error) for error in sender.errors]
                row.check(bool(errors), "the disk never became full")
                clear = [e for e in errors if e["code"] == "unavailable" and "disk is full" in e["detail"]]
                row.check(len(clear) == len(errors), f"a refusal was not clear: {errors[:1]}")
                row.check((await ann.call("GET", "/healthz")).status_code == 200, "the server died of it")
                await books(row, ann, f"room:{room}", 0, acked([sender]))
                stored = set(acked([sender]))
                assert await asyncio.to_thread(run, "mount", "-o", "remount,size=100m", str(disk))
                started = time.monotonic()
                while (missing := [c for c in sent if c not in stored]) and time.monotonic() - started < 20:
                    for client_id in missing:
                        sender.say(client_id, 3500)
                    await asyncio.sleep(0.5)
                    stored = set(acked([sender]))
                row.recovered(time.monotonic() - started)
                row.check(not missing, f"{len(missing)} messages were refused although there was room again")
                await books(row, ann, f"room:{room}", 0, acked([sender]))
                row.check(not sender.gaps, f"{sender.gaps[:3]}")
                await hang_up([sender])
                world.say(f"disk-full {row.rounds}/{rounds}: {len(errors)} refusals; {brief(row)}")
        finally:
            await asyncio.to_thread(run, "umount", "-l", str(disk))
