"""People, and the devices they are signed in on."""

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

USERNAME_LENGTH = 50
username_validator = RegexValidator(
    rf"^[\w.+-]{{2,{USERNAME_LENGTH}}}\Z",
    f"A username is 2 to {USERNAME_LENGTH} letters, digits, and the signs . _ + -.",
    code="invalid",
)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)

    def create_user(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        user = self.model(
            username=self.model.normalize_username(username),
            email=self.normalize_email(email).lower() if email else None,
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


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Deleting an account empties this row and keeps it, so that what they said stays in place."""

    class Kind(models.TextChoices):
        MEMBER = "member", "member"
        GUEST = "guest", "guest of general and public rooms"
        ROOM_GUEST = "room_guest", "guest of one room"

    username = models.CharField(max_length=USERNAME_LENGTH, validators=[username_validator])
    email = models.EmailField(max_length=254, null=True, blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    display_name = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.MEMBER)
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

    objects = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="username_unique", violation_error_message="This username is taken."
            ),
            models.UniqueConstraint(
                Lower("email"), name="email_unique", violation_error_message="This e-mail address is in use."
            ),
        ]

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
    #: The `jti` of the one refresh token that is valid now; an older one that comes back ends the session.
    refresh_jti = models.CharField(max_length=64)
    #: The `jti` of those that were exchanged of late, and when: `<jti> <seconds since 1970>` a line, the last first.
    former_jtis = models.TextField(blank=True, default="", db_default="", editable=False)
    user_agent = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
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


class LoginFailure(models.Model):
    """Failed log-ins of one account or one address, kept while they slow the next attempt."""

    key = models.CharField(primary_key=True, max_length=80)  # "account:<sha256>" or "address:<ip>"
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
