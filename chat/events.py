"""The events that `lib.doorbell` delivers to the hub of every process.

Frames in them are already encoded (JSON bytes): the publisher builds each once.
Verbs call the functions below inside their transaction; the hubs get the events after the commit.
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
    #: The id of a message of which nothing but its reactions changed: quick ones may be joined into the newest.
    reacted: int = 0


class Event(Struct, tag="event", array_like=True, frozen=True):
    """A transient event of a chat (a socket opened or closed). May be lost."""

    chat_id: int
    frame: bytes
    skip_user: int = 0


class Personal(Struct, tag="personal", array_like=True, frozen=True):
    """A frame for every socket of these people. May be lost; anything durable is in the database."""

    user_ids: list[int]
    frame: bytes


class Status(Struct, tag="status", array_like=True, frozen=True):
    """A person's status: sent once to each socket of other people who share a chat with them. May be lost."""

    user_id: int
    chat_ids: list[int]
    frame: bytes
    everywhere: bool = False  # also to big chats, where the status of single people is not announced
    online: int | None = None  # in general, as `frame` says


class Typing(Struct, tag="typing", array_like=True, frozen=True):
    """Somebody started or stopped typing on one of their sockets: for the chat's other followers. May be lost."""

    chat_id: int
    user_id: int
    socket_id: str
    is_typing: bool
    frame: bytes


class Posted(Struct, tag="posted", array_like=True, frozen=True):
    """A message was not posted over the sender's sockets, so typing ends on all of them. May be lost."""

    chat_id: int
    user_id: int


class Read(Struct, tag="read", array_like=True, frozen=True):
    """A read position moved: a frame for the reader's own sockets, and one for the others in the chat (empty if they
    may not know).

    If the doorbell is unreachable, it is noted in the membership, where the sweeps of other processes find it.
    """

    chat_id: int
    user_id: int
    own: bytes
    others: bytes


class Told(Struct, tag="told", array_like=True, frozen=True):
    """The frames sent along with this announce a change of a row, so the sweeps need not (see
    `chat.realtime.state`)."""

    what: str
    id: int
    at: datetime


class Archived(NamedTuple):
    """Within this process only: a chat was archived or reopened, so its seats must be updated."""

    chat_id: int
    archived: bool


class Renamed(NamedTuple):
    """Within this process only: a person's names or picture changed, so their messages have the new ones from now
    on."""

    user_id: int
    username: str
    display_name: str
    avatar_id: str | None


Rung = Change | Event | Personal | Status | Typing | Posted | Read | AccessChanged | StateChanged | Told
Item = Rung | Archived | Renamed


def change_chats(chats: "QuerySet[Chat]", **values: Any) -> int:
    """Set these values on the chats, and have every process send the new state. Returns the number of chats."""
    changed = chats.update(**values, state_changed_at=Now())
    if changed:
        state_changed()
    return changed


def change_settings(memberships: "QuerySet[Membership]", **values: Any) -> None:
    """Set values on these memberships that concern only the person, and notify their devices."""
    if memberships.update(**values, settings_changed_at=Now(), state_changed_at=Now()):
        state_changed()


def to_chat(chat_id: int, frame: Struct, skip_user: int = 0) -> None:
    """After the commit, send the frame to all followers of the chat."""
    ring_on_commit(Event(chat_id, encode(frame), skip_user))


def moved(chat_id: int, membership_id: int, at: datetime, frame: Struct) -> None:
    """After the commit, tell all followers of the chat that a member joined or left."""
    ring_on_commit(Event(chat_id, encode(frame)), Told("moved", membership_id, at))


def to_people(user_ids: Iterable[int], frame: Struct) -> None:
    """After the commit, send the frame to all sockets of these people."""
    if ids := list(user_ids):
        ring_on_commit(Personal(ids, encode(frame)))
