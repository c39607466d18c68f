"""The shapes of a message: the sender's draft, the database row, and the conversion to the wire format.

A new field of messages is named in `chat.models`, here, in `chat.log.statements` and in `chat.protocol`; nowhere else.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from msgspec import UNSET, Struct
from msgspec.json import Decoder

from chat.models import Chat, Message, chat_key
from chat.protocol import Attachment, Reaction
from chat.protocol import Message as WireMessage
from files.avatars import address
from lib import errors

PRIVATE, ROOM = Chat.Kind.PRIVATE.value, Chat.Kind.ROOM.value  # looking an enum up for each row takes time
reactions_of = Decoder(list[Reaction]).decode
attachments_of = Decoder(list[Attachment]).decode
Wire = TypeVar("Wire", bound=WireMessage)


class Draft(Struct):
    """A message to store: checked by `chat.messages`, allowed by `chat.policy`. A struct, as `MessageRow`."""

    chat_id: int
    user_id: int
    username: str
    content: str
    client_id: str | None = None
    reply_to: int | None = None
    created_at: datetime | None = None  # None: now; never before the chat's newest message
    display_name: str = ""
    avatar_id: str | None = None
    uploads: Sequence[int] = ()
    attachments: str | None = None  # set by `store`: what readers get of the uploads
    thread_root: int | None = None  # set by `store`: the first message of the chain that `reply_to` is in
    refusal: errors.Refused | None = None  # why it may not be stored now, though it may have been before

    def row(self, now: datetime) -> "MessageRow":
        return MessageRow(
            chat_id=self.chat_id,
            sender_id=self.user_id,
            sender__username=self.username,
            sender__display_name=self.display_name,
            sender__avatar_id=self.avatar_id,
            content=self.content,
            client_id=self.client_id,
            reply_to_id=self.reply_to,
            thread_root_id=self.thread_root,
            created_at=self.created_at or now,
            attachments=self.attachments,
        )


class MessageRow(Struct, gc=False, omit_defaults=True):
    """A message with the columns of its chat and sender that readers need; fields are named like Django lookups.

    `history` selects these fields in this order; `store` makes rows of drafts, and `statements.add` completes them.
    A struct, as creating a NamedTuple takes three times as long.
    """

    chat_id: int
    sender_id: int
    sender__username: str
    content: str
    created_at: datetime
    client_id: str | None = None
    reply_to_id: int | None = None
    mentions: list[int] = []
    mention_all: str | None = None
    thread_root_id: int | None = None
    sender__display_name: str = ""
    sender__avatar_id: str | None = None
    reply_count: int | None = None
    last_reply_at: datetime | None = None
    reactions: str | None = None
    attachments: str | None = None
    pinned_at: datetime | None = None
    pinned_by_id: int | None = None
    deleted_by_id: int | None = None
    delete_reason: str | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    id: int = 0
    seq: int = 0
    version: int = 0
    chat__kind: str = ""
    chat__user_low_id: int | None = None
    chat__user_high_id: int | None = None
    chat__last_seq: int = 0
    chat__version: int = 0


FIELDS = MessageRow.__struct_fields__
_values_of = attrgetter(*(field.replace("__", ".") for field in FIELDS))


def row_of(message: Message) -> MessageRow:
    """The row of a message whose chat and sender are loaded, without a query."""
    return MessageRow(*_values_of(message))


def message_of(row: MessageRow, wire: type[Wire]) -> Wire:
    """The row as `wire`, a message type of `chat.protocol`."""
    kind = row.chat__kind
    message = wire(
        id=row.id,
        chat=chat_key(kind, row.chat_id),
        chat_type=kind,
        seq=row.seq,
        version=row.version,
        user_id=row.sender_id,
        username=row.sender__username,
        display_name=row.sender__display_name,
        content=row.content,
        timestamp=row.created_at,
        client_id=row.client_id,
        reply_to=row.reply_to_id,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        mentions=row.mentions,
    )
    if kind == PRIVATE:
        low, high = row.chat__user_low_id, row.chat__user_high_id
        assert low and high
        message.sender_id = row.sender_id
        message.receiver_id = low if row.sender_id == high else high
    elif kind == ROOM:
        message.room_id = row.chat_id
    if row.sender__avatar_id is not None:
        message.avatar = address(row.sender__avatar_id) or UNSET
    if row.thread_root_id is not None:
        message.thread_root_id = row.thread_root_id
    if row.reply_count:
        message.reply_count = row.reply_count
        message.last_reply_at = row.last_reply_at or UNSET
    if row.reactions is not None:
        message.reactions = reactions_of(row.reactions)
    if row.attachments is not None:
        message.attachments = attachments_of(row.attachments)
    if row.pinned_at is not None:
        message.pinned_at = row.pinned_at
        message.pinned_by = row.pinned_by_id or UNSET
    if row.mention_all is not None:
        message.mention_all = row.mention_all
    if row.deleted_by_id is not None:
        message.deleted_by = row.deleted_by_id
        message.delete_reason = row.delete_reason or UNSET
    return message
