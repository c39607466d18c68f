"""Access that ends under load: how late the last event reaches a socket that should get none."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from uuid import uuid4

import jwt
from websockets.exceptions import ConnectionClosed

from tests.faults.torture.crew import open_room
from tests.faults.torture.lean import Ear, hang_up, open_all, speak
from tests.faults.torture.readers import people_at
from tests.faults.torture.records import Row
from tests.faults.torture.world import World
from tests.people import People, Person, Socket
from tests.servers import ChatServer

AT_ONCE = 1.0  # seconds
LISTEN = 2.5  # seconds after the answer
LOAD = 100.0  # messages a second
#: What may still come: the news of the end itself.
FAREWELL = {"removed", "room_left", "error", "pong"}


class Victim:
    """A socket of somebody whose access ends; notes when the last event of the chat came."""

    def __init__(self, socket: Socket, path: str, chat: str) -> None:
        self.socket, self.path, self.chat = socket, path, chat
        self.last = 0.0
        self.heard = 0
        self.code: int | None = None
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                frame = await self.socket.next(patience=3600)
                if frame.get("chat") == self.chat and frame["type"] not in FAREWELL:
                    self.last, self.heard = time.monotonic(), self.heard + 1
        self.code = self.socket.connection.close_code


async def access(world: World, row: Row, rounds: int) -> None:
    """Kick, ban, leaving, log-out and token expiry, Redis up and away: the last event comes within 1 s."""
    chance = random.Random(f"{world.seed} access")
    server = world.server()
    ways: list[Way] = [kick, ban, leave, log_out, log_out_everywhere, expiry]
    slowest: dict[str, float] = {}
    async with people_at(server) as people:
        ann = await people.sign_up("ann")
        for number in range(rounds):
            for way in ways:
                for redis in ("up", "away"):
                    row.rounds += 1
                    if redis == "away":
                        await asyncio.to_thread(world.redis.stop)
                    try:
                        last = await _one(server, people, ann, way, row, chance)
                    finally:
                        if redis == "away":
                            await world.restart_redis(0)
                    name = f"{way.__name__} (Redis {redis})"
                    slowest[name] = max(slowest.get(name, 0.0), last)
                    row.check(last <= AT_ONCE, f"{name}: an event came {last:.2f} s after the answer")
            world.say(f"access {number + 1}/{rounds}: slowest {max(slowest.values()):.2f} s")
    row.delivery = max(slowest.values())
    row.notes.append(
        "the last event after the answer: " + ", ".join(f"{k} {v:.2f} s" for k, v in slowest.items())
    )


Way = Callable[[ChatServer, Person, Person, int], Coroutine[Any, Any, float]]


async def _one(
    server: ChatServer, people: People, ann: Person, way: Way, row: Row, chance: random.Random
) -> float:
    """One person's access ends in one way, under load; seconds from the answer to the last event, 0 for none."""
    bob = await people.sign_up("bob")
    room = await open_room(ann, bob)
    path, chat = f"/ws/room/{room}", f"room:{room}"
    if way is expiry:
        bob.token = short_lived(server, bob.token, 3.0)
    senders = [Ear() for _ in range(4)]
    await open_all([(ear, ann.token) for ear in senders], server.port, path, chance, 0)
    victims = [Victim(await bob.socket(where), where, chat) for where in (path, "/ws") * 3]
    load = asyncio.create_task(speak(senders, LOAD, 60, uuid4().hex[:8]))
    try:
        await asyncio.sleep(0.7)
        ended = await way(server, ann, bob, room)
        await asyncio.sleep(LISTEN)
    finally:
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
    for victim in victims:
        row.check(victim.heard > 0, f"{way.__name__}: a socket heard nothing before its access ended")
        wanted = WANTED[way]
        if wanted == 4401 or victim.path == path:
            row.check(
                victim.code == wanted, f"{way.__name__}: a socket was closed with {victim.code}, not {wanted}"
            )
        victim.task.cancel()
        await victim.socket.close()
    await asyncio.gather(*(victim.task for victim in victims), return_exceptions=True)
    await hang_up(senders)
    return max(0.0, *(victim.last - ended for victim in victims))


async def kick(server: ChatServer, ann: Person, bob: Person, room: int) -> float:
    return await answered(ann, "DELETE", f"/chats/room/{room}/members/{bob.id}")


async def ban(server: ChatServer, ann: Person, bob: Person, room: int) -> float:
    return await answered(ann, "DELETE", f"/chats/room/{room}/members/{bob.id}?ban=true")


async def leave(server: ChatServer, ann: Person, bob: Person, room: int) -> float:
    return await answered(bob, "POST", f"/chats/room/{room}/leave")


async def log_out(server: ChatServer, ann: Person, bob: Person, room: int) -> float:
    return await answered(bob, "POST", "/auth/logout", {"refresh_token": bob.refresh_token})


async def log_out_everywhere(server: ChatServer, ann: Person, bob: Person, room: int) -> float:
    return await answered(bob, "POST", "/auth/logout-all", {"refresh_token": bob.refresh_token})


async def expiry(server: ChatServer, ann: Person, bob: Person, room: int) -> float:
    """Until the token's last second is over."""
    ends = jwt.decode(bob.token, options={"verify_signature": False})["exp"]
    await asyncio.sleep(max(0.0, ends - time.time()))
    return time.monotonic()


WANTED: dict[Way, int] = {
    kick: 4403,
    ban: 4403,
    leave: 4403,
    log_out: 4401,
    log_out_everywhere: 4401,
    expiry: 4401,
}


async def answered(person: Person, method: str, path: str, body: dict[str, str] | None = None) -> float:
    answer = await person.call(method, path, json=body)
    assert answer.is_success, answer.text
    return time.monotonic()


def short_lived(server: ChatServer, token: str, seconds: float) -> str:
    """The same access token, as if it were about to end."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(
        {**claims, "exp": int(time.time() + seconds) + 1}, server.environment["SECRET_KEY"], algorithm="HS256"
    )
