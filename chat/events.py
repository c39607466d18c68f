"""The items that a doorbell carries from whoever changed something to every process's hub.

A frame is already encoded (JSON bytes): it is built once, by whoever publishes it.
Verbs call the functions below inside their transaction; the hubs hear of it after the commit.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import QuerySet
from django.db.models.functions import Now
from msgspec import Struct

from accounts.changes import AccessChanged, StateChanged, state_changed
from chat.protocol import encode
from lib.doorbell import ring_on_commit

if TYPE_CHECKING:
    from chat.models import Chat, Membership


class Change(Struct, tag="change", array_like=True, frozen=True):
    """A durable change of a chat: delivered in the order of `version`, each once, gaps read from the database."""

    chat_id: int
    version: int
    seq: int  # of the new message; 0 for a change of an older one
    frame: bytes


class Event(Struct, tag="event", array_like=True, frozen=True):
    """Something passing in a chat (somebody's socket came or went). May be lost."""

    chat_id: int
    frame: bytes
    skip_user: int = 0


class Personal(Struct, tag="personal", array_like=True, frozen=True):
    """A frame for every socket of these people. May be lost; what lasts is in the database."""

    user_ids: list[int]
    frame: bytes


class Status(Struct, tag="status", array_like=True, frozen=True):
    """Something of a person: for each socket of others, once, that shares a chat with them. May be lost."""

    user_id: int
    chat_ids: list[int]
    frame: bytes
    everywhere: bool = False  # also in big chats, where nobody is told of single people coming and going


class Typing(Struct, tag="typing", array_like=True, frozen=True):
    """Somebody types on one of their sockets, or no more: for the others who follow the chat. May be lost."""

    chat_id: int
    user_id: int
    socket_id: str
    is_typing: bool
    frame: bytes


class Posted(Struct, tag="posted", array_like=True, frozen=True):
    """Somebody's message came by another way than their sockets, on which they no longer type it. May be lost."""

    chat_id: int
    user_id: int


class Read(Struct, tag="read", array_like=True, frozen=True):
    """Somebody read on: a frame for their own sockets, and one for the others' in the chat (empty: not theirs to know).

    A process that can't ring for it notes it in the membership, where the sweeps of the others find it.
    """

    chat_id: int
    user_id: int
    own: bytes
    others: bytes


class Told(Struct, tag="told", array_like=True, frozen=True):
    """The frames beside this one tell a change of a row: the sweeps need not (see `chat.realtime.state`)."""

    what: str
    id: int
    at: datetime


class Archived(NamedTuple):
    """Of this process only: a chat can be written in no more, or again, so its seats say so."""

    chat_id: int
    archived: bool


Rung = Change | Event | Personal | Status | Typing | Posted | Read | AccessChanged | StateChanged | Told
Item = Rung | Archived


def change_chats(chats: "QuerySet[Chat]", **values: Any) -> int:
    """Give these chats new values, and have every process send what is true then; how many there are."""
    changed = chats.update(**values, state_changed_at=Now())
    if changed:
        state_changed()
    return changed


def change_settings(memberships: "QuerySet[Membership]", **values: Any) -> None:
    """Give these memberships new values that concern the person alone, and have their devices learn it."""
    if memberships.update(**values, settings_changed_at=Now(), state_changed_at=Now()):
        state_changed()


def to_chat(chat_id: int, frame: Struct, skip_user: int = 0) -> None:
    """After the commit, tell everybody who follows the chat."""
    ring_on_commit(Event(chat_id, encode(frame), skip_user))


def moved(chat_id: int, membership_id: int, at: datetime, frame: Struct) -> None:
    """After the commit, tell everybody who follows the chat that somebody came or went."""
    ring_on_commit(Event(chat_id, encode(frame)), Told("moved", membership_id, at))


def to_people(user_ids: Iterable[int], frame: Struct) -> None:
    """After the commit, tell these people, on every device."""
    if ids := list(user_ids):
        ring_on_commit(Personal(ids, encode(frame)))
