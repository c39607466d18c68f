"""The sockets' endpoints: Channels consumers, one for each kind (their paths are in chat.realtime.routing)."""

import logging
import time
from contextlib import ExitStack
from typing import Any, ClassVar

import msgspec
import structlog
from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
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
from lib.asgi import Receive, Scope, Send
from lib.rest import body, translate

logger = logging.getLogger(__name__)
#: The answer to a handshake when too many arrive at once.
AWAY_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"retry-after", str(RETRY_AFTER).encode()),
]
AWAY_BODY = msgspec.json.encode(
    body(errors.Unavailable("Too many connections are being opened. Try again.", RETRY_AFTER))
)


class SocketConsumer(AsyncConsumer):
    """A Channels consumer without its unneeded work for each socket and each event."""

    scope: Scope
    base_send: Send

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run without a channel in the layer, a queue and two tasks for each socket: the process listens to its group
        once for all its sockets (chat.realtime.relay)."""
        self.scope, self.base_send = scope, send
        with ExitStack() as self.life:
            try:
                while True:
                    await self.dispatch(await receive())
            except StopConsumer:
                pass

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle an event without Channels' thread switch for closing old database connections: sockets hold none."""
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        door = runtime.current().door
        if door.is_full:
            await turn_away(self.scope, self.send)
            raise StopConsumer
        await self.send({"type": "websocket.accept", "subprotocol": self.scope.get("chosen_subprotocol")})
        try:
            await self.enter()
        except Exception as error:
            await refuse(_translated(error), self.send)
            raise StopConsumer from None

    async def enter(self) -> None:
        """Start after the handshake. Clean-up goes into the exit stack `life`. Raises `Refused`."""
        raise NotImplementedError

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer


class ChatConsumer(SocketConsumer):
    """A signed-in person's socket, behind `accounts.handshake.TokenMiddleware`."""

    kind: ClassVar[str | None]  # of the chat; None: all of the person's chats

    async def enter(self) -> None:
        scope = self.scope
        if scope["refused"] is not None:
            raise scope["refused"]
        claims = scope["claims"]
        door = runtime.current().door
        self.life.enter_context(door.enter(claims.user_id, _address(scope)))
        socket = _socket(scope, self.base_send)  # not `send`: that would make a reference cycle
        if isinstance(socket, AsgiSocket):
            self.life.callback(socket.stop)
        structlog.contextvars.bind_contextvars(
            socket_id=str(socket.id), user_id=socket.user_id, session_id=str(socket.session_id)
        )
        self.connection = Connection(socket, claims)
        self.life.callback(self.connection.gone)
        with door.greet():
            await self.connection.open(self.kind, int(scope["url_route"]["kwargs"].get("chat_id", 0)))
        metrics.OPENED.inc()
        self.life.enter_context(metrics.SOCKETS.labels(self.kind or "all").track_inprogress())
        self.life.callback(self._say_closed, time.monotonic())
        if isinstance(socket, FrameSocket):
            # On a server with the `chat.frames` extension text comes straight to the connection; only work that must
            # be awaited, and what arrives meanwhile, comes as events.
            socket.frames.on_text = self.connection.receive

    def _say_closed(self, opened: float) -> None:
        seat = self.connection.socket.one_chat
        logger.info(
            "socket closed",
            extra={"chat": seat.key if seat else "all", "seconds": round(time.monotonic() - opened, 1)},
        )

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        work = self.connection.receive(message.get("text"))
        if work is not None:
            await self.connection.do(work)

    async def chat_work(self, message: dict[str, Any]) -> None:
        await self.connection.do(message["work"])
        assert isinstance(self.connection.socket, FrameSocket)
        self.connection.socket.frames.is_busy = False


class GeneralConsumer(ChatConsumer):
    kind = Chat.Kind.GENERAL


class PrivateConsumer(ChatConsumer):
    kind = Chat.Kind.PRIVATE


class RoomConsumer(ChatConsumer):
    kind = Chat.Kind.ROOM


class AllChatsConsumer(ChatConsumer):
    kind = None


class EchoConsumer(SocketConsumer):
    """Sends back what it gets; needs no token."""

    async def enter(self) -> None:
        self.life.enter_context(runtime.current().door.enter(None, _address(self.scope)))
        self.life.enter_context(metrics.SOCKETS.labels("echo").track_inprogress())
        frames = (self.scope.get("extensions") or {}).get("chat.frames")
        self.limit: TokenBucket = frames.limit if frames is not None else TokenBucket(*FRAMES)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if settings.RATE_LIMITS and self.limit.take():
            await self.send({"type": "websocket.close", "code": Close.FLOODING})
            raise StopConsumer
        await self.send(
            {"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")}
        )


class NoSuchConsumer(SocketConsumer):
    """Any other path."""

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.accept", "subprotocol": self.scope.get("chosen_subprotocol")})
        await refuse(errors.NotFound("There is no socket at this path."), self.send)
        raise StopConsumer


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
    """Answer the handshake with 503 (403 on a server without the ASGI extension for it), so that the client retries."""
    runtime.current().door.turn_away()
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.http.response.start", "status": 503, "headers": AWAY_HEADERS})
    await send({"type": "websocket.http.response.body", "body": AWAY_BODY})


async def refuse(error: errors.Refused, send: Send) -> None:
    """Send the reason, then close with a code that a browser can read."""
    metrics.REFUSALS.labels(error.code).inc()
    code = protocol.CLOSE_CODES.get(error.status, Close.TRY_LATER)
    refusals.note("socket", error.code, close=code)
    await send({"type": "websocket.send", "text": decoding.error_frame(error).decode()})
    await send({"type": "websocket.close", "code": code})
