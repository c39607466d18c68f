"""uvicorn's sockets with the `chat.frames` extension, and with limits on what one may send and leave unread.

`chat.frames` lets the hub write ready WebSocket frames straight to the transport: a frame is built once for a
thousand sockets, and many go out in one system call. Compression is off, so the bytes are the same for all.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.protocol import Protocol, State

import chatproject.asgi  # noqa: F401  (sets Django up in each process that the supervisor spawns)
from chat.limits import FRAMES, OVER_LIMIT, TokenBucket
from chat.protocol import Close
from chat.realtime import metrics, runtime
from chat.realtime.door import Door
from chat.realtime.sockets import OUTBOX_BYTES
from chatproject.http.body import raw, shaped
from chatproject.server import framing, handshake, lobby
from lib import errors

QUIET = logging.getLogger("uvicorn.error.sockets")  # warnings and worse
#: Bytes that are parsed before it is looked whether to go on: a hundred and seventy empty frames.
PIECE = 1024
#: Parts of a message that are kept one by one; more are put together.
PARTS = 32
PING_EVERY = 20.0  # seconds; a peer that is gone is found after two of them


class Frames:
    """The extension as one socket has it: `scope["extensions"]["chat.frames"]`."""

    __slots__ = ("_protocol", "is_busy", "is_full", "limit", "on_drain", "on_text")

    def __init__(self, protocol: "ChatProtocol") -> None:
        self._protocol: ChatProtocol | None = protocol
        #: The application takes from it for each message, the server for each frame that is none.
        self.limit = TokenBucket(*FRAMES)
        self.is_full = False
        self.on_drain: Callable[[], None] | None = None
        #: Takes a text message at once, instead of the ASGI queue; gives work that must be awaited before the next,
        #: which then comes through the queue as `{"type": "chat.work", "work": …}`.
        self.on_text: Callable[[str], Coroutine[Any, Any, None] | None] | None = None
        self.is_busy = False

    def write(self, data: bytes) -> None:
        """Write whole, unmasked frames. Ignored once the closing handshake has begun."""
        protocol = self._protocol
        if protocol is not None and not (protocol.close_sent or protocol.transport.is_closing()):
            protocol.transport.write(data)

    def cut(self) -> None:
        """The connection is lost."""
        self._protocol = self.on_drain = self.on_text = None


class Inbox:
    """What uvicorn's queue of events is to one application: without the four deques of an asyncio.Queue (3 kB)."""

    __slots__ = ("_events", "_waiter")

    def __init__(self) -> None:
        self._events: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, event: Any) -> None:
        self._events.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def empty(self) -> bool:
        return not self._events

    async def get(self) -> Any:
        while not self._events:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._events.pop(0)


class ChatProtocol(WebSocketsSansIOProtocol):
    size = None  # for the lobby: it holds no body
    extension: Frames | None = None
    rest = b""  # read, but not parsed yet, while the application or the client is behind
    is_deaf = False  # nothing more is listened to
    over = 0  # frames, no messages, past the limit
    door: Door | None = None  # until the handshake is answered
    key: bytes | None = None  # the same, of a handshake that was recognised

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = Inbox()  # type: ignore[assignment]
        # uvicorn and websockets each note that a socket opened, with its path; `socket closed` says more.
        self.logger = self.conn.logger = QUIET

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.lobby = lobby.current()
        self.address = lobby.stranger(self.client[0]) if self.client is not None else None

    def take_over(self, key: bytes, target: bytes, request: dict[str, Any]) -> None:
        """Go on from a request that was recognised as a handshake: the next bytes are frames."""
        self.conn.parser.close()
        self.conn.parser = Protocol.parse(self.conn)
        next(self.conn.parser)
        self.key = key
        raw_path, _, query_string = target.partition(b"?")
        self.scope = {
            **request,  # type: ignore[typeddict-item]
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "scheme": self.scheme,
            "path": self.root_path + unquote(raw_path.decode("latin-1")),
            "raw_path": self.root_path.encode() + raw_path,
            "query_string": query_string,
            "subprotocols": handshake.subprotocols(request["headers"]),
            "extensions": {"websocket.http.response": {}},
        }
        self._arrive()
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    def _arrive(self) -> None:
        self.lobby.wait(self, lobby.HEAD)
        self.extension = Frames(self)
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions["chat.frames"] = self.extension
        self.transport.set_write_buffer_limits(high=OUTBOX_BYTES, low=OUTBOX_BYTES // 8)
        self.door = runtime.current().door
        self.door.arriving += 1

    async def send(self, message: Any) -> None:
        if self.close_sent and self.initial_response is None:  # the peer broke the protocol, or is gone
            raise ClientDisconnected()
        key, self.key = self.key, None  # whatever the application says first, answers the handshake
        if key is None or message["type"] != "websocket.accept":
            if message["type"] == "websocket.close" and message.get("code") == Close.FLOODING:
                self._end_flood()
            else:
                await super().send(message)
                self._parse_rest()  # a client that is to be closed is listened to again, for its answer
            if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
                self.handshake_complete = True  # by a refusal; uvicorn would log that nothing came
            return
        if self.disconnected or self.transport.is_closing():
            raise ClientDisconnected()
        headers = [*self.default_headers, *message.get("headers", ())]
        if message.get("subprotocol"):
            headers.append((b"Sec-WebSocket-Protocol", message["subprotocol"].encode()))
        self.transport.write(handshake.accepted(key, headers))
        self.conn.state = State.OPEN
        self.handshake_complete = True
        self.start_keepalive()

    def send_500_response(self) -> None:
        """To a handshake, for which the application failed or which comes while the server stops."""
        if self.initial_response or self.handshake_complete:
            return
        error = errors.Unavailable()
        self.transport.write(raw(error.status, *shaped(error, close=True)))
        self.handshake_complete = True

    async def receive(self) -> Any:
        message = await super().receive()
        if not self.writable.is_set():
            self.transport.pause_reading()
        self._parse_rest()
        return message

    def start_keepalive(self) -> None:
        """The handshake is done: what only it needed goes (5 kB a socket)."""
        super().start_keepalive()
        self.lobby.go_on(self)
        self._arrived()
        self.scope["headers"].clear()  # type: ignore[attr-defined]

    def connection_lost(self, exc: Exception | None) -> None:
        """Free everything now: what refers to itself would wait for the garbage collector, 130 objects a socket."""
        super().connection_lost(exc)
        self._arrived()
        self.lobby.go_on(self)
        self.lobby.leave(self.address)
        self.rest = b""
        self.conn.parser.close()
        if self.extension is not None:
            self.extension.cut()

    def _arrived(self) -> None:
        if self.door is not None:
            self.door.arriving -= 1
            self.door = None

    # ------------------------------------------------------------ reading

    def data_received(self, data: bytes) -> None:
        """Take plain messages at once, in 3 us each instead of 8: a twelfth of what it costs to store and tell one.

        All else goes piece by piece to `websockets`, as one read may bring forty thousand frames.
        """
        if self.is_deaf:
            return
        if self.rest:
            data, self.rest = self.rest + data, b""
        at = 0
        while at < len(data) and not self._is_behind():
            if framing.is_between_messages(self.conn) and (found := framing.plain_text(data, at)):
                payload, at = found
                self.curr_msg_data_type, self.frames = "text", [payload]
                self.send_receive_event_to_app()
            else:
                super().data_received(data[at : at + PIECE])
                at += PIECE
        if at < len(data) and not self.is_deaf:
            self.rest = data[at:]

    def _is_behind(self) -> bool:
        """Whether what was read has to wait: reading is paused."""
        return self.read_paused or self.is_deaf or not self.writable.is_set()

    def _parse_rest(self) -> None:
        if self.rest and not self._is_behind():
            self.data_received(b"")

    def handle_ping(self) -> None:
        if self._may_send_frame() and not self.close_sent:
            super().handle_ping()
        else:
            self.conn.data_to_send()  # the pongs: not sent

    def handle_pong(self, event: Frame) -> None:
        if self.pending_ping_payload is None or bytes(event.data) != self.pending_ping_payload:
            self._may_send_frame()  # nobody asked
        else:
            super().handle_pong(event)

    def handle_text(self, event: Frame) -> None:
        super().handle_text(event)
        if not event.fin:
            self._may_send_frame()

    def handle_bytes(self, event: Frame) -> None:
        super().handle_bytes(event)
        if not event.fin:
            self._may_send_frame()

    def handle_cont(self, event: Frame) -> None:
        if event.fin:
            super().handle_cont(event)
        elif self._may_send_frame() and event.data:
            super().handle_cont(event)
            if len(self.frames) > PARTS:
                self.frames = [b"".join(self.frames)]

    def _may_send_frame(self) -> bool:
        """Count a frame that is no message: the application counts those. Ends the socket of who floods."""
        if not settings.RATE_LIMITS or self.extension is None or not self.extension.limit.take():
            return True
        self.over += 1
        if self.over >= OVER_LIMIT:
            self._end_flood()
        return False

    def _end_flood(self) -> None:
        """Say why, listen no more, and close in a moment: at once, a client that is still sending would not read it."""
        if self.transport.is_closing() or self.is_deaf:
            return
        metrics.REFUSALS.labels(errors.RateLimited.code).inc()
        self.is_deaf, self.rest = True, b""
        if not self.close_sent:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": Close.FLOODING})
            self.conn.send_close(Close.FLOODING)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(lobby.LINGER, self.transport.close)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def send_receive_event_to_app(self) -> None:
        """A whole message has arrived: hand it over at once, if nothing before it is still waiting.

        The queue's way costs two system calls a message (reading is paused and resumed) and a task switch.
        """
        text = None
        if self.close_sent:  # nobody takes it any more
            self._may_send_frame()
        elif self.curr_msg_data_type == "text":
            try:
                text = b"".join(self.frames).decode()
            except UnicodeDecodeError:  # uvicorn does the same, and logs a traceback
                self.frames = []
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        extension = self.extension
        take = extension.on_text if extension is not None and not extension.is_busy else None
        if take is None or text is None or not self.queue.empty():
            super().send_receive_event_to_app()
            return
        self.frames = []
        work = take(text)
        if work is not None:
            assert extension is not None
            extension.is_busy = True
            self.queue.put_nowait({"type": "chat.work", "work": work})  # type: ignore[arg-type]

    # ------------------------------------------------------------ a client that does not read

    def pause_writing(self) -> None:
        """It is read from no more, either: what it sends may have to be answered."""
        super().pause_writing()
        self.transport.pause_reading()
        self._wait_for_reader()
        if self.extension is not None:
            self.extension.is_full = True

    def resume_writing(self) -> None:
        super().resume_writing()
        self.lobby.go_on(self)
        if self.extension is not None:
            self.extension.is_full = False
            if self.extension.on_drain is not None:
                self.extension.on_drain()
        if not self._is_behind():
            self.transport.resume_reading()
            self._parse_rest()

    def keepalive_timeout(self) -> None:
        """Its pong may have come, and not have been read: how long we wait for a reader says the lobby."""
        if self.writable.is_set():
            super().keepalive_timeout()
            self._wait_for_reader()
        else:
            self.pong_timer = self.loop.call_later(PING_EVERY, self.keepalive_timeout)

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        super().on_task_complete(task)
        if not self.disconnected:
            self._wait_for_reader()

    def _wait_for_reader(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        self.lobby.wait(self, lobby.READ + unsent / lobby.READ_RATE)

    def give_way(self, error: errors.Refused) -> None:
        self.transport.abort()

    def shutdown(self) -> None:
        """Close with 1012, after what this process took in is stored and acked."""
        if self.extension is None or not self.handshake_complete:
            super().shutdown()
            return
        runtime.current().drain().add_done_callback(lambda _: super(ChatProtocol, self).shutdown())
