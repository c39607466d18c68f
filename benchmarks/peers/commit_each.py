"""A plain FastAPI chat that stores: INSERT and COMMIT for each message, then the loop over the room's sockets.

DATABASE_URL chooses PostgreSQL (psycopg's async pool); else SQLITE_PATH (one thread, as SQLite writes one at a time).
"""

import asyncio
import os
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from psycopg_pool import AsyncConnectionPool

COLUMNS = (
    "chat_id INTEGER NOT NULL, sender_id INTEGER NOT NULL, content TEXT NOT NULL, client_id TEXT NOT NULL"
)
INSERT = (
    "INSERT INTO message (chat_id, sender_id, content, client_id) VALUES ({0}, {0}, {0}, {0}) RETURNING id"
)
T = TypeVar("T")
Row = tuple[int, int, str, str]


class PostgreSQL:
    async def open(self, url: str) -> None:
        self.pool = AsyncConnectionPool(url, min_size=10, max_size=10, timeout=60, open=False)
        await self.pool.open(wait=True)
        async with self.pool.connection() as connection:
            await connection.execute(f"CREATE TABLE message (id BIGSERIAL PRIMARY KEY, {COLUMNS})")
            await connection.execute("CREATE INDEX ON message (chat_id, id)")

    async def add(self, row: Row) -> int:
        async with self.pool.connection() as connection:  # commits on leaving
            found = await (await connection.execute(INSERT.format("%s"), row)).fetchone()
        assert found
        return int(found[0])

    async def count(self) -> int:
        async with self.pool.connection() as connection:
            found = await (await connection.execute("SELECT count(*) FROM message")).fetchone()
        assert found
        return int(found[0])

    async def close(self) -> None:
        await self.pool.close()


class SQLite:
    async def open(self, path: str) -> None:
        self.thread = ThreadPoolExecutor(1)
        await self._run(self._open, path)

    def _open(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            f"CREATE TABLE message (id INTEGER PRIMARY KEY, {COLUMNS});"
            "CREATE INDEX message_chat ON message (chat_id, id);"
        )

    def _add(self, row: Row) -> int:
        # Autocommit: the statement is its own transaction.
        return int(self.connection.execute(INSERT.format("?"), row).fetchone()[0])

    def _count(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM message").fetchone()[0])

    async def _run(self, function: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, function, *args)

    async def add(self, row: Row) -> int:
        return await self._run(self._add, row)

    async def count(self) -> int:
        return await self._run(self._count)

    async def close(self) -> None:
        self.thread.shutdown()


store: PostgreSQL | SQLite = PostgreSQL() if os.environ.get("DATABASE_URL") else SQLite()
rooms: dict[int, list[WebSocket]] = defaultdict(list)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await store.open(os.environ.get("DATABASE_URL") or os.environ["SQLITE_PATH"])
    yield
    await store.close()


app = FastAPI(lifespan=lifespan)


@app.get("/count")
async def count() -> dict[str, int]:
    return {"messages": await store.count()}


@app.websocket("/ws/room/{room_id}")
async def chat(websocket: WebSocket, room_id: int) -> None:
    await websocket.accept()
    room = rooms[room_id]
    room.append(websocket)
    try:
        while True:
            message = await websocket.receive_json()
            content, client_id = message["content"], message["client_id"]
            number = await store.add((room_id, 1, content, client_id))
            out = {"type": "message", "id": number, "user_id": 1, "content": content, "client_id": client_id}
            for one in list(room):
                await one.send_json(out)
            await websocket.send_json({"type": "ack", "id": number, "client_id": client_id})
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        room.remove(websocket)
