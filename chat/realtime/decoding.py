"""Decodes incoming frames into structs; refusals name the field. Also turns refusals into `error` frames."""

import re
from typing import Any

import msgspec
from msgspec import UNSET

from chat.protocol import Error, Incoming, encode
from lib import errors, strict_json

#: Characters of an error message on a bad frame, which doesn't repeat the whole frame.
MAX_SENTENCE = 200
AT = re.compile(r"^(.*?)(?: - at (?:`key` in )?`\$\.?([^`]*)`)?$", re.DOTALL)
_typed = msgspec.json.Decoder(Incoming).decode


class BadFrame(errors.Invalid):
    """An invalid frame. `client_id` is the frame's own, so that the sender knows which message was refused."""

    def __init__(self, fields: errors.Fields, data: dict[str, Any]) -> None:
        super().__init__(fields)
        client_id = data.get("client_id")
        usable = (
            isinstance(client_id, str) and len(client_id) <= 64 and not strict_json.has_half_pair(client_id)
        )
        self.client_id = client_id if usable else None


def decode(text: str | bytes) -> Incoming:
    """The frame as a struct. Raises `errors.Invalid` that names the field."""
    try:
        return _typed(text)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        pass
    # It is invalid, or one of the alternative forms for simple clients: `action` for `type`, `{"content": …}` alone.
    try:
        data = strict_json.json_object(text, "frame")
    except strict_json.HalfPair as error:
        raise BadFrame(error.fields or {}, error.data) from error
    if "type" not in data:
        if "action" in data:
            data["type"] = data.pop("action")
        elif "content" in data:
            data["type"] = "message"
    try:
        return msgspec.convert(data, Incoming)
    except msgspec.ValidationError as error:
        raise BadFrame(_fields(error), data) from error


def _fields(error: msgspec.ValidationError) -> errors.Fields:
    match = AT.match(str(error))
    sentence, where = (match[1], match[2] or "") if match else (str(error), "")
    missing = re.search(r"missing required field `(\w+)`", sentence)
    field = missing[1] if missing else re.split(r"[.\[]", where)[0] or "frame"
    if len(sentence) > MAX_SENTENCE:
        sentence = f"{sentence[:MAX_SENTENCE]}…"
    return {field: [sentence]}


def error_frame(error: errors.Refused, client_id: str | None = None, chat: str | None = None) -> bytes:
    """The `error` frame of a refusal."""
    if client_id is None and isinstance(error, BadFrame):
        client_id = error.client_id
    return encode(
        Error(
            code=error.code,
            detail=error.detail,
            fields=UNSET if error.fields is None else error.fields,
            client_id=UNSET if client_id is None else client_id,
            retry_after=UNSET if error.retry_after is None else error.retry_after,
            chat=chat or UNSET,
        )
    )
