"""E-mail addresses: whom they belong to, and the mails that verify and change them.

Anybody can enter any address, so it belongs to an account only once the link mailed to it was opened: then nobody else
can have it. Until then several accounts may have entered it, and none of them learns of the others, except by mail to
the address. An account keeps its address until another one is verified, and the change can be undone for a week.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import mail, passwords, tokens, users
from accounts.mail import AnyRequest
from accounts.models import EmailChange, Session, User
from lib import text
from lib.errors import Conflict, Invalid


def sign_up(request: AnyRequest, username: str, email: str, password: str) -> User:
    """Create a member, and send a mail to verify the address. Raises `Invalid`, and `RateLimited` for too many
    mails."""
    mail.check(request)
    user = users.sign_up(username, email, password)
    _send_proof(request, user, user.email or "")
    return user


def send_proof(request: AnyRequest, user: User) -> str:
    """Send the verification mail for the newest address again. Returns the address. Raises `Conflict` if there is none
    to verify, and `RateLimited`."""
    to = user.pending_email or (user.email if user.email_verified_at is None else None)
    if not to:
        raise Conflict("There is no address to verify.")
    mail.check(request, user)
    _send_proof(request, user, to)
    return to


def change(
    request: AnyRequest, user: User, session: Session | None, email: str | None, password: str, **changes: Any
) -> bool:
    """Change what `users.change` takes, and request another address, which needs their password.

    Entering the current address cancels a pending change. Returns whether a mail is on its way. Raises `Invalid`,
    `TooManyFailures` and `RateLimited`; then nothing is changed.
    """
    email = text.email(email) if email else None
    if email and user.kind != User.Kind.MEMBER:
        raise Invalid({"email": ["Guests have no e-mail address."]})
    if wrong := users.faults("email", users.check_email, email):
        raise Invalid(wrong)
    is_new = bool(email) and email != user.email
    if is_new:
        if not password:
            raise Invalid({"password": ["Enter your password to change the address."]})
        mail.check(request, user)
        passwords.check(user, session, password)
    elif email and user.pending_email:
        changes["pending_email"] = None
    users.change(user, **changes)
    if email and is_new:
        _ask_for(request, user, email)
    return is_new


def _ask_for(request: AnyRequest, user: User, email: str) -> None:
    """Request another address, which takes effect once it is verified. The current one gets a mail with an undo
    link."""
    with transaction.atomic():
        EmailChange.objects.filter(created_at__lt=timezone.now() - timedelta(seconds=mail.BACK_AGE)).delete()
        user.pending_email = email
        user.save(update_fields=["pending_email"])
        if user.email:  # never dropped: one needs the password for it, and a person's mails are limited
            change = EmailChange.objects.create(user=user, email=user.email)
            mail.send_change(user, change, email, mail.origin_of(request))
    _send_proof(request, user, email)


def _send_proof(request: AnyRequest, user: User, to: str) -> None:
    owner, has_rival = users.owner_of(to), users.has_rival(to, user)
    if not mail.take(request, to, user):
        return
    if owner is not None and owner.pk != user.pk:
        mail.send_taken(owner, mail.origin_of(request))
    else:
        mail.send_verification(user, to, mail.origin_of(request), has_rival)


def verify(token: str) -> str:
    """Verify an address by the link in a mail. Returns the address. Raises `Invalid`, naming `token`, if the link no
    longer works."""
    user_id, email = mail.proof_of(token)
    if not users.verify_email(user_id, email):
        raise Invalid({"token": [mail.DEAD_LINK]})
    return email


def take_back(token: str) -> User:
    """Undo a change of address by the link in the mail to the former one: all sessions end, and so does the password.

    The link was mailed to the address, so it counts as verified. Later changes can't be undone any more, as their links
    went to the other addresses. Raises `Invalid`, naming `token`, if the link no longer works or somebody else has
    verified the address since.
    """
    change = mail.change_of(token)
    user = change.user
    with transaction.atomic():
        EmailChange.objects.filter(user=user, pk__gte=change.pk).delete()
        user.email, user.email_verified_at, user.pending_email = change.email, timezone.now(), None
        user.set_password(secrets.token_urlsafe(32))  # known to nobody; a reset sets a new one
        try:
            with transaction.atomic():
                user.save(update_fields=["email", "email_verified_at", "pending_email", "password"])
        except IntegrityError as error:  # `proved_email_unique`
            raise Invalid({"token": [mail.DEAD_LINK]}) from error
        tokens.revoke_all(user)
    return user
