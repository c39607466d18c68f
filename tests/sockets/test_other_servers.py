"""The same product on a server without our frame extension: daphne, as `runserver` uses it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.processes import Process, answers
from tests.people import People, Person
from tests.servers import SQLITE, ChatServer


class Daphne(ChatServer):
    def start(self) -> None:
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "daphne",
            "-b",
            "127.0.0.1",
            "-p",
            str(self.port),
            "chatproject.asgi:application",
        ]
        self.process = Process("daphne", command, self.log, self.cpus, self.environment)
        self.process.wait_for(answers(self.port))

    def stop(self) -> int:
        self.kill()  # on SIGTERM it waits ten seconds for what is open
        return 0


@pytest.fixture(scope="module")
def server(backing) -> Iterator[ChatServer]:
    with backing.chat_server(SQLITE, kind=Daphne) as running:
        yield running


async def test_people_chat_and_access_ends_on_daphne_too(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    speaking, listening = await ann.socket(f"/ws/room/{room}"), await bob.socket("/ws")
    for number in range(50):
        await speaking.say(f"number {number}", client_id=str(number))
    heard = [await listening.get("message") for _ in range(50)]
    assert [message["seq"] for message in heard] == list(range(1, 51))
    assert (await speaking.get("ack", client_id="49"))["seq"] == 50
    await listening.send({"type": "sync", "chat": f"room:{room}", "version": 40})
    assert len((await listening.get("synced"))["messages"]) == 10
    assert (await ann.call("DELETE", f"/chats/room/{room}/members/{bob.id}")).is_success
    await listening.get("removed", chat=f"room:{room}")
    await bob.post("/auth/logout")
    assert await listening.closed() == 4401


async def test_a_foreign_origin_and_a_bad_token_are_refused_on_daphne_too(people: People, ann: Person):
    assert await (await people.connect("/ws/general?token=rubbish")).closed() == 4401
    with pytest.raises(Exception, match="403"):
        await ann.connect("/ws/general", origin="https://evil.example")
