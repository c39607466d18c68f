"""WebSocket frames as nearly all of a client's messages come: text, whole, masked (RFC 6455 section 5.2)."""

from collections.abc import Generator
from typing import Any

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # in C, where that is installed
from websockets.protocol import Protocol, State
from websockets.streams import StreamReader

TEXT = 0x81  # FIN, opcode 1, nothing reserved
MASKED = 0x80
SHORT = 126  # from here on the length stands in two bytes more, from 127 on in eight


def plain_text(data: bytes, at: int) -> tuple[bytes, int] | None:
    """The payload of the text message that starts here, and where the next frame starts.

    None for what is not there as a whole, has 64 kB and more, or is anything else: that is for `websockets`.
    """
    if len(data) - at < 6 or data[at] != TEXT:
        return None
    length, body = data[at + 1] - MASKED, at + 6
    if length == SHORT:
        length, body = int.from_bytes(data[at + 2 : at + 4], "big"), at + 8
    elif not 0 <= length < SHORT:
        return None
    end = body + length
    if end > len(data):
        return None
    return apply_mask(data[body:end], data[body - 4 : body]), end


def is_between_messages(connection: Protocol) -> bool:
    """Whether the next byte begins a message: the parser has none of it, and waits at its start."""
    parser: Generator[Any] = connection.parser
    waits_in = parser.gi_yieldfrom  # type: ignore[attr-defined]
    return (
        connection.state is State.OPEN
        and connection.current_size is None
        and waits_in is not None
        and waits_in.gi_code is StreamReader.at_eof.__code__
    )
