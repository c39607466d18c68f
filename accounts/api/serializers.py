"""Input and output of the account endpoints. Every text has a maximum length, and none may contain NUL."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts import profile, users
from accounts.models import USERNAME_LENGTH, Session, User, username_validator
from accounts.person import Person
from lib import text
from lib.schemas import answer

PASSWORD_LENGTH = 128


class TextField(serializers.CharField):
    """A string. Unlike DRF's field it refuses numbers, as the sockets do."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class UsernameField(TextField):
    """A new name: normalised, then checked."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=USERNAME_LENGTH,
            validators=[username_validator],
            help_text=f"2 to {USERNAME_LENGTH} characters: letters, digits and `. _ + -`. Unique, ignoring case and "
            "spelling variants; reserved names and names that look like someone else's are refused.",
            **options,
        )

    def to_internal_value(self, data: Any) -> str:
        return users.normalize_username(super().to_internal_value(data))


class DisplayNameField(TextField):
    """A display name: on one line, nothing invisible in it; "" for none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=80,
            allow_blank=True,
            trim_whitespace=False,
            validators=[users.check_name],
            help_text="Must not be someone else's username. May be empty.",
            **options,
        )

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        return text.one_line(name) or name  # blanks alone are kept, for `check_name` to refuse


class PasswordField(TextField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=PASSWORD_LENGTH,
            trim_whitespace=False,
            write_only=True,
            style={"input_type": "password"},
            **options,
        )


def optional(help_text: str, max_length: int) -> TextField:
    """A text that may be left out, and removed with "" or null."""
    return TextField(
        required=False, allow_blank=True, allow_null=True, max_length=max_length, help_text=help_text
    )


class ProfileSerializer(serializers.Serializer[User]):
    """What a person may change about themselves. A new e-mail address needs the password, and counts once verified."""

    username = UsernameField(required=False)
    display_name = DisplayNameField(required=False)
    title = optional("A role or a line about oneself, on one line.", profile.LIMITS["title"])
    bio = optional("May have several lines.", profile.LIMITS["bio"])
    time_zone = optional("An IANA name, such as `Europe/Berlin`.", 64)
    status_emoji = optional("One emoji.", 64)
    status_text = optional("On one line.", profile.LIMITS["status_text"])
    status_until = serializers.DateTimeField(
        required=False, allow_null=True, help_text="When the status ends; null: when it is changed."
    )
    email = serializers.EmailField(max_length=254, required=False)
    password = PasswordField(required=False, help_text="Required to change the e-mail address.")
    share_reads = serializers.BooleanField(
        required=False,
        help_text="Read receipts: whether this person and others see how far each other has read.",
    )


class SignupSerializer(serializers.Serializer[User]):
    username = UsernameField()
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    password_confirm = PasswordField(required=False, help_text="If given, it must equal `password`.")

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        confirmed = attrs.get("password_confirm", attrs["password"])
        if text.password(confirmed) != text.password(attrs["password"]):
            raise serializers.ValidationError({"password_confirm": ["The two passwords differ."]})
        return attrs


class SignedUpSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
    user = answer(Person)()


@extend_schema_serializer(component_name="Sentence")
class MessageSerializer(serializers.Serializer[Any]):
    """A sentence saying what was done."""

    message = serializers.CharField()


class LoginSerializer(serializers.Serializer[Any]):
    username = TextField(max_length=254, help_text="The username or the e-mail address.")
    password = PasswordField()


class GuestSerializer(serializers.Serializer[Any]):
    username = UsernameField()


class RefreshSerializer(serializers.Serializer[Any]):
    refresh_token = TextField(
        max_length=2048, required=False, help_text="The web client omits it and sends its cookie."
    )


class TokenSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField(help_text="For `Authorization: Bearer …` and for sockets.")
    token_type = serializers.CharField(help_text="Always `bearer`.")
    expires_in = serializers.IntegerField(help_text="Lifetime of the access token, in seconds.")
    refresh_token = serializers.CharField(help_text="For the next pair of tokens; can be used once.")


class SessionSerializer(serializers.Serializer[Session]):
    """A signed-in device."""

    id = serializers.UUIDField(read_only=True)
    user_agent = serializers.CharField(read_only=True)
    address = serializers.CharField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    last_used_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
    current = serializers.SerializerMethodField(help_text="Whether this request came from it.")

    def get_current(self, session: Session) -> bool:
        return bool(self.context["request"].auth == session)


class PasswordChangeSerializer(serializers.Serializer[Any]):
    current_password = PasswordField()
    new_password = PasswordField()


class EmailSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)


class ResetSerializer(serializers.Serializer[Any]):
    uid = TextField(max_length=64, help_text="From the link in the mail.")
    token = TextField(max_length=128, help_text="From the link in the mail.")
    new_password = PasswordField()


class ProofSerializer(serializers.Serializer[Any]):
    token = TextField(max_length=1024, help_text="From the link in the mail.")


class DeleteSerializer(serializers.Serializer[Any]):
    password = PasswordField(required=False, help_text="Required, except for guests, who have none.")
