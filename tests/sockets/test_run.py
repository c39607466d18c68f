"""What `make run` starts: one process that prepares everything, and then serves."""

import asyncio
import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from benchmarks.processes import HERE
from tests.people import PATIENCE, People
from tests.servers import BACKENDS, POSTGRES, ROOT, SQLITE, Backing, ChatServer

PREPARE = ROOT / "scripts" / "prepare.py"


class Run(ChatServer):
    """Started on a database that is still empty."""

    arguments = [str(PREPARE), "serve"]

    def __enter__(self) -> "Run":
        with PREPARE.open() as lock:  # all tests share the folder of static files
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.start()
        return self


@pytest.fixture(params=BACKENDS)
def server(request, backing: Backing) -> Iterator[ChatServer]:
    with backing.chat_server(request.param, kind=Run) as running:
        yield running


async def test_an_empty_database_is_set_up_and_served_until_sigterm(server: ChatServer, people: People):
    ann = await people.sign_up("ann")
    speaking, listening = await ann.socket("/ws/general"), await ann.socket("/ws")
    await speaking.said("hello")
    await listening.get("message", content="hello")
    page = await people.http.get(f"{server.http}/login")
    assert page.status_code == 200 and "/static/" in page.text
    assert await asyncio.to_thread(server.stop) == 0


async def test_one_process_on_postgresql_limits_statements_though_it_migrated_without_a_limit(
    backing: Backing,
):
    with backing.chat_server(POSTGRES, kind=Run, WEB_PROCESSES="1") as server:
        async with People(server) as people:
            ann = await people.sign_up("ann")
            with psycopg.connect(server.environment["DATABASE_URL"]) as holder:
                holder.execute("LOCK TABLE chat_chat IN ACCESS EXCLUSIVE MODE")
                started = time.monotonic()
                assert (await ann.call("GET", "/chats")).status_code == 503
                assert time.monotonic() - started < 6


def test_a_second_first_start_from_one_folder_waits_until_the_other_one_has_prepared_it(
    backing: Backing, tmp_path: Path
):
    folder = tmp_path / "clone"
    leave = shutil.ignore_patterns(".*", "node_modules", "staticfiles", "made", "var", "tests", "benchmarks")
    shutil.copytree(ROOT, folder, ignore=leave)
    server = backing.chat_server(SQLITE, DJANGO_SETTINGS_MODULE="chatproject.settings", DEBUG="on")
    server.make_tables()
    other = os.open(folder, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with subprocess.Popen(
        [sys.executable, folder / "scripts/prepare.py"], env={**os.environ, **server.environment}
    ) as second:
        end = time.monotonic() + PATIENCE * 3
        while not re.search(rf"-> FLOCK .* {second.pid} ", Path("/proc/locks").read_text()):
            assert second.poll() is None and time.monotonic() < end, "it does not wait"
            time.sleep(0.01)
        assert not (folder / "staticfiles").exists()
        os.close(other)
        assert second.wait(PATIENCE * 3) == 0
    assert (folder / "staticfiles" / ".collected").exists()


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "is in use: another program"),
        ({"PORT": "many"}, "A setting is wrong. PORT"),
        (
            {"DATABASE_URL": "postgres://chat:chat@127.0.0.1:1/chat"},
            "The database of DATABASE_URL can't be used",
        ),
    ],
)
def test_what_stands_in_the_way_is_said_in_words(tmp_path, environment, says):
    with socket.create_server((HERE, 0)) as taken:
        port = 0 if "DATABASE_URL" in environment else taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, PREPARE, "serve"],
            cwd=ROOT,
            env={
                "DATA_DIR": str(tmp_path),
                "HOST": HERE,
                "PORT": str(port),
                "DATABASE_URL": "",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr
