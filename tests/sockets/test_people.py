"""What people hear of each other: names and statuses, at once and on every process."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

from PIL import Image

from tests.people import PASSWORD, People, Person


async def test_a_new_name_stands_in_what_is_told_from_then_on_and_a_deleted_account_is_called_that(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    watching, talking = await ann.socket("/ws"), await bob.socket(f"/ws/room/{room}")
    key = f"room:{room}"
    await watching.get("user_joined", chat=key, user_id=bob.id)
    await bob.call("PATCH", "/users/me", json={"display_name": f"Bob {bob.username}"})
    name = f"Bob {bob.username}"
    assert (await watching.get("user_updated", user_id=bob.id))["display_name"] == name
    await talking.get("user_updated", user_id=bob.id)  # from now on its process knows
    await talking.send({"type": "typing"})
    assert (await watching.get("user_typing", chat=key, user_id=bob.id))["display_name"] == name
    await talking.said("by my new name")
    assert (await watching.get("message", chat=key, user_id=bob.id))["display_name"] == name
    assert (await ann.get(f"/chats/room/{room}/history"))["messages"][0]["display_name"] == name
    await talking.close()
    assert (await watching.get("user_disconnected", chat=key, user_id=bob.id))["display_name"] == name
    assert (await watching.get("user_status", user_id=bob.id, is_online=False))["display_name"] == name

    assert (await bob.call("DELETE", "/users/me", json={"password": PASSWORD})).status_code == 204
    gone = await watching.get("user_updated", user_id=bob.id)
    assert (gone["username"], gone["display_name"]) == (f"deleted-{bob.id}", "Deleted account")
    message = (await ann.get(f"/chats/room/{room}/history"))["messages"][0]
    assert (message["username"], message["display_name"]) == (f"deleted-{bob.id}", "Deleted account")


async def test_a_picture_is_on_the_messages_from_then_on_until_it_is_removed(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    watching, talking = await ann.socket("/ws"), await bob.socket(f"/ws/room/{room}")
    await talking.said("without")
    assert "avatar" not in await watching.get("message", content="without")
    picture = BytesIO()
    Image.new("RGB", (300, 200), "red").save(picture, "PNG")
    made = await bob.call("PUT", "/users/me/avatar", files={"file": ("me.png", picture.getvalue())})
    address = made.json()["avatar"]
    for socket in (watching, talking):
        assert (await socket.get("user_updated", user_id=bob.id))["avatar"] == address
    await talking.said("with")
    assert (await watching.get("message", content="with"))["avatar"] == address
    hello = await (await bob.connect("/ws")).get("connection_established")
    assert hello["user"]["avatar"] == address
    shown = await people.http.get(people.server.http + address)
    assert shown.status_code == 200 and shown.headers["Content-Type"] == "image/webp"

    assert (await bob.call("DELETE", "/users/me/avatar")).status_code == 204
    for socket in (watching, talking):
        assert (await socket.get("user_updated", user_id=bob.id))["avatar"] is None
    await talking.said("no longer")
    assert "avatar" not in await watching.get("message", content="no longer")
    assert (await people.http.get(people.server.http + address)).status_code == 404


async def test_a_status_reaches_all_who_share_a_chat_and_stands_in_their_first_frame(
    ann: Person, bob: Person
):
    private = (await ann.post("/chats/private", {"receiver_id": bob.id}))["chat_id"]
    watching, own = await ann.socket(f"/ws/private/{private}"), await bob.socket("/ws")
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    version = (await watching.said("before"))["version"]
    status = {"status_emoji": "🌴", "status_text": "On holiday", "status_until": until}
    assert (await bob.call("PATCH", "/users/me", json=status)).status_code == 200
    for socket in (watching, own):
        told = await socket.get("status_changed", user_id=bob.id)
        assert (told["status"]["emoji"], told["status"]["text"]) == ("🌴", "On holiday")
        assert told["status"]["until"].endswith("Z")
    hello = await (await ann.connect("/ws")).get("connection_established")
    (chat,) = [one for one in hello["chats"] if one["key"] == f"private:{private}"]
    assert chat["peer"]["status"] == told["status"]
    assert chat["version"] == version, "a status is no change of the chat"
    assert "status" not in hello["user"]

    await bob.call("PATCH", "/users/me", json={"status_emoji": "", "status_text": ""})
    assert (await watching.get("status_changed", user_id=bob.id))["status"] is None


async def test_a_status_that_is_over_is_taken_back_by_the_server(ann: Person, bob: Person):
    private = (await ann.post("/chats/private", {"receiver_id": bob.id}))["chat_id"]
    watching = await ann.socket(f"/ws/private/{private}")
    until = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    await bob.call("PATCH", "/users/me", json={"status_text": "In a minute", "status_until": until})
    assert (await watching.get("status_changed", user_id=bob.id))["status"]["text"] == "In a minute"
    while (frame := await watching.next(patience=30))["type"] != "status_changed":  # swept every ten seconds
        pass
    assert frame["status"] is None
    assert "status" not in await ann.get(f"/users/{bob.id}")
