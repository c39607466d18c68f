"""Starts and stops what is measured: our server, its peers, PostgreSQL and Redis.

Everything is private to the run: a temporary folder, free ports, processes that are ended by their id.
"""

import argparse
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.load import say
from benchmarks.processes import HERE, Meter, Missing, Process, answers, cores, free_port, program
from benchmarks.report import Figures, Results

T = TypeVar("T")


class Bench:
    """The temporary folder and all processes of one benchmark. A context manager: on leaving, all is ended."""

    def __init__(self, folder: str | None = None, before: Path | None = None) -> None:
        """`before`: the checkout that servers named `before-…` run."""
        self.before = before and before.resolve()
        self.server_cpus, self.other_cpus = cores()
        self.folder = Path(tempfile.mkdtemp(prefix="chat-bench-", dir=folder))
        self.folder.chmod(0o711)  # PostgreSQL's user must reach its folder inside
        self.processes: list[Process] = []
        self._postgresql: tuple[str, int] | None = None
        self._redis: tuple[str, int] | None = None

    def __enter__(self) -> "Bench":
        os.sched_setaffinity(0, self.other_cpus)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))  # so that __exit__ runs
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name: str, command: list[str | Path], **kwargs: Any) -> Process:
        kwargs.setdefault("cpus", self.server_cpus)
        process = Process(name, command, self.folder / f"{name}.log", **kwargs)
        self.processes.append(process)
        return process

    def uvicorn(self, name: str, app: str, environment: Mapping[str, str]) -> tuple[Process, int]:
        """A peer under uvicorn, with the fastest settings we know."""
        port = free_port()
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "uvicorn",
            app,
            "--host",
            HERE,
            "--port",
            str(port),
        ]
        command += ["--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio"]
        command += ["--ws-per-message-deflate", "false", "--no-access-log", "--log-level", "warning"]
        process = self.start(name, command, environment=environment)
        process.wait_for(answers(port))
        return process, port

    def redis(self) -> str:
        """The URL of a Redis that keeps nothing. Raises Missing."""
        if self._redis is None:
            port = free_port()
            command: list[str | Path] = [program("redis-server"), "--port", str(port), "--bind", HERE]
            command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
            process = self.start("redis", command, cpus=self.other_cpus)
            process.wait_for(answers(port))
            self._redis = f"redis://{HERE}:{port}/0", process.pid
        return self._redis[0]

    def postgresql(self) -> str:
        """The URL of a PostgreSQL server with synchronous commit; add a database's name. Raises Missing."""
        if self._postgresql is None:
            programs = program("initdb").resolve().parent
            home = self.folder / "postgresql"
            home.mkdir(mode=0o700)
            as_user: list[str | Path] = []
            if os.geteuid() == 0:  # PostgreSQL refuses to run as root
                user = next(name for name in ("postgres", "nobody") if _exists(name))
                shutil.chown(home, user)
                as_user = [program("setpriv"), f"--reuid={user}", "--clear-groups"]
            password = secrets.token_hex(16)
            secret = self.folder / "postgresql-password"
            secret.touch(0o600)
            secret.write_text(password)
            if as_user:
                shutil.chown(secret, user)
            port = free_port()
            initdb: list[str | Path] = [*as_user, programs / "initdb", "-D", home / "data", "-U", "chat"]
            initdb += ["-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--locale=C", "--no-sync"]
            made = subprocess.run(
                [str(part) for part in initdb], capture_output=True, text=True, cwd=self.folder
            )
            if made.returncode:
                raise Missing(f"initdb failed: {made.stderr.strip()[-500:]}")
            command: list[str | Path] = [
                *as_user,
                programs / "postgres",
                "-D",
                home / "data",
                "-p",
                str(port),
            ]
            command += ["-k", home, "-c", f"listen_addresses={HERE}", "-c", "synchronous_commit=on"]
            # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
            process = self.start("postgresql", command, cpus=self.other_cpus, stop_signal=signal.SIGINT)
            process.wait_for(answers(port))
            self._postgresql = f"postgres://chat:{password}@{HERE}:{port}", process.pid
        return self._postgresql[0]

    def database(self, name: str) -> str:
        """The URL of a new, empty PostgreSQL database. Raises Missing."""
        import psycopg

        server = self.postgresql()
        for attempt in range(50):
            try:
                with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                    connection.execute(f'CREATE DATABASE "{name}"')
                return f"{server}/{name}"
            except psycopg.OperationalError:
                if attempt == 49:
                    raise
                time.sleep(0.1)  # "the database system is starting up"
        raise AssertionError

    def copy_database(self, source: str, target: str) -> None:
        """Make the PostgreSQL database `target` a copy of `source`; both are URLs, and nobody uses them."""
        import psycopg

        server, _, name = target.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}"')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source.rpartition("/")[2]}"')

    def cores_text(self) -> str:
        if self.server_cpus == self.other_cpus:
            return "everything on ONE core: the load slows the server down"
        return f"server on core {min(self.server_cpus)}, everything else on {sorted(self.other_cpus)}"

    def file_system(self) -> str:
        """Its type: on tmpfs a commit reaches no disk."""
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
        return max(
            (m for m in mounts if self.folder.parent.resolve().is_relative_to(m[0])), key=lambda m: len(m[0])
        )[1]

    def meter(self, server: Process) -> Meter:
        """Started now, for one run."""
        backing = [one[1] for one in (self._postgresql, self._redis) if one]
        return Meter([server.pid], backing)


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def start_all(names: list[str], start: Callable[[str], T]) -> dict[str, T]:
    """Start each; what cannot start is said and left out: one absent program must not end it all."""
    targets: dict[str, T] = {}
    for name in names:
        say(f"starting {name}")
        try:
            targets[name] = start(name)
        except (Missing, RuntimeError, OSError) as error:
            say(f"without {name}: {error}")
    return targets


async def rounds(
    args: argparse.Namespace,
    start: Callable[[str], T],
    measure: Callable[[T, int], Awaitable[Figures]],
    unit: str,
) -> Results:
    """Start `args.servers`, then measure each in turn, `args.rounds` times over: noise hits all alike.

    What cannot start or run is said and left out.
    """
    targets = start_all(args.servers, start)
    results: Results = {}
    for turn in range(1, args.rounds + 1):
        for in_flight in args.in_flight:
            for name, target in targets.items():
                where = f"round {turn}/{args.rounds}, load {in_flight}, {name}"
                try:
                    figures = await measure(target, in_flight)
                except (RuntimeError, OSError, TimeoutError) as error:
                    say(f"{where}: {error}")
                    continue
                say(f"{where}: {figures.rate:,.0f} {unit}")
                results.setdefault((name, in_flight), []).append(figures)
    return results
