"""Typing ends for the others when it ends for the person, however it ends, on whatever process."""

import pytest

from tests.people import People, Person, Socket


async def types(socket: Socket, watching: Socket, key: str) -> None:
    """Type, and wait until the other one sees it."""
    await socket.send({"type": "typing", "chat": key})
    await watching.get("user_typing", chat=key, typing=True)


async def typing_frames(watching: Socket) -> list[bool]:
    """What was said of typing and not asked for yet."""
    return [frame["typing"] for frame in await watching.settle() if frame["type"] == "user_typing"]


@pytest.fixture
async def room(people: People, ann: Person, bob: Person) -> int:
    return await people.room(ann, bob)


@pytest.mark.parametrize(
    "how", ["closes", "is lost", "unfollows", "leaves", "is kicked", "logs out", "sends", "stops"]
)
async def test_the_others_see_at_once_that_typing_ended(how: str, ann: Person, bob: Person, room: int):
    key = f"room:{room}"
    phone = await bob.socket("/ws")  # stays online
    watching = await ann.socket("/ws")
    tab_of = await bob.sign_in()
    tab = await tab_of.socket("/ws")
    await types(tab, watching, key)
    match how:
        case "closes":
            await tab.close()
        case "is lost":
            tab.connection.transport.abort()
        case "unfollows":
            await tab.send({"type": "leave_room", "chat": key})
        case "leaves":
            await bob.post(f"/chats/room/{room}/leave")
        case "is kicked":
            assert (await ann.call("DELETE", f"/chats/room/{room}/members/{bob.id}")).is_success
        case "logs out":
            await tab_of.post("/auth/logout", {"refresh_token": tab_of.refresh_token})
        case "sends":
            await tab.said("what I typed", chat=key)
        case "stops":
            await tab.send({"type": "stop_typing", "chat": key})
    ended = await watching.get("user_typing", chat=key, typing=False)
    assert (ended["user_id"], ended["username"]) == (bob.id, bob.username)
    if how == "sends":
        await tab.send({"type": "stop_typing", "chat": key})  # as clients do
        await tab.settle()
    assert await typing_frames(watching) == []
    await phone.close()


async def test_a_message_over_http_ends_typing_on_all_sockets_of_who_wrote_it(
    ann: Person, bob: Person, room: int
):
    key, path = f"room:{room}", f"/chats/room/{room}/messages"
    watching = [await ann.socket("/ws") for _ in range(6)]  # on both processes, as good as surely
    tabs = [await bob.socket("/ws"), await bob.socket(f"/ws/room/{room}"), await bob.socket("/ws")]
    for text in ("one", "and another one"):
        for tab in tabs:
            await tab.send({"type": "typing", "chat": key})
        for socket in watching:
            for _ in tabs:
                await socket.get("user_typing", chat=key, user_id=bob.id, typing=True)
        await bob.post(path, {"content": text, "client_id": text}, 201)
        for socket in watching:
            await socket.get("message", content=text)
            await socket.get("user_typing", chat=key, user_id=bob.id, typing=False)
    for tab in tabs:
        await tab.send({"type": "stop_typing", "chat": key})  # as clients do
        await tab.settle()
    await (await ann.socket("/ws")).said("time passes", chat=key)
    for socket in watching:
        await socket.get("message", content="time passes")
        assert await typing_frames(socket) == []


async def test_an_edit_a_repeat_and_a_message_elsewhere_end_no_typing(
    people: People, ann: Person, bob: Person, room: int
):
    key, path = f"room:{room}", f"/chats/room/{room}/messages"
    elsewhere = await people.room(ann, bob)
    first = await bob.post(path, {"content": "said before", "client_id": "once"}, 201)
    watching, tab = await ann.socket("/ws"), await bob.socket("/ws")
    await types(tab, watching, key)
    assert (await bob.call("PATCH", f"/messages/{first['id']}", json={"content": "edited"})).is_success
    await bob.post(path, {"content": "said before", "client_id": "once"}, 201)
    await bob.post(f"/chats/room/{elsewhere}/messages", {"content": "elsewhere"}, 201)
    await ann.post(path, {"content": "from another person"}, 201)
    await watching.get("message", content="elsewhere")
    await watching.get("message", content="from another person")
    assert await typing_frames(watching) == []
    await tab.said("what I typed", chat=key)
    await watching.get("user_typing", chat=key, typing=False)


async def test_of_two_tabs_that_type_only_the_end_of_the_last_one_counts(ann: Person, bob: Person, room: int):
    key = f"room:{room}"
    watching = await ann.socket("/ws")
    tabs = [await bob.socket("/ws") for _ in range(6)]  # on both processes, as good as surely
    for tab in tabs:
        await types(tab, watching, key)
    for tab in tabs[:3]:
        await tab.send({"type": "stop_typing", "chat": key})
        await tab.settle()
    for tab in tabs[3:-1]:
        await tab.close()
    await (await ann.socket("/ws")).said("time passes", chat=key)
    await watching.get("message", content="time passes")
    assert await typing_frames(watching) == []
    await tabs[-1].close()
    await watching.get("user_typing", chat=key, typing=False)
    assert await typing_frames(watching) == []


async def test_who_did_not_type_ends_nothing_by_going(ann: Person, bob: Person, room: int):
    key = f"room:{room}"
    watching = await ann.socket("/ws")
    tab, other = await bob.socket("/ws"), await bob.socket("/ws")
    await types(tab, watching, key)
    await other.said("from the phone", chat=key)
    await other.close()
    await watching.get("message", content="from the phone")
    assert await typing_frames(watching) == []
