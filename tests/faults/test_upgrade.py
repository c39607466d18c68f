"""A database of 0.1.0, with the demo community in it, is migrated: everything that was said is there, and works.

The dumps in `dumps/` were made by 0.1.0 itself: `migrate`, `demo --messages 300`, two messages edited, two deleted;
then Python's `iterdump` of SQLite and `pg_dump --inserts` of PostgreSQL.
"""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.people import PATIENCE, People
from tests.servers import BACKENDS, POSTGRES, Backing, ChatServer

DUMPS = Path(__file__).parent / "dumps"
PASSWORD = "correct horse 1"  # of everybody in the dump
FIRST = {"accounts": "0002", "chat": "0003", "rooms": "0001"}  # 0.1.0's last migrations
SAID = """
    SELECT c.id, m.seq, m.version, u.username, m.content, m.deleted_at IS NOT NULL, m.edited_at IS NOT NULL
    FROM chat_message m JOIN chat_chat c ON c.id = m.chat_id LEFT JOIN accounts_user u ON u.id = m.sender_id
    ORDER BY c.id, m.seq"""
READ = "SELECT chat_id, user_id, role, state, last_read_seq FROM chat_membership ORDER BY chat_id, user_id"


def load(server: ChatServer, backend: str) -> None:
    name = "0.1.0.postgresql.sql.gz" if backend == POSTGRES else "0.1.0.sqlite.sql.gz"
    dump = gzip.decompress((DUMPS / name).read_bytes()).decode()
    if backend == POSTGRES:
        with psycopg.connect(server.environment["DATABASE_URL"], autocommit=True) as postgres:
            postgres.execute(dump.encode())  # without parameters it may hold many statements
    else:
        with closing(sqlite3.connect(server.folder / "db.sqlite3")) as lite:
            lite.executescript(dump)


def rows(server: ChatServer, backend: str, statement: str) -> list[tuple[Any, ...]]:
    if backend == POSTGRES:
        with psycopg.connect(server.environment["DATABASE_URL"]) as postgres:
            return postgres.execute(statement.encode()).fetchall()
    with closing(sqlite3.connect(server.folder / "db.sqlite3")) as lite:
        return lite.execute(statement).fetchall()


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_database_of_0_1_0_is_migrated_with_all_that_was_said(backing: Backing, backend: str):
    server = backing.chat_server(backend)
    load(server, backend)
    said, read = rows(server, backend, SAID), rows(server, backend, READ)
    assert len(said) == 300 and read

    with server:  # migrates, and serves
        assert rows(server, backend, SAID) == said
        assert set(rows(server, backend, READ)) >= set(read)
        async with People(server) as people:
            ann, bob = [await people.sign_in(name, 0, PASSWORD) for name in ("ann", "bob")]
            chats = (await ann.get("/chats?limit=100"))["results"]
            assert {chat["kind"] for chat in chats} == {"general", "private", "room"}
            for chat in chats:
                history = await ann.history(chat["key"].replace(":", "/"))
                stored = [row for row in said if row[0] == chat["id"]]
                assert [message["seq"] for message in history] == [seq for _, seq, *_ in stored], chat["key"]
                assert [message["content"] for message in history] == [
                    "" if row[5] else row[4] for row in stored
                ]
            socket = await bob.socket("/ws/general")
            posted = await ann.post("/chats/general/messages", {"content": "Hello from the new version"}, 201)
            assert (await socket.get("message", id=posted["id"]))["username"] == "ann"
        async with httpx.AsyncClient(
            base_url=server.http, follow_redirects=True, timeout=PATIENCE
        ) as browser:
            await browser.get("/admin/login/")
            fields = {
                "username": "ann",
                "password": PASSWORD,
                "csrfmiddlewaretoken": browser.cookies["csrftoken"],
            }
            await browser.post("/admin/login/?next=/admin/", data=fields)
            for page in ("accounts/user/", "chat/message/", "rooms/room/", "rooms/joinrequest/"):
                assert (await browser.get(f"/admin/{page}")).status_code == 200, page
    for app, number in FIRST.items():
        server.manage("migrate", app, number, "--verbosity=0")
    assert set(rows(server, backend, SAID)) > set(said)  # and back, with the new message
