"""Plain messages, read without the library, beside the library that writes them."""

import pytest
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from chatproject.server.framing import end_of_frame, plain_text

MOST = 65_536  # bytes
SIZES = [0, 1, 4, 125, 126, 127, 5000, 65_535]


def framed(text: bytes, opcode: Opcode = Opcode.TEXT, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, text, fin).serialize(mask=mask)


@pytest.mark.parametrize("size", SIZES)
def test_a_message_is_read_as_it_was_written(size: int) -> None:
    first, second = b"x" * size, "é".encode()
    data = framed(first) + framed(second)
    found = plain_text(data, 0)
    assert found is not None and found[0] == first
    assert plain_text(data, found[1]) == (second, len(data))
    assert plain_text(data, len(data)) is None


@pytest.mark.parametrize("size", [0, 125, 126, 5000])
def test_a_message_that_is_not_there_as_a_whole_is_left_to_the_library(size: int) -> None:
    data = framed(b"x" * size)
    assert all(plain_text(data[:end], 0) is None for end in range(len(data)))


@pytest.mark.parametrize(
    "data",
    [
        framed(b"x" * 65_536),
        framed(b"x", mask=False),
        framed(b"x" * 200, mask=False),
        framed(b"x", Opcode.BINARY),
        framed(b"x", fin=False),
        framed(b"x", Opcode.CONT),
        framed(b"x", Opcode.PING),
        framed(b"", Opcode.CLOSE),
        b"\xc1" + framed(b"x")[1:],
    ],
    ids=["64 kB", "bare", "long, bare", "binary", "a part", "the rest", "ping", "close", "compressed"],
)
def test_what_is_not_plain_is_left_to_the_library(data: bytes) -> None:
    assert plain_text(data, 0) is None


FRAMES = [
    framed(b""),
    framed(b"x" * 125, Opcode.PING),
    framed(b"x" * 126, Opcode.BINARY),
    framed(b"x" * 65_535, fin=False),
    framed(b"x" * 65_536, Opcode.CONT),
    framed(b"", Opcode.CLOSE),
]


@pytest.mark.parametrize(
    "frame", FRAMES, ids=["empty", "ping", "two bytes", "a part", "eight bytes", "close"]
)
def test_a_frame_ends_where_the_library_ended_it(frame: bytes) -> None:
    ends = {end_of_frame(frame[:end], 0, MOST) for end in range(0, len(frame), max(1, len(frame) // 500))}
    assert ends == {None}
    assert end_of_frame(b"before" + frame + b"behind", 6, MOST) == 6 + len(frame)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (framed(b"x" * 200, mask=False), CloseCode.PROTOCOL_ERROR),
        (b"\x83" + framed(b"x" * 200)[1:], CloseCode.PROTOCOL_ERROR),
        (framed(b"x" * 65_537), CloseCode.MESSAGE_TOO_BIG),
    ],
    ids=["no mask", "unknown", "too long"],
)
def test_of_a_frame_that_the_library_refuses_by_its_head_only_that_is_waited_for(
    frame: bytes, code: CloseCode
) -> None:
    end = end_of_frame(frame[:10], 0, MOST)
    assert end is not None and end <= 10
    connection = ServerProtocol(state=State.OPEN, max_size=MOST)
    connection.receive_data(frame[:end])
    assert connection.events_received() == []
    assert b"".join(connection.data_to_send())[2:4] == code.to_bytes(2)
