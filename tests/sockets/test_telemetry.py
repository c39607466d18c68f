"""What an operator sees: counts over all processes, and log lines with ids and without secrets."""

import asyncio
import json
import re
from collections.abc import Callable

import pytest

from tests.people import PASSWORD, PATIENCE, People, Person
from tests.servers import BACKENDS


@pytest.fixture(params=BACKENDS)
def server(request, backing):
    with backing.chat_server(request.param, LOG_FORMAT="json") as running:
        yield running


async def counts(person: Person) -> dict[str, float]:
    answer = await person.call("GET", "/metrics")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain")
    lines = re.findall(r"^(chat_\S+) (\S+)$", answer.text, re.MULTILINE)
    return {name: float(value) for name, value in lines}


async def until(person: Person, **expected: float) -> dict[str, float]:
    """Wait until the counts are as expected; they are written a moment after what they count."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await counts(person)
            if all(found.get(name) == value for name, value in expected.items()):
                return found


async def test_metrics_count_what_all_processes_did(people: People):
    ann, bob = await people.sign_up("ann"), await people.sign_up("bob")
    room = await people.room(ann, bob)
    listeners = [await bob.socket(f"/ws/room/{room}") for _ in range(6)]
    speakers = [await ann.socket("/ws") for _ in range(4)]
    for number, speaker in enumerate(speakers):
        await speaker.said(f"message {number}", chat=f"room:{room}")
        for listener in listeners:
            await listener.get("message")
    await speakers[0].send({"type": "message", "chat": f"room:{room}", "content": ""})
    await speakers[0].get("error")
    found = await until(ann, chat_messages_stored_total=4.0)
    assert found['chat_sockets{path="room"}'] == 6 and found['chat_sockets{path="all"}'] == 4
    assert found["chat_sockets_opened_total"] == 10
    assert found["chat_batch_messages_sum"] == 4 and found["chat_commit_seconds_count"] >= 1
    assert found["chat_deliveries_total"] >= 4 * (6 + 4)
    assert found['chat_refusals_total{code="invalid"}'] == 1
    assert found["chat_layer_up"] == 1
    assert found['chat_http_requests_total{method="POST",status="201"}'] >= 1
    for socket in (*listeners, *speakers):
        await socket.close()
    async with asyncio.timeout(PATIENCE):
        while any(value for name, value in (await counts(ann)).items() if name.startswith("chat_sockets{")):
            pass


async def test_tasks_of_all_processes_are_counted_and_end_with_their_sockets(people: People):
    ann = await people.sign_up("ann")

    async def tasks(wanted: Callable[[float], bool]) -> float:
        async with asyncio.timeout(PATIENCE):
            while not wanted(found := (await counts(ann)).get("chat_tasks", 0)):
                await asyncio.sleep(0.1)
        return found

    # This may count tasks that are there for a moment, or miss a process that has only just started: there is room
    # for both between what is asked for below.
    alone = await tasks(lambda found: found > 0)
    sockets = [await ann.socket("/ws") for _ in range(60)]
    await tasks(lambda found: found >= alone + 40)
    for socket in sockets:
        await socket.close()
    await tasks(lambda found: found <= alone + 25)


async def test_log_lines_have_ids_and_neither_tokens_nor_what_was_said(server, people: People):
    ann = await people.sign_up("ann")
    room = await ann.post("/chats/room", {"name": "Garden"}, headers={"X-Request-ID": "from-the-proxy"})
    answer = await ann.call("GET", "/users/me", headers={"X-Request-ID": "not an id"})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    socket = await people.connect(f"/ws/room/{room['room_id']}?token={ann.token}")
    await socket.get("message_history")
    await socket.said("the secret plan")
    await socket.close()
    await ann.call("GET", room["invite_link"].removeprefix(server.http))
    log = ""
    async with asyncio.timeout(PATIENCE):
        while '"socket closed"' not in log:
            await asyncio.sleep(0.05)
            log = server.log.read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    made = next(line for line in lines if line.get("request_id") == "from-the-proxy")
    assert (made["message"], made["status"], made["user_id"]) == ("POST chats/room", 201, ann.id)
    assert made["session_id"] and made["time"].endswith("Z")
    closed = next(line for line in lines if line["message"] == "socket closed")
    assert closed["session_id"] == made["session_id"] and closed["chat"] == f"room:{room['room_id']}"
    secrets = (
        ann.token,
        ann.refresh_token,
        "the secret plan",
        PASSWORD,
        room["invite_link"].rsplit("/", 1)[1],
    )
    assert not [secret for secret in secrets if secret in log]
