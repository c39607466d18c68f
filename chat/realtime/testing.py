"""For tests of delivery: a chat's log in memory, a socket that keeps what it is sent, and a client that checks it."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from accounts.tokens import Claims
from chat.events import Change
from chat.log.history import Changes, Since
from chat.policy import Seat
from chat.protocol import Message, as_change, as_new, encode
from chat.realtime.sockets import Socket


class Log:
    """A chat's log as the database would have it: posts, edits of earlier messages, and reactions to them."""

    def __init__(self, chat_id: int = 1) -> None:
        self.chat_id = chat_id
        self.key = f"room:{chat_id}"
        self.messages: dict[int, Message] = {}
        self.changes: list[Change] = []

    @property
    def version(self) -> int:
        return len(self.changes)

    @property
    def contents(self) -> dict[int, str]:
        return {seq: message.content for seq, message in self.messages.items()}

    def post(self) -> Change:
        seq, version = len(self.messages) + 1, self.version + 1
        message = self.messages[seq] = Message(
            id=seq,
            chat=self.key,
            chat_type="room",
            seq=seq,
            version=version,
            user_id=1,
            username="ann",
            content=f"said as {version}",
            timestamp=datetime.now(UTC),
        )
        return self._changed(seq, encode(as_new(message)))

    def edit(self, seq: int) -> Change:
        message = self.messages[seq]
        message.version = self.version + 1
        message.content = f"edited as {message.version}"
        return self._changed(0, encode(as_change(message)))

    def react(self, seq: int) -> Change:
        """Reactions are part of the content here, as readers are checked by it."""
        message = self.messages[seq]
        message.version = self.version + 1
        message.content = f"{message.content.partition(', ')[0]}, reacted to as {message.version}"
        return self._changed(0, encode(as_change(message)), message.id)

    def after(self, version: int) -> list[Message]:
        """The messages that changed after `version`, as they now are, by version."""
        changed = [message for message in self.messages.values() if message.version > version]
        return sorted(changed, key=lambda message: message.version)

    def read(self, since: Since) -> Changes:
        """What `history.changes` would answer now; its messages are copies, as the log's go on changing."""
        found = self.after(since.version)
        page = found[: since.limit]
        has_more = len(found) > len(page)
        return Changes(
            messages=[Message(**{name: getattr(m, name) for name in m.__struct_fields__}) for m in page],
            last_seq=len(self.messages),
            version=page[-1].version if has_more else self.version,
            has_more=has_more,
            epoch="",
        )

    def _changed(self, seq: int, frame: bytes, reacted: int = 0) -> Change:
        self.changes.append(Change(self.chat_id, self.version + 1, seq, frame, reacted))
        return self.changes[-1]


class Reader:
    """A client that keeps a chat's state from the frames it gets, and checks that they come as guaranteed."""

    def __init__(self) -> None:
        self.contents: dict[int, str] = {}
        self.versions: dict[int, int] = {}

    @property
    def version(self) -> int:
        return max(self.versions.values(), default=0)

    def take(self, frames: list[bytes]) -> None:
        for frame in map(json.loads, frames):
            seq, version = frame["seq"], frame["version"]
            if frame["type"] == "message":
                assert seq == len(self.contents) + 1, "a new message comes next in seq, once, without a gap"
            else:
                assert seq in self.contents, "a change is of a message that came before"
                assert version > self.versions[seq], "a change comes once, and never an older one later"
            self.contents[seq], self.versions[seq] = frame["content"], version


class Listener(Socket):
    """A socket that records what it is sent, and whose reader can be made slow."""

    def __init__(self, *logs: Log, user_id: int = 1) -> None:
        super().__init__(Claims(user_id, uuid4(), datetime.now(UTC) + timedelta(minutes=15)), None)
        self.opening = False
        self.frames: list[bytes] = []
        self.is_slow = False
        self.seats = {log.chat_id: Seat(log.chat_id, "room", log.key, "member") for log in logs}

    def put(self, framed: bytes, frames: list[bytes]) -> None:
        self.frames += frames

    def flush(self) -> None: ...

    def is_full(self) -> bool:
        return self.is_slow

    def close(self, code: int) -> None:
        self.closed = True

    def read_on(self) -> None:
        """Make the reader quick again, with an empty server buffer."""
        self.is_slow = False
        self._drained()

    def take(self) -> list[bytes]:
        """What was sent since the last call."""
        frames, self.frames = self.frames, []
        return frames

    def heard(self) -> list[int | str]:
        """The same: the `seq` of each message, the type of each other frame."""
        frames = map(json.loads, self.take())
        return [frame["seq"] if frame["type"] == "message" else frame["type"] for frame in frames]
