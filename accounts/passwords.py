"""Passwords: set, change, reset and confirm. The API, the pages and the admin call these.

Guessing is slowed down (accounts.throttle), and a new password ends every other session (accounts.tokens).
"""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from accounts import mail, throttle, tokens, users
from accounts.mail import AnyRequest
from accounts.models import Session, User
from lib.errors import Forbidden, Invalid


def check(user: User, session: Session | None, typed: str, field: str = "password") -> None:
    """Check that the person in this open session knows their password. Raises `Invalid`, naming `field`, and
    `TooManyFailures`."""
    key = f"session:{session.pk if session else user.pk}"
    if not throttle.guarded([key], lambda: user.check_password(typed)):
        raise Invalid({field: ["Wrong password."]})


def confirm(user: User, session: Session | None, typed: str | None) -> None:
    """Check the password before something that can't be undone; guests have none. Raises `Invalid` if it is wrong or
    missing, and `TooManyFailures`."""
    if user.kind != User.Kind.MEMBER:
        return
    if typed is None:
        raise Invalid({"password": ["This field is required."]})
    check(user, session, typed)


def check_may_change(user: User) -> None:
    """Raises `Forbidden` for a guest."""
    if user.kind != User.Kind.MEMBER:
        raise Forbidden("Guests have no password.")


def change(user: User, session: Session | None, current_password: str, new_password: str) -> None:
    """Change the person's password; all their other sessions end. Raises `Forbidden` for a guest, `Invalid` naming
    `current_password` or `new_password`, and `TooManyFailures`."""
    check_may_change(user)
    check(user, session, current_password, "current_password")
    set_new(user, new_password, keep=session)


def set_new(user: User, password: str, keep: Session | None = None, field: str = "new_password") -> None:
    """Set a password, and end every session but `keep`. Raises `Invalid`, naming `field`, if it is too weak."""
    if wrong := users.faults(field, validate_password, password, user):
        raise Invalid(wrong)
    user.set_password(password)
    save(user, keep)


def save(user: User, keep: Session | None = None) -> None:
    """Store the password that was set on `user`, and end every session but `keep`.

    A pending change of address is cancelled: somebody who knew the old password may have requested it.
    """
    user.pending_email = None
    with transaction.atomic():
        user.save(update_fields=["password", "pending_email"])
        tokens.revoke_all(user, except_session=keep)


def forgot(request: AnyRequest, email: str) -> None:
    """Mail a link for a new password to everybody with this address. The answer doesn't reveal whether there is
    anybody.

    Raises `RateLimited`.
    """
    mail.check(request)
    with transaction.atomic():  # one commit, whether or not there is somebody
        people = [user for user in users.of_address(email) if user.is_active and user.has_usable_password()]
        if not mail.take(request, email):
            return
        now = timezone.now()
        User.objects.filter(pk__in=[user.pk for user in people] or [0]).update(reset_asked_at=now)
        for user in people:
            user.reset_asked_at = now
            mail.send_reset(user, mail.origin_of(request))
        if not people:
            mail.send_to_nobody()


def reset(request: AnyRequest, uid: str, token: str, password: str, field: str = "new_password") -> User:
    """Set a new password by the link in a mail. All sessions end, the address is verified, and earlier failed log-ins
    no longer count. Raises `Invalid`, naming `token` if the link no longer works and `field` if the password is too
    weak."""
    user = mail.user_of_reset(uid, token)
    if user is None:
        raise Invalid({"token": [mail.DEAD_LINK]})
    set_new(user, password, field=field)
    if user.email:
        users.verify_email(user.pk, user.email)
    throttle.forgive(user, request.META.get("REMOTE_ADDR"))
    return user
