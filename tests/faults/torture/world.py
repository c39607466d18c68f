"""What is tortured: server processes on a private PostgreSQL and Redis."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from benchmarks.load import say
from benchmarks.processes import Process, answers
from tests.servers import Backing, ChatServer

PATIENCE = 40.0  # seconds until whatever should come back must have


class World(Backing):
    """The private databases; scenarios start their own servers on them."""

    def __init__(
        self, seed: int, is_quick: bool = False, keep: bool = False, minutes: float = 30, sockets: int = 5000
    ) -> None:
        super().__init__()
        self.seed = seed
        self.is_quick = is_quick  # small sizes
        self.minutes = minutes  # that the soak lasts
        self.sockets = sockets  # in the storm
        self.keep = keep  # leave logs and data where they are
        self._count = 0

    def __enter__(self) -> "World":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))  # so that all is ended below
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.bench.processes):
            process.stop()
        if not self.keep:
            shutil.rmtree(self.bench.folder, ignore_errors=True)

    def say(self, line: str) -> None:
        """A progress line."""
        say(line)

    def server(self, processes: int = 2, **environment: str) -> ChatServer:
        """A server on PostgreSQL and Redis, not started. Raises `Missing` where a program is not there."""
        self._count += 1
        environment = {
            "DATABASE_URL": self.bench.database(f"torture_{self._count}"),
            "REDIS_URL": self.bench.redis(),
            "WEB_PROCESSES": str(processes),
            **environment,
        }
        return ChatServer(self, environment)

    def sqlite(self, **environment: str) -> ChatServer:
        """One process on SQLite."""
        return ChatServer(self, environment)

    @property
    def redis(self) -> Process:
        return self.process("redis")

    @property
    def postgresql(self) -> Process:
        return self.process("postgresql")

    async def restart_redis(self, away: float) -> None:
        await asyncio.to_thread(self.redis.stop)
        await asyncio.sleep(away)
        await asyncio.to_thread(self._start, self.redis, self.bench._redis)

    async def restart_postgresql(self, immediate: bool, away: float) -> None:
        if immediate:
            self.postgresql.child.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(self.postgresql.stop)
        await asyncio.sleep(away)
        await asyncio.to_thread(self._start, self.postgresql, self.bench._postgresql)
        await asyncio.to_thread(self._wait_for_postgresql)

    def _wait_for_postgresql(self) -> None:
        """Until it takes connections: after a crash it first recovers."""
        for _ in range(600):
            with suppress(psycopg.OperationalError):
                psycopg.connect(f"{self.bench.postgresql()}/postgres").close()
                return
            time.sleep(0.05)
        raise RuntimeError("PostgreSQL did not come back")

    @staticmethod
    def _start(process: Process, where: tuple[str, int] | None) -> None:
        assert where is not None
        process.start()
        process.wait_for(answers(int(where[0].split("/")[2].rsplit(":", 1)[1])))


def workers(server: ChatServer) -> list[int]:
    """The ids of its server processes."""
    assert server.process is not None
    pid = server.process.pid
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text():
                found.append(int(child))
        except OSError:
            continue  # it ended meanwhile
    return found or [pid]


async def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether it came true in that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.02)
    return True


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
