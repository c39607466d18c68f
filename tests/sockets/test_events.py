"""Everything that happens in a chat beside messages: typing, coming and going, reading, edits, follow and unfollow."""

import asyncio

from tests.people import PATIENCE, People, Person


async def test_typing_reaches_the_others_and_is_thinned_out(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    typing, watching = await ann.socket(f"/ws/room/{room}"), await bob.socket(f"/ws/room/{room}")
    for _ in range(5):
        await typing.send({"type": "typing"})
    await typing.send({"action": "stop_typing"})
    first = await watching.get("user_typing", typing=True)
    assert (first["user_id"], first["username"], first["chat"]) == (ann.id, ann.username, f"room:{room}")
    await watching.get("user_typing", typing=False)
    assert not [f for f in watching.kept if f["type"] == "user_typing"], "five signs within a moment are one"
    assert not [f for f in await typing.settle() if f["type"] == "user_typing"], "nobody hears of themself"


async def test_a_message_keeps_its_indentation_and_names_people_in_any_script(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    socket, watching = await ann.socket(f"/ws/room/{room}"), await bob.socket(f"/ws/room/{room}")
    await socket.said(f"\n\n    请＠{bob.username}看一下\n")
    seen = await watching.get("message")
    assert seen["content"] == f"    请＠{bob.username}看一下" and seen["mentions"] == [bob.id]
    await socket.said(
        f"`@{bob.username}` https://social.example/@{bob.username} @{bob.username}@social.example"
    )
    assert (await watching.get("message"))["mentions"] == []


async def test_who_comes_to_a_chat_and_goes_is_told_once(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    watching = await ann.socket(f"/ws/room/{room}")
    first, second = await bob.socket(f"/ws/room/{room}"), await bob.socket(f"/ws/room/{room}")
    joined = await watching.get("user_joined", user_id=bob.id)
    assert joined["username"] == bob.username
    await first.close()
    await second.said("one of two sockets is still here")
    await second.close()
    await watching.get("user_disconnected", user_id=bob.id)
    told = [f["type"] for f in watching.seen if f.get("user_id") == bob.id and f["type"].startswith("user_")]
    assert told.count("user_joined") == 1 and told.count("user_disconnected") == 1


async def test_people_who_share_a_chat_see_each_other_come_online_and_go(
    people: People, ann: Person, bob: Person
):
    await people.room(ann, bob)
    watching = await ann.socket("/ws")
    socket = await bob.socket("/ws")
    online = await watching.get("user_status", user_id=bob.id)
    assert online["is_online"] is True
    assert (await ann.get(f"/users/{bob.id}"))["is_online"] is True
    await socket.close()
    offline = await watching.get("user_status", user_id=bob.id)
    assert offline["is_online"] is False and offline["last_seen"].endswith("Z")
    assert (await ann.get(f"/users/{bob.id}"))["is_online"] is False


async def test_in_a_room_the_others_see_how_far_one_has_read_unless_one_does_not_share_it(
    people: People, ann: Person, bob: Person
):
    room, path = await people.room(ann, bob), "/chats/room/{}/read"
    writing, reading = await ann.socket(f"/ws/room/{room}"), await bob.socket(f"/ws/room/{room}")
    said = await writing.said("seen?")
    await reading.send({"type": "read", "seq": said["seq"]})
    seen = await writing.get("read", user_id=bob.id)
    assert seen["seq"] == said["seq"] and "unread_count" not in seen
    assert (await ann.get(path.format(room)))["reads"] == [{"user_id": bob.id, "seq": said["seq"]}]
    assert (await ann.get("/chats/general/read"))["chat"] == "general"

    await bob.call("PATCH", "/users/me", json={"share_reads": False})
    assert (await bob.get("/users/me"))["share_reads"] is False
    for person in (ann, bob):  # who does not show it does not see it either
        assert (await person.get(path.format(room)))["reads"] == []
    said = await writing.said("and this?")
    await reading.send({"type": "read", "seq": said["seq"]})
    assert (await reading.get("read", user_id=bob.id, seq=said["seq"]))["unread_count"] == 0
    assert not [
        frame for frame in await writing.settle() if frame["type"] == "read" and frame["user_id"] == bob.id
    ]
    stranger = await people.sign_up("stranger")
    assert (await stranger.call("GET", path.format(room))).status_code == 404


async def test_counts_follow_deletions_and_edits_and_who_is_no_longer_mentioned_is_told(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    desk, phone = await bob.socket("/ws"), await bob.socket(f"/ws/room/{room}")
    texts = (f"one @{bob.username}", f"two @{bob.username}", "three", "four")
    said = [await ann.post(f"/chats/room/{room}/messages", {"content": text}) for text in texts]

    async def counts() -> tuple[int, int]:
        """As the list, and a new socket's first frame, have them."""
        (chat,) = [one for one in (await bob.get("/chats"))["results"] if one["key"] == f"room:{room}"]
        hello = await (await bob.connect(f"/ws/room/{room}")).get("connection_established")
        assert [(one["unread_count"], one["mention_count"]) for one in hello["chats"]] == [
            (chat["unread_count"], chat["mention_count"])
        ]
        return chat["unread_count"], chat["mention_count"]

    assert await counts() == (4, 2)
    await ann.call("PATCH", f"/messages/{said[0]['id']}", json={"content": "one"})
    for socket in (desk, phone):
        mark = await socket.get("read", user_id=bob.id, mention_count=1)
        assert (mark["seq"], mark["unread_count"], mark["version"], mark["last_seq"]) == (0, 4, 5, 4)
    await ann.call("DELETE", f"/messages/{said[1]['id']}")
    for socket in (desk, phone):
        mark = await socket.get("read", user_id=bob.id, mention_count=0)
        assert (mark["unread_count"], mark["version"]) == (3, 6)
    await ann.call("DELETE", f"/messages/{said[2]['id']}")
    assert await counts() == (2, 0)
    await desk.send({"type": "read", "chat": f"room:{room}", "seq": 1})
    assert (await phone.get("read", user_id=bob.id, seq=1))["unread_count"] == 1
    await ann.call("DELETE", f"/messages/{said[3]['id']}")
    assert await counts() == (0, 0)


async def test_reading_on_one_device_updates_the_others(people: People, ann: Person, bob: Person):
    private = (await ann.post("/chats/private", {"receiver_id": bob.id}))["chat_id"]
    desk, phone = await bob.socket("/ws"), await (await bob.sign_in()).socket(f"/ws/private/{private}")
    writing = await ann.socket(f"/ws/private/{private}")
    for text in ("one", "two", "three"):
        last = await writing.said(text)
    await phone.send({"type": "read", "seq": 2})
    for socket in (desk, phone):
        mark = await socket.get("read", user_id=bob.id)
        assert (mark["seq"], mark["unread_count"], mark["mention_count"]) == (2, 1, 0)
    seen = await writing.get("read", user_id=bob.id)
    assert seen["seq"] == 2 and "unread_count" not in seen, "the other one sees how far, not how much is left"
    await phone.send({"type": "read", "seq": 1})  # late, from a slow device
    await phone.send({"type": "read", "seq": 10_000})
    mark = await desk.get("read", lambda frame: frame["seq"] > 2, user_id=bob.id)
    assert (mark["seq"], mark["unread_count"]) == (last["seq"], 0)


async def test_own_messages_never_count_as_unread(ann: Person, bob: Person):
    private = (await ann.post("/chats/private", {"receiver_id": bob.id}))["chat_id"]
    socket = await ann.socket(f"/ws/private/{private}")
    await socket.said("one")
    await socket.said("two")

    async def unread(person: Person) -> int:
        chats = (await person.get("/chats"))["results"]
        return next(chat["unread_count"] for chat in chats if chat["key"] == f"private:{private}")

    assert (await unread(ann), await unread(bob)) == (0, 2)


async def test_a_mention_is_counted_until_it_is_read(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    writing, reading = await ann.socket(f"/ws/room/{room}"), await bob.socket("/ws")
    await writing.said(f"Hello @{bob.username}, are you there?")
    await writing.said("Nothing special")
    message = await reading.get("message", seq=1)
    assert message["mentions"] == [bob.id]
    chats = {chat["key"]: chat for chat in (await bob.get("/chats"))["results"]}
    assert (chats[f"room:{room}"]["unread_count"], chats[f"room:{room}"]["mention_count"]) == (2, 1)
    await reading.send({"type": "read", "chat": f"room:{room}", "seq": 1})
    mark = await reading.get("read", chat=f"room:{room}")
    assert (mark["unread_count"], mark["mention_count"]) == (1, 0)


async def test_a_message_posted_over_http_reaches_every_open_socket(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob)
    sockets = [await ann.socket("/ws"), await ann.socket(f"/ws/room/{room}"), await bob.socket("/ws")]
    posted = await ann.post(f"/chats/room/{room}/messages", {"content": "by REST", "client_id": "r1"}, 201)
    for socket in sockets:
        heard = await socket.get("message", chat=f"room:{room}")
        del heard["type"]
        assert heard == posted


async def test_an_edit_and_a_deletion_reach_every_socket_in_their_order(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    writing, watching = await ann.socket(f"/ws/room/{room}"), await bob.socket("/ws")
    ack = await writing.said("frist")
    edited = await ann.call("PATCH", f"/messages/{ack['id']}", json={"content": "first"})
    assert edited.status_code == 200, edited.text
    assert (await bob.call("PATCH", f"/messages/{ack['id']}", json={"content": "mine"})).status_code == 403
    assert (await ann.call("DELETE", f"/messages/{ack['id']}")).status_code in (200, 204)
    frames = [await watching.get(kind) for kind in ("message", "message_updated", "message_deleted")]
    assert [frame["version"] for frame in frames] == [1, 2, 3]
    assert [frame["content"] for frame in frames] == ["frist", "first", ""]
    assert frames[1]["edited_at"] and frames[2]["deleted_at"] and {f["seq"] for f in frames} == {1}


async def test_a_reply_names_a_message_of_the_same_chat(people: People, ann: Person):
    room = await people.room(ann)
    socket, elsewhere = await ann.socket(f"/ws/room/{room}"), await ann.socket("/ws/general")
    original = await socket.said("question")
    await socket.said("answer", reply_to=original["id"])
    assert (await socket.get("message", content="answer"))["reply_to"] == original["id"]
    client_id = await elsewhere.say("an answer to nothing here", reply_to=original["id"])
    error = await elsewhere.get("error", client_id=client_id)
    assert error["code"] == "invalid" and "reply_to" in error["fields"]


async def test_unfollowing_a_chat_on_the_one_connection_silences_it_until_it_is_followed_again(
    people: People, ann: Person, bob: Person
):
    room = await people.room(ann, bob)
    key = f"room:{room}"
    socket, writing = await bob.socket("/ws"), await ann.socket(f"/ws/room/{room}")
    await socket.send({"type": "leave_room", "chat": key})
    await socket.get("room_left", chat=key)
    await writing.said("unheard")
    assert not [f for f in await socket.settle() if f.get("chat") == key and f["type"] == "message"]
    await socket.send({"type": "join_room", "chat": key})
    await socket.get("room_joined", chat=key)
    await writing.said("heard")
    assert (await socket.get("message", chat=key))["content"] == "heard"


async def test_a_new_private_chat_and_its_first_message_reach_the_open_connection(ann: Person, bob: Person):
    socket = await bob.socket("/ws")
    private = (await ann.post("/chats/private", {"receiver_id": bob.id}, 201))["chat_id"]
    await ann.post(f"/chats/private/{private}/messages", {"content": "surprise"}, 201)
    joined = await socket.get("room_joined", chat=f"private:{private}")
    assert joined["summary"]["title"] == ann.username
    assert (await socket.get("message", chat=f"private:{private}"))["content"] == "surprise"


async def test_a_denied_request_is_told_to_the_one_who_asked(people: People, ann: Person, bob: Person):
    room = await ann.post("/chats/room", {"name": "Closed", "description": ""}, 201)
    waiting, deciding = await bob.socket("/ws"), await ann.socket("/ws")
    await bob.post(f"/chats/room/{room['room_id']}/join", {"invite_link": room["invite_link"]})
    await deciding.get("join_request", room_id=room["room_id"])
    await ann.post(f"/chats/room/{room['room_id']}/invite/deny", {"user_id": bob.id})
    denied = await waiting.get("join_denied", room_id=room["room_id"])
    assert denied["room_name"] == "Closed"


async def test_a_renamed_room_is_renamed_on_every_screen(people: People, ann: Person, bob: Person):
    room = await people.room(ann, bob, name="Before")
    watching = await bob.socket("/ws")
    changed = await ann.call("PATCH", f"/chats/room/{room}", json={"name": "After"})
    assert changed.status_code == 200, changed.text
    assert (await watching.get("chat_updated", chat=f"room:{room}"))["title"] == "After"


async def test_a_new_username_goes_on_the_next_message(people: People, ann: Person):
    socket = await ann.socket("/ws/general")
    changed = await ann.call("PATCH", "/users/me", json={"username": f"{ann.username}-2"})
    assert changed.status_code == 200, changed.text

    async def named() -> str:
        await socket.said("what is my name?")
        return (await socket.get("message", user_id=ann.id))["username"]

    async with asyncio.timeout(PATIENCE):
        while await named() != f"{ann.username}-2":
            pass


async def test_a_socket_hears_nothing_before_its_greeting_however_much_happens_meanwhile(
    people: People, ann: Person, bob: Person
):
    for number in range(200):
        last = await bob.post("/chats/general/messages", {"content": f"{number}"}, 201)
    unread = iter(range(last["seq"] - 199, last["seq"] + 1))

    async def read() -> None:
        for seq in unread:
            await ann.post("/chats/general/read", {"seq": seq})

    async def arrive() -> str:
        socket = await ann.connect("/ws")
        kind = (await socket.next())["type"]
        await socket.close()
        return str(kind)

    reading = asyncio.gather(read(), read())
    while not reading.done():
        assert await asyncio.gather(*(arrive() for _ in range(8))) == ["connection_established"] * 8
    await reading
