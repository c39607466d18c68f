"""The people of a torture: what they do in a round, and how the round is judged."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx

from tests.faults.torture.clients import Client
from tests.faults.torture.records import Frame, Record, Row, judge
from tests.faults.torture.world import PATIENCE, World, until
from tests.people import People, Person
from tests.servers import ChatServer

ASKED = 50  # times that a GET is tried again after a 503
RENEWED = 8 * 60.0  # seconds between two access tokens; one lives fifteen minutes
SETTLED = 5.0  # seconds until a read position that was sent is stored


@dataclass
class Load:
    rate: float = 30.0  # messages a second, each client
    before: float = 0.6  # seconds of load before the fault
    recovery: float = PATIENCE  # seconds until all must be served again
    delivery: float | None = None  # seconds; a later delivery to a live reader is a violation


class Crew:
    """Four people with six devices, in general, two rooms and a private chat; they stay over all rounds."""

    def __init__(self, servers: list[ChatServer], people: People, chance: random.Random) -> None:
        self.servers, self.people, self.chance = servers, people, chance
        self.persons: list[Person] = []
        self.clients: list[Client] = []
        self.chats: dict[str, set[str]] = {}  # chat: usernames in it
        self.record = Record({})
        #: Read positions sent in the middle of a fault on sockets that stayed open: (user id, chat) → seq.
        self.read: dict[tuple[int, str], int] = {}
        self.renewed = time.monotonic()

    async def assemble(self, devices: int = 6) -> None:
        self.persons = ann, bob, cat, dan = [
            await self.people.sign_up(name) for name in ("ann", "bob", "cat", "dan")
        ]
        everyone = {person.username for person in self.persons}
        self.chats["general"] = everyone
        for members in ((ann, bob, cat, dan), (bob, cat)):
            room = await open_room(*members)
            self.chats[f"room:{room}"] = {person.username for person in members}
        private = await ann.post("/chats/private", {"receiver_id": dan.id})
        self.chats[f"private:{private['chat_id']}"] = {ann.username, dan.username}
        self.record = Record(dict.fromkeys(self.chats, 0))
        for number in range(devices):
            person = self.persons[number % len(self.persons)]
            ports = [server.port for server in self.servers]
            favourite = number % len(ports)
            self.clients.append(
                Client(
                    f"{person.username}/{number}",
                    person.id,
                    person.token,
                    ports[favourite:] + ports[:favourite],
                    {chat for chat, members in self.chats.items() if person.username in members},
                    self.record,
                    random.Random(self.chance.getrandbits(64)),
                )
            )
        for client in self.clients:
            client.start()
        if not await until(lambda: all(client.live.is_set() for client in self.clients)):
            raise RuntimeError("the clients could not connect")

    async def stop(self) -> None:
        await asyncio.gather(*(client.stop() for client in self.clients))

    # ------------------------------------------------------------ a round

    async def round(self, row: Row, fault: Callable[[], Awaitable[None]], load: Load | None = None) -> None:
        """Load, the fault, load until all are served again, calm; then the books are checked."""
        load = load or Load()
        row.rounds += 1
        await self._renew()
        self._begin()
        for client in self.clients:
            client.rate = load.rate
        await asyncio.sleep(load.before)
        await fault()
        over = time.monotonic()
        for client in self.clients:
            client.first_ack_after = over, None
        back = await until(lambda: all(client.first_ack_after[1] for client in self.clients))
        for client in self.clients:
            client.rate = 0.0
        slowest = max((client.first_ack_after[1] or time.monotonic()) - over for client in self.clients)
        row.recovered(slowest)
        row.check(back and slowest <= load.recovery, f"served again only after {slowest:.1f} s")
        await self.settle(row)
        slowest_before, row.delivery = row.delivery or 0.0, None
        histories = await self.check(row)
        late = row.delivery or 0.0
        row.delivery = max(slowest_before, late)
        if load.delivery is not None:
            row.check(
                late <= load.delivery, f"a live reader waited {late:.1f} s for a message that was acked"
            )
        await self.check_unread(row, {chat: len(found) for chat, found in histories.items()})

    async def _renew(self) -> None:
        """New tokens before the old ones end, also on the sockets that are open."""
        if time.monotonic() - self.renewed < RENEWED:
            return
        self.renewed = time.monotonic()
        for person in self.persons:
            tokens = await person.post("/auth/refresh", {"refresh_token": person.refresh_token})
            person.token, person.refresh_token = tokens["access_token"], tokens["refresh_token"]
        for client in self.clients:
            client.token = next(person.token for person in self.persons if person.id == client.user_id)
            await client.send({"type": "auth", "token": client.token})

    def _begin(self) -> None:
        base = {
            chat: max(client.seqs[chat] for client in self.clients if chat in client.chats)
            for chat in self.chats
        }
        self.record = Record(base)
        for client in self.clients:
            client.record = self.record
            client.silences = 0

    async def read_all(self) -> None:
        """Everybody says how far they have read."""
        for client in self.clients:
            for chat in client.chats:
                await client.send({"type": "read", "chat": chat, "seq": client.seqs[chat]})
                self.read[client.user_id, chat] = max(
                    client.seqs[chat], self.read.get((client.user_id, chat), 0)
                )

    async def settle(self, row: Row) -> None:
        """Until everything sent is acked, and everything acked was heard by all."""
        calm = await until(lambda: not any(client.unacked for client in self.clients))
        waiting = sum(len(client.unacked) for client in self.clients)
        row.check(calm, f"{waiting} messages were sent again and again, and never acked")
        newest = {chat: self.record.newest(chat) for chat in self.chats}
        await until(
            lambda: all(
                client.live.is_set() and client.seqs[chat] >= newest[chat]
                for client in self.clients
                for chat in client.chats
            )
        )
        silences = sum(client.silences for client in self.clients)
        row.answer = max(row.answer, self.record.answer)
        row.check(not silences, f"{silences} frames on open sockets got neither ack nor error for 8 s")

    async def check(self, row: Row) -> dict[str, list[Frame]]:
        """Hold the record against history."""
        histories = {}
        for chat, members in self.chats.items():
            reader = next(person for person in self.persons if person.username in members)
            histories[chat] = await history_after(reader, chat, self.record.base[chat], row)
        judge(self.record, histories, {client.name: client.chats for client in self.clients}, row)
        return histories

    async def check_unread(self, row: Row, new: dict[str, int]) -> None:
        """Everybody reads up to somewhere; each count is `last_seq - last_read_seq`, and own messages are read."""
        marks, self.read = self.read, {}
        for (_, chat), heard in self.record.streams.items():
            senders = {client_id: sent[1] for client_id, sent in self.record.sent.items()}
            for one in heard:
                if (sender := senders.get(one.client_id or "")) is not None:
                    marks[sender, chat] = max(marks.get((sender, chat), 0), one.seq)
        for client in self.clients[: len(self.persons)]:
            for chat in client.chats:
                upto = self.record.base[chat] + self.chance.randint(0, new[chat])
                await client.send({"type": "read", "chat": chat, "seq": upto})
                marks[client.user_id, chat] = max(marks.get((client.user_id, chat), 0), upto)
        end, wrong = time.monotonic() + SETTLED, ["not asked yet"]
        while wrong and time.monotonic() < end:
            await asyncio.sleep(0.25)
            wrong = await self._wrong_counts(row, marks, new)
        for text in wrong[:5]:
            row.wrong(text)

    async def _wrong_counts(
        self, row: Row, marks: dict[tuple[int, str], int], new: dict[str, int]
    ) -> list[str]:
        wrong = []
        for person in self.persons:
            for chat in (await ask(person, "/chats", row))["results"]:
                key = chat["key"]
                if key not in self.chats:
                    continue
                last, read = self.record.base[key] + new[key], chat["last_read_seq"]
                at_least = marks.get((person.id, key), 0)
                if (chat["last_seq"], chat["unread_count"]) != (last, last - read) or read < at_least:
                    wrong.append(
                        f"{person.username} in {key}: last_seq {chat['last_seq']} ({last} in history), "
                        f"unread {chat['unread_count']}, read up to {read} (at least {at_least})"
                    )
        return wrong


async def open_room(owner: Person, *members: Person) -> int:
    """A public room with these people in it."""
    made = await owner.post(
        "/chats/room",
        {
            "name": f"Room of {owner.username}",
            "description": "",
            "is_public": True,
            "requires_approval": False,
        },
        201,
    )
    for member in members:
        await member.post(f"/chats/room/{made['room_id']}/join", {})
    return made["room_id"]


async def ask(reader: Person, path: str, row: Row, **parameters: int) -> Frame:
    """The answer of a GET; 503 is asked again as told, for a few seconds, and noted, and so is what a process had not
    answered when it was killed."""
    for _ in range(ASKED):
        with suppress(httpx.ReadError, httpx.RemoteProtocolError):
            answer = await reader.call("GET", path, params=parameters)
            if answer.status_code != 503:
                assert answer.status_code == 200, answer.text
                return answer.json()
        row.unavailable += 1
        await asyncio.sleep(0.1)
    raise RuntimeError(f"{path} answered 503 again and again, with all services up")


async def history_after(reader: Person, chat: str, seq: int, row: Row) -> list[Frame]:
    """A chat's messages after `seq`, oldest first, over HTTP."""
    found: list[Frame] = []
    while True:
        after = found[-1]["seq"] if found else seq
        page = await ask(reader, f"/chats/{chat.replace(':', '/')}/history", row, after_seq=after, limit=200)
        found += page["messages"]
        if not page["has_more"]:
            return found


@asynccontextmanager
async def crew_on(world: World, *servers: ChatServer, devices: int = 6) -> AsyncIterator[Crew]:
    """Servers that run, and a crew that is connected; all is ended afterwards."""
    try:
        for number, server in enumerate(servers):
            if number == 0:
                await asyncio.to_thread(server.__enter__)
            else:
                await asyncio.to_thread(server.start)
        async with People(servers[0]) as people:
            crew = Crew(list(servers), people, random.Random(world.seed))
            try:
                await crew.assemble(devices)
                yield crew
            finally:
                await crew.stop()
    finally:
        for server in servers:
            if server.process is not None:
                await asyncio.to_thread(server.stop)
