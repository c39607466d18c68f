"""Real servers for tests: the chat server, and the private PostgreSQL and Redis it runs on."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from benchmarks.processes import HERE, Missing, Process, answers, free_port
from benchmarks.servers import Bench

ROOT = Path(__file__).resolve().parent.parent
SQLITE = "sqlite"
POSTGRES = "postgres+redis"
BACKENDS = [SQLITE, POSTGRES]
HINT = "Debian, Ubuntu: apt install postgresql redis-server; macOS: brew install postgresql redis"


class ChatServer:
    """`manage.py serve` on a free port; a context manager that makes its tables, starts and stops it."""

    arguments = ["manage.py", "serve"]

    def __init__(self, backing: "Backing", environment: Mapping[str, str]) -> None:
        self.bench = backing.bench
        self.port = free_port()
        self.cpus = os.sched_getaffinity(0)
        # Not named by the port alone: the system may give one that an earlier server had.
        self.folder = Path(tempfile.mkdtemp(prefix=f"chat-{self.port}-", dir=backing.bench.folder))
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "tests.server_settings",
            "DATA_DIR": str(self.folder),
            "SECRET_KEY": "tests-only-0123456789-0123456789-0123456789",
            "HOST": HERE,
            "PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{self.folder}/db.sqlite3",
            "REDIS_URL": "",
            "WEB_PROCESSES": "1",
            "RATE_LIMITS": "off",
            "ALLOW_GUESTS": "on",
            "ALLOWED_HOSTS": f"{HERE},localhost",
            "EMAIL_URL": "dummymail://",
            **environment,
        }
        self.process: Process | None = None

    @property
    def http(self) -> str:
        return f"http://{HERE}:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://{HERE}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def has_redis(self) -> bool:
        return bool(self.environment["REDIS_URL"])

    def __enter__(self) -> "ChatServer":
        self.make_tables()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def make_tables(self) -> None:
        """Migrate the database. An empty one becomes a copy of another one, as migrating takes seconds."""
        url = self.environment["DATABASE_URL"]
        file = self.folder / "db.sqlite3"
        if url == f"sqlite:///{file}" and not file.exists():
            shutil.copy(_migrated_file(self.bench), file)  # and its mode: only the owner may read it
        elif url.startswith("postgres") and "?" not in url and _is_empty(url):
            self.bench.copy_database(_migrated_database(self.bench), url)
        else:
            self.manage("migrate", "--verbosity=0")

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the server, as an operator would; its output."""
        return command(self.environment, *arguments).stdout

    def start(self) -> None:
        command: list[str | Path] = [sys.executable, *self.arguments]
        self.process = Process("chat server", command, self.log, self.cpus, self.environment)
        self.process.wait_for(answers(self.port))

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        assert self.process is not None
        self.process.stop()
        return self.process.child.returncode

    def kill(self) -> None:
        """SIGKILL to all of its processes, as a power cut would end them. They have ended when this returns."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.child.wait(10)
        end = time.monotonic() + 10
        while answers(self.port)():  # a worker that is still ending would pass for the next server
            assert time.monotonic() < end, "something still listens"
            time.sleep(0.01)


def command(
    environment: Mapping[str, str], *arguments: str, status: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a management command, which must end with this status."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


@cache
def _migrated_file(bench: Bench) -> Path:
    """An SQLite database with all tables."""
    folder = bench.folder / "migrated"
    folder.mkdir()
    file = folder / "db.sqlite3"
    command({"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{file}"}, "migrate", "--verbosity=0")
    return file


@cache
def _migrated_database(bench: Bench) -> str:
    """A PostgreSQL database with all tables; its URL."""
    url = bench.database("migrated")
    command({"DATABASE_URL": url}, "migrate", "--verbosity=0")
    return url


def _is_empty(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return row == (0,)


class Backing:
    """The private PostgreSQL and Redis of a run of tests."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.bench.server_cpus = self.bench.other_cpus = os.sched_getaffinity(0)

    def __enter__(self) -> "Backing":
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.bench.processes):
            process.stop()
        shutil.rmtree(self.bench.folder, ignore_errors=True)

    def process(self, name: str) -> Process:
        """One of the backing servers, `postgresql` or `redis`, to be stopped and started by a test of its own."""
        return next(process for process in self.bench.processes if process.name == name)

    def chat_server(
        self, backend: str, kind: type[ChatServer] = ChatServer, **environment: str
    ) -> ChatServer:
        """A server on one of BACKENDS, with more of its environment. Skips the test where a program is missing."""
        if backend == POSTGRES:
            try:
                environment = {
                    "DATABASE_URL": self.bench.database(f"chat_{uuid4().hex[:12]}"),
                    "REDIS_URL": self.bench.redis(),
                    "WEB_PROCESSES": "2",
                    **environment,
                }
            except Missing as missing:
                pytest.skip(f"{missing}. {HINT}")
        return kind(self, environment)
