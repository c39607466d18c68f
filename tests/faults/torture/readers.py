"""Readers that are slow, resumes that are big, sends that are repeated, and thousands who come back at once."""

import asyncio
import json
import random
import socket as sockets
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.faults.torture.crew import history_after, open_room
from tests.faults.torture.kills import brief
from tests.faults.torture.lean import Ear, acked, hang_up, open_all, percentile, speak
from tests.faults.torture.records import Frame, Row
from tests.faults.torture.world import World, until, workers
from tests.people import People, Person
from tests.servers import ChatServer

HEALTHY_WITHIN = 0.1  # seconds, the 99th percentile of the healthy readers' deliveries
RESUMED_WITHIN = 30.0  # seconds for the whole storm
MORE_MEMORY = 64  # MB that a process may take for one slow reader, beside what the load itself costs


@asynccontextmanager
async def people_at(server: ChatServer) -> AsyncIterator[People]:
    """A running server, and who uses it."""
    try:
        await asyncio.to_thread(server.__enter__)
        async with People(server) as people:
            yield people
    finally:
        if server.process is not None:
            await asyncio.to_thread(server.stop)


def resident(pid: int) -> float:
    """Memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def books(row: Row, reader: Person, chat: str, base: int, found: dict[str, set[int]]) -> list[Frame]:
    """Hold acks (client_id → seqs) against a chat's history after `base`."""
    history = await history_after(reader, chat, base, row)
    row.acked += len(found)
    if [message["seq"] for message in history] != list(range(base + 1, base + 1 + len(history))):
        row.disordered += 1
        row.wrong(f"history of {chat} has gaps")
    times = Counter(message["client_id"] for message in history)
    row.doubled += (twice := sum(n - 1 for n in times.values()))
    row.check(not twice, f"{twice} messages stand twice in {chat}")
    where = {message["client_id"]: message["seq"] for message in history}
    wrong = [client_id for client_id, seqs in found.items() if seqs != {where.get(client_id)}]
    row.found += len(found) - len(wrong)
    row.lost += sum(client_id not in where for client_id in wrong)
    row.check(not wrong, f"{len(wrong)} acks do not fit history, such as {wrong[:3]}")
    return history


async def slow_reader(world: World, row: Row, rounds: int) -> None:
    """Readers stop reading under load: memory is bounded, nobody else notices, and later they get all of it."""
    rate, seconds = (300.0, 6.0) if world.is_quick else (2000.0, 60.0)
    server = world.server()
    async with people_at(server) as people:
        ann, bob = await people.sign_up("ann"), await people.sign_up("bob")
        for _ in range(rounds):
            row.rounds += 1
            room = await open_room(ann, bob)
            path, chance = f"/ws/room/{room}", random.Random(world.seed)
            senders, healthy, slow = ([Ear() for _ in range(n)] for n in (4, 4, 2))
            everyone = [*senders, *healthy, *slow]
            await open_all([(ear, bob.token) for ear in everyone], server.port, path, chance, 0)
            before = {pid: resident(pid) for pid in workers(server)}
            for ear in slow:
                ear.transport.pause_reading()
            speaking = asyncio.create_task(speak(senders, rate, seconds, f"s{row.rounds}", 200))
            # One reads on while all talk, and hears `lagged`. The other stops for so long that the server's pings
            # find it gone, as they should: it comes back.
            await asyncio.sleep(seconds / 2)
            slow[0].transport.resume_reading()
            sent = await speaking
            await until(lambda: sum(len(ear.acks) for ear in senders) >= len(sent))  # noqa: B023
            await until(lambda: all(ear.heard >= len(sent) for ear in healthy))  # noqa: B023
            more = max(resident(pid) - size for pid, size in before.items())
            late = percentile([x for ear in healthy for x in ear.late], 0.99)
            slow[1].transport.resume_reading()
            started = time.monotonic()
            await asyncio.gather(
                *(_catch_up(row, ear, len(sent), bob, server.port, path, chance) for ear in slow)
            )
            row.recovered(time.monotonic() - started)
            row.check(world.is_quick or slow[0].lagged > 0, "the slow reader was never told `lagged`")
            for ear in healthy:
                row.check(ear.heard == len(sent), f"a healthy reader heard {ear.heard} of {len(sent)}")
                row.check(not ear.gaps, f"a healthy reader: {ear.gaps[:2]}")
            await books(row, ann, f"room:{room}", 0, acked(senders))
            row.delivered(max(x for ear in healthy for x in ear.late))
            row.notes.append(
                f"{rate:.0f} messages/s for {seconds:.0f} s beside the slow readers: healthy p99 {late * 1000:.0f} ms, "
                f"memory +{more:.0f} MB; one was told `lagged` {slow[0].lagged} times, the other "
                f"{'was ended by the ping' if slow[1].closed else 'stayed open'}"
            )
            row.check(
                world.is_quick or late < HEALTHY_WITHIN, f"the healthy readers' p99 was {late * 1000:.0f} ms"
            )
            row.check(more < MORE_MEMORY, f"a process took {more:.0f} MB more")
            await hang_up([ear for ear in everyone if not ear.closed])
            world.say(f"slow-reader {row.rounds}/{rounds}: {row.notes[-1]}")


async def _catch_up(
    row: Row, ear: Ear, total: int, person: Person, port: int, path: str, chance: random.Random
) -> None:
    """Once it reads on, a slow reader has the stream 1…total: on its socket, or on the next if that was ended."""
    await until(lambda: ear.closed is not None or (ear.known or 0) >= total, 60)
    ears = [ear]
    if ear.closed is not None:
        ears.append(Ear(known=ear.known))
        await open_all([(ears[-1], person.token)], port, path, chance, 0)
        await until(lambda: (ears[-1].known or 0) >= total, 60)
        await hang_up([ears[-1]])
    gaps = [gap for one in ears for gap in one.gaps]
    row.disordered += len(gaps)
    row.check(not gaps, f"a slow reader: {gaps[:2]}")
    heard = sum(one.heard for one in ears)
    row.check(heard == total, f"a slow reader has {heard} of {total}")


async def big_sync(world: World, row: Row, rounds: int) -> None:
    """One frame resumes many chats whose pages are large: each is answered, or told `lagged`, and none has a gap."""
    chats, each = (8, 220) if world.is_quick else (12, 450)
    server = world.server()
    async with people_at(server) as people:
        ann = await people.sign_up("ann")
        rooms = [f"room:{await open_room(ann)}" for _ in range(chats)]
        writing = await ann.socket("/ws")
        for room in rooms:
            for number in range(each):
                await writing.say("x" * 3900, chat=room, client_id=f"{room} {number}")
            await writing.get("ack", client_id=f"{room} {each - 1}")
        row.acked += chats * each
        for _ in range(rounds):
            row.rounds += 1
            socket = await ann.socket("/ws", sock=_narrow(server.port))
            known = dict.fromkeys(rooms, 0)
            started = time.monotonic()
            socket.connection.transport.pause_reading()  # a network slower than the server
            await socket.send({"type": "sync", "versions": known})
            await asyncio.sleep(1.5)
            socket.connection.transport.resume_reading()
            try:
                async with asyncio.timeout(20):
                    while any(version < each for version in known.values()):
                        frame = await socket.next(patience=8)
                        if frame["type"] == "lagged":
                            await socket.send(
                                {"type": "sync", "versions": {c: known[c] for c in frame["chats"]}}
                            )
                        elif frame["type"] == "synced":
                            seqs = [m["seq"] for m in frame["messages"] if m["seq"] > known[frame["chat"]]]
                            known[frame["chat"]] = seqs[-1] if seqs else known[frame["chat"]]
                            if frame["has_more"]:
                                await socket.send(
                                    {"type": "sync", "chat": frame["chat"], "version": frame["version"]}
                                )
            except TimeoutError:
                missing = {chat: version for chat, version in known.items() if version < each}
                row.lost += sum(each - version for version in missing.values())
                row.wrong(f"{len(missing)} of {chats} chats of one sync were not answered in full: {missing}")
            row.found += sum(known.values()) // rounds
            row.recovered(time.monotonic() - started)
            await socket.close()
            world.say(f"big-sync {row.rounds}/{rounds}: {brief(row)}")


def _narrow(port: int) -> sockets.socket:
    """A connection whose kernel takes little in advance."""
    made = sockets.socket()
    made.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 65536)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made


async def resend(world: World, row: Row, rounds: int) -> None:
    """Every message is sent one to three times, over different sockets and processes: one results, all acks agree."""
    count = 600 if world.is_quick else 10_000
    server = world.server()
    async with people_at(server) as people:
        persons = [await people.sign_up(name) for name in ("ann", "bob", "cat")]
        for _ in range(rounds):
            row.rounds += 1
            chance = random.Random(f"{world.seed} resend {row.rounds}")
            room = await open_room(*persons)
            ears = [[Ear() for _ in range(4)] for _ in persons]
            await open_all(
                [(ear, person.token) for own, person in zip(ears, persons, strict=True) for ear in own],
                server.port,
                f"/ws/room/{room}",
                chance,
                0,
            )
            sends = [
                (f"r{n}", chance.choice(ears)) for n in range(count) for _ in range(chance.randint(1, 3))
            ]
            # Repeats follow one another closely, or come much later.
            sends = [x for _, x in sorted(enumerate(sends), key=lambda x: x[0] + chance.expovariate(1 / 50))]
            owner: dict[str, list[Ear]] = {}
            for number, (client_id, own) in enumerate(sends):
                chance.choice(owner.setdefault(client_id, own)).say(client_id)
                if number % 20 == 0:
                    await asyncio.sleep(0.01)
            everyone = [ear for own in ears for ear in own]
            await until(lambda: sum(len(ear.acks) for ear in everyone) >= len(sends))  # noqa: B023
            got = sum(len(ear.acks) for ear in everyone)
            row.check(got == len(sends), f"{len(sends)} sends were answered with {got} acks")
            await until(lambda: all(ear.heard >= count for ear in everyone))  # noqa: B023
            for ear in everyone:
                row.check(ear.heard == count and not ear.gaps, f"a socket heard {ear.heard}: {ear.gaps[:2]}")
            history = await books(row, persons[0], f"room:{room}", 0, acked(everyone))
            row.check(len(history) == count, f"{count} messages were sent, {len(history)} are there")
            await hang_up(everyone)
            world.say(f"resend {row.rounds}/{rounds}: {len(sends)} sends of {count} messages; {brief(row)}")


async def storm(world: World, row: Row, rounds: int) -> None:
    """The server is killed; thousands reconnect at once, and all are resumed with what they missed within 30 s."""
    count, members = (300, 6) if world.is_quick else (world.sockets, 25)
    server = world.server()
    async with people_at(server) as people:
        persons = [await people.sign_up(f"p{number}") for number in range(members)]
        room = await open_room(*persons)
        path, chance = f"/ws/room/{room}", random.Random(f"{world.seed} storm")
        for _ in range(rounds):
            row.rounds += 1
            ears = [(Ear(), persons[number % members].token) for number in range(count)]
            # First all come in, at a rate that the server takes.
            await open_all(ears, server.port, path, chance, spread=count / 300)
            speaker = ears[0][0]
            base = speaker.known or 0
            sent = await speak([speaker], 20, 1.0, f"before{row.rounds}")
            await until(lambda: all((ear.known or 0) >= base + len(sent) for ear, _ in ears))  # noqa: B023
            await asyncio.to_thread(server.kill)
            for ear, _ in ears:
                ear.transport.abort()
            returning = [(Ear(known=ear.known), token) for ear, token in ears]
            await asyncio.to_thread(server.start)
            missed = [await _post(persons[0], room, f"missed{row.rounds}-{n}") for n in range(60)]
            newest = max(missed)
            started = time.monotonic()
            coming = asyncio.create_task(open_all(returning, server.port, path, chance, spread=1.0))
            await until(lambda: all((ear.known or 0) >= newest for ear, _ in returning), 90)  # noqa: B023
            took = time.monotonic() - started
            row.recovered(took)
            back = sum((ear.known or 0) >= newest for ear, _ in returning)
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
            row.check(back == count, f"{count - back} of {count} were not back after {took:.0f} s")
            row.check(took <= RESUMED_WITHIN, f"all were back only after {took:.1f} s")
            gaps = [gap for ear, _ in returning + ears for gap in ear.gaps]
            row.lost += len(gaps)
            row.check(not gaps, f"{len(gaps)} gaps: {gaps[:3]}")
            found = acked([speaker]) | {f"missed{row.rounds}-{n}": {seq} for n, seq in enumerate(missed)}
            await books(row, persons[0], f"room:{room}", base, found)
            row.notes.append(f"{count} sockets were back within {took:.1f} s")
            await hang_up([ear for ear, _ in returning])
            world.say(f"storm {row.rounds}/{rounds}: {row.notes[-1]}; {brief(row)}")


async def _post(person: Person, room: int, client_id: str) -> int:
    """A message over HTTP; its seq. Tried again until the server is up."""
    body = {"content": "missed", "client_id": client_id}
    for _ in range(200):
        try:
            answer = await person.call("POST", f"/chats/room/{room}/messages", json=body)
        except (OSError, httpx.TransportError):
            await asyncio.sleep(0.1)
            continue
        if answer.status_code == 201:
            return json.loads(answer.text)["seq"]
        await asyncio.sleep(0.1)
    raise RuntimeError("nothing could be posted after the restart")
