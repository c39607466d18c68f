"""Plain messages, read without the library, beside the library that writes them."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import SERVER, Protocol
from websockets.server import ServerProtocol

from chatproject.server.framing import is_between_messages, plain_text

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


def test_the_library_is_asked_while_it_is_in_the_middle_of_something() -> None:
    connection = Protocol(SERVER)
    ping, part, rest = framed(b"", Opcode.PING), framed(b"x", fin=False), framed(b"x", Opcode.CONT)
    assert is_between_messages(connection)
    for end in range(1, len(ping)):
        connection.receive_data(ping[end - 1 : end])
        assert not is_between_messages(connection)
    connection.receive_data(ping[-1:])
    assert is_between_messages(connection)
    connection.receive_data(part)
    assert not is_between_messages(connection)
    connection.receive_data(rest)
    assert is_between_messages(connection)
    connection.receive_data(framed(b"", Opcode.CLOSE))
    assert not is_between_messages(connection)


def test_before_the_handshake_there_are_no_messages() -> None:
    assert not is_between_messages(ServerProtocol())
