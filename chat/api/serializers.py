"""What comes in over HTTP, and the few answers that are not frames or pages of history.

Limits stand here for the documents and forms; the verbs check them too, for sockets and the admin.
"""

from datetime import datetime
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType
from rest_framework import serializers

from accounts.api.serializers import TextField
from accounts.models import USERNAME_LENGTH
from accounts.person import Person
from chat.groups import MOST_MEMBERS
from chat.models import CLIENT_ID_LENGTH, CONTENT_LENGTH, REASON_LENGTH
from chat.protocol import MOST_ATTACHMENTS, Reaction
from lib import text
from lib.rest import MAX_ID

MAX_REVISION = 2**31 - 2


class ContentField(TextField):
    """What a message says, trimmed as `messages.check_content` does it: a first line keeps its indentation."""

    def to_internal_value(self, data: Any) -> str:
        return text.trim(super().to_internal_value(data))


class EditSerializer(serializers.Serializer[Any]):
    content = ContentField(
        max_length=CONTENT_LENGTH,
        allow_blank=True,
        trim_whitespace=False,
        style={"base_template": "textarea.html"},
        help_text="As of a new message; only one that has files may be left without.",
    )


class DeletionSerializer(serializers.Serializer[Any]):
    reason = TextField(
        max_length=REASON_LENGTH,
        allow_blank=True,
        required=False,
        help_text="Why somebody else's message is deleted: shown in its place. Of one's own it is not kept.",
    )


def reply_field() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1,
        max_value=MAX_ID,
        allow_null=True,
        required=False,
        help_text="The id of a message of the same chat.",
    )


def attachments_field(help_text: str = "Ids of uploads.") -> serializers.ListField:
    return serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID),
        max_length=MOST_ATTACHMENTS,
        required=False,
        help_text=help_text,
    )


def client_id_field() -> TextField:
    return TextField(
        max_length=CLIENT_ID_LENGTH,
        trim_whitespace=False,
        allow_null=True,
        required=False,
        help_text="Chosen by the sender, such as a UUID. A repeat stores nothing and returns the first message.",
    )


class MaybeBlankSerializer(serializers.Serializer[Any]):
    content = ContentField(
        max_length=CONTENT_LENGTH,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        style={"base_template": "textarea.html"},
        help_text=f"Up to {CONTENT_LENGTH:,} characters, some of them visible unless there are attachments. "
        "Any Unicode except NUL. Blank lines before and blanks after are cut, a first line's indentation is not.",
    )


class PostSerializer(MaybeBlankSerializer):
    client_id = client_id_field()
    reply_to = reply_field()
    attachments = attachments_field()


class DraftSerializer(serializers.Serializer[Any]):
    content = TextField(
        max_length=CONTENT_LENGTH,
        allow_blank=True,
        trim_whitespace=False,
        default="",
        style={"base_template": "textarea.html"},
        help_text=f"Up to {CONTENT_LENGTH:,} characters, kept as they were typed; blank for no draft.",
    )
    reply_to = reply_field()
    attachments = attachments_field("Ids of uploads. Without it, the draft keeps those that it has.")
    base = serializers.IntegerField(
        min_value=0,
        max_value=MAX_REVISION,
        default=0,
        help_text="The revision that this was made from; 0 if there was none.",
    )


class ScheduleSerializer(MaybeBlankSerializer):
    chat = TextField(max_length=32, help_text="`general`, `private:<id>` or `room:<id>`.")
    client_id = client_id_field()
    send_at = serializers.DateTimeField(help_text="In the future, within a year.")
    reply_to = reply_field()
    attachments = attachments_field()


class RescheduleSerializer(MaybeBlankSerializer):
    send_at = serializers.DateTimeField(help_text="In the future, within a year.")
    reply_to = reply_field()
    attachments = attachments_field()


class RemindSerializer(serializers.Serializer[Any]):
    message_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    remind_at = serializers.DateTimeField(help_text="In the future, within a year.")


class ReadSerializer(serializers.Serializer[Any]):
    seq = serializers.IntegerField(
        min_value=0, max_value=MAX_ID, help_text="Everything up to this message has been read."
    )
    back = serializers.BooleanField(
        default=False, help_text="Allow moving the position back, to mark messages after `seq` as unread."
    )


class MuteSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField(
        allow_null=True, help_text="No notifications of this chat until then; null to unmute."
    )


class NotifySerializer(serializers.Serializer[Any]):
    ignore_everyone = serializers.BooleanField(
        required=False,
        help_text="Messages to `@everyone` and `@here` do not count as mentions of the caller.",
    )


class GroupSerializer(serializers.Serializer[Any]):
    name = TextField(max_length=USERNAME_LENGTH, help_text="2 to 50 characters, as in a username.")
    members = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID),
        max_length=MOST_MEMBERS,
        help_text="Ids of people.",
    )


class ReceiverSerializer(serializers.Serializer[Any]):
    receiver_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)


class ReadPosition(Struct, kw_only=True):
    """How far the caller has read, and what is left: of the chat at this `version`, when it ended at `last_seq`."""

    chat: str
    seq: int
    unread_count: int
    mention_count: int
    version: int
    last_seq: int


class Position(Struct):
    """How far a person has read."""

    user_id: int
    seq: int


class Positions(Struct, kw_only=True):
    """How far the others in a chat have read, if they share it; empty in chats of more than 50 people."""

    chat: str
    reads: list[Position]


class Muting(Struct, kw_only=True):
    """Until when the caller hears nothing of a chat."""

    chat: str
    muted: bool
    until: datetime | None


class Notifying(Struct, kw_only=True):
    """What of a chat the caller is notified of."""

    chat: str
    ignore_everyone: bool


class Everyone(Struct, kw_only=True):
    """Whom `@everyone` and `@here` mention in a chat: all its `members`, of whom so many are `online`; and who may
    write so."""

    chat: str
    rule: Literal["nobody", "moderators", "all"]
    allowed: bool  # for the caller
    members: int
    online: int


class GroupOfPeople(Struct, kw_only=True):
    """People who are mentioned together with `@name`: the ids of its members. `muted`: the caller is not, by their own
    choice."""

    id: int
    name: str
    members: list[int]
    muted: bool | UnsetType = UNSET


class PrivateChat(Struct, kw_only=True):
    """The private chat of two people: made just now, or there before."""

    chat_id: int
    status: Literal["created", "existing"]


class Edit(Struct, kw_only=True):
    """What a message said before an edit, and until when."""

    content: str
    replaced_at: datetime


class Reactions(Struct):
    """All reactions to a message, in the order of first use."""

    reactions: list[Reaction]


class OpenSocket(Struct, kw_only=True):
    """An open socket. `chat` is null for `/ws`, which follows all chats of its user."""

    id: str
    user: Person
    chat: str | None
    address: str | None
    since: datetime
    process: str
