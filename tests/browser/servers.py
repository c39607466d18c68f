"""The server that browsers talk to, and the cable between them, which can be pulled."""

import asyncio
import contextlib
import fcntl
import os
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT, ChatServer


class WebServer(ChatServer):
    """A chat server whose pages can be drawn: the static files are collected first."""

    def __enter__(self) -> "WebServer":
        self.make_tables()
        self.prepare()
        self.start()
        return self

    def prepare(self) -> None:
        """Migrate the database, and collect the static files where they changed: one process at a time does that."""
        with (ROOT / "scripts" / "prepare.py").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            subprocess.run(
                [sys.executable, Path("scripts/prepare.py")],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                check=True,
                timeout=120,
            )


class Cable:
    """A port that leads to a server, until it is pulled out: an async context manager."""

    def __init__(self, server: ChatServer) -> None:
        self.server = server
        self.wires: set[asyncio.StreamWriter] = set()
        self.is_in = True
        self.left: int | None = None  # bytes until it is pulled out

    async def __aenter__(self) -> "Cable":
        self.listener = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.http = f"http://127.0.0.1:{self.listener.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.pull()
        self.listener.close()

    def pull(self) -> None:
        """From now on nothing goes through: open connections are cut, new ones at once refused."""
        self.is_in = False
        for wire in self.wires:
            wire.transport.abort()

    def pull_after(self, size: int) -> None:
        """Pull it once so many bytes have gone through."""
        self.left = size

    def plug(self) -> None:
        self.is_in = True

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_in:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        ends = {writer, far_writer}
        self.wires |= ends
        try:
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        finally:
            self.wires -= ends

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
                if self.left is not None and (left := self.left - len(data)) < 0:
                    self.left = None
                    self.pull()
                elif self.left is not None:
                    self.left = left
        target.close()
