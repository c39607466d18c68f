"""Puts a chat's changes in order: plain objects, without network or clock.

A stream delivers version n+1 only after n, each once. Early changes wait; a lasting gap is filled from the database by
the owner of the stream (`chat.realtime.hub`).

Reactions are held back until `release`, and only the newest change of a message's reactions is kept: each holds all of
them. No other change waits for that: what is held goes out just before it, as a reader that saw it without them would
resume after them, and never get them.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from chat.events import Change
from chat.protocol import Message, MessageDeleted, MessageUpdated, NewMessage, as_change, as_new, encode

RECENT = 64  # changes kept for sockets that join a moment later
RECENT_BYTES = 64 * 1024
PENDING = 1024  # early changes kept while an older one is missing


class Stream:
    """One chat's live changes in this process."""

    __slots__ = ("chat_id", "heard", "held", "pending", "recent", "recent_bytes", "seq", "version")

    def __init__(self, chat_id: int, version: int, seq: int) -> None:
        self.chat_id = chat_id
        self.version = version  # everything up to here was delivered, or is held
        self.seq = seq  # of the newest message delivered
        self.heard = version  # the newest version known to exist
        self.pending: dict[int, Change] = {}
        self.recent: list[tuple[int, bytes]] = []  # a deque would take 0.7 kB for each quiet chat
        self.recent_bytes = 0
        self.held: dict[int, bytes] = {}  # changes of reactions by message, in the order of their versions

    @property
    def has_gap(self) -> bool:
        return self.heard > self.version

    def offer(self, change: Change) -> list[bytes]:
        """The frames that can go out now, in order; none while an older change is missing."""
        if change.version > self.heard:
            self.heard = change.version
        if change.version != self.version + 1:
            if change.version > self.version and len(self.pending) < PENDING:
                self.pending[change.version] = change
            return []
        frames = self._deliver(change)
        if self.pending:
            frames += self._drain()
        return frames

    def release(self) -> list[bytes]:
        """The frames that were held back."""
        frames = list(self.held.values())
        self.held.clear()
        return frames

    def fill(self, messages: Sequence[Message], version: int) -> list[bytes]:
        """Fill a gap from the database with the messages changed after our version up to `version`, in their current
        form.

        Messages that were not delivered before keep the order of `seq`, and all frames that of `version`: a client that
        is cut off between two of them resumes from the newest version it saw, and must not miss what was to come. So a
        new message that was changed since has an earlier version in its frame than in the database.
        """
        if version <= self.version:
            return []
        fresh = sorted((m for m in messages if m.seq > self.seq), key=lambda message: message.seq)
        later = [m for m in messages if m.seq <= self.seq and m.version > self.version]
        told: list[tuple[int, NewMessage | MessageUpdated | MessageDeleted]]
        told = [(at, as_new(m)) for at, m in zip(_versions(fresh, later, self.version), fresh, strict=True)]
        told += [(m.version, as_change(m)) for m in later]
        told.sort(key=lambda each: each[0])
        if told:
            told[-1] = version, told[-1][1]
        frames = [encode(frame if frame.version == at else replace(frame, version=at)) for at, frame in told]
        if fresh:
            self.seq = fresh[-1].seq
        self.version = version
        self.heard = max(self.heard, version)
        # They aren't kept one by one, so nobody can join from a version between them.
        self.recent.clear()
        self.recent_bytes = 0
        self.pending = {v: change for v, change in self.pending.items() if v > version}
        return self.release() + frames + self._drain()

    def after(self, version: int) -> list[bytes] | None:
        """The frames after `version`, held ones too, or None if they are no longer here (or not yet)."""
        if version == self.version:
            return []
        if version > self.version or not self.recent or self.recent[0][0] > version + 1:
            return None
        return [frame for at, frame in self.recent if at > version]

    def _drain(self) -> list[bytes]:
        frames = []
        while (change := self.pending.pop(self.version + 1, None)) is not None:
            frames += self._deliver(change)
        return frames

    def _deliver(self, change: Change) -> list[bytes]:
        self.version = change.version
        if change.seq > self.seq:
            self.seq = change.seq
        self.recent.append((change.version, change.frame))
        self.recent_bytes += len(change.frame)
        while len(self.recent) > RECENT or self.recent_bytes > RECENT_BYTES:
            self.recent_bytes -= len(self.recent.pop(0)[1])
        if change.reacted:
            self.held.pop(change.reacted, None)
            self.held[change.reacted] = change.frame
            return []
        return [*self.release(), change.frame] if self.held else [change.frame]


def _versions(fresh: Sequence[Message], later: Sequence[Message], known: int) -> list[int]:
    """A version for each of the new messages, in the order of their `seq`: rising, after `known`, not one of `later`.

    If they can't keep theirs, each gets the first that is free: that is at most the version in which it was written, as
    no other message has that one, and so it is before all that is told after it.
    """
    own = [message.version for message in fresh]
    if own == sorted(own):
        return own
    taken = {*own, *(message.version for message in later)}
    versions, at = [], known
    for version in own:
        at += 1
        while at in taken and at != version:
            at += 1
        versions.append(at)
    return versions
