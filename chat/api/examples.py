"""What the OpenAPI and AsyncAPI documents show: real structs, so that an example can't tell what isn't so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiExample
from msgspec import Struct

from accounts.person import ANN, Person
from chat.api.serializers import (
    Edit,
    Everyone,
    GroupOfPeople,
    Muting,
    Notifying,
    OpenSocket,
    Position,
    Positions,
    PrivateChat,
    Reactions,
    ReadPosition,
)
from chat.log.history import Changes, History
from chat.log.threads import Thread
from chat.protocol import (
    Attachment,
    ChatDraft,
    ChatSummary,
    Message,
    Reaction,
    Reminder,
    SavedDraft,
    Scheduled,
)
from chat.stars import Starred

NOW = datetime(2026, 11, 21, 9, 30, 0, 125000, UTC)

BOB = Person(id=8, username="bob", display_name="Bob", is_online=True, last_seen=NOW)
MESSAGE = Message(
    id=345,
    chat="private:3",
    chat_type="private",
    seq=12,
    version=14,
    user_id=8,
    username="bob",
    content="Hello!",
    timestamp=NOW,
    client_id="5f0c2a9e",
    sender_id=8,
    receiver_id=7,
)
EDITED = msgspec.structs.replace(
    MESSAGE, content="Hello, everyone!", edited_at=NOW + timedelta(minutes=1), version=15
)
PINNED = msgspec.structs.replace(MESSAGE, pinned_at=NOW + timedelta(minutes=3), pinned_by=7, version=17)
STARRED = Starred(message_id=345, starred_at=NOW + timedelta(minutes=4), message=MESSAGE)
DELETED = msgspec.structs.replace(MESSAGE, content="", deleted_at=NOW + timedelta(minutes=2), version=16)
SUMMARY = ChatSummary(
    key="private:3",
    id=3,
    kind="private",
    title="Bob",
    last_message=MESSAGE,
    last_seq=12,
    version=14,
    last_read_seq=11,
    unread_count=1,
    mention_count=0,
    muted=False,
    role="member",
    online_count=2,
    peer=BOB,
)
EPOCH = "3f1d2a52-9c0b-4d0f-8f6e-5a2f6f0c7d11"
HISTORY = History(messages=[MESSAGE], last_seq=12, version=14, has_more=True, has_newer=False, epoch=EPOCH)
REPLY = msgspec.structs.replace(
    MESSAGE,
    id=347,
    seq=13,
    version=15,
    user_id=7,
    username="ann",
    content="Hi Bob!",
    timestamp=NOW + timedelta(minutes=3),
    client_id="0d7b1c44",
    reply_to=345,
    sender_id=7,
    receiver_id=8,
    thread_root_id=345,
)
THREAD = Thread(
    root=msgspec.structs.replace(MESSAGE, version=16, reply_count=1, last_reply_at=REPLY.timestamp),
    messages=[REPLY],
    last_seq=13,
    version=16,
    has_more=False,
    has_newer=False,
    epoch=EPOCH,
    following=True,
)
CHANGES = Changes(messages=[EDITED], last_seq=12, version=15, has_more=False, epoch=EPOCH)
READ_POSITION = ReadPosition(
    chat="private:3", seq=12, unread_count=0, mention_count=0, version=14, last_seq=12
)
POSITIONS = Positions(chat="private:3", reads=[Position(user_id=8, seq=12)])
MUTING = Muting(chat="private:3", muted=True, until=NOW + timedelta(hours=12))
NOTIFYING = Notifying(chat="room:5", ignore_everyone=True)
EVERYONE = Everyone(chat="room:5", rule="moderators", allowed=False, members=42, online=17)
GROUP = GroupOfPeople(id=2, name="crew", members=[7, 8])
PRIVATE_CHAT = PrivateChat(chat_id=3, status="created")
DRAFT = ChatDraft(
    chat="private:3", draft=SavedDraft(content="Hello, and", reply_to=345, updated_at=NOW), revision=4
)
SCHEDULED = Scheduled(
    id=17,
    chat="private:3",
    content="Happy birthday!",
    send_at=NOW + timedelta(days=1),
    state="waiting",
    created_at=NOW,
)
SENT = msgspec.structs.replace(SCHEDULED, state="sent", message_id=346)
FAILED = msgspec.structs.replace(
    SCHEDULED, state="failed", failure="This room is archived. You can read it, but not write in it."
)
REMINDER = Reminder(
    id=23,
    message_id=345,
    chat="private:3",
    remind_at=NOW + timedelta(hours=3),
    state="waiting",
    created_at=NOW,
    message=MESSAGE,
)
DUE = msgspec.structs.replace(REMINDER, state="due", told_at=REMINDER.remind_at)
EDIT = Edit(content="Hello!", replaced_at=NOW + timedelta(minutes=1))
REACTIONS = Reactions([Reaction("👍", 2, [8, 7])])
NO_REACTIONS = Reactions([])
OPEN_SOCKET = OpenSocket(
    id="6f3f9d1c-8f53-4f0e-9d0b-1f6d9b8f2c11",
    user=ANN,
    chat="room:5",
    address="203.0.113.9",
    since=NOW,
    process="b2a4a5d0-1c6e-4a63-8f57-52a8f4f0f3a7",
)


def answer(name: str, value: Struct | dict[str, Any], status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, msgspec.to_builtins(value), response_only=True, status_codes=[str(status)])


def request(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


ATTACHMENT = Attachment(
    id=12,
    kind="image",
    name="tomatoes.jpg",
    size=184_320,
    mime="image/jpeg",
    width=1600,
    height=1200,
    thumb="/uploads/12/thumb",
    url="/uploads/12",
    alt="A basket of tomatoes",
)
FOUND = {
    "results": [{"message": MESSAGE, "highlights": [[0, 5]], "chat_title": "Bob"}],
    "next": None,
    "partial": False,
}
FILES = {
    "results": [
        {
            "attachment": ATTACHMENT,
            "message_id": 345,
            "seq": 12,
            "user_id": 8,
            "username": "bob",
            "display_name": "Bob",
            "timestamp": NOW,
        }
    ],
    "next": None,
}
