"""The AsyncAPI document of the sockets, made from the structs that decode and encode their frames."""

from collections.abc import Iterable
from functools import lru_cache
from inspect import cleandoc
from typing import Any, get_args

import msgspec
from msgspec import Struct

from accounts.person import ANN, CustomStatus
from chat import protocol
from chat.api import examples
from chat.limits import FRAMES, MESSAGES
from lib.schemas import Schema, schemas

INCOMING: tuple[type[Struct], ...] = get_args(protocol.Incoming)
#: Only on `/ws`, and only on a chat's own socket.
ONLY_EVERYTHING = (protocol.JoinRoom, protocol.LeaveRoom)
ONLY_ONE_CHAT = (protocol.MessageHistory,)

CLOSE_CODES = {
    protocol.Close.BAD_FRAME: "Too many bad frames; each was answered with an `error` before.",
    protocol.Close.UNAUTHENTICATED: "No token, or a bad, expired or revoked one.",
    protocol.Close.FORBIDDEN: "Removed, banned or demoted during the connection; or a public room you have not joined.",
    protocol.Close.NO_SUCH_CHAT: "The chat or path does not exist, or you may not know that it does.",
    protocol.Close.FLOODING: "Too many frames despite `error` frames with `rate_limited`.",
    protocol.Close.TOO_LARGE: f"A frame of more than {protocol.MAX_FRAME:,} bytes.",
    1009: "The same, if the protocol layer's limit was hit first.",
    protocol.Close.RESTARTING: "The server is restarting: reconnect immediately, with jitter.",
    protocol.Close.TRY_LATER: "The database is unavailable: reconnect in a few seconds.",
}

DESCRIPTION = f"""
Frames are JSON text, at most {protocol.MAX_FRAME:,} bytes. Times are ISO 8601 in UTC ending in `Z`.
Clients ignore types and fields that they don't know.

The access token comes as `Authorization: Bearer …`, as the subprotocol pair `chat.v1, bearer.<token>`, or as
`?token=…`. The handshake itself is refused with 400 for a `Host` that is not the server's, and with 403 for a foreign
`Origin`, or without TLS where the server is reached by https. Every other refusal accepts first, sends an `error`, and
closes with a code that a browser can read (`x-close-codes`).

A socket may send {FRAMES[0]} frames a second ({FRAMES[1]} at once), and a person {MESSAGES[0]} messages a second
({MESSAGES[1]} at once). What is over is refused with `rate_limited`, and the connection goes on.

An `ack` means stored. Send a message again with the same `client_id` if none came: it is stored once. Every socket
of a chat gets its messages in the order of `seq`. After a reconnect, `sync` from the last `version` you know, and
name the `epoch` it is of: after a restore, or a fail-over that lost the end, the log is another one (`reset`).
""".strip()


def _examples() -> dict[type[Struct], Struct]:
    p, ann, bob = protocol, ANN, examples.BOB

    def said(frame: type[Struct], fields: Struct) -> Struct:
        return frame(**msgspec.structs.asdict(fields))

    found: list[Struct] = [
        p.SendMessage(chat="private:3", content="Hello!", client_id="5f0c2a9e"),
        p.Typing(chat="private:3"),
        p.StopTyping(chat="private:3"),
        p.Read(chat="private:3", seq=12),
        p.Sync(versions={"general": 12, "room:5": 40}, epoch=examples.EPOCH),
        p.Ping(),
        p.Auth(token="eyJhbGciOi…"),  # noqa: S106
        p.JoinRoom(chat="room:5"),
        p.LeaveRoom(chat="room:5"),
        p.ConnectionEstablished(
            user=ann,
            session="0b8f6d5e-0f3c-4b5e-9a55-9f4f3f0b7c11",
            chats=[examples.SUMMARY],
            expires_at=examples.NOW,
            epoch=examples.EPOCH,
        ),
        p.MessageHistory(
            chat="private:3",
            messages=[examples.MESSAGE],
            last_seq=12,
            version=14,
            has_more=True,
            epoch=examples.EPOCH,
        ),
        said(p.NewMessage, examples.MESSAGE),
        said(p.MessageUpdated, examples.EDITED),
        said(p.MessageDeleted, examples.DELETED),
        p.Ack(chat="private:3", client_id="5f0c2a9e", id=345, seq=12, version=14, timestamp=examples.NOW),
        p.UserJoined(chat="room:5", user_id=8, username="bob", display_name="Bob", member=True),
        p.UserLeft(chat="room:5", user_id=8, username="bob", display_name="Bob"),
        p.UserDisconnected(chat="room:5", user_id=8, username="bob", display_name="Bob"),
        p.UserTyping(chat="private:3", user_id=8, username="bob", display_name="Bob", typing=True),
        p.UserStatus(user_id=8, username="bob", is_online=False, last_seen=examples.NOW, online_count=1),
        p.UserUpdated(
            user_id=8,
            username="bob",
            display_name="Bob the Builder",
            avatar="/avatars/0f8d3a6b5c2e4f719a8b7c6d5e4f3a21",
        ),
        p.StatusChanged(user_id=8, status=CustomStatus(emoji="🌴", text="On holiday", until=examples.NOW)),
        p.ReadMark(
            chat="private:3", user_id=7, seq=12, unread_count=0, mention_count=0, version=14, last_seq=12
        ),
        p.RoomJoined(chat="room:5"),
        p.RoomLeft(chat="room:5"),
        p.JoinRequested(chat="room:5", room_id=5, request_id=21, user=bob, waiting_requests=1),
        p.JoinApproved(chat="room:5", room_id=5, room_name="Gardening"),
        p.JoinDenied(room_id=5, room_name="Gardening"),
        p.JoinDecided(chat="room:5", room_id=5, user_id=8, status="approved"),
        p.StarChanged(chat="room:5", message_id=345, starred=True),
        p.ReactionChanged(chat="room:5", message_id=345, emoji="👍", reacted=True),
        p.Removed(chat="room:5", reason="Off topic, again and again."),
        p.Notification(
            kind="mention", detail="bob mentioned you in an edited message.", chat="room:5", message_id=345
        ),
        p.FollowChanged(chat="room:5", root_id=345, following=True),
        p.ChatUpdated(chat="room:5", title="Gardening", online_count=4),
        said(p.DraftChanged, examples.DRAFT),
        said(p.ScheduledChanged, examples.SENT),
        said(p.ScheduledFailed, examples.FAILED),
        said(p.ReminderDue, examples.DUE),
        said(p.ReminderChanged, examples.REMINDER),
        p.NotifyChanged(chat="room:5", ignore_everyone=True),
        p.GroupMuted(group_id=2, muted=True),
        p.Synced(
            chat="private:3",
            messages=[examples.EDITED],
            version=15,
            last_seq=12,
            has_more=False,
            epoch=examples.EPOCH,
        ),
        p.Lagged(chats=["general"]),
        p.Error(
            code="invalid",
            detail="content: A message needs at least one visible character.",
            fields={"content": ["A message needs at least one visible character."]},
            client_id="5f0c2a9e",
        ),
        p.Pong(),
    ]
    return {type(frame): frame for frame in found}


EXAMPLES = _examples()


@lru_cache(maxsize=8)
def document(title: str, version: str, host: str, secure: bool) -> dict[str, Any]:
    """The whole document, for the server that people reach at `host`."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"{title}: sockets", "version": version, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {"this": {"host": host, "protocol": "wss" if secure else "ws"}},
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": {_name(frame): _message(frame) for frame in (*INCOMING, *protocol.OUTGOING)},
            "schemas": schemas([*INCOMING, *protocol.OUTGOING], protocol.In),
            "securitySchemes": SECURITY,
        },
    }


SECURITY = {
    "header": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "`Authorization: Bearer <access token>` in the handshake.",
    },
    "subprotocol": {
        "type": "httpApiKey",
        "in": "header",
        "name": "Sec-WebSocket-Protocol",
        "description": "`chat.v1, bearer.<access token>`, for browsers. The server answers `chat.v1`.",
    },
    "query": {
        "type": "httpApiKey",
        "in": "query",
        "name": "token",
        "description": "`?token=<access token>`. The server does not log it; a proxy may.",
    },
}
# name: (address, what it is)
CHANNELS = {
    "everything": ("/ws", "All events of one user: all chats, notifications, join requests."),
    "general": ("/ws/general", "The general chat."),
    "private": ("/ws/private/{chat_id}", "One private chat."),
    "room": ("/ws/room/{room_id}", "One room."),
}


def _name(frame: type[Struct]) -> str:
    return frame.__name__


def _tag(frame: type[Struct]) -> str:
    return str(frame.__struct_config__.tag)


def _message(frame: type[Struct]) -> Schema:
    incoming = issubclass(frame, protocol.In)
    text = cleandoc(frame.__doc__ or "")
    return {
        "name": _tag(frame),
        "title": _name(frame),
        "summary": text or f"The frame `{_tag(frame)}`.",
        "tags": [{"name": "client to server" if incoming else "server to client"}],
        "payload": {"$ref": f"#/components/schemas/{_name(frame)}"},
        "examples": [{"name": _tag(frame), "payload": msgspec.to_builtins(EXAMPLES[frame])}],
    }


def _frames(channel: str, frames: Iterable[type[Struct]]) -> list[str]:
    left_out = ONLY_ONE_CHAT if channel == "everything" else ONLY_EVERYTHING
    return [_name(frame) for frame in frames if frame not in left_out]


def _channels() -> dict[str, Any]:
    found: dict[str, Any] = {"echo": _echo()}
    for name, (address, description) in CHANNELS.items():
        frames = _frames(name, (*INCOMING, *protocol.OUTGOING))
        channel = _channel(address, description)
        channel["messages"] = {frame: {"$ref": f"#/components/messages/{frame}"} for frame in frames}
        if "{" in address:
            parameter = address[address.index("{") + 1 : -1]
            channel["parameters"] = {parameter: {"description": "The chat's id, a positive whole number."}}
        channel["x-close-codes"] = {str(code): meaning for code, meaning in CLOSE_CODES.items()}
        found[name] = channel
    return found


def _channel(address: str, description: str) -> dict[str, Any]:
    query = {
        "type": "object",
        "properties": {"token": {"type": "string", "description": "The access token."}},
    }
    headers = {
        "type": "object",
        "properties": {
            "Authorization": {"type": "string", "description": "`Bearer <access token>`."},
            "Sec-WebSocket-Protocol": {"type": "string", "description": "`chat.v1, bearer.<access token>`."},
            "Origin": {
                "type": "string",
                "description": "If present, it must be the server's own or an allowed origin.",
            },
        },
    }
    return {
        "address": address,
        "description": description,
        "servers": [{"$ref": "#/servers/this"}],
        "bindings": {"ws": {"method": "GET", "query": query, "headers": headers, "bindingVersion": "0.1.0"}},
    }


def _echo() -> dict[str, Any]:
    return {
        "address": "/ws/echo",
        "description": "Diagnostics: echoes text and binary frames. Needs no token.",
        "servers": [{"$ref": "#/servers/this"}],
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
        "messages": {
            "Echo": {
                "name": "echo",
                "summary": "Anything.",
                "contentType": "text/plain",
                "payload": {"type": "string"},
                "examples": [{"name": "echo", "payload": "anyone there?"}],
            }
        },
        "x-close-codes": {str(protocol.Close.FLOODING): CLOSE_CODES[protocol.Close.FLOODING]},
    }


def _operations() -> dict[str, Any]:
    """What the server does: it receives what clients send, and sends what they get."""
    found: dict[str, Any] = {}
    for action in ("receive", "send"):
        found[f"{action}Echo"] = _operation(action, "echo", ["Echo"], "Any frame.")
    security = [{"$ref": f"#/components/securitySchemes/{name}"} for name in SECURITY]
    for name in CHANNELS:
        incoming, outgoing = _frames(name, INCOMING), _frames(name, protocol.OUTGOING)
        named = "Each names its `chat`." if name == "everything" else "They are about the socket's own chat."
        receive = _operation("receive", name, incoming, f"Frames from clients. {named}")
        send = _operation("send", name, outgoing, "Frames to clients.")
        found[f"receive{name.title()}"] = {**receive, "security": security}
        found[f"send{name.title()}"] = {**send, "security": security}
    return found


def _operation(action: str, channel: str, frames: list[str], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{frame}"} for frame in frames],
    }
