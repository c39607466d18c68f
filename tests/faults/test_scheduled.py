"""Scheduled messages are sent exactly once, however many processes look for them and whichever of them die."""

import asyncio
import os
import random
import signal
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import psycopg

from tests.faults.test_processes import workers
from tests.people import PATIENCE, People, Person
from tests.servers import POSTGRES, SQLITE, Backing, ChatServer

WAVES = 6
OF_A_WAVE = 8


async def schedule(person: Person, rooms: list[int]) -> list[str]:
    """Messages for tomorrow."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    texts = [f"message {n}" for n in range(WAVES * OF_A_WAVE)]
    for n, text in enumerate(texts):
        data = {"chat": f"room:{rooms[n % len(rooms)]}", "content": text, "send_at": tomorrow}
        await person.post("/scheduled", data, 201)
    return texts


async def sent(person: Person, rooms: list[int]) -> Counter[str]:
    """What stands in the rooms once nothing waits any more, read from whichever process is there."""
    async with asyncio.timeout(PATIENCE * 4):
        while True:
            with suppress(Exception):
                if not (await person.get("/scheduled"))["results"]:
                    break
            await asyncio.sleep(0.1)
    messages = [message for room in rooms for message in await person.history(f"room/{room}")]
    return Counter(message["content"] for message in messages)


async def test_each_is_sent_once_by_four_processes_that_are_killed_at_random_moments(backing: Backing):
    chance = random.Random(13)
    with backing.chat_server(POSTGRES, WEB_PROCESSES="4") as server:
        async with People(server) as people:
            ann = await people.sign_up("ann")
            rooms = [await people.room(ann) for _ in range(3)]
            texts = await schedule(ann, rooms)
            with psycopg.connect(server.environment["DATABASE_URL"], autocommit=True) as database:
                for _ in range(WAVES):
                    database.execute(
                        "UPDATE chat_scheduled SET send_at = now() WHERE id IN (SELECT id FROM chat_scheduled"
                        " WHERE state = 'waiting' AND send_at > now() ORDER BY id LIMIT %s)",
                        [OF_A_WAVE],
                    )
                    await asyncio.sleep(chance.uniform(0, 1.5))
                    if alive := sorted(workers(server)):
                        with suppress(ProcessLookupError):
                            os.kill(chance.choice(alive), signal.SIGKILL)
            assert await sent(ann, rooms) == Counter(texts)


async def test_what_waits_outlives_a_server_that_is_killed_and_is_sent_once_when_it_is_back(backing: Backing):
    with backing.chat_server(SQLITE) as server:
        async with People(server) as people:
            ann = await people.sign_up("ann")
            rooms = [await people.room(ann) for _ in range(3)]
            texts = await schedule(ann, rooms)
            come(server, timedelta(hours=1))
            await asyncio.to_thread(server.kill)  # perhaps in the middle of it
            await asyncio.to_thread(server.start)
            assert await sent(ann, rooms) == Counter(texts)


def come(server: ChatServer, ago: timedelta) -> None:
    """All are due, since so long ago."""
    at = (datetime.now(UTC) - ago).replace(tzinfo=None)
    with closing(sqlite3.connect(server.folder / "db.sqlite3", timeout=PATIENCE)) as database, database:
        database.execute("UPDATE chat_scheduled SET send_at = ?", [str(at)])
