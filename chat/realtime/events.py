"""The items that a doorbell carries from whoever changed something to every process's hub.

A frame is already encoded (JSON bytes): it is built once, by whoever publishes it.
Verbs call the functions below inside their transaction; the hubs hear of it after the commit.
"""

from collections.abc import Iterable

from msgspec import Struct

from accounts.doorbell import Access, ring_on_commit
from chat.realtime.protocol import encode


class Change(Struct, tag="change", array_like=True, frozen=True):
    """A durable change of a chat: delivered in the order of `version`, each once, gaps read from the database."""

    chat_id: int
    version: int
    seq: int  # of the new message; 0 for a change of an older one
    frame: bytes


class Event(Struct, tag="event", array_like=True, frozen=True):
    """Something passing in a chat (typing, presence, a join line). May be lost."""

    chat_id: int
    frame: bytes
    skip_user: int = 0


class Personal(Struct, tag="personal", array_like=True, frozen=True):
    """A frame for every socket of these people. May be lost; what lasts is in the database."""

    user_ids: list[int]
    frame: bytes


class Status(Struct, tag="status", array_like=True, frozen=True):
    """Somebody came online or went: for each socket, once, that shares a chat with them. May be lost."""

    user_id: int
    chat_ids: list[int]
    frame: bytes


Item = Change | Event | Personal | Status | Access


def to_chat(chat_id: int, frame: Struct, skip_user: int = 0) -> None:
    """After the commit, tell everybody who follows the chat."""
    ring_on_commit(Event(chat_id, encode(frame), skip_user))


def to_people(user_ids: Iterable[int], frame: Struct) -> None:
    """After the commit, tell these people, on every device."""
    if ids := list(user_ids):
        ring_on_commit(Personal(ids, encode(frame)))
