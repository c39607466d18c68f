"""Fast parsing of a client's WebSocket frames (RFC 6455 section 5.2): where a frame ends, and the payload of the usual
kind, a masked, unfragmented text message."""

from websockets.frames import Opcode, apply_mask  # type: ignore[attr-defined]  # in C, where that is installed

TEXT = 0x81  # FIN, opcode 1, nothing reserved
MASKED = 0x80
OPCODES = frozenset(Opcode)
SHORT = 126  # this value means that the length follows in two bytes, 127 in eight


def plain_text(data: bytes, at: int) -> tuple[bytes, int] | None:
    """The payload of the text message that starts here, and where the next frame starts.

    None if it is incomplete, has 64 kB or more, or is of any other kind: `websockets` parses those.
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


def end_of_frame(data: bytes, at: int, most: int) -> int | None:
    """Where the frame that starts here ends; None while it is incomplete.

    Of a frame that `websockets` refuses by its head (no mask, an unknown opcode, more than `most` bytes) only the head
    is waited for.
    """
    if len(data) - at < 2:
        return None
    length = data[at + 1] & (MASKED - 1)
    body = at + 2
    if length >= SHORT:
        body += 2 if length == SHORT else 8
        if len(data) < body:
            return None
        length = int.from_bytes(data[at + 2 : body], "big")
    if not data[at + 1] & MASKED or data[at] & 0x0F not in OPCODES or length > most:
        return body
    end = body + 4 + length
    return end if end <= len(data) else None
