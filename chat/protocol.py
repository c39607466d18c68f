"""What goes over the wire: every frame, in and out, as a typed struct.

Decoding, encoding, `/asyncapi` and the tests all come from these. Ids are positive 64-bit integers, times are
ISO 8601 in UTC ending in `Z`, a chat is named by its key (`general`, `private:<id>`, `room:<id>`).
Clients ignore types and fields they don't know; so does the server.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from accounts.person import CustomStatus, Person

#: Bytes of one incoming frame. A larger one is closed with 4413 (1009 where the server's own limit is hit first).
MAX_FRAME = 65_536
MOST_ATTACHMENTS = 10  # of a message


Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Position = Annotated[int, Meta(ge=0, le=2**63 - 1)]
ClientId = Annotated[str, Meta(min_length=1, max_length=64)]
ChatKey = Annotated[str, Meta(max_length=32)]
Epoch = Annotated[str, Meta(max_length=64)]


class Close:
    """Close codes (RFC 6455 section 7.4.2 leaves 4000–4999 to applications)."""

    BAD_FRAME = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    NO_SUCH_CHAT = 4404
    TOO_LARGE = 4413
    FLOODING = 4429
    RESTARTING = 1012
    TRY_LATER = 1013


# ---------------------------------------------------------------- shared parts
# They can't be part of reference cycles, so the garbage collector needn't track them (gc=False): there are thousands.


class Reaction(Struct, gc=False):
    """An emoji on a message: how many people chose it, and the ids of the first 50, by time."""

    emoji: str
    count: int
    user_ids: list[int]


class Attachment(Struct, kw_only=True, gc=False):
    """A file of a message. `thumb`: a WebP picture of it, at most 400 pixels a side, with `?size=1200` at most 1,200.
    Both addresses answer only to people who may read the chat now, with a token or a page's cookie."""

    id: int
    kind: str  # image, video, audio, file
    name: str
    size: int  # bytes
    mime: str
    width: int | None = None  # pixels
    height: int | None = None
    duration: float | None = None  # seconds
    thumb: str | None = None
    url: str
    alt: str = ""
    waveform: list[int] | None = None  # loudness, 0 to 100, in equal parts of the duration


class Message(Struct, kw_only=True, gc=False):
    """A message as everyone sees it. A deleted message keeps its place, with `content: ""`."""

    id: int
    chat: str
    chat_type: str
    seq: int
    version: int
    user_id: int
    username: str
    display_name: str = ""
    content: str
    timestamp: datetime
    client_id: str | None = None
    reply_to: int | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    reactions: list[Reaction] = []  # in the order of first use
    attachments: list[Attachment] = []
    mentions: list[int] = []
    avatar: str | UnsetType = UNSET  # the address of the sender's picture, if they have one
    sender_id: int | UnsetType = UNSET
    receiver_id: int | UnsetType = UNSET
    room_id: int | UnsetType = UNSET
    mention_all: str | UnsetType = UNSET  # `everyone` or `here`
    thread_root_id: int | UnsetType = UNSET  # of a reply: the first message of the chain it is in
    reply_count: int | UnsetType = UNSET  # of a root: its replies that are not deleted
    last_reply_at: datetime | UnsetType = UNSET
    pinned_at: datetime | UnsetType = UNSET
    pinned_by: int | UnsetType = UNSET
    deleted_by: int | UnsetType = UNSET  # a moderator who deleted it
    delete_reason: str | UnsetType = UNSET


class ChatSummary(Struct, kw_only=True, gc=False):
    """A chat in its member's list: the same in `GET /chats` and in `connection_established`."""

    key: str
    id: int
    kind: str
    title: str
    avatar: str | UnsetType = UNSET  # the address of a room's picture, if it has one
    last_message: Message | None
    last_seq: int
    version: int
    last_read_seq: int
    unread_count: int
    mention_count: int
    muted: bool
    role: str
    online_count: int
    archived: bool = False  # of a private chat: the other's account is deleted or deactivated
    edit_window: int | UnsetType = (
        UNSET  # seconds after sending in which one may edit a message; absent: no end
    )
    delete_window: int | UnsetType = UNSET  # the same for deleting one's own message
    waiting_requests: int | UnsetType = UNSET  # people who ask to come in: for a room's owner and moderators
    ignore_everyone: bool | UnsetType = (
        UNSET  # `@everyone` and `@here` are no mentions to them; absent if they are
    )
    peer: Person | UnsetType = UNSET  # the other one of a private chat


class SavedDraft(Struct, kw_only=True):
    """What a person has typed in a chat and not sent."""

    content: str
    reply_to: int | None = None
    attachments: list[Attachment] = []
    updated_at: datetime


class ChatDraft(Struct, kw_only=True):
    """A person's draft in a chat, and which revision this is. `draft` is null if there is none (any more)."""

    chat: str
    draft: SavedDraft | None
    revision: int


class Scheduled(Struct, kw_only=True):
    """A message that its author wants sent at a time."""

    id: int
    chat: str
    content: str
    reply_to: int | None = None
    attachments: list[Attachment] = []
    send_at: datetime
    state: str  # waiting, sent, failed, deleted
    failure: str = ""  # why it was not sent
    message_id: int | None = None  # the message, once it was sent
    late: bool = False  # sent more than a minute after `send_at`
    created_at: datetime


class Reminder(Struct, kw_only=True):
    """A message that a person wants to be reminded of. `gone`: they can no longer read it."""

    id: int
    message_id: int
    chat: str
    remind_at: datetime
    state: str  # waiting, due, deleted
    told_at: datetime | None = None
    created_at: datetime
    message: Message | None = None
    gone: bool = False


# ---------------------------------------------------------------- client to server


class In(Struct, tag_field="type", kw_only=True):
    chat: ChatKey | None = None  # named on `/ws`; a one-chat socket is its chat


class SendMessage(In, tag="message"):
    """Post a message. Retry with the same `client_id` if no `ack` came: it is stored once."""

    content: str
    client_id: ClientId | None = None
    reply_to: Id | None = None
    attachments: Annotated[list[Id], Meta(max_length=MOST_ATTACHMENTS)] = []


class Typing(In, tag="typing"):
    """The user is typing; repeat every few seconds while they type."""


class StopTyping(In, tag="stop_typing"):
    """The user stopped typing."""


class Read(In, tag="read"):
    """Everything up to `seq` has been read."""

    seq: Position


class Sync(In, tag="sync"):
    """Resume: answer with what changed after `version`. On `/ws`, `versions` resumes many chats at once.
    Versions of another `epoch` than the server's are answered with `reset`."""

    epoch: Epoch | None = None
    version: Position | None = None
    versions: Annotated[dict[ChatKey, Position], Meta(max_length=1000)] | None = None


class Ping(In, tag="ping"):
    """Answered by `pong`."""


class Auth(In, tag="auth"):
    """A fresh access token of the same user, before the old one expires."""

    token: Annotated[str, Meta(max_length=4096)]


class JoinRoom(In, tag="join_room"):
    """On `/ws`: follow a chat's live events."""


class LeaveRoom(In, tag="leave_room"):
    """On `/ws`: stop following a chat's live events (the membership stays)."""


Incoming = SendMessage | Typing | StopTyping | Read | Sync | Ping | Auth | JoinRoom | LeaveRoom


# ---------------------------------------------------------------- server to client


class Out(Struct, tag_field="type", kw_only=True, omit_defaults=True):
    """A frame for sockets. `encode` gives its bytes."""


class ConnectionEstablished(Out, tag="connection_established"):
    """The first frame: who you are, and your chats with the `version` each is live from."""

    user: Person
    session: str
    chats: list[ChatSummary]
    expires_at: datetime  # of the access token: send `auth` before
    epoch: str  # positions of another one mean nothing


class MessageHistory(Out, tag="message_history", omit_defaults=False):
    """On a one-chat socket, right after the first frame: the newest 50, oldest first."""

    chat: str
    messages: list[Message]
    last_seq: int
    version: int
    has_more: bool
    epoch: str


class NewMessage(Message, tag="message", tag_field="type", gc=False):
    """A new message: to every socket of the chat, including the sender's, in `seq` order."""


class MessageUpdated(Message, tag="message_updated", tag_field="type"):
    """A message changed; this is its current state."""


class MessageDeleted(Message, tag="message_deleted", tag_field="type"):
    """A message was deleted; its place stays."""


class Ack(Out, tag="ack", omit_defaults=False):
    """Your message is stored: sent after the commit, to the sending socket."""

    chat: str
    client_id: str | None
    id: int
    seq: int
    version: int
    timestamp: datetime


class UserJoined(Out, tag="user_joined"):
    """A person's first socket connected to the chat, or (`member: true`) they became a member."""

    chat: str
    user_id: int
    username: str
    member: bool = False
    display_name: str | UnsetType = UNSET


class UserLeft(Out, tag="user_left"):
    """A person is no longer a member of the chat."""

    chat: str
    user_id: int
    username: str
    display_name: str | UnsetType = UNSET


class UserDisconnected(Out, tag="user_disconnected"):
    """A person's last socket disconnected from the chat."""

    chat: str
    user_id: int
    username: str
    display_name: str | UnsetType = UNSET


class UserTyping(Out, tag="user_typing", omit_defaults=False):
    chat: str
    user_id: int
    username: str
    typing: bool
    display_name: str = ""


class UserStatus(Out, tag="user_status", omit_defaults=False):
    """A person you share a chat with came online or went offline."""

    user_id: int
    username: str
    is_online: bool
    last_seen: datetime | None
    display_name: str = ""
    online_count: int | UnsetType = UNSET  # of general, if the person is in it


class UserUpdated(Out, tag="user_updated", omit_defaults=False):
    """You or a person you share a chat with changed names or picture (or status, which `status_changed` tells)."""

    user_id: int
    username: str
    display_name: str
    avatar: str | None = None


class StatusChanged(Out, tag="status_changed", omit_defaults=False):
    """You or a person you share a chat with have another custom status; null: none, or no longer."""

    user_id: int
    status: CustomStatus | None


class ReadMark(Out, tag="read", omit_defaults=False):
    """A person has read up to `seq`. Only to their own sockets: `unread_count` and `mention_count`, and of which
    `version` and `last_seq` of the chat these are; also when a change of a message gives or takes a mention."""

    chat: str
    user_id: int
    seq: int
    unread_count: int | UnsetType = UNSET
    mention_count: int | UnsetType = UNSET
    version: int | UnsetType = UNSET
    last_seq: int | UnsetType = UNSET


class RoomJoined(Out, tag="room_joined"):
    """You follow this chat now: after `join_room`, or because you became a member."""

    chat: str
    summary: ChatSummary | UnsetType = UNSET


class RoomLeft(Out, tag="room_left"):
    """You no longer follow this chat: after `leave_room`, or because you left it."""

    chat: str


class JoinRequested(Out, tag="join_request", omit_defaults=False):
    """To a room's owner and moderators: a person asks to join. At most once per person and hour; in between only
    `chat_updated` gives the number of waiting requests."""

    chat: str
    room_id: int
    request_id: int
    user: Person
    waiting_requests: int = 0  # in the room now


class JoinApproved(Out, tag="join_approved"):
    """To the person who asked to join."""

    chat: str
    room_id: int
    room_name: str


class JoinDenied(Out, tag="join_denied"):
    """To the person who asked to join."""

    room_id: int
    room_name: str


class JoinDecided(Out, tag="join_decided", omit_defaults=False):
    """To a room's owner and moderators: a request is no longer waiting."""

    chat: str
    room_id: int
    user_id: int
    status: str  # approved, denied, withdrawn
    waiting_requests: int = 0  # in the room now


class StarChanged(Out, tag="star_changed", omit_defaults=False):
    """To your own sockets: you saved a message, or removed it from the saved ones, on one of your devices."""

    chat: str
    message_id: int
    starred: bool


class ReactionChanged(Out, tag="reaction_changed", omit_defaults=False):
    """To your own sockets: you reacted to a message, or took it back, where the message doesn't name you, as more than
    50 people chose this emoji."""

    chat: str
    message_id: int
    emoji: str
    reacted: bool


class Removed(Out, tag="removed", omit_defaults=False):
    """You were removed from a chat: you get no further events of it."""

    chat: str
    reason: str


class Notification(Out, tag="notification"):
    """A notification for one person, outside a chat's events."""

    kind: str
    detail: str
    chat: str | UnsetType = UNSET
    message_id: int | UnsetType = UNSET  # of kind `mention`: an edited message, which mentions you only now


class FollowChanged(Out, tag="follow_changed", omit_defaults=False):
    """You follow a chain of replies now, or no longer, by your own choice on one of your devices."""

    chat: str
    root_id: int
    following: bool


class ChatUpdated(Out, tag="chat_updated"):
    """A chat's title, picture, visibility, archive state or number of people online changed; `muted` and `role` are
    sent only to the person concerned, `waiting_requests` to a room's owner and moderators. Fields hold the current
    values."""

    chat: str
    title: str | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET  # of a room; null: none, or no longer
    is_public: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    edit_window: int | UnsetType = UNSET  # seconds; 0: no end
    delete_window: int | UnsetType = UNSET
    online_count: int | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    role: str | UnsetType = UNSET
    waiting_requests: int | UnsetType = UNSET


class DraftChanged(ChatDraft, tag="draft_changed", tag_field="type"):
    """To all of a person's sockets: they changed what they have typed in a chat, on whichever device."""


class ScheduledChanged(Scheduled, tag="scheduled_changed", tag_field="type"):
    """To its author's sockets: a scheduled message was made, changed, sent or deleted (`state`)."""


class ScheduledFailed(Scheduled, tag="scheduled_failed", tag_field="type"):
    """To its author's sockets: a scheduled message was not sent; `failure` says why. Its text is kept."""


class ReminderDue(Reminder, tag="reminder", tag_field="type"):
    """To all sockets of the person: the time has come. It stays in `GET /reminders` until it is deleted."""


class ReminderChanged(Reminder, tag="reminder_changed", tag_field="type"):
    """To all sockets of the person: a reminder was made or deleted (`state`)."""


class NotifyChanged(Out, tag="notify_changed", omit_defaults=False):
    """To a person's own sockets: they changed what of a chat they are notified of."""

    chat: str
    ignore_everyone: bool


class GroupMuted(Out, tag="group_muted", omit_defaults=False):
    """To a person's own sockets: `@name` of a group mentions them no longer, or again."""

    group_id: int
    muted: bool


class Synced(Out, tag="synced", omit_defaults=False):
    """Answer to `sync`: messages changed since, as they now are, by `version`, and the version this leads to.
    With `has_more`, sync again from that version; live events follow only after the last page.
    With `reset` the version was of another `epoch`, or is none of this one's yet: these are the newest 50 messages, by
    `seq`, and nothing that is known of the chat holds."""

    chat: str
    messages: list[Message]
    version: int
    last_seq: int
    has_more: bool
    epoch: str
    reset: bool = False


class Lagged(Out, tag="lagged", omit_defaults=False):
    """You were too slow: events of these chats were dropped. `sync` each from the version you have."""

    chats: list[str]


class Error(Out, tag="error"):
    """A frame was refused; the connection stays open."""

    code: str
    detail: str
    fields: dict[str, list[str]] | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    retry_after: int | UnsetType = UNSET  # seconds
    chat: str | UnsetType = UNSET


class Pong(Out, tag="pong"):
    pass


OUTGOING: tuple[type[Struct], ...] = (
    ConnectionEstablished,
    MessageHistory,
    NewMessage,
    MessageUpdated,
    MessageDeleted,
    Ack,
    UserJoined,
    UserLeft,
    UserDisconnected,
    UserTyping,
    UserStatus,
    UserUpdated,
    StatusChanged,
    ReadMark,
    RoomJoined,
    RoomLeft,
    JoinRequested,
    JoinApproved,
    JoinDenied,
    JoinDecided,
    StarChanged,
    ReactionChanged,
    Removed,
    Notification,
    FollowChanged,
    ChatUpdated,
    DraftChanged,
    ScheduledChanged,
    ScheduledFailed,
    ReminderDue,
    ReminderChanged,
    NotifyChanged,
    GroupMuted,
    Synced,
    Lagged,
    Error,
    Pong,
)

encode = msgspec.json.Encoder().encode


CLOSE_CODES: dict[int, int] = {
    401: Close.UNAUTHENTICATED,
    403: Close.FORBIDDEN,
    404: Close.NO_SUCH_CHAT,
    413: Close.TOO_LARGE,
    429: Close.FLOODING,
    503: Close.TRY_LATER,
}


def as_new(message: Message) -> NewMessage:
    return NewMessage(**_fields_of(message))


def as_change(message: Message) -> MessageUpdated | MessageDeleted:
    frame = MessageUpdated if message.deleted_at is None else MessageDeleted
    return frame(**_fields_of(message))


def plain(frame: NewMessage) -> Message:
    """The message of a frame, as HTTP shows it."""
    return Message(**_fields_of(frame))


def _fields_of(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in Message.__struct_fields__}
