"""Chains of replies at real servers: what every socket hears, and what is there after a kill."""

from tests.people import People, Person
from tests.servers import ChatServer


async def test_a_reply_comes_before_the_change_of_its_root_and_both_are_in_sync(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    key = f"room:{room}"
    writer, listener, one_chat = await ann.socket(), await bob.socket(), await bob.socket(f"/ws/room/{room}")
    root = await writer.said("Who waters the plants?", chat=key)
    away = root["version"]
    reply = await writer.said("I do.", chat=key, reply_to=root["id"])
    for socket in (listener, one_chat, writer):
        came = await socket.get("message", id=reply["id"])
        changed = await socket.get("message_updated", id=root["id"])
        assert (came["thread_root_id"], came["version"] + 1) == (root["id"], changed["version"])
        assert (changed["reply_count"], changed["last_reply_at"]) == (1, came["timestamp"])
        assert socket.seen.index(came) < socket.seen.index(changed)

    await ann.call("DELETE", f"/messages/{reply['id']}")
    gone = await listener.get("message_deleted", id=reply["id"])
    changed = await listener.get("message_updated", id=root["id"])
    assert changed["version"] == gone["version"] + 1
    assert "reply_count" not in changed and "last_reply_at" not in changed

    second = await writer.said("Me, too.", chat=key, reply_to=reply["id"])
    await listener.get("message", id=second["id"], thread_root_id=root["id"])
    await listener.send({"type": "sync", "chat": key, "version": away})
    synced = await listener.get("synced", chat=key)
    chain = await bob.get(f"/chats/room/{room}/thread/{root['id']}")
    assert [message["id"] for message in synced["messages"]] == [reply["id"], second["id"], root["id"]]
    assert synced["messages"][-1] == chain["root"]
    assert synced["messages"][:-1] == chain["messages"]
    assert chain["version"] == synced["version"]


async def test_the_other_devices_learn_whether_one_follows_a_chain(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    said = await ann.post(f"/chats/room/{room}/messages", {"content": "one"}, 201)
    device, other = await bob.socket(), await ann.socket()
    path = f"/messages/{said['id']}/follow"
    for method, following in (("PUT", True), ("PUT", True), ("DELETE", False), ("DELETE", False)):
        assert (await bob.call(method, path)).status_code == 204
        assert (await bob.get(f"/chats/room/{room}/thread/{said['id']}"))["following"] is following
    await device.send({"type": "message", "chat": f"room:{room}", "content": "two"})
    await device.get("message", content="two")
    frames = [frame for frame in device.kept if frame["type"] == "follow_changed"]
    assert [frame["following"] for frame in frames] == [True, False], "a repeat changes nothing"
    assert frames[0] == {
        "type": "follow_changed",
        "chat": f"room:{room}",
        "root_id": said["id"],
        "following": True,
    }
    await other.get("message", content="two")
    assert not [frame for frame in other.kept if frame["type"] == "follow_changed"]


async def test_an_acked_reply_counts_on_its_root_after_a_kill(mortal_server: ChatServer):
    async with People(mortal_server) as people:
        ann = await people.sign_up("ann")
        socket = await ann.socket()
        root = await socket.said("one", chat="general")
        for n in range(5):
            reply = await socket.said(str(n), chat="general", reply_to=root["id"])
        mortal_server.kill()
        mortal_server.start()
        chain = await ann.get(f"/chats/general/thread/{root['id']}")
        assert chain["root"]["reply_count"] == len(chain["messages"]) == 5
        assert chain["root"]["last_reply_at"] == chain["messages"][-1]["timestamp"]
        assert chain["messages"][-1]["id"] == reply["id"]
        assert chain["root"]["version"] == reply["version"] + 1
