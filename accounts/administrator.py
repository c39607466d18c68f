"""The first administrator: the person who opens the link that the server prints while it has none."""

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from lib.errors import Forbidden, NotFound

SALT = "accounts.administrator"


def is_missing() -> bool:
    return not User.objects.filter(is_superuser=True, is_active=True).exists()


def token() -> str:
    """The secret in the link, which proves access to this server's output. It is the same in all processes."""
    return salted_hmac(SALT, "first", algorithm="sha256").hexdigest()


def works(given: str) -> bool:
    """Whether the link with this token still makes an administrator."""
    return constant_time_compare(given.encode(), token().encode()) and is_missing()


@transaction.atomic
def appoint(user: User, given: str) -> None:
    """Make this person the administrator. Raises `NotFound` if the link is wrong or used, `Forbidden` for a guest."""
    # All concurrent attempts lock this row, so that only the first one succeeds.
    User.objects.select_for_update(no_key=True).order_by("pk").first()
    if not works(given):
        raise NotFound()
    if user.kind != User.Kind.MEMBER:
        raise Forbidden("Guests can't become administrators. Create an account first.")
    user.is_staff = user.is_superuser = True
    user.save(update_fields=["is_staff", "is_superuser"])
