"""uvicorn's HTTP/1.1 with limits on what a client may send, hold open and leave unread.

While it is the client's turn, the connection is registered in the lobby (`lobby`), which enforces deadlines; bodies are
by chatproject.http.body.
"""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

import chatproject.asgi  # noqa: F401  (sets Django up in each process that the supervisor spawns)
from chat.realtime import runtime
from chat.realtime.consumers import AWAY_BODY, AWAY_HEADERS
from chatproject.http.body import raw, shaped
from chatproject.server import handshake, lobby
from chatproject.server.websocket import ChatProtocol
from lib import errors

#: Maximum bytes of a request's head, and of the address in it.
HEAD_BYTES, URL_BYTES = 32 * 1024, 8 * 1024
#: Bytes of a head, or of a body of unknown length, that are parsed before checking whether to go on. A whole request
#: may have as few as 18.
HEAD_PIECE, BODY_PIECE = 4096, 1024
HEAD_ENDS = b"\r\n\r\n"
CHUNKED = -1


class Refused(Exception):
    """Raised in the parser's callbacks, where it ends the parsing."""


class Flow(FlowControl):
    """Pauses reading while data that was read waits to be parsed."""

    holds = False

    def resume_reading(self) -> None:
        if not self.holds:
            super().resume_reading()


class HttpProtocol(HttpToolsProtocol):
    parser: Any  # None once it is no longer needed
    cycle: Any  # None before the first request
    size = spool = None  # bodies are counted by chatproject.http.body
    address: str | None = None
    refused: errors.Refused | None = None  # set if the lobby refused the connection, which then isn't counted
    refusal: errors.Refused | None = None
    rest = b""  # read, but not parsed yet, while an earlier request is answered
    unread = 0  # bytes since the parser last called back
    left = 0  # bytes of the body still to come; CHUNKED if unknown
    is_in_head = False
    is_handshake = False  # the request asks for a WebSocket
    is_deaf = False  # nothing more is parsed
    is_idle = False  # an answer is complete, and the next request hasn't begun

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow: Flow = Flow(transport)
        self.lobby = lobby.current()
        if self.client is not None:
            self.address = lobby.stranger(self.client[0])
        self.refused = self.lobby.enter(self.address)
        if self.refused is None:
            self.lobby.wait(self, lobby.HEAD)
        else:
            self._end(self.refused)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.lobby.go_on(self)
        if self.refused is None:
            self.lobby.leave(self.address)

    # ------------------------------------------------------------ reading

    def data_received(self, data: bytes) -> None:
        if self.is_deaf:
            return
        if self.is_idle:
            self.is_idle = False
            self.lobby.wait(self, lobby.HEAD)
        self._parse(self.rest + data if self.rest else data)

    def _parse(self, data: bytes) -> None:
        """Parse as much as possible: one request after the other, each once the one before is answered.

        uvicorn would queue all requests of one read, with 3 kB for each request of 18 bytes.
        """
        at = 0
        while at < len(data) and not (
            self._is_answering() or self.parser is None or self.is_deaf or self.transport.is_closing()
        ):
            if self.left:
                end = at + (self.left if self.left > 0 else BODY_PIECE)
            else:
                end = data.find(HEAD_ENDS, at, at + HEAD_PIECE) + len(HEAD_ENDS)
                if end < len(HEAD_ENDS):
                    end = at + HEAD_PIECE
            piece = data[at:end]
            self.unread += len(piece)
            self._feed(piece)
            if self.unread > HEAD_BYTES and self.left <= 0 and not self.is_deaf:
                self.refusal = errors.HeadTooLarge()
                self.send_400_response("")
            at = end
        self.rest = data[at:] if self._is_answering() else b""
        self.flow.holds = bool(self.rest)
        if self.rest:
            self.flow.pause_reading()

    def _feed(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("")
        except httptools.HttpParserUpgrade as upgrade:
            if self.is_handshake:
                self.handle_websocket_upgrade()
            else:
                self._ignore_upgrade(data[upgrade.args[0] :])

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Parse the request again as one that asks for no other protocol (RFC 9110 section 7.8): the parser takes the
        body after such a head for the other protocol, and we would take it for the next request."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        headers = [b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        head = b"%s %s HTTP/%s\r\n" % (method, self.url, version)
        self._feed(head + b"".join(headers) + b"\r\n" + rest)

    def _is_answering(self) -> bool:
        """Whether a request is complete and its answer is not."""
        return self.cycle is not None and not (self.cycle.response_complete or self.cycle.more_body)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.is_in_head = True
        self.unread = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > URL_BYTES:
            self.refusal = errors.AddressTooLong()
            raise Refused

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(
            name, value.strip(b" \t")
        )  # the parser leaves blanks at the end (RFC 9110 section 5.5)

    def on_headers_complete(self) -> None:
        self.is_in_head = False
        size = len(self.url)
        for name, value in self.headers:
            size += len(name) + len(value) + 4
            if name == b"content-length":
                self.left = int(value)
            elif name == b"transfer-encoding":
                self.left = CHUNKED
        if size > HEAD_BYTES:
            self.refusal = errors.HeadTooLarge()
            raise Refused
        # Decided here, once: trailers must not change it. HTTP/1.0 has no upgrades (RFC 9110 section 7.8).
        self.is_handshake = (
            bool(self.parser.should_upgrade())
            and self.parser.get_http_version() == "1.1"
            and super()._should_upgrade()
        )
        if self.is_handshake and self.left:
            self.refusal = errors.Refused("A request for a WebSocket has no body.")
            raise Refused
        if self.parser.should_upgrade() and not self.is_handshake:
            if self.parser.get_method() == b"CONNECT":
                raise Refused
            return  # see _ignore_upgrade
        super().on_headers_complete()
        self.lobby.go_on(self)
        if not self.is_handshake:
            self.headers = []  # for the trailers: the request's are in its scope

    def _should_upgrade(self) -> bool:
        return self.is_handshake

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self.unread = 0
        if self.left > 0:
            self.left -= len(body)

    def on_chunk_header(self) -> None:
        self.unread = 0

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self.left = self.unread = 0

    # ------------------------------------------------------------ answering

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.more_body:  # answered before the body was complete, and nobody reads the rest
            self.transport.close()
        if self.transport.is_closing():
            self._wait_for_reader()
            return
        if self.rest:
            self._parse(self.rest)
            if not self.rest:
                self.flow.resume_reading()
        if self.cycle.response_complete:
            self._wait_for_request()

    def _wait_for_request(self) -> None:
        if self.is_in_head:
            self.lobby.wait(self, lobby.HEAD)
        else:
            self.is_idle = True
            # uvicorn's timer closes it in time; one that has not read its answer till then is cut a little later.
            self.lobby.wait(self, lobby.KEEP_ALIVE + self._reading_time())

    def _wait_for_reader(self) -> None:
        self.lobby.wait(self, self._reading_time())

    def _reading_time(self) -> float:
        return lobby.READ + self.transport.get_write_buffer_size() / lobby.READ_RATE

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.cycle is None or self.cycle.response_complete:
            self._wait_for_request()
        else:
            self.lobby.go_on(self)

    def give_way(self, error: errors.Refused) -> None:
        if self.transport.get_write_buffer_size() or self.transport.is_closing() or self.is_deaf:
            self.transport.abort()
        elif self.is_in_head:
            self._end(error)
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn if a request can't be parsed."""
        self._refuse(self.refusal or errors.Refused("This is no HTTP request that can be understood."))

    def _refuse(self, error: errors.Refused, *more: tuple[bytes, bytes]) -> None:
        """Answer without the application, and discard input for a moment: a client that is disconnected while it sends
        would not see the answer."""
        self.is_deaf, self.rest = True, b""
        self._write(error, *more)
        self.transport.write_eof()
        self.lobby.wait(self, lobby.LINGER)

    def _end(self, error: errors.Refused) -> None:
        """Answer without the application, and close at once."""
        self._write(error)
        self.transport.close()

    def _write(self, error: errors.Refused, *more: tuple[bytes, bytes]) -> None:
        headers, content = shaped(error, close=True)
        self.transport.write(raw(error.status, [*headers, *more], content))

    # ------------------------------------------------------------ sockets

    def handle_websocket_upgrade(self) -> None:
        door = runtime.current().door
        scope: Any = self.scope
        if door.is_crowded:  # refused here, at a tenth of the cost after the socket's set-up
            door.turn_away()
            self.transport.write(AWAY)
            self.transport.close()
            self._wait_for_reader()
            self.parser = None
            return
        try:
            key = handshake.key_of(scope["method"], scope["headers"])
        except handshake.Refused as refused:
            self._refuse(refused.error, *refused.headers)
        else:
            self.connections.discard(self)
            socket = ChatProtocol(self.app, self.server_state, self.transport, self.address, key)
            self.transport.set_protocol(socket)
            socket.start(scope, self.url)
        # It refers to us: without this each socket would leave 4 kB to the garbage collector.
        self.parser = None


AWAY = raw(
    503,
    [
        *AWAY_HEADERS,
        (b"content-length", str(len(AWAY_BODY)).encode()),
        (b"connection", b"close"),
    ],
    AWAY_BODY,
)
