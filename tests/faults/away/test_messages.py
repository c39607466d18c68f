"""Guarantee 8: what goes on while Redis or the database is away, and that all is well when they are back."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest

from benchmarks.processes import Process
from tests.people import PATIENCE, People, Person
from tests.servers import ChatServer

WITHIN = 2.0  # seconds until a message is delivered while Redis is away
PROMPT = 5.0  # seconds until `unavailable` is said while the database is away


@pytest.fixture
async def redis_away(own, room) -> AsyncIterator[Process]:
    redis = own.process("redis")
    redis.stop()
    yield redis
    if redis.child.poll() is not None:
        redis.start()


async def spread(person: Person, path: str, count: int = 6) -> list:
    """Sockets enough to be on both processes, as good as surely."""
    return [await person.socket(path) for _ in range(count)]


async def delivered(speaker, listeners, text: str) -> float:
    """Say something; the seconds until the last of the listeners has it."""
    started = time.monotonic()
    await speaker.said(text)
    for listener in listeners:
        await listener.get("message", content=text)
    return time.monotonic() - started


async def test_without_redis_messages_are_stored_acked_and_delivered_within_two_seconds(
    ann: Person, bob: Person, room, redis_away
):
    listeners = await spread(bob, f"/ws/room/{room}")
    speakers = await spread(ann, f"/ws/room/{room}")
    for number, speaker in enumerate(speakers):
        assert await delivered(speaker, listeners, f"no Redis {number}") < WITHIN
    answer = await ann.call("POST", f"/chats/room/{room}/messages", json={"content": "nor over HTTP"})
    assert answer.status_code == 201
    for listener in listeners:
        await listener.get("message", content="nor over HTTP")


async def test_without_redis_a_kick_still_ends_access_everywhere(ann: Person, bob: Person, room, redis_away):
    sockets = await spread(bob, f"/ws/room/{room}")
    assert (await ann.call("DELETE", f"/chats/room/{room}/members/{bob.id}")).is_success
    started = time.monotonic()
    for socket in sockets:
        assert await socket.closed() == 4403
    assert time.monotonic() - started < WITHIN


async def test_a_redis_restart_in_the_middle_leaves_no_gap_and_no_double(ann: Person, bob: Person, room, own):
    redis = own.process("redis")
    listeners = await spread(bob, f"/ws/room/{room}")
    speakers = await spread(ann, f"/ws/room/{room}")
    total = 0

    async def speak(seconds: float) -> None:
        nonlocal total
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await speakers[total % len(speakers)].said(f"number {total}")
            total += 1

    await speak(0.5)
    redis.stop()
    await speak(1.0)
    redis.start()
    await speak(1.5)
    for listener in listeners:
        seqs = [(await listener.get("message"))["seq"] for _ in range(total)]
        assert seqs == list(range(1, total + 1))


async def test_a_paused_redis_delays_but_does_not_stop(ann: Person, bob: Person, room, own):
    listeners, (speaker, *_) = await spread(bob, f"/ws/room/{room}"), await spread(ann, f"/ws/room/{room}", 1)
    redis = own.process("redis")
    os.kill(redis.pid, signal.SIGSTOP)
    try:
        for number in range(3):
            assert await delivered(speaker, listeners, f"paused {number}") < WITHIN
    finally:
        os.kill(redis.pid, signal.SIGCONT)
    await delivered(speaker, listeners, "and on")


async def test_without_the_database_every_answer_is_prompt_and_no_socket_is_lost(
    people: People, server: ChatServer, ann: Person, bob: Person, room, own
):
    speaker, listener = await ann.socket(f"/ws/room/{room}"), await bob.socket("/ws")
    database = own.process("postgresql")
    database.stop()
    try:
        started = time.monotonic()
        client_id = await speaker.say("into the void")
        error = await speaker.get("error", client_id=client_id)
        assert error["code"] == "unavailable" and error["retry_after"] >= 1
        assert time.monotonic() - started < PROMPT
        for method, path, body in (
            ("GET", "/chats", None),
            ("GET", f"/chats/room/{room}/history", None),
            ("POST", "/auth/login", {"username": ann.username, "password": "wrong"}),
            ("GET", "/readyz", None),
        ):
            started = time.monotonic()
            answer = await ann.call(method, path, json=body)
            assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1, (path, answer.text)
            assert time.monotonic() - started < PROMPT
        assert (await ann.call("GET", "/healthz")).status_code == 200
        refused = await bob.connect("/ws/general")
        assert await refused.closed() == 1013
    finally:
        database.start()
    async with asyncio.timeout(PATIENCE * 2):
        while True:  # service resumes by itself
            again = await speaker.say("into the void", client_id=client_id)
            answer_ = await speaker.get_any(("ack", "error"), client_id=again)
            if answer_["type"] == "ack":
                break
    assert (await listener.get("message", content="into the void"))["client_id"] == client_id
    assert [m["client_id"] for m in await ann.history(f"room/{room}")] == [client_id]
