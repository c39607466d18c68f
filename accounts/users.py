"""People: made, found, changed, deleted. Views, the admin and commands call these.

Names of people are NFKC-normalised and unique whatever their case. Letters beyond ASCII are kept in lower case,
since not every database can compare them otherwise.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower, Now
from django.utils import timezone

from accounts import tokens
from accounts.compiled import Compiled
from accounts.doorbell import access_changed
from accounts.errors import Fields, Invalid
from accounts.models import Session, User

TAKEN = {"username": "This username is taken.", "email": "This e-mail address is in use."}
ONLINE = timedelta(seconds=40)  # a server process that hasn't been heard of for longer is gone
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # embeddings, overrides, isolates
DELETED = re.compile(r"deleted-\d+", re.IGNORECASE)


def normalize_username(value: str) -> str:
    value = unicodedata.normalize("NFKC", value).strip()
    return "".join(letter if letter.isascii() else letter.lower() for letter in value)


def check_username(value: str) -> None:
    """Beyond the model's validators: names that deleted accounts get are kept for them."""
    if DELETED.fullmatch(value):
        raise ValidationError("This username is reserved.")


def check_name(value: str) -> None:
    """A display name has no invisible signs that could break or turn around a line."""
    if any(unicodedata.category(sign) == "Cc" or sign in BIDI for sign in value):
        raise ValidationError("A name can't contain control characters.")


def find(identifier: str) -> User | None:
    """Who has this username, or this e-mail address if there is an `@` in it; inactive people too."""
    if "\0" in identifier:
        return None
    if "@" in identifier:
        return User.objects.alias(key=Lower("email")).filter(key=identifier.strip().lower()).first()
    return (
        User.objects.alias(key=Lower("username")).filter(key=normalize_username(identifier).lower()).first()
    )


def _connections() -> QuerySet[Any]:
    """The sockets of living server processes, by the database's clock."""
    connections = apps.get_model("chat", "Connection").objects
    return connections.filter(process__heartbeat_at__gt=Now() - ONLINE)


def with_online(people: QuerySet[User]) -> QuerySet[User]:
    """The same people with `is_online`: whether a living server process holds a socket of theirs."""
    return people.annotate(is_online=Exists(_connections().filter(user=OuterRef("pk"))))


_OF_ONE = Compiled(lambda user_id: _connections().filter(user_id=user_id).values_list("pk")[:1], (int,))


def is_online(user: User) -> bool:
    """The same for one person."""
    return bool(_OF_ONE(user.pk))


def visible_to(user: User) -> QuerySet[User]:
    """Whom a person may look up. A guest of one room knows nobody but who speaks in that room."""
    people = User.objects.filter(is_active=True)
    return people.filter(pk=user.pk) if user.kind == User.Kind.ROOM_GUEST else people


def directory(user: User, search: str = "") -> QuerySet[User]:
    """The others, in the order of their names; `search` is a part of the username or of the display name."""
    people = visible_to(user).exclude(pk=user.pk).exclude(kind=User.Kind.ROOM_GUEST)
    found = Q()
    # SQLite knows the case of ASCII letters only, so other spellings are asked for one by one.
    for text in {search, search.lower(), search.upper(), search.title()} if search else ():
        found |= Q(username__icontains=text) | Q(display_name__icontains=text)
    return people.filter(found).order_by(Lower("username"), "pk")


def sign_up(username: str, email: str, password: str) -> User:
    """A new member. Raises `Invalid` with everything that is wrong with the three."""
    user = User(username=normalize_username(username), email=email.lower())
    wrong: Fields = {}
    for name in TAKEN:
        if _is_taken(user, name):
            wrong[name] = [TAKEN[name]]
    try:
        validate_password(password, user)
    except ValidationError as error:
        wrong["password"] = list(error.messages)
    if wrong:
        raise Invalid(wrong)
    user.set_password(password)
    with taken_is_invalid():
        user.save()
    return user


def make_guest(username: str, kind: str = User.Kind.GUEST) -> User:
    """Somebody with a name alone. Raises `Invalid` for a name that is taken."""
    user = User(username=normalize_username(username), kind=kind)
    user.set_unusable_password()
    with taken_is_invalid():
        user.save()
    return user


def change(user: User, **changes: Any) -> bool:
    """Change `username`, `display_name`, `email`, `share_reads`.

    True if the address is a new one: it has to be proved again.
    Raises `Invalid` for a name or an address that somebody else has.
    """
    if "username" in changes:
        changes["username"] = normalize_username(changes["username"])
    if "email" in changes:
        changes["email"] = changes["email"].lower()
        if user.kind != User.Kind.MEMBER:
            raise Invalid({"email": ["Guests have no e-mail address."]})
    new_address = "email" in changes and changes["email"] != user.email
    fields = list(changes)
    before = {name: getattr(user, name) for name in fields}
    for name, value in changes.items():
        setattr(user, name, value)
    if new_address:
        user.email_verified_at = None
        fields.append("email_verified_at")
    try:
        with taken_is_invalid(), transaction.atomic():
            user.save(update_fields=fields)
            if "username" in changes:
                access_changed(user.pk)  # open sockets learn the name that goes on their messages
    except Invalid:
        for name, value in before.items():
            setattr(user, name, value)
        raise
    return new_address


def set_password(user: User, password: str, keep: Session | None = None, field: str = "new_password") -> None:
    """A new password; every session but `keep` ends. Raises `Invalid` for a weak one, naming `field`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid({field: list(error.messages)}) from error
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        tokens.revoke_all(user, except_session=keep)


def verify_email(user_id: int, email: str) -> bool:
    """The person proved that the address is theirs. False if it isn't any more."""
    proved = User.objects.filter(pk=user_id, email=email, is_active=True)
    return proved.update(email_verified_at=timezone.now()) > 0


@transaction.atomic
def deactivate(user: User) -> None:
    """Nobody can sign in to the account, and who is, is out."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    tokens.revoke_all(user)


#: What the apps above do first when an account goes, inside its transaction (`rooms` leaves the person's rooms).
departing: list[Callable[[User], None]] = []


@transaction.atomic
def delete(user: User) -> None:
    """Empty the account for good. The row stays, so that what the person said keeps its place."""
    for depart in departing:
        depart(user)
    user.username = f"deleted-{user.pk}"
    user.email = user.email_verified_at = user.last_seen = None
    user.display_name = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    tokens.revoke_all(user)
    user.sessions.update(user_agent="", address=None)


@contextmanager
def taken_is_invalid() -> Iterator[None]:
    """The database decides who was first: who came second gets `Invalid` naming the field."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        for name, sentence in TAKEN.items():
            if f"{name}_unique" in str(error):  # the constraint's name
                raise Invalid({name: [sentence]}) from error
        raise


def _is_taken(user: User, name: str) -> bool:
    value = getattr(user, name).lower()
    return User.objects.alias(key=Lower(name)).filter(key=value).exists()
