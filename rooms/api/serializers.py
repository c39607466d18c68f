"""What comes in and goes out over HTTP. Limits stand here for the documents and forms; the verbs check them too."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty, iter_options

from accounts.api.serializers import TextField, TokenSerializer, UsernameField
from accounts.online import person
from accounts.person import Person
from chat import rules
from chat.models import Membership
from chat.policy import EVERYONE_BY_ALL, MENTION_EVERYONE, PIN_BY
from files.avatars import address
from lib.rest import MAX_ID
from lib.schemas import answer
from rooms import invites
from rooms.models import Ban, JoinRequest, Room, Status
from rooms.services import DESCRIPTION_LENGTH, NAME_LENGTH, REASON_LENGTH


class FlagField(serializers.BooleanField):
    """A boolean that a form may leave out: DRF would read that as false, and open a room that was meant to be
    closed. In the browsable API it is a choice of two, as a checkbox can't say no."""

    default_empty_html = empty

    def __init__(self, **options: Any) -> None:
        super().__init__(style={"base_template": "select.html"}, **options)

    def iter_options(self) -> Iterator[Any]:
        return iter_options({"False": "no", "True": "yes"})


class RoomInputSerializer(serializers.Serializer[Room]):
    name = TextField(max_length=NAME_LENGTH)
    description = TextField(
        max_length=DESCRIPTION_LENGTH,
        allow_blank=True,
        required=False,
        style={"base_template": "textarea.html"},
    )
    is_public = FlagField(required=False, help_text="Anyone can find and join the room. Default: false.")
    requires_approval = FlagField(
        required=False,
        initial=True,
        help_text="New members need approval by an owner or a moderator. Default: true.",
    )


def window_field(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0, max_value=settings.WINDOW_LONGEST, allow_null=True, required=False, help_text=help_text
    )


class RoomChangeSerializer(RoomInputSerializer):
    """What can be changed of a room, besides what it is made with."""

    pin_by = serializers.ChoiceField(
        choices=PIN_BY,
        required=False,
        help_text="Who may pin messages: owners and moderators (the default), or all members.",
    )
    edit_window = window_field(
        "Seconds after sending in which people may edit a message. 0: no limit. Null: as on the whole server."
    )
    delete_window = window_field(
        "Seconds after sending in which people may delete their message. 0: no limit. Null: as on the whole server."
    )
    mention_everyone = serializers.ChoiceField(
        choices=MENTION_EVERYONE,
        allow_null=True,
        required=False,
        help_text="Who may mention all members with `@everyone` and `@here`. null, the default: all in a room of up to "
        f"{EVERYONE_BY_ALL} people, owners and moderators in a larger one.",
    )


class RoomSerializer(serializers.Serializer[Room]):
    """A room and the caller's relation to it. Comes from `RoomQuerySet.seen_by`."""

    room_id = serializers.IntegerField(source="pk")
    key = serializers.CharField(source="chat.key", help_text="The chat's name on the sockets: `room:<id>`.")
    name = serializers.CharField()
    avatar = serializers.SerializerMethodField(help_text="The address of its picture, if it has one.")
    description = serializers.CharField()
    is_public = serializers.BooleanField(source="chat.is_public")
    requires_approval = serializers.BooleanField()
    pin_by = serializers.SerializerMethodField(help_text="Who may pin messages: `moderators` or `all`.")
    edit_window = serializers.IntegerField(
        source="chat.edit_window", allow_null=True, help_text="Seconds; 0: no limit; null: as on the server."
    )
    delete_window = serializers.IntegerField(
        source="chat.delete_window",
        allow_null=True,
        help_text="Seconds; 0: no limit; null: as on the server.",
    )
    mention_everyone = serializers.CharField(
        source="chat.mention_everyone", allow_null=True, help_text="As set; null: by the room's size."
    )
    creator_id = serializers.IntegerField()
    member_count = serializers.IntegerField()
    role = serializers.ChoiceField(
        choices=Membership.Role.choices,
        allow_null=True,
        help_text="The caller's role; null if not a member.",
    )
    status = serializers.ChoiceField(choices=Status.choices, help_text="The caller's relation to the room.")
    created_at = serializers.DateTimeField(source="chat.created_at")
    archived = serializers.SerializerMethodField()

    def get_avatar(self, room: Room) -> str | None:
        return address(room.chat.avatar_id)

    @extend_schema_field(serializers.ChoiceField(choices=PIN_BY))
    def get_pin_by(self, room: Room) -> str:
        return str(rules.of(room.chat)["pin_by"])

    def get_archived(self, room: Room) -> bool:
        return room.chat.archived_at is not None


class NewRoomSerializer(RoomSerializer):
    invite_link = serializers.URLField(help_text="Shown once: the server keeps only a hash of its token.")


class InviteLinkSerializer(serializers.Serializer[Any]):
    invite_link = TextField(
        max_length=invites.LINK_LENGTH,
        allow_blank=True,
        required=False,
        help_text="The whole link or only its token. Not needed for a public room.",
    )


class RoomGuestSerializer(serializers.Serializer[Any]):
    invite_link = TextField(max_length=invites.LINK_LENGTH, help_text="The whole link or only its token.")
    username = UsernameField()


class JoinedSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["joined", "pending_approval"])


class RoomGuestTokensSerializer(TokenSerializer):
    """Tokens of a guest of one room; they work like any others."""

    status = serializers.ChoiceField(choices=["joined", "pending_approval"])
    room_id = serializers.IntegerField()
    user = answer(Person)()


class TermsSerializer(serializers.Serializer[Any]):
    expires_in = serializers.IntegerField(
        min_value=1,
        max_value=invites.MAX_SECONDS,
        allow_null=True,
        required=False,
        help_text="Seconds. Omitted: as long as the server allows. Null: never expires, if the server allows it.",
    )
    max_uses = serializers.IntegerField(
        min_value=1,
        max_value=invites.MAX_USES,
        allow_null=True,
        required=False,
        help_text="How many people can use it. Null or omitted: no limit.",
    )
    for_guests = FlagField(
        required=False,
        help_text="People without an account can join as guests of this room. Default: false.",
    )


class LinkSerializer(serializers.Serializer[Any]):
    invite_link = serializers.URLField(help_text="Shown once: the server keeps only a hash of its token.")
    expires_at = serializers.DateTimeField(allow_null=True)
    max_uses = serializers.IntegerField(allow_null=True)
    for_guests = serializers.BooleanField()


class InviteSerializer(serializers.Serializer[invites.Card]):
    """What an invite link shows to the person opening it."""

    room_id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    creator = serializers.CharField(help_text="Name of the room's creator.")
    invited_by = serializers.CharField(help_text="Name of the person who created the link.")
    member_count = serializers.IntegerField()
    requires_approval = serializers.BooleanField(help_text="New members need approval.")
    for_guests = serializers.BooleanField(help_text="Guests can join with only a name, without an account.")
    expires_at = serializers.DateTimeField(allow_null=True)
    archived = serializers.BooleanField()
    status = serializers.ChoiceField(choices=Status.choices, help_text="The caller's relation to the room.")


class EmptySerializer(serializers.Serializer[Any]):
    """No input."""


class UserIdSerializer(serializers.Serializer[Any]):
    user_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)


class DecisionSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["approved", "denied", "withdrawn"])


class JoinRequestSerializer(serializers.Serializer[JoinRequest]):
    request_id = serializers.IntegerField(source="pk")
    user = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(answer(Person))
    def get_user(self, request: JoinRequest) -> Person:
        return person(request.user, getattr(request, "is_online", False))


class MemberSerializer(serializers.Serializer[Membership]):
    user = serializers.SerializerMethodField()
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    joined_at = serializers.DateTimeField()

    @extend_schema_field(answer(Person))
    def get_user(self, membership: Membership) -> Person:
        return person(membership.user, getattr(membership, "is_online", False))


class RoleSerializer(serializers.Serializer[Membership]):
    role = serializers.ChoiceField(choices=Membership.Role.choices)


class RemovalSerializer(serializers.Serializer[Any]):
    reason = TextField(
        max_length=REASON_LENGTH, allow_blank=True, required=False, help_text="Shown to the person."
    )
    ban = FlagField(required=False, help_text="Also ban them from rejoining.")


class BanSerializer(serializers.Serializer[Ban]):
    user = serializers.SerializerMethodField()
    reason = serializers.CharField()
    banned_by = serializers.SerializerMethodField(help_text="The moderator's name.")
    created_at = serializers.DateTimeField()

    @extend_schema_field(answer(Person))
    def get_user(self, ban: Ban) -> Person:
        return person(ban.user, getattr(ban, "is_online", False))

    def get_banned_by(self, ban: Ban) -> str:
        return ban.banned_by.name if ban.banned_by else ""
