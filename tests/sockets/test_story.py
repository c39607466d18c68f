"""The whole product in one story, told twice: on SQLite alone, and on PostgreSQL with Redis."""

import pytest

from tests.people import People
from tests.servers import BACKENDS


@pytest.fixture(params=BACKENDS)
def server(request, backing):
    """A server of this story's own, as it is restarted."""
    with backing.chat_server(request.param) as running:
        yield running


async def test_two_people_meet_talk_and_find_it_all_after_a_restart(server, people: People):
    ann = await people.sign_up("ann")
    bob = await people.sign_up("bob")

    # They talk in general.
    ann_general = await ann.socket("/ws/general")
    bob_general = await bob.socket("/ws/general")
    ack = await ann_general.said("Good morning!")
    heard = await bob_general.get("message", content="Good morning!")
    assert (heard["seq"], heard["id"], heard["user_id"]) == (ack["seq"], ack["id"], ann.id)
    await bob_general.send({"content": "Morning, Ann."})  # the plainest client there is
    await ann_general.get("message", content="Morning, Ann.")

    # Ann starts a private chat; Bob opens the same one.
    opened = await ann.post("/chats/private", {"receiver_id": bob.id}, 201)
    again = await bob.post("/chats/private", {"receiver_id": ann.id}, 200)
    assert opened == {"chat_id": again["chat_id"], "status": "created"} and again["status"] == "existing"
    private = f"/ws/private/{opened['chat_id']}"
    ann_private, bob_private = await ann.socket(private), await bob.socket(private)
    await ann_private.said("Just between us")
    whispered = await bob_private.get("message", content="Just between us")
    assert (whispered["sender_id"], whispered["receiver_id"]) == (ann.id, bob.id)

    # Ann makes a room and shares its link. Bob asks to join, waits, and is let in.
    room = await ann.post("/chats/room", {"name": "Garden", "description": "Beds and seeds"}, 201)
    room_id, link = room["room_id"], room["invite_link"]
    everything_ann, everything_bob = await ann.socket("/ws"), await bob.socket("/ws")
    asked = await bob.post(f"/chats/room/{room_id}/join", {"invite_link": link})
    assert asked == {"status": "pending_approval"}
    refused = await bob.connect(f"/ws/room/{room_id}")
    assert await refused.closed() == 4404
    request = await everything_ann.get("join_request", room_id=room_id)
    assert request["user"]["username"] == bob.username
    approved = await ann.post(f"/chats/room/{room_id}/invite/approve", {"user_id": bob.id})
    assert approved == {"status": "approved"}
    await everything_bob.get("join_approved", room_id=room_id)
    await everything_bob.get("room_joined", chat=f"room:{room_id}")

    # Both talk in the room: Bob on the one connection that he has for everything.
    ann_room = await ann.socket(f"/ws/room/{room_id}")
    await everything_bob.said("Thanks for letting me in", chat=f"room:{room_id}")
    await ann_room.get("message", content="Thanks for letting me in")
    await ann_room.said("Welcome!")
    await everything_bob.get("message", content="Welcome!", room_id=room_id)

    # The server restarts: their sockets are told to come back, and all of it is in history.
    assert server.stop() == 0
    assert await ann_general.closed() == 1012
    server.start()
    assert [m["content"] for m in await bob.history("general")] == ["Good morning!", "Morning, Ann."]
    assert [m["content"] for m in await bob.history(f"private/{opened['chat_id']}")] == ["Just between us"]
    assert [m["content"] for m in await ann.history(f"room/{room_id}")] == [
        "Thanks for letting me in",
        "Welcome!",
    ]
