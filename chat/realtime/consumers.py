"""The socket endpoints as ASGI applications.

They are plain ASGI callables, not Channels' `AsyncConsumer`: its dispatch hops to a thread for every frame, and
opens a layer channel for every socket.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from django.conf import settings

from chat import protocol
from chat.limits import FRAMES, TokenBucket
from chat.models import Chat
from chat.protocol import Close
from chat.realtime import decoding, metrics, runtime
from chat.realtime.connection import Connection
from chat.realtime.door import RETRY_AFTER
from chat.realtime.sockets import AsgiSocket, FrameSocket, Socket
from lib import errors, refusals
from lib.rest import body, translate

logger = logging.getLogger(__name__)
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Scope = dict[str, Any]
#: The answer to a handshake that comes at a moment when too many do.
AWAY_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"retry-after", str(RETRY_AFTER).encode()),
]
AWAY_BODY = msgspec.json.encode(
    body(errors.Unavailable("Too many connections are being opened. Try again.", RETRY_AFTER))
)


class ChatSocket:
    """The ASGI application of `/ws` (kind None) and of one chat's socket."""

    def __init__(self, kind: str | None) -> None:
        self.kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        door = runtime.current().door
        if door.is_full:
            await turn_away(scope, send)
            return
        await send({"type": "websocket.accept", "subprotocol": scope.get("chosen_subprotocol")})
        refused: errors.Refused | None = scope["refused"]
        if refused is not None:
            await refuse(refused, send)
            return
        try:
            with door.enter(scope["claims"].user_id, _address(scope)):
                await self._stay(scope, receive, send)
        except errors.RateLimited as error:
            await refuse(error, send)

    async def _stay(self, scope: Scope, receive: Receive, send: Send) -> None:
        """From the greeting to the end."""
        socket = _socket(scope, send)
        structlog.contextvars.bind_contextvars(
            socket_id=str(socket.id), user_id=socket.user_id, session_id=str(socket.session_id)
        )
        connection = Connection(socket, scope["claims"])
        chat_id = int(scope["url_route"]["kwargs"].get("chat_id", 0))
        try:
            try:
                with connection.runtime.door.greet():
                    await connection.open(self.kind, chat_id)
            except Exception as error:
                await refuse(_translated(error), send)
                return
            metrics.OPENED.inc()
            opened = time.monotonic()
            with metrics.SOCKETS.labels(self.kind or "all").track_inprogress():
                await _serve(connection, receive)
            seat = socket.one_chat
            logger.info(
                "socket closed",
                extra={"chat": seat.key if seat else "all", "seconds": round(time.monotonic() - opened, 1)},
            )
        finally:
            connection.gone()
            if isinstance(socket, AsgiSocket):
                socket.stop()


async def _serve(connection: Connection, receive: Receive) -> None:
    """Take frames until the socket is gone, one after the other.

    On a server with the `chat.frames` extension they come straight to `Connection.receive`; only work that must be
    awaited, and what arrives meanwhile, comes through the queue.
    """
    frames = connection.socket.frames if isinstance(connection.socket, FrameSocket) else None
    if frames is not None:
        frames.on_text = connection.receive
    while True:
        event = await receive()
        match event["type"]:
            case "websocket.disconnect":
                return
            case "chat.work":
                await connection.do(event["work"])
                assert frames is not None
                frames.is_busy = False
            case _:
                work = connection.receive(event.get("text"))
                if work is not None:
                    await connection.do(work)


def _socket(scope: Scope, send: Send) -> Socket:
    address = _address(scope)
    frames = (scope.get("extensions") or {}).get("chat.frames")
    if frames is not None:
        return FrameSocket(scope["claims"], address, frames, send)
    return AsgiSocket(scope["claims"], address, send)


def _address(scope: Scope) -> str | None:
    return (scope.get("client") or (None,))[0]


def _translated(error: Exception) -> errors.Refused:
    refusal = translate(error)
    if refusal is None:
        logger.error("a socket could not be opened", exc_info=error)
        return errors.Unavailable()
    return refusal


async def turn_away(scope: Scope, send: Send) -> None:
    """Answer the handshake with 503 (403 on a server without the ASGI extension for it): come again in a moment."""
    runtime.current().door.turn_away()
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.http.response.start", "status": 503, "headers": AWAY_HEADERS})
    await send({"type": "websocket.http.response.body", "body": AWAY_BODY})


async def refuse(error: errors.Refused, send: Send) -> None:
    """Say why, then close with a code that a browser can read."""
    metrics.REFUSALS.labels(error.code).inc()
    code = protocol.CLOSE_CODES.get(error.status, Close.TRY_LATER)
    refusals.note("socket", error.code, close=code)
    await send({"type": "websocket.send", "text": decoding.error_frame(error).decode()})
    await send({"type": "websocket.close", "code": code})


async def no_such_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """Any other path."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": scope.get("chosen_subprotocol")})
    await refuse(errors.NotFound("There is no socket at this path."), send)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends back what it gets; needs no token."""
    await receive()
    door = runtime.current().door
    if door.is_full:
        await turn_away(scope, send)
        return
    await send({"type": "websocket.accept", "subprotocol": scope.get("chosen_subprotocol")})
    try:
        with door.enter(None, _address(scope)), metrics.SOCKETS.labels("echo").track_inprogress():
            await _echo(scope, receive, send)
    except errors.RateLimited as error:
        await refuse(error, send)


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    frames = (scope.get("extensions") or {}).get("chat.frames")
    limit: TokenBucket = frames.limit if frames is not None else TokenBucket(*FRAMES)
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if settings.RATE_LIMITS and limit.take():
            await send({"type": "websocket.close", "code": Close.FLOODING})
            return
        await send({"type": "websocket.send", "text": event.get("text"), "bytes": event.get("bytes")})


GENERAL = ChatSocket(Chat.Kind.GENERAL)
PRIVATE = ChatSocket(Chat.Kind.PRIVATE)
ROOM = ChatSocket(Chat.Kind.ROOM)
EVERYTHING = ChatSocket(None)
