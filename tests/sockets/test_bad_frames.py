"""What wrong frames get: each its exact `error`, after which the same connection still chats."""

import json
from typing import Any, NamedTuple

import pytest

from tests.people import Frame, People, Person, Socket

HUGE = 2**63
DEEP = "[" * 10_000 + "]" * 10_000
SAID = "c-1"  # the client_id of most messages below


class Wrong(NamedTuple):
    """A wrong frame, and what it gets: `error` with this code, naming this field, echoing this client_id."""

    frame: Frame | str | bytes
    field: str | None
    client_id: str | None = None
    code: str = "invalid"


def message(field: str, value: Any, echoed: str | None = SAID) -> Wrong:
    """A message that is wrong in one field."""
    return Wrong({"type": "message", "content": "x", "client_id": SAID, field: value}, field, echoed)


#: Wrong on every socket, for their types, limits and syntax.
ANYWHERE = {
    # content
    "a message without content": Wrong({"type": "message", "client_id": SAID}, "content", SAID),
    "a null content": message("content", None),
    "a number as content": message("content", 5),
    "a list as content": message("content", ["x"]),
    "an empty content": message("content", ""),
    "only whitespace": message("content", " \t\r\n\u00a0\u2003 "),
    "a zero width space": message("content", "\u200b"),
    "a braille blank and a Hangul filler": message("content", "\u2800\u3164"),
    "tags, a soft hyphen and a selector": message("content", " \U000e0041\u00ad\ufe0f\n"),
    "4,001 characters": message("content", "x" * 4001),
    "4,001 emoji": message("content", "\N{GRINNING FACE}" * 4001),
    "NUL in content": message("content", "a\0b"),
    "half a pair, the first": message("content", "an emoji cut in two: \ud83d"),
    "half a pair, the second": message("content", "\ude00 cut in two"),
    "a pair the wrong way round": message("content", "\ude00\ud83d"),
    "content alone, wrong": Wrong({"content": 3, "client_id": SAID}, "content", SAID),
    # client_id
    "an empty client_id": message("client_id", "", ""),
    "a client_id of 65 characters": message("client_id", "i" * 65, None),
    "NUL in the client_id": message("client_id", "a\0", "a\0"),
    "a number as client_id": message("client_id", 5, None),
    "a list as client_id": message("client_id", ["a"], None),
    "half a pair in the client_id": message("client_id", "\ud83d", None),
    # reply_to
    "reply_to 0": message("reply_to", 0),
    "a negative reply_to": message("reply_to", -1),
    "reply_to as text": message("reply_to", "1"),
    "reply_to as a float": message("reply_to", 1.0),
    "reply_to as true": message("reply_to", True),
    "reply_to beyond 64 bits": message("reply_to", HUGE),
    "reply_to of 400 digits": message("reply_to", 10**400),
    "a reply to no message": message("reply_to", HUGE - 1),
    # attachments
    "attachments that aren't a list": message("attachments", 1),
    "attachments as null": message("attachments", None),
    "attachments as an object": message("attachments", {"0": 1}),
    "an attachment by name": message("attachments", ["a.png"]),
    "attachment 0": message("attachments", [0]),
    "eleven attachments": message("attachments", [1] * 11),
    "an unknown attachment": message("attachments", [HUGE - 1]),
    # chat
    "a number as chat": message("chat", 1),
    "a list as chat": message("chat", ["general"]),
    "a chat key of 33 characters": message("chat", "r" * 33),
    "half a pair in the chat key": message("chat", "\ud83d"),
    "a chat key that is none": message("chat", "room:"),
    "a chat without a kind": message("chat", ":1"),
    "a chat of text": message("chat", "room:abc"),
    "a negative chat": message("chat", "room:-1"),
    "a chat with a leading zero": message("chat", "room:01"),
    "a chat of other digits": message("chat", "room:\N{ARABIC-INDIC DIGIT ONE}"),
    "a chat beyond 64 bits": message("chat", "room:99999999999999999999"),
    "a chat in capitals": message("chat", "ROOM:1"),
    "general with a number": message("chat", "general:1"),
    "a chat with a space": message("chat", " general"),
    "an empty chat key": message("chat", ""),
    # type
    "no type": Wrong({"client_id": SAID}, "type", SAID),
    "an empty object": Wrong({}, "type"),
    "an unknown type": Wrong({"type": "shout", "client_id": SAID}, "type", SAID),
    "a type in capitals": Wrong({"type": "PING"}, "type"),
    "an empty type": Wrong({"type": ""}, "type"),
    "a number as type": Wrong({"type": 1, "content": "x"}, "type"),
    "a list as type": Wrong({"type": ["message"], "content": "x"}, "type"),
    "a null type": Wrong({"type": None, "content": "x"}, "type"),
    "half a pair as type": Wrong({"type": "\ud83d"}, "type"),
    "a type of 60,000 characters": Wrong({"type": "t" * 60_000}, "type"),
    "a type out of range": Wrong('{"type": 1e999}', "type"),
    "an unknown action": Wrong({"action": "shout"}, "type"),
    "a number as action": Wrong({"action": 5}, "type"),
    "an unknown type beside a good action": Wrong({"type": "shout", "action": "ping"}, "type"),
    # read
    "read without seq": Wrong({"type": "read"}, "seq"),
    "read null": Wrong({"type": "read", "seq": None}, "seq"),
    "read -1": Wrong({"type": "read", "seq": -1}, "seq"),
    "read a float": Wrong({"type": "read", "seq": 1.5}, "seq"),
    "read text": Wrong({"type": "read", "seq": "1"}, "seq"),
    "read true": Wrong({"type": "read", "seq": True}, "seq"),
    "read beyond 64 bits": Wrong({"type": "read", "seq": HUGE}, "seq"),
    "read out of range": Wrong('{"type": "read", "seq": 1e999}', "seq"),
    "read 5,000 digits": Wrong('{"type": "read", "seq": ' + "9" * 5000 + "}", "seq"),
    # sync
    "sync without a version": Wrong({"type": "sync"}, "version"),
    "sync from a negative version": Wrong({"type": "sync", "version": -1}, "version"),
    "sync from text": Wrong({"type": "sync", "version": "1"}, "version"),
    "sync from beyond 64 bits": Wrong({"type": "sync", "version": HUGE}, "version"),
    "versions as a list": Wrong({"type": "sync", "versions": ["general"]}, "versions"),
    "versions as text": Wrong({"type": "sync", "versions": "general"}, "versions"),
    "a negative version of one": Wrong({"type": "sync", "versions": {"general": -1}}, "versions"),
    "a null version of one": Wrong({"type": "sync", "versions": {"general": None}}, "versions"),
    "a version of a long key": Wrong({"type": "sync", "versions": {"r" * 33: 1}}, "versions"),
    "1,001 versions": Wrong({"type": "sync", "versions": {f"room:{n}": 1 for n in range(1001)}}, "versions"),
    # auth (a token that is text but no token closes: below)
    "auth without a token": Wrong({"type": "auth"}, "token"),
    "a number as token": Wrong({"type": "auth", "token": 1}, "token"),
    "a null token": Wrong({"type": "auth", "token": None}, "token"),
    "a token of 4,097 characters": Wrong({"type": "auth", "token": "t" * 4097}, "token"),
    # join_room, leave_room
    "join a chat by number": Wrong({"type": "join_room", "chat": 1}, "chat"),
    "leave a chat by list": Wrong({"type": "leave_room", "chat": []}, "chat"),
    # no JSON object at all
    "a binary frame": Wrong(b'{"type": "ping"}', "frame"),
    "an empty binary frame": Wrong(b"", "frame"),
    "an empty frame": Wrong("", "frame"),
    "a space": Wrong(" ", "frame"),
    "broken JSON": Wrong('{"type": "ping"', "frame"),
    "two objects": Wrong('{"type": "ping"}{"type": "ping"}', "frame"),
    "single quotes": Wrong("{'type': 'ping'}", "frame"),
    "a trailing comma": Wrong('{"type": "ping",}', "frame"),
    "a bare line break in a string": Wrong('{"content": "a\nb"}', "frame"),
    "an unknown escape": Wrong('{"content": "\\x"}', "frame"),
    "a byte order mark": Wrong('\ufeff{"type": "ping"}', "frame"),
    "NaN": Wrong('{"type": "read", "seq": NaN}', "frame"),
    "Infinity": Wrong('{"type": "read", "seq": Infinity}', "frame"),
    "a list": Wrong('[{"type": "ping"}]', "frame"),
    "a number": Wrong("5", "frame"),
    "a string": Wrong('"ping"', "frame"),
    "null": Wrong("null", "frame"),
    "true": Wrong("true", "frame"),
    "10,000 brackets": Wrong(DEEP, "frame"),
    "10,000 brackets, none closed": Wrong("[" * 10_000, "frame"),
    "10,000 brackets in content": Wrong(f'{{"type": "message", "content": {DEEP}}}', "frame"),
    "10,000 brackets in an unknown field": Wrong(f'{{"content": "x", "more": {DEEP}}}', "frame"),
    "10,000 objects": Wrong('{"a":' * 10_000 + "1" + "}" * 10_000, "frame"),
    "the last of two contents is wrong": Wrong('{"content": "a", "content": 1}', "content"),
    "half a pair in a name": Wrong('{"type": "ping", "\\ud83d": 1}', "frame"),
    "half a pair and a number out of range": Wrong('{"a": 1e999, "type": "\\ud83d"}', "type"),
}

#: On `/ws`, where frames name their chat, `general` where nothing else is wrong.
ON_EVERYTHING = {
    "a message without its chat": Wrong({"content": "x", "client_id": SAID}, "chat", SAID),
    "a message with a null chat": message("chat", None),
    "typing without its chat": Wrong({"type": "typing"}, "chat"),
    "stop_typing without its chat": Wrong({"type": "stop_typing"}, "chat"),
    "read without its chat": Wrong({"type": "read", "seq": 1}, "chat"),
    "sync without its chat": Wrong({"type": "sync", "version": 1}, "chat"),
    "join_room without a chat": Wrong({"type": "join_room"}, "chat"),
    "leave_room without a chat": Wrong({"type": "leave_room"}, "chat"),
    "join a chat that is none": Wrong({"type": "join_room", "chat": "room:x"}, "chat"),
}

#: On the sockets of one chat.
ON_ONE_CHAT = {
    "join_room on a chat's socket": Wrong({"type": "join_room", "chat": "general"}, "type"),
    "leave_room on a chat's socket": Wrong({"type": "leave_room"}, "type"),
    "versions on a chat's socket": Wrong({"type": "sync", "versions": {"general": 1}}, "versions"),
}


async def refused(socket: Socket, wrong: Wrong) -> list[str]:
    """Send a wrong frame; what is wrong with the answer."""
    raw = json.dumps(wrong.frame) if isinstance(wrong.frame, dict) else wrong.frame
    await socket.send(raw)
    error = await socket.get("error")
    expected = {
        "code": wrong.code,
        "fields": [wrong.field] if wrong.field else None,
        "client_id": wrong.client_id,
    }
    given = {
        "code": error["code"],
        "fields": list(error["fields"]) if "fields" in error else None,
        "client_id": error.get("client_id"),
    }
    problems = [] if given == expected else [f"expected {expected}, got {given}: {error['detail'][:200]}"]
    sentences = error["fields"][wrong.field] if not problems and wrong.field else [error["detail"]]
    if len(error["detail"]) > 300 or not all(sentences):
        problems.append(f"not a sentence: {error['detail'][:400]}")
    if unknown := set(error) - {"type", "code", "detail", "fields", "client_id"}:
        problems.append(f"unexpected {unknown}")
    return problems


async def check(socket: Socket, table: dict[str, Wrong], chat: str | None = None) -> None:
    """Each wrong frame gets its answer, and the socket chats on after it; `chat` is named where it must be."""
    named = {"chat": chat} if chat else {}
    problems = []
    for name, wrong in table.items():
        if isinstance(wrong.frame, dict) and wrong.field != "chat":
            wrong = wrong._replace(frame={**named, **wrong.frame})
        problems += [f"{name}: {problem}" for problem in await refused(socket, wrong)]
        said = await socket.said(f"after {name}", **named)
        shown = await socket.get("message", id=said["id"])
        assert shown["content"] == f"after {name}"
    assert not problems, "\n".join(problems)
    assert not [frame for frame in await socket.settle() if frame["type"] == "error"], "each is answered once"


@pytest.fixture
async def others(people: People, ann: Person, bob: Person) -> dict[str, Any]:
    """What ann may not reach: a room and a private chat of others, a message in them; and her own room."""
    eve = await people.sign_up("eve")
    theirs, hers = await people.room(bob, eve), await people.room(ann, bob)
    private = (await bob.post("/chats/private", {"receiver_id": eve.id}))["chat_id"]
    foreign = await bob.post(f"/chats/room/{theirs}/messages", {"content": "for us"})
    elsewhere = await ann.post("/chats/general/messages", {"content": "in general"})
    return {
        "room": f"room:{theirs}",
        "own room": hers,
        "private": f"private:{private}",
        "message": foreign["id"],
        "in general": elsewhere["id"],
    }


async def test_wrong_frames_at_the_socket_of_everything(ann: Person, others):
    def foreign(chat: str, **fields: Any) -> Wrong:
        echoed = fields.get("client_id")
        return Wrong({"chat": chat, **fields}, None, echoed, "not_a_member")

    room, private, own = others["room"], others["private"], f"room:{others['own room']}"
    table = {
        "a foreign room": foreign(room, content="x", client_id=SAID),
        "a foreign private chat": foreign(private, content="x", client_id=SAID),
        "a room that is not there": foreign("room:999999999", content="x", client_id=SAID),
        "a private chat under a room's name": foreign(private.replace("private", "room"), content="x"),
        "the own room under a private chat's name": foreign(own.replace("room", "private"), content="x"),
        "typing in a foreign room": foreign(room, type="typing"),
        "stop_typing in a foreign room": foreign(room, type="stop_typing"),
        "reading a foreign private chat": foreign(private, type="read", seq=1),
        "syncing a foreign room": foreign(room, type="sync", version=0),
        "following a foreign room": foreign(room, type="join_room"),
        "unfollowing a foreign room": foreign(room, type="leave_room"),
        "a reply to a foreign message": message("reply_to", others["message"]),
    }
    socket = await ann.socket()
    await check(socket, {**ANYWHERE, **ON_EVERYTHING, **table}, "general")
    await check(socket, {"a reply across chats": message("reply_to", others["in general"])}, own)


async def test_wrong_frames_at_the_socket_of_general(ann: Person, others):
    table = {
        "another chat than the socket's": message("chat", others["room"]),
        "an own chat, but another one": message("chat", f"room:{others['own room']}"),
        "a reply to a foreign message": message("reply_to", others["message"]),
    }
    await check(await ann.socket("/ws/general"), {**ANYWHERE, **ON_ONE_CHAT, **table})


async def test_wrong_frames_at_the_socket_of_a_room(ann: Person, others):
    table = {
        "another chat than the socket's": message("chat", "general"),
        "syncing another chat": Wrong({"type": "sync", "version": 0, "chat": "general"}, "chat"),
        "reading another chat": Wrong({"type": "read", "seq": 1, "chat": others["private"]}, "chat"),
        "a reply across chats": message("reply_to", others["in general"]),
    }
    socket = await ann.socket(f"/ws/room/{others['own room']}")
    await check(socket, {**ANYWHERE, **ON_ONE_CHAT, **table})


async def test_one_sync_of_many_chats_refuses_those_of_others_one_by_one(ann: Person, others):
    socket = await ann.socket()
    wrong = {others["room"]: "not_a_member", others["private"]: "not_a_member", "room:01": "invalid"}
    await socket.send({"type": "sync", "versions": {**dict.fromkeys(wrong, 0), "general": HUGE - 1}})
    for chat, code in wrong.items():
        assert (await socket.get("error", chat=chat))["code"] == code
    synced = await socket.get("synced", chat="general")
    assert synced["reset"] is True and synced["version"] < HUGE - 1, (
        "a version that is yet to come is corrected"
    )
    await socket.said("still here", chat="general")


async def test_odd_frames_that_are_right(ann: Person):
    socket = await ann.socket("/ws/general")
    faces = "\N{GRINNING FACE}" * 4000
    await socket.send({"content": f" \n{faces}  \n", "client_id": "i" * 64})
    await socket.get("ack", client_id="i" * 64)
    assert (await socket.get("message", client_id="i" * 64))["content"] == faces
    for frame in (
        '{"type": "ping", "action": "shout", "more": 1e999}',
        '{"type": "message", "type": "ping"}',
        ' \n{"type":"\\u0070ing"}\t',
        '{"action": "ping"}',
    ):
        await socket.send(frame)
        await socket.get("pong")
    for odd in ({"type": "read", "seq": HUGE - 1}, {"type": "typing", "chat": "general"}):
        await socket.send(odd)
    for client_id in (None, "same"):
        await socket.send({"content": "a\u202eb\u200d\ufffe", "client_id": client_id, "reply_to": None})
        await socket.get("ack", client_id=client_id)
    await socket.send({"type": "sync", "version": HUGE - 1})
    await socket.get("synced")
    assert not [frame for frame in await socket.settle() if frame["type"] == "error"]
