"""Real servers for tests: the chat server, and the private PostgreSQL and Redis it runs on."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from benchmarks.processes import HERE, Missing, Process, answers, free_port
from benchmarks.servers import Bench

ROOT = Path(__file__).resolve().parent.parent
SQLITE = "sqlite"
POSTGRES = "postgres+redis"
BACKENDS = [SQLITE, POSTGRES]
HINT = "Debian, Ubuntu: apt install postgresql redis-server; macOS: brew install postgresql redis"


class ChatServer:
    """`manage.py serve` on a free port; a context manager that migrates, starts and stops it."""

    arguments = ["manage.py", "serve"]

    def __init__(self, backing: "Backing", environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.cpus = os.sched_getaffinity(0)
        # Not named by the port alone: the system may give one that an earlier server had.
        self.folder = Path(tempfile.mkdtemp(prefix=f"chat-{self.port}-", dir=backing.bench.folder))
        self.environment = {
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
        self.manage("migrate", "--verbosity=0")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the server, as an operator would; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

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
        """SIGKILL to all of its processes, as a power cut would end them."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.child.wait(10)


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
