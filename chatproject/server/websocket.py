"""One WebSocket on the transport: our protocol class, and the `chat.frames` extension of ASGI.

`chat.frames` lets the hub write ready WebSocket frames straight to the transport: a frame is built once for a
thousand sockets, and many go out in one system call. Compression is off, so the bytes are the same for all.

Its dependencies: of `websockets` the documented Sans-I/O `ServerProtocol` (made in the state OPEN, as the handshake is
answered here; `receive_data`, `events_received`, `data_to_send`, `send_binary`, `send_close`, `send_ping`, `fail`) and
`Frame`, `Opcode` and `Close`; of uvicorn `ServerState` (`connections`, each of which has a `shutdown`, `tasks`,
`default_headers`).
"""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from uvicorn.server import ServerState
from websockets.frames import Close as CloseFrame
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

import chatproject.asgi  # noqa: F401  (sets Django up in each process that the supervisor spawns)
from chat.limits import FRAMES, OVER_LIMIT, TokenBucket
from chat.protocol import MAX_FRAME, Close
from chat.realtime import metrics, runtime
from chat.realtime.door import Door
from chat.realtime.sockets import OUTBOX_BYTES, ws_frame
from chatproject.http.body import raw, shaped
from chatproject.server import framing, handshake, lobby
from lib import errors

logger = logging.getLogger(__name__)
QUIET = logging.getLogger("uvicorn.error.sockets")  # warnings and worse
#: Fragments of a message that are kept as a list; more are joined.
PARTS = 32
#: Times that the application takes the next frame of one read until others have a turn.
BREATH = 64
PING_EVERY = 20.0  # seconds; a dead peer is detected after two of them
CLOSING = 10.0  # seconds that a client has to answer a close frame


class Frames:
    """The extension for one socket: `scope["extensions"]["chat.frames"]`."""

    __slots__ = ("_protocol", "is_busy", "is_full", "limit", "on_drain", "on_text")

    def __init__(self, protocol: "ChatProtocol") -> None:
        self._protocol: ChatProtocol | None = protocol
        #: The application takes a token for each message, the server for each other frame.
        self.limit = TokenBucket(*FRAMES)
        self.is_full = False
        self.on_drain: Callable[[], None] | None = None
        #: Takes a text message at once, instead of the inbox; gives work that must be awaited before the next,
        #: which then comes through the inbox as `{"type": "chat.work", "work": …}`.
        self.on_text: Callable[[str], Coroutine[Any, Any, None] | None] | None = None
        self.is_busy = False

    def write(self, data: bytes) -> None:
        """Write whole, unmasked frames. Ignored once the closing handshake has begun."""
        protocol = self._protocol
        if protocol is not None and not (protocol.is_closing or protocol.transport.is_closing()):
            protocol.transport.write(data)

    def cut(self) -> None:
        """The connection is lost."""
        self._protocol = self.on_drain = self.on_text = None


class Inbox:
    """A queue of events for one application, without the four deques of an asyncio.Queue (3 kB)."""

    __slots__ = ("_events", "_waiter")

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._waiter: asyncio.Future[None] | None = None

    def put(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def is_empty(self) -> bool:
        return not self._events

    async def get(self) -> dict[str, Any]:
        while not self._events:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._events.pop(0)


class Gone(ConnectionError):
    """The client is gone, or the closing handshake has begun: nothing can be sent any more."""


class ChatProtocol(asyncio.Protocol):
    """One WebSocket, from a handshake that `HttpProtocol` has parsed and accepted, to its end.

    uvicorn's server needs its `connection_lost` and `shutdown`, and its entries in `connections` and `tasks`.
    """

    size = spool = None  # for the lobby: it holds no body
    door: Door | None = None  # until the handshake is answered
    is_answered = False  # the handshake is, one way or the other
    is_closing = False  # a close frame was sent, or the handshake was refused: nothing more goes out
    is_lost = False
    is_deaf = False  # all further input is ignored
    is_held = False  # the application must take an event from its inbox before more is read
    rest = (
        b""  # read, but not parsed yet: a part of a frame, or while the application or the client is behind
    )
    rest_at = 0  # where in `rest` parsing goes on
    taken = 0  # times that reading went on
    over = 0  # frames, no messages, past the limit
    parts: list[bytes] | None = None  # of a fragmented message that is not complete
    is_text = False  # that message is
    refusal: tuple[int, list[tuple[bytes, bytes]], bytes] | None = (
        None  # that the application has begun to send
    )
    pinged: bytes | None = None  # payload of the pong that we wait for
    timer: asyncio.TimerHandle | None = None  # for the next ping, or the deadline of its pong
    close_timer: asyncio.TimerHandle | None = None
    drained: asyncio.Event | None = None  # while the client does not read
    _connection: ServerProtocol | None = None

    def __init__(
        self,
        app: Callable[..., Any],
        server: ServerState,
        transport: asyncio.Transport,
        address: str | None,
        key: bytes,
    ) -> None:
        """`address` is the lobby's key of the connection, `key` that of the handshake."""
        self.app = app
        self.server = server
        self.transport = transport
        self.address = address
        self.key = key
        self.loop = asyncio.get_running_loop()
        self.lobby = lobby.current()
        self.inbox = Inbox()
        self.frames = Frames(self)

    def start(self, request: dict[str, Any], target: bytes) -> None:
        """Start the application. `request` is the HTTP scope of the handshake, `target` the address in it."""
        raw_path, _, query_string = target.partition(b"?")
        root: str = request["root_path"]
        self.scope: dict[str, Any] = {
            **request,
            "type": "websocket",
            "asgi": {**request["asgi"], "spec_version": "2.4"},
            "scheme": "wss" if request["scheme"] == "https" else "ws",
            "path": root + unquote(raw_path.decode("latin-1")),
            "raw_path": root.encode() + raw_path,
            "query_string": query_string,
            "subprotocols": handshake.subprotocols(request["headers"]),
            "extensions": {"websocket.http.response": {}, "chat.frames": self.frames},
        }
        self.server.connections.add(self)  # type: ignore[arg-type]  # its type lists uvicorn's own
        self.transport.set_write_buffer_limits(high=OUTBOX_BYTES, low=OUTBOX_BYTES // 8)
        self.lobby.wait(self, lobby.HEAD)
        self.door = runtime.current().door
        self.door.arriving += 1
        self.inbox.put({"type": "websocket.connect"})
        task = self.loop.create_task(self._run())
        task.add_done_callback(self._ended)
        self.server.tasks.add(task)

    async def _run(self) -> None:
        try:
            await self.app(self.scope, self.receive, self.send)
        except Gone:
            pass
        except Exception:
            logger.exception("the application failed for a socket")
        finally:
            if not self.is_answered and self.refusal is None:
                self._refuse(errors.Unavailable())
            if self.close_timer is None:
                self.transport.close()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self.server.tasks.discard(task)
        if not self.is_lost:
            self._wait_for_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        """Break reference cycles now: otherwise each socket would leave 130 objects to the garbage collector."""
        self.server.connections.discard(self)
        self._stop_pings()
        self.inbox.put({"type": "websocket.disconnect", "code": 1005 if self.is_answered else 1006})
        self._arrived()
        self.is_answered = self.is_lost = True
        if self.drained is not None:  # the transport won't call `resume_writing` any more
            self.drained.set()
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.lobby.go_on(self)
        self.lobby.leave(self.address)
        self.rest, self.parts = b"", None
        if self._connection is not None:
            self._connection.parser.close()  # see tests/test_assumptions.py
        self.frames.cut()

    def shutdown(self) -> None:
        """Close with 1012, once all messages received so far are stored and acknowledged."""
        if self.is_answered:
            runtime.current().drain().add_done_callback(lambda _: self._close_at_once(Close.RESTARTING))
        else:
            self._refuse(errors.Unavailable())
            self.transport.close()

    def give_way(self, error: errors.Refused) -> None:
        self.transport.abort()

    @property
    def connection(self) -> ServerProtocol:
        """The state of the connection in `websockets`. Created on demand, as many sockets never need it."""
        if self._connection is None:
            self._connection = ServerProtocol(state=State.OPEN, max_size=MAX_FRAME, logger=QUIET)
        return self._connection

    # ------------------------------------------------------------ the application

    async def receive(self) -> Any:
        """The next event. What was read after the last one is parsed only now that the application has dealt with it:
        so frames are taken in their order, whichever way they go."""
        if self.is_held and self.inbox.is_empty:
            self.is_held = False
            self._read_on()
            self.taken += 1
            if self.taken % BREATH == 0:  # one read may bring forty thousand frames
                await asyncio.sleep(0)
        return await self.inbox.get()

    async def send(self, message: Any) -> None:
        """Take an ASGI event. Raises `Gone`."""
        if self.drained is not None:
            await self.drained.wait()
        if self.is_lost or self.is_closing:
            raise Gone
        kind = message["type"]
        if not self.is_answered:
            self._answer(kind, message)
        elif kind == "websocket.send":
            data = message.get("bytes")
            if data is not None:
                self.connection.send_binary(data)
                self._write_out()
            else:
                self.transport.write(ws_frame(message["text"].encode()))
        elif kind == "websocket.close":
            self._close(message.get("code", 1000), message.get("reason") or "")
        else:
            raise RuntimeError(f"{kind} after the handshake")

    def _answer(self, kind: str, message: Any) -> None:
        """Answer the handshake."""
        if self.transport.is_closing():
            raise Gone
        if kind == "websocket.accept":
            headers = [*self.server.default_headers, *message.get("headers", ())]
            if message.get("subprotocol"):
                headers.append((b"Sec-WebSocket-Protocol", message["subprotocol"].encode()))
            self.transport.write(handshake.accepted(self.key, headers))
            self.is_answered = True
            self.lobby.go_on(self)
            self._arrived()
            self.scope["headers"].clear()  # 5 kB a socket
            self._ping_later()
        elif kind == "websocket.close":
            self._refuse(errors.Forbidden())
        elif kind == "websocket.http.response.start" and self.refusal is None:
            self.refusal = message["status"], list(message.get("headers", ())), b""
        elif kind == "websocket.http.response.body" and self.refusal is not None:
            status, headers, content = self.refusal
            content += message.get("body", b"")
            self.refusal = status, headers, content
            if not message.get("more_body", False):
                length = (b"content-length", str(len(content)).encode())
                self._end_handshake(status, [*headers, length, (b"connection", b"close")], content)
        else:
            raise RuntimeError(f"{kind} before the handshake is answered")

    def _refuse(self, error: errors.Refused) -> None:
        self._end_handshake(error.status, *shaped(error, close=True))

    def _end_handshake(self, status: int, headers: list[tuple[bytes, bytes]], content: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(raw(status, [*self.server.default_headers, *headers], content))
        self._end(1006)

    def _arrived(self) -> None:
        if self.door is not None:
            self.door.arriving -= 1
            self.door = None

    # ------------------------------------------------------------ the end

    def _close(self, code: int, reason: str) -> None:
        """Begin the closing handshake, and wait for the client's answer."""
        if code == Close.FLOODING:
            self._end_flood()
        elif not self.transport.is_closing():
            self._say_close(code, reason)
            self.close_timer = self.loop.call_later(CLOSING, self.transport.close)
            self.is_held = False
            self._read_on()

    def _close_at_once(self, code: int) -> None:
        if not self.is_closing and not self.is_lost:
            self._stop_pings()
            self._say_close(code)
        self.is_deaf = True
        self.transport.close()

    def _say_close(self, code: int, reason: str = "") -> None:
        self.inbox.put({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.connection.send_close(code, reason)
        self._write_out()
        self.is_closing = True

    def _end(self, code: int, reason: str = "") -> None:
        """Send and read nothing more; data already written still goes out."""
        if not self.is_closing:
            self.inbox.put({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.is_answered = self.is_closing = self.is_deaf = True
        self.transport.close()

    def _end_flood(self) -> None:
        """Send the reason, ignore further input, and close a moment later: a client that is still sending couldn't read
        it if we closed at once."""
        if self.transport.is_closing() or self.is_deaf:
            return
        metrics.REFUSALS.labels(errors.RateLimited.code).inc()
        self.is_deaf, self.rest = True, b""
        if not self.is_closing:
            self._say_close(Close.FLOODING)
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(lobby.LINGER, self.transport.close)
        self.is_held = False
        self._read_on()

    # ------------------------------------------------------------ reading

    def data_received(self, data: bytes) -> None:
        """Parse plain messages here, in 3 us each instead of 8: a twelfth of the cost of storing and delivering one.

        Everything else goes frame by frame to `websockets`, which is therefore always between two frames. After each
        frame we check whether to go on, as one read may bring forty thousand.
        """
        if self.is_deaf:
            return
        at = 0
        if self.rest:
            data, at = (self.rest[self.rest_at :] + data, 0) if data else (self.rest, self.rest_at)
            self.rest = b""
        while at < len(data) and not self._is_behind():
            if self.parts is None and (found := framing.plain_text(data, at)):
                payload, at = found
                self._take_message(payload, is_text=True)
                continue
            end = framing.end_of_frame(data, at, MAX_FRAME)
            if end is None:
                break
            self._take_frame(data[at:end])
            at = end
        if at < len(data) and not self.is_deaf:
            self.rest, self.rest_at = (
                data,
                at,
            )  # not cut: where each frame is waited for, that would copy all each time

    def _is_behind(self) -> bool:
        """Whether data that was read has to wait before it is parsed."""
        return self.is_held or self.is_deaf or self.drained is not None

    def _read_on(self) -> None:
        if self.is_held or self.drained is not None or self.transport.is_closing():
            return
        self.transport.resume_reading()
        if self.rest:
            self.data_received(b"")

    def _take_frame(self, data: bytes) -> None:
        """Handle a whole frame, or the header of an invalid one."""
        self.connection.receive_data(data)
        for event in self.connection.events_received():
            assert isinstance(event, Frame)
            self._take_event(event)
            return
        # The library has refused it, with the reason in a close frame.
        self._write_out()
        self._end(1006)

    def _take_event(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT | Opcode.BINARY | Opcode.CONT:
                self._take_part(frame)
            case Opcode.PING:
                if self._may_send_frame() and not self.is_closing:
                    self._write_out()
                else:
                    self.connection.data_to_send()  # the pong: not sent
            case Opcode.PONG if self.pinged is not None and bytes(frame.data) == self.pinged:
                self._stop_pings()
                self._ping_later()
            case Opcode.PONG:  # unsolicited
                self._may_send_frame()
            case Opcode.CLOSE:
                if not self.transport.is_closing():
                    self._write_out()  # the answer, or nothing if theirs was the answer
                found = CloseFrame.parse(frame.data)
                self._end(found.code, found.reason)

    def _take_part(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self.parts, self.is_text = [], frame.opcode is Opcode.TEXT
        assert self.parts is not None
        if frame.fin:
            payload, self.parts = b"".join([*self.parts, frame.data]), None
            self._take_message(payload, self.is_text)
        elif self._may_send_frame() and frame.data:
            self.parts.append(bytes(frame.data))
            if len(self.parts) > PARTS:
                self.parts = [b"".join(self.parts)]

    def _take_message(self, payload: bytes, is_text: bool) -> None:
        """Hand a whole message over at once, if no earlier one is still waiting.

        The way through the inbox costs two system calls a message (reading is paused and resumed) and a task switch.
        """
        if self.is_closing:  # the application takes no more messages
            self._may_send_frame()
            return
        if not is_text:
            self._put({"type": "websocket.receive", "bytes": payload})
            return
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            self._close_at_once(1007)
            return
        frames = self.frames
        if frames.on_text is None or frames.is_busy or not self.inbox.is_empty:
            self._put({"type": "websocket.receive", "text": text})
            return
        work = frames.on_text(text)
        if work is not None:
            frames.is_busy = True
            self.inbox.put({"type": "chat.work", "work": work})

    def _put(self, event: dict[str, Any]) -> None:
        self.inbox.put(event)
        if not self.is_held:
            self.is_held = True
            self.transport.pause_reading()

    def _may_send_frame(self) -> bool:
        """Count a frame that is not a message (the application counts those). Ends the socket of a flooding client."""
        if not settings.RATE_LIMITS or not self.frames.limit.take():
            return True
        self.over += 1
        if self.over >= OVER_LIMIT:
            self._end_flood()
        return False

    # ------------------------------------------------------------ a client that does not read, or is gone

    def _write_out(self) -> None:
        self.transport.write(b"".join(self.connection.data_to_send()))

    def pause_writing(self) -> None:
        """Pause reading, too: the client's input may have to be answered."""
        self.drained = asyncio.Event()
        self.transport.pause_reading()
        self._wait_for_reader()
        self.frames.is_full = True

    def resume_writing(self) -> None:
        if self.drained is not None:
            self.drained.set()
            self.drained = None
        self.lobby.go_on(self)
        self.frames.is_full = False
        if self.frames.on_drain is not None:
            self.frames.on_drain()
        self._read_on()

    def _wait_for_reader(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        self.lobby.wait(self, lobby.READ + unsent / lobby.READ_RATE)

    def _ping_later(self) -> None:
        self.timer = self.loop.call_later(PING_EVERY, self._ping)

    def _ping(self) -> None:
        if self.is_closing or self.transport.is_closing():
            return
        self.pinged = os.urandom(4)
        self.connection.send_ping(self.pinged)
        self._write_out()
        self.timer = self.loop.call_later(PING_EVERY, self._no_pong)

    def _no_pong(self) -> None:
        """No pong arrived in time. It may have come unread, while the client does not read; then the lobby's deadline
        holds."""
        if self.is_closing or self.transport.is_closing():
            return
        if self.drained is not None:
            self.timer = self.loop.call_later(PING_EVERY, self._no_pong)
            return
        self.pinged = None
        self.connection.fail(1011, "keepalive ping timeout")
        self._write_out()
        self._end(1011)
        self._wait_for_reader()

    def _stop_pings(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.pinged = None
