"""RFC 6455, case by case, on a bare TCP connection to `/ws/echo`: what is allowed comes back, what is not is closed
with the code that the RFC gives for it. The cases are those of the Autobahn test suite, in its order.
"""

import os
import socket as sockets
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.people import PATIENCE
from tests.servers import SQLITE, Backing, ChatServer

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MAX_FRAME = 65_536


@pytest.fixture(scope="module")
def server(backing: Backing) -> Iterator[ChatServer]:
    with backing.chat_server(SQLITE) as running:
        yield running


def frame(
    opcode: int,
    payload: bytes | str = b"",
    fin: bool = True,
    rsv: int = 0,
    length: bytes | None = None,
    masked=True,
) -> bytes:
    """A client's frame, right or wrong. `length` replaces the length field (without the mask bit's byte)."""
    data = payload.encode() if isinstance(payload, str) else payload
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    mask = os.urandom(4) if masked else b""
    if length is None:
        size = len(data)
        short = size if size < 126 else 126 if size < 65_536 else 127
        length = bytes([short]) + {126: struct.pack("!H", size % 65_536), 127: struct.pack("!Q", size)}.get(
            short, b""
        )
    head = bytes([first, length[0] | (0x80 if masked else 0)]) + length[1:]
    return head + mask + (bytes(b ^ mask[i % 4] for i, b in enumerate(data)) if masked else data)


def close(code: int | None = None, reason: bytes | str = b"") -> bytes:
    told = reason.encode() if isinstance(reason, str) else reason
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + told)


@dataclass
class Answer:
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    code: int | None = None  # of the server's close frame; 1005 for one without
    ended: bool = False  # the server ended the TCP connection


class Raw:
    """A TCP connection on which a WebSocket was opened."""

    def __init__(self, server: ChatServer, path: str = "/ws/echo", headers: str = "") -> None:
        self.connection = sockets.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        self.connection.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        self.send(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\n{headers or key}\r\n".encode()
        )
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            data = self.connection.recv(65_536)
            assert data, "closed in the handshake"
            self.rest += data
        self.head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        self.status = int(self.head.split()[1])

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def send(self, data: bytes, pieces: int | None = None) -> None:
        """All at once, or in `pieces` bytes at a time."""
        for start in range(0, len(data), pieces or max(1, len(data))):
            try:
                self.connection.sendall(data[start : start + (pieces or len(data))])
            except (BrokenPipeError, ConnectionResetError):
                return  # the server had seen enough

    def read(self, count: int) -> bytes | None:
        while len(self.rest) < count:
            try:
                data = self.connection.recv(65_536)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self.rest += data
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def next(self) -> tuple[int, bytes] | None:
        """The server's next frame, which must be a legal one; None at the end of the connection."""
        head = self.read(2)
        if head is None:
            return None
        assert head[0] & 0x70 == 0, "the server sets no reserved bits"
        assert head[1] & 0x80 == 0, "the server masks nothing"
        assert head[0] & 0x80, "the server sends whole messages"
        size = head[1]
        if size > 125:
            more = self.read(2 if size == 126 else 8)
            assert more is not None
            size = int.from_bytes(more, "big")
        payload = self.read(size)
        assert payload is not None
        return head[0] & 15, payload

    def until_the_end(self) -> Answer:
        """Everything until the server closes and ends the connection."""
        answer = Answer()
        while (found := self.next()) is not None:
            opcode, payload = found
            if opcode == CLOSE:
                assert answer.code is None, "closed twice"
                answer.code = int.from_bytes(payload[:2], "big") if payload else 1005
                payload[2:].decode()
            else:
                assert answer.code is None, "nothing follows a close frame"
                answer.frames.append(found)
        answer.ended = True
        return answer


#: What must come back, frame by frame.
GOOD = {
    **{
        f"1.1 text of {n} bytes": (frame(TEXT, "*" * n), [(TEXT, b"*" * n)])
        for n in (0, 1, 125, 126, 127, 65_535)
    },
    "1.1 text of the largest size": (frame(TEXT, "*" * MAX_FRAME), [(TEXT, b"*" * MAX_FRAME)]),
    **{
        f"1.2 binary of {n} bytes": (frame(BINARY, b"\xfe" * n), [(BINARY, b"\xfe" * n)])
        for n in (0, 1, 125, 126, 127, 65_535, MAX_FRAME)
    },
    "2.1 ping without payload": (frame(PING), [(PONG, b"")]),
    "2.3 ping with binary payload": (frame(PING, b"\x00\xff\xfe\xfd"), [(PONG, b"\x00\xff\xfe\xfd")]),
    "2.4 ping of 125 bytes": (frame(PING, b"\xfe" * 125), [(PONG, b"\xfe" * 125)]),
    "2.7 unsolicited pong": (frame(PONG) + frame(TEXT, "on"), [(TEXT, b"on")]),
    "2.9 unsolicited pong, then ping": (frame(PONG, "hi") + frame(PING, "ho"), [(PONG, b"ho")]),
    "2.10 ten pings": (
        b"".join(frame(PING, f"{n}") for n in range(10)),
        [(PONG, b"%d" % n) for n in range(10)],
    ),
    "5.3 text in two": (frame(TEXT, "one", fin=False) + frame(CONT, "two"), [(TEXT, b"onetwo")]),
    "5.6 ping between two parts": (
        frame(TEXT, "one", fin=False) + frame(PING, "p") + frame(CONT, "two"),
        [(PONG, b"p"), (TEXT, b"onetwo")],
    ),
    "5.19 many parts, pings between": (
        b"".join(frame(TEXT if n == 0 else CONT, f"{n},", fin=False) + frame(PING, f"{n}") for n in range(5))
        + frame(CONT, "end"),
        [*((PONG, b"%d" % n) for n in range(5)), (TEXT, b"0,1,2,3,4,end")],
    ),
    "5 binary in parts of nothing": (
        frame(BINARY, b"", fin=False)
        + frame(CONT, b"", fin=False)
        + frame(CONT, b"x", fin=False)
        + frame(CONT),
        [(BINARY, b"x")],
    ),
    "6.1 text in parts of nothing": (
        frame(TEXT, fin=False) + frame(CONT, fin=False) + frame(CONT),
        [(TEXT, b"")],
    ),
    "6.2 letters of every length": (frame(TEXT, "Hello-µ@ßöäüàá-€-\U0001f600"), None),
    "6.2 a letter cut in two": (
        frame(TEXT, "µ€\U0001f600".encode()[:3], fin=False) + frame(CONT, "µ€\U0001f600".encode()[3:]),
        [(TEXT, "µ€\U0001f600".encode())],
    ),
    "6.2 each byte a part": (
        b"".join(
            frame(TEXT if n == 0 else CONT, bytes([byte]), fin=False)
            for n, byte in enumerate("κόσμε \U0010ffff".encode())
        )
        + frame(CONT),
        [(TEXT, "κόσμε \U0010ffff".encode())],
    ),
    "6.22 noncharacters": (frame(TEXT, "\ufffe\uffff\U0001fffe\ufdd0"), None),
    "6 a zero byte": (frame(TEXT, "\0"), None),
}

#: Text that is no UTF-8.
BAD_TEXT = {
    "6.3 a surrogate within": "κόσμε".encode() + b"\xed\xa0\x80" + b"edited",
    "6.4 above U+10FFFF": b"\xf4\x90\x80\x80",
    "6.6 cut off in a letter": "κόσμε".encode()[:-1],
    "6.8 a first byte alone": b"\xc3",
    "6.10 five bytes": b"\xf8\x88\x80\x80\x80",
    "6.12 FE and FF": b"\xfe\xff",
    "6.14 continuation alone": b"\x80",
    "6.16 overlong slash": b"\xc0\xaf",
    "6.17 overlong, three bytes": b"\xe0\x80\xaf",
    "6.18 overlong, four bytes": b"\xf0\x80\x80\xaf",
    "6.19 overlong zero": b"\xc0\x80",
    "6.20 half of a pair": b"\xed\xad\xbf",
    "6.21 a pair, each encoded": b"\xed\xa0\x80\xed\xb0\x80",
}

#: What must be closed, and with what.
BAD = {
    "2.5 ping of 126 bytes": (frame(PING, b"\xfe" * 126), 1002),
    **{
        f"3 reserved bits {rsv:03b} of {name}": (frame(opcode, payload, rsv=rsv), 1002)
        for rsv in range(1, 8)
        for name, opcode, payload in (
            ("text", TEXT, b"x"),
            ("ping", PING, b"x"),
            ("close", CLOSE, b"\x03\xe8"),
        )
    },
    **{
        f"4 reserved opcode {opcode}, {len(payload)} bytes": (frame(opcode, payload), 1002)
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
        for payload in (b"", b"x")
    },
    "5.1 ping in two": (frame(PING, "one", fin=False) + frame(CONT, "two"), 1002),
    "5.2 pong in two": (frame(PONG, "one", fin=False) + frame(CONT, "two"), 1002),
    "5.9 continuation of nothing": (frame(CONT, "x") + frame(TEXT, "on"), 1002),
    "5.12 continuation of nothing, not the last": (frame(CONT, "x", fin=False) + frame(TEXT, "on"), 1002),
    "5.18 a message begins within another": (frame(TEXT, "one", fin=False) + frame(TEXT, "two"), 1002),
    **{name: (frame(TEXT, text), 1007) for name, text in BAD_TEXT.items()},
    "6 no UTF-8 in the second part": (frame(TEXT, "fine", fin=False) + frame(CONT, b"\xff"), 1007),
    "7.3 close of one byte": (frame(CLOSE, b"\x03"), 1002),
    "7.3 close of 126 bytes": (close(1000, "*" * 124), 1002),
    "7.5 close reason that is no UTF-8": (close(1000, b"\xce\xba\xed\xa0\x80"), 1007),
    **{
        f"7.9 close code {code}": (close(code), 1002)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)
    },
    "9 a byte too many": (frame(TEXT, "*" * (MAX_FRAME + 1)), 1009),
    "9 too large in parts": (frame(TEXT, "*" * 40_000, fin=False) + frame(CONT, "*" * 40_000), 1009),
    "9 a length of 2**40, and no data": (frame(BINARY, length=b"\x7f" + struct.pack("!Q", 2**40)), 1009),
    "9 a length of 2**63": (frame(BINARY, length=b"\x7f" + struct.pack("!Q", 2**63)), (1002, 1009)),
    "unmasked text": (frame(TEXT, "x", masked=False), 1002),
    "unmasked ping": (frame(PING, "x", masked=False), 1002),
    "unmasked close": (b"\x88\x02\x03\xe8", 1002),
}


@pytest.mark.parametrize("pieces", [None, 997, 1], ids=["at once", "in pieces", "byte by byte"])
@pytest.mark.parametrize("case", GOOD)
def test_what_is_allowed_comes_back(server: ChatServer, case: str, pieces: int | None):
    sent, wanted = GOOD[case]
    if pieces == 1 and len(sent) > 200:
        pieces = 64
    with Raw(server) as raw:
        raw.send(sent, pieces)
        for frame_ in wanted if wanted is not None else [(TEXT, unmasked(sent))]:
            assert raw.next() == frame_
        raw.send(close(1000, "bye"))
        answer = raw.until_the_end()
        assert answer == Answer([], 1000, True)


def unmasked(data: bytes) -> bytes:
    """The payload of a short frame of ours."""
    mask, payload = data[2:6], data[6:]
    return bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_allowed_is_closed_with_its_code(server: ChatServer, case: str):
    sent, code = BAD[case]
    with Raw(server) as raw:
        raw.send(frame(TEXT, "before"))
        assert raw.next() == (TEXT, b"before")
        raw.send(sent + frame(TEXT, "and after"))
        answer = raw.until_the_end()
        assert answer.frames == [], "nothing of it comes back, and nothing after it"
        assert answer.code in (code if isinstance(code, tuple) else (code,))
    with Raw(server) as another:
        another.send(frame(TEXT, "the server goes on"))
        assert another.next() == (TEXT, b"the server goes on")


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
)
def test_a_close_is_answered_with_its_code_and_the_connection_ends(server: ChatServer, code: int):
    with Raw(server) as raw:
        raw.send(close(code, "a reason"))
        assert raw.until_the_end() == Answer([], code, True)


def test_a_close_without_a_code_is_answered(server: ChatServer):
    with Raw(server) as raw:
        raw.send(close())
        assert raw.until_the_end().code in (1000, 1005)


def test_a_close_with_the_longest_reason_is_answered(server: ChatServer):
    with Raw(server) as raw:
        raw.send(close(1000, "*" * 123))
        assert raw.until_the_end() == Answer([], 1000, True)


def test_what_comes_after_a_close_is_ignored(server: ChatServer):
    with Raw(server) as raw:
        raw.send(frame(TEXT, "before"))
        assert raw.next() == (TEXT, b"before")
        raw.send(close(1000) + frame(PING, "p") + frame(TEXT, "after") + close(1001))
        assert raw.until_the_end() == Answer([], 1000, True)


def test_a_close_in_the_middle_of_a_message_is_answered(server: ChatServer):
    with Raw(server) as raw:
        raw.send(frame(TEXT, "half", fin=False) + close(1000))
        assert raw.until_the_end().code in (1000, 1002)  # the RFC leaves open whether that is allowed


def test_many_messages_sent_together_come_back_in_order(server: ChatServer):
    with Raw(server) as raw:
        raw.send(b"".join(frame(TEXT, f"{n}") for n in range(500)))
        assert [raw.next() for _ in range(500)] == [(TEXT, b"%d" % n) for n in range(500)]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Sec-WebSocket-Version: 13\r\n", 400),
        ("Sec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 426),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n", 426),
    ],
    ids=["no key", "a bad key", "no version", "another version"],
)
def test_a_handshake_that_is_wrong_is_refused(server: ChatServer, headers: str, status: int):
    with Raw(server, headers=headers) as raw:
        assert raw.status == status


def test_the_handshake_proves_that_it_was_understood(server: ChatServer):
    with Raw(server) as raw:
        assert raw.status == 101
        assert b"s3pplmbitxaq9kygzzhzrbk+xoo=" in raw.head.lower()


def test_a_handshake_that_is_right_but_rare_opens_a_socket(server: ChatServer):
    """It takes another way through the server than what browsers send."""
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nConnection: x, Upgrade\r\n"
    with Raw(server, headers=key) as raw:
        assert raw.status == 101
        raw.send(frame(TEXT, "heard"))
        assert raw.next() == (TEXT, b"heard")
