"""People, and the devices they are signed in on."""

import unicodedata
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from files.models import Avatar
from lib import text

USERNAME_LENGTH = 50
DERIVED = (  # of a person's names
    "username_key",
    "username_shape",
    "username_look",
    "display_shape",
    "display_look",
    "search_text",
)
SEARCH_TEXT_LENGTH = 500  # characters; an index of PostgreSQL takes 2,700 bytes


def username_validator(value: str) -> None:
    if not text.is_username(value, USERNAME_LENGTH):
        raise ValidationError(
            f"A username has 2 to {USERNAME_LENGTH} characters: letters, digits and . _ + -", code="invalid"
        )


class Derived(models.CharField):
    """A column that is computed from the row's other fields whenever it is saved."""

    def __init__(self, of: Callable[[Any], str] | None = None, **options: Any) -> None:
        self.of = of
        super().__init__(**{"default": "", "editable": False, **options})

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        assert self.of is not None
        value = self.of(model_instance)[: self.max_length]
        setattr(model_instance, self.attname, value)
        return value


#: Hooks of the apps above for every new person, called inside the transaction (`chat` adds them to general).
arriving: list[Callable[["User"], None]] = []
#: Hooks for every username that is about to be saved, called inside the transaction, which raise `IntegrityError` to
#: refuse it (`chat` reserves the names of groups).
naming: list[Callable[["User"], None]] = []


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_key=text.key(username or ""))

    def create_user(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        user = self.model(
            username=self.model.normalize_username(username),
            email=text.email(email) if email else None,
            **fields,
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        return self.create_user(
            username, email, password, **{**fields, "is_staff": True, "is_superuser": True}
        )


def username_key(user: "User") -> str:
    """The username's key. A row whose name had the same key in an older version keeps its `own_key`."""
    key = text.key(user.username)
    return own if user.username_key == (own := own_key(user.username)) else key


def own_key(username: str) -> str:
    """The key of a row whose name's usual key another row has. No username contains a `#`."""
    return f"{text.key(username)}#{unicodedata.normalize('NFKC', username)}"


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Deleting an account empties this row and keeps it, so that their messages stay in place."""

    class Kind(models.TextChoices):
        MEMBER = "member", "member"
        GUEST = "guest", "guest of general and public rooms"
        ROOM_GUEST = "room_guest", "guest of one room"

    username = models.CharField(max_length=USERNAME_LENGTH, validators=[username_validator])
    #: `text.key` of the username: the same for all spellings of one name.
    username_key = Derived(username_key, max_length=300)
    username_shape = Derived(lambda user: text.shape(user.username), max_length=300, db_default="")
    username_look = Derived(lambda user: text.look(user.username), max_length=300, db_default="")
    email = models.EmailField(max_length=254, null=True, blank=True)
    #: From this time the address is the person's alone: before, others may have entered the same one.
    email_verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    pending_email = models.EmailField(
        max_length=254, null=True, blank=True, editable=False
    )  # takes effect once verified
    reset_asked_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # for a link to a new password
    display_name = models.CharField(max_length=80, blank=True)
    display_shape = Derived(
        lambda user: text.shape(text.bare(user.display_name)), max_length=300, db_default=""
    )
    display_look = Derived(
        lambda user: text.look(text.bare(user.display_name)), max_length=300, db_default=""
    )
    #: Both names, in the form for searching and sorting.
    search_text = Derived(
        lambda user: f"{text.fold(user.username)}\n{text.fold(user.display_name)}",
        max_length=SEARCH_TEXT_LENGTH,
        db_default="",
    )
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.MEMBER)
    avatar = models.ForeignKey(
        Avatar,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        editable=False,
    )
    title = models.CharField(max_length=80, null=True, blank=True)  # a role or a line about oneself
    bio = models.CharField(max_length=300, null=True, blank=True)
    time_zone = models.CharField(max_length=64, null=True, blank=True)  # IANA name
    # The custom status (accounts.profile).
    status_emoji = models.CharField(max_length=64, null=True, blank=True)
    status_text = models.CharField(max_length=100, null=True, blank=True)
    status_until = models.DateTimeField(null=True, blank=True)
    share_reads = models.BooleanField(
        "shows what they have read, and sees it of others", default=True, db_default=True
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may open the admin", default=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    last_seen = models.DateTimeField(null=True, blank=True, editable=False)
    #: When this person's sessions, memberships or bans last changed: every server process looks at these
    #: about once a second, so that access also ends when no event reaches it.
    access_changed_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)

    #: When what others see of this person (names, status, whether the account is active) last changed: looked at in the
    #: same way.
    profile_changed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["username_key"],
                name="username_key_unique",
                violation_error_message="This username is taken.",
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="proved_email_unique",
                condition=models.Q(email_verified_at__isnull=False),
                violation_error_message="This e-mail address is in use.",
            ),
        ]
        indexes = [
            models.Index(fields=["username_shape"], name="user_by_shape"),
            models.Index(fields=["username_look"], name="user_by_look"),
            models.Index(fields=["display_shape"], name="user_by_display_shape"),
            models.Index(fields=["display_look"], name="user_by_display_look"),
            models.Index(fields=["search_text"], name="user_by_search_text"),
            models.Index(
                fields=["profile_changed_at"],
                condition=Q(profile_changed_at__isnull=False),
                name="profile_changed",
            ),
            models.Index(Lower("email"), name="user_by_email"),
            models.Index(fields=["avatar"], condition=Q(avatar__isnull=False), name="user_of_avatar"),
            models.Index(
                fields=["status_until"], condition=Q(status_until__isnull=False), name="user_status_ends"
            ),
        ]

    def save(self, *, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        if update_fields is not None and not {"username", "display_name"}.isdisjoint(update_fields):
            update_fields = {*update_fields, *DERIVED}
        is_new = self._state.adding
        has_name = is_new or update_fields is None or "username" in update_fields
        with transaction.atomic(using=options.get("using")):
            for name in naming if has_name else ():
                name(self)
            super().save(update_fields=update_fields, **options)
            for arrive in arriving if is_new else ():
                arrive(self)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password if raw_password is None else text.password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Also accepts passwords that an older version hashed without normalisation, and hashes them anew.

        A wrong one takes as long as for an account without a password.
        """
        normal = None if raw_password is None else text.password(raw_password)
        if super().check_password(normal):
            return True
        if normal == raw_password or not super().check_password(raw_password):
            return False
        self.set_password(raw_password)
        self.save(update_fields=["password"])
        return True

    def __str__(self) -> str:
        return self.username

    @property
    def name(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Session(models.Model):
    """One device signed in. Its access tokens live as long as it does; its refresh token rotates."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    #: The `jti` of the one valid refresh token; if an older one is used again, the session ends.
    refresh_jti = models.CharField(max_length=64)
    #: The `jti` and time of tokens that were exchanged lately, the latest first: `<jti> <seconds since 1970>` a line.
    former_jtis = models.TextField(blank=True, default="", db_default="", editable=False)
    user_agent = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)  # the admin's list is in this order
    last_used_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "revoked_at"], name="session_of_user")]

    def __str__(self) -> str:
        return f"{self.user} on {self.user_agent or 'an unknown device'}"

    @property
    def is_alive(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


class EmailChange(models.Model):
    """A change of address, pending or done: for a week the link mailed to the former address undoes it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="email_changes")
    email = models.EmailField(max_length=254)  # the one before
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.user} had {self.email}"


class MailCount(models.Model):
    """The number of mails, in the hour from `since`, for one person, target or source (accounts.mail)."""

    key = models.CharField(primary_key=True, max_length=80)  # "person:<id>", "target:<sha256>", "source:<ip>"
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class FollowerPosition(models.Model):
    """The position of a follower, and which process holds its lease (accounts.followers)."""

    name = models.CharField(primary_key=True, max_length=40)
    position = models.TextField(default="", blank=True)
    leased_by = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.position}"


class WaitingMail(models.Model):
    """A mail to be sent (accounts.mail). Its content is made when it is sent, so the row holds no secret."""

    kind = models.CharField(max_length=20)
    to = models.CharField(max_length=254, blank=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    values = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"


class LoginFailure(models.Model):
    """Failed log-ins of one account, one address or one device, kept while they slow the next attempt."""

    key = models.CharField(primary_key=True, max_length=80)  # see accounts.throttle
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
