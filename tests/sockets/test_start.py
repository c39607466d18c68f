"""What a server does before it serves: it closes its files, looks at its tables, and offers its administration."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.servers import BACKENDS, ROOT, SQLITE, ChatServer
from tests.sockets.test_run import Run

LINK = re.compile(r"(http://\S+/administrator)\?token=(\w+)")
PASSWORD = "three-green-boats"


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def is_closed(path: Path) -> bool:
    return rights(path) == (0o700 if path.is_dir() else 0o600)


def command(server: ChatServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **server.environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_everything_that_a_server_makes_is_its_owners_alone_whatever_the_umask_says(backing):
    before = os.umask(0o000)
    try:
        with backing.chat_server(SQLITE) as server:
            server.environment["DATA_DIR"] = str(server.folder / "data")
            server.environment["DATABASE_URL"] = f"sqlite:///{server.folder}/data/db.sqlite3"
            server.manage("migrate", "--verbosity=0")
            server.stop()
            server.start()
            signed_up = httpx.post(
                f"{server.http}/auth/signup",
                json={"username": "ann", "email": "ann@example.org", "password": PASSWORD},
            )
            assert signed_up.status_code == 201
            server.manage("backup")
            made = [server.folder / "data", *(server.folder / "data").rglob("*")]
    finally:
        os.umask(before)
    names = {path.name for path in made}
    assert {"db.sqlite3", "db.sqlite3-wal", "backups"} <= names
    assert [path.name for path in made if path.exists() and not is_closed(path)] == []


def test_a_start_closes_what_others_could_read_and_says_so(backing):
    with backing.chat_server(SQLITE) as server:
        server.manage("backup")
        server.stop()
        [backup] = (server.folder / "backups").iterdir()
        database = server.folder / "db.sqlite3"
        for path in (server.folder, database, backup.parent, backup):
            path.chmod(0o755 if path.is_dir() else 0o644)
        server.start()
        assert all(is_closed(path) for path in (server.folder, database, backup.parent, backup))
        said = server.log.read_text()
        assert f"{database} could be read by other users of this machine (0644); now it is 0600" in said
        assert f"{server.folder} could be read by other users of this machine (0755)" in said


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_server_without_tables_says_what_to_run_and_does_not_start(backing, backend):
    server = backing.chat_server(backend)
    done = command(server, "serve")
    assert done.returncode == 1
    assert "is empty: its tables are not made yet. Run `manage.py migrate`" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_server_that_is_newer_than_its_tables_names_what_they_lack(backing, backend):
    server = backing.chat_server(backend)
    server.manage("migrate", "--verbosity=0")
    server.manage("migrate", "--verbosity=0", "sessions", "zero")
    done = command(server, "serve")
    assert done.returncode == 1
    assert "it lacks sessions.0001_initial. Run `manage.py migrate`" in done.stderr


def test_a_command_without_tables_says_what_to_run(backing):
    server = backing.chat_server(SQLITE)
    done = command(server, "createsuperuser", "--noinput", "--username=ann", "--email=ann@example.org")
    assert done.returncode == 1
    assert "Run `manage.py migrate` first." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_table_that_is_missing_while_the_server_runs_answers_503(backing):
    with backing.chat_server(SQLITE) as server:
        server.manage("migrate", "--verbosity=0", "accounts", "zero")
        answer = httpx.post(f"{server.http}/auth/login", json={"username": "ann", "password": PASSWORD})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert "run `manage.py migrate`" in server.log.read_text()


def form(browser: httpx.Client, url: str, **fields: str) -> httpx.Response:
    """Open a page, and send its form as a browser would."""
    browser.get(url)
    token = next(cookie.value for cookie in browser.cookies.jar if cookie.name.endswith("csrftoken"))
    return browser.post(url.partition("?")[0], data={**fields, "csrfmiddlewaretoken": token or ""})


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_link_printed_at_the_start_makes_the_first_person_who_signs_up_administrator(backing, backend):
    with backing.chat_server(backend, kind=Run) as server:
        found = LINK.search(server.log.read_text())
        assert found, server.log.read_text()
        link, token = found[0], found[2]
        with httpx.Client(base_url=server.http, follow_redirects=True) as ann:
            opened = ann.get(link)
            assert opened.url.path == "/signup"
            form(
                ann,
                str(opened.url),
                username="ann",
                email="ann@example.org",
                password=PASSWORD,
                next=opened.url.params["next"],
            )
            assert ann.get("/admin/").url.path != "/admin/"
            assert "Run this server?" in ann.get(link).text
            appointed = form(ann, link, token=token)
            assert appointed.status_code == 200 and "You're the administrator" in appointed.text
            assert ann.get("/admin/").url.path == "/admin/"
        with httpx.Client(base_url=server.http) as bob:
            assert bob.get(link).status_code == 404
        server.stop()
        server.start()
        assert LINK.findall(server.log.read_text().rpartition("Finished")[2]) == []


def test_a_wrong_token_makes_nobody_administrator(backing):
    with backing.chat_server(SQLITE, kind=Run) as server, httpx.Client(base_url=server.http) as bob:
        assert bob.get("/administrator").status_code == 404
        assert bob.get("/administrator?token=" + "0" * 64).status_code == 404
        assert bob.get("/administrator?token=%F0%9F%99%82").status_code == 404
