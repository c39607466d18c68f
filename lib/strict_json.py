"""Parses untrusted JSON, from HTTP and sockets: an object, or a refusal that names what is wrong.

Strict RFC 8259: UTF-8, no NaN. Deep nesting and huge numbers are refused without exhausting the stack or the CPU.
"""

import json
import math
from typing import Any

import msgspec

from lib import errors

NAME_LENGTH = 64  # characters of a member's name that a refusal repeats
MAX_DIGITS = 400  # of an integer: Python parses them in quadratic time


class HalfPair(errors.Invalid):
    r"""Text with half of a surrogate pair (`"\ud83d"`): what JavaScript makes of an emoji that is cut in two.

    `data` is the whole object.
    """

    def __init__(self, name: str, data: dict[str, Any]) -> None:
        super().__init__({name: ["Text can't contain half of a surrogate pair."]})
        self.data = data


def json_object(text: str | bytes, whole: str) -> dict[str, Any]:
    """The members of a JSON object. Raises `Invalid`, naming a member, or `whole` for the text itself.

    A number out of range becomes infinity, which every field refuses with an error that names the field.
    """
    try:
        try:
            data = msgspec.json.decode(text)
        except ValueError as error:  # msgspec's errors, and Python's of bytes that aren't UTF-8
            data = _closer_look(text, whole, error)
    except RecursionError as error:
        raise errors.Invalid({whole: ["This is nested too deeply."]}) from error
    if not isinstance(data, dict):
        raise errors.Invalid({whole: ["This must be a JSON object."]})
    return data


def _closer_look(text: str | bytes, whole: str, error: ValueError) -> Any:
    """Python's own parser accepts numbers and half pairs that msgspec doesn't, so the refusal can name the member."""
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        data = json.loads(decoded, parse_int=_whole_number, parse_constant=_refuse)
    except ValueError:
        raise errors.Invalid({whole: [f"This is not JSON: {error}"]}) from error
    for name, value in data.items() if isinstance(data, dict) else ():
        if has_half_pair(name):
            raise HalfPair(whole, data)
        if has_half_pair(value):
            raise HalfPair(name if len(name) <= NAME_LENGTH else whole, data)
    if not isinstance(error, msgspec.ValidationError):  # which msgspec raises for numbers out of range
        raise errors.Invalid({whole: [f"This is not JSON: {error}"]}) from error
    return data


def _whole_number(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def has_half_pair(value: Any) -> bool:
    """Whether a string anywhere in this JSON value can't be written as UTF-8."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
