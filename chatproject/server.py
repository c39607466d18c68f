"""uvicorn with two additions for sockets: the `chat.frames` extension, and a shutdown that flushes first.

`chat.frames` lets the hub write ready WebSocket frames straight to the transport: a frame is built once for a
thousand sockets, and many go out in one system call. Compression is off, so the bytes are the same for all.
"""

import asyncio
import logging
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn
from urllib.parse import unquote

import uvicorn
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import Protocol, State

import chatproject.asgi  # noqa: F401  (sets Django up in each process that the supervisor spawns)
from chat.realtime import runtime
from chat.realtime.consumers import AWAY_BODY, AWAY_HEADERS
from chat.realtime.door import Door
from chat.realtime.protocol import MAX_FRAME
from chat.realtime.sockets import OUTBOX_BYTES
from chatproject import framing, handshake, start
from chatproject.supervisor import HUNG, Supervisor

logger = logging.getLogger(__name__)
QUIET = logging.getLogger("uvicorn.error.sockets")  # warnings and worse
GRACE = 9  # seconds from SIGTERM until connections that are still open are cut
PING_EVERY = 20.0  # seconds; a peer that is gone is found after two of them
BACKLOG = 2048
MOST_FILES = 100_000
AWAY = b"\r\n".join(
    [
        b"HTTP/1.1 503 Service Unavailable",
        *(name + b": " + value for name, value in AWAY_HEADERS),
        b"content-length: %d" % len(AWAY_BODY),
        b"connection: close",
        b"",
        AWAY_BODY,
    ]
)


class Frames:
    """The extension as one socket has it: `scope["extensions"]["chat.frames"]`."""

    __slots__ = ("_protocol", "is_busy", "is_full", "on_drain", "on_text")

    def __init__(self, protocol: "ChatProtocol") -> None:
        self._protocol: ChatProtocol | None = protocol
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


class HttpProtocol(HttpToolsProtocol):
    def handle_websocket_upgrade(self) -> None:
        door = runtime.current().door
        scope: Any = self.scope
        if door.is_crowded:  # said here, where it costs a tenth of what it does after the handshake's set-up
            door.turn_away()
            self.transport.write(AWAY)
            self.transport.close()
        elif key := handshake.key_of(scope["method"], scope["http_version"], scope["headers"]):
            self.connections.discard(self)
            protocol = ChatProtocol(self.config, self.server_state, self.app_state)
            protocol.connection_made(self.transport)
            protocol.take_over(key, self.url, scope)
            self.transport.set_protocol(protocol)
        else:
            super().handle_websocket_upgrade()
        # It holds us: without this each socket would leave 4 kB for the garbage collector.
        self.parser = None  # type: ignore[assignment]


class ChatProtocol(WebSocketsSansIOProtocol):
    extension: Frames | None = None
    door: Door | None = None  # until the handshake is answered
    key: bytes | None = None  # the same, of a handshake that was recognised

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = Inbox()  # type: ignore[assignment]
        # uvicorn and websockets each note that a socket opened, with its path; `socket closed` says more.
        self.logger = self.conn.logger = QUIET

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

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self._arrive()

    def _arrive(self) -> None:
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
            await super().send(message)
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

    def start_keepalive(self) -> None:
        """The handshake is done: what only it needed goes (5 kB a socket)."""
        super().start_keepalive()
        self._arrived()
        if self.handshake_initiated:  # by `handle_connect`
            del self.request, self.response
        self.scope["headers"].clear()  # type: ignore[attr-defined]

    def connection_lost(self, exc: Exception | None) -> None:
        """Free everything now: what refers to itself would wait for the garbage collector, 130 objects a socket."""
        super().connection_lost(exc)
        self._arrived()
        self.conn.parser.close()
        if self.extension is not None:
            self.extension.cut()

    def _arrived(self) -> None:
        if self.door is not None:
            self.door.arriving -= 1
            self.door = None

    def data_received(self, data: bytes) -> None:
        """Take plain messages at once, in 3 us each instead of 8: a twelfth of what it costs to store and tell one."""
        at = 0
        if framing.is_between_messages(self.conn):
            while self.conn.state is State.OPEN and (found := framing.plain_text(data, at)):
                payload, at = found
                self.curr_msg_data_type, self.frames = "text", [payload]
                self.send_receive_event_to_app()
        if at < len(data):
            super().data_received(data[at:] if at else data)

    def send_receive_event_to_app(self) -> None:
        """A whole message has arrived: hand it over at once, if nothing before it is still waiting.

        The queue's way costs two system calls a message (reading is paused and resumed) and a task switch.
        """
        text = None
        if self.curr_msg_data_type == "text" and not self.close_sent:
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

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.extension is not None:
            self.extension.is_full = True

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.extension is not None:
            self.extension.is_full = False
            if self.extension.on_drain is not None:
                self.extension.on_drain()

    def shutdown(self) -> None:
        """Close with 1012, after what this process took in is stored and acked."""
        if self.extension is None or not self.handshake_complete:
            super().shutdown()
            return
        runtime.current().drain().add_done_callback(lambda _: super(ChatProtocol, self).shutdown())


def config() -> uvicorn.Config:
    return uvicorn.Config(
        "chatproject.asgi:application",
        host=settings.HOST,
        port=settings.PORT,
        workers=settings.WEB_PROCESSES,
        http=HttpProtocol,
        ws=ChatProtocol,
        ws_max_size=MAX_FRAME,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_EVERY,
        ws_ping_timeout=PING_EVERY,
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=HUNG,
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # chatproject.proxies, on any server
        server_header=False,
    )


def _exit(*_: object) -> NoReturn:
    """uvicorn stops in order and then raises the signal again, which by default would end us as if killed."""
    sys.exit(0)


def _allow_files() -> None:
    """As many open files, and so sockets, as the system allows without asking its administrator."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run() -> None:
    """Serve until SIGTERM or SIGINT: this process alone, or as many as WEB_PROCESSES says under a supervisor.

    Raises `CommandError` if the database is not ready for this release.
    """
    start.prepare()
    _allow_files()
    chosen = config()
    if chosen.workers == 1:
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, _exit)
        uvicorn.Server(chosen).run()
    else:
        listening = chosen.bind_socket()
        with tempfile.TemporaryDirectory(prefix="chat-metrics-") as folder:
            # Where the processes keep their counts, for whichever of them is asked for `/metrics`.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
            Supervisor(chosen, sockets=[listening]).run()
