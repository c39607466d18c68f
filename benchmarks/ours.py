"""This project's server as something to measure."""

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import HERE, ROOT, Missing, answers, free_port
from benchmarks.servers import Bench

GREETING = b'{"type":"message_history"'  # the last frame before a one-chat socket is live
HELLO = b'{"type":"connection_established"'  # the same on `/ws`
SPY = Path(sys.executable).parent / "py-spy"
PROFILES = "BENCH_PROFILES"  # the folder where `benchmarks.profile` wants to find what py-spy saw


def call(port: int, method: str, path: str, body: object = None, token: str | None = None) -> Any:
    """One JSON request. Raises RuntimeError with the answer when it is not 2xx."""
    connection = http.client.HTTPConnection(HERE, port, timeout=30)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:500].decode(errors='replace')}")
    return json.loads(text) if text else None


class Ours:
    """This project's server, exactly as `manage.py serve` runs it, with people signed in."""

    def __init__(self, bench: Bench, name: str, people: int, scaled: bool, processes: int = 1) -> None:
        """`scaled`: PostgreSQL and Redis; else SQLite and the in-memory layer. Raises Missing."""
        self.root = ROOT
        if name.startswith("before-"):
            if not bench.before:
                raise Missing("no --before, the checkout to run")
            self.root = bench.before
        data = bench.folder / name
        data.mkdir(exist_ok=True)
        self.port = free_port()
        self.environment = {
            "DATA_DIR": str(data),
            "HOST": HERE,
            "PORT": str(self.port),
            "DATABASE_URL": bench.database(f"{name.replace('-', '_')}_{secrets.token_hex(3)}")
            if scaled
            else f"sqlite:///{data}/db.sqlite3",
            "REDIS_URL": bench.redis() if scaled else "",
            "WEB_PROCESSES": str(processes),
            "RATE_LIMITS": "off",
            "ALLOW_SIGNUP": "on",
            "SECRET_KEY": secrets.token_hex(32),
            "ALLOWED_HOSTS": f"localhost,{HERE}",
            "ALLOWED_ORIGINS": "",
            "DEBUG": "off",
            "EMAIL_URL": "dummymail://",
        }
        self.manage("migrate", "-v0")
        serve: list[str | Path] = [sys.executable, self.root / "manage.py", "serve"]
        self.process = bench.start(name, serve, environment=self.environment, cwd=self.root)
        try:
            self.process.wait_for(answers(self.port))
        except RuntimeError as error:
            raise Missing(str(error)) from error
        if folder := os.environ.get(PROFILES):
            self._profile(bench, Path(folder) / f"{name}-{self.port}.txt")
        self.password = secrets.token_urlsafe(16)
        self.names = [f"bench{n}" for n in range(1, people + 1)]
        for person in self.names:
            fields = {"username": person, "email": f"{person}@example.org", "password": self.password}
            call(self.port, "POST", "/auth/signup", fields)
        self._tokens: list[str] = []
        self._signed_in = 0.0

    def manage(self, *arguments: str) -> None:
        """Run a management command beside the server. Raises Missing."""
        done = subprocess.run(
            [sys.executable, str(self.root / "manage.py"), *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Missing(f"manage.py {arguments[0]} failed: {done.stderr.strip()[-500:]}")

    def _profile(self, bench: Bench, output: Path) -> None:
        command: list[str | Path] = [SPY, "record", "--pid", str(self.process.pid), "--subprocesses"]
        command += ["--rate", "250", "--function", "--nonblocking", "--format", "raw", "--output", output]
        bench.start(f"{output.stem}-profile", command, cpus=bench.other_cpus, stop_signal=signal.SIGINT)

    def tokens(self) -> list[str]:
        """An access token of each person, good for some minutes more."""
        if not self._tokens or time.monotonic() - self._signed_in > 300:
            self._signed_in = time.monotonic()
            self._tokens = [
                call(self.port, "POST", "/auth/login", {"username": person, "password": self.password})[
                    "access_token"
                ]
                for person in self.names
            ]
        return self._tokens

    def fill(self, *arguments: object) -> Any:
        """Put people and rooms straight into the database: see `benchmarks.community`. Raises RuntimeError."""
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.community", *map(str, arguments)],
            env={**os.environ, **self.environment},
            cwd=self.root,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"benchmarks.community {arguments}: {done.stderr.strip()[-1000:]}")
        return json.loads(done.stdout)

    def stored(self, tokens: list[str]) -> int:
        """Messages in the database, summed over the chats of these people."""
        last: dict[str, int] = {}
        for token in tokens:
            path: str | None = "/chats?limit=1000"
            while path:
                page = call(self.port, "GET", path, token=token)
                last |= {chat["key"]: chat["last_seq"] for chat in page["results"]}
                path = page["next"] and page["next"].partition(f":{self.port}")[2]
        return sum(last.values())
