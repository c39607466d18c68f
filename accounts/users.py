"""Create, find, change and delete people. Views, the admin and commands call these.

Usernames are stored as typed, in NFKC, and are unique by their `text.key`, without regard to case and Unicode
composition. Names that look like somebody else's, or like one of `RESERVED`, are refused.
"""

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import avatars, profile, rights, tokens
from accounts.changes import access_changed, profile_changed
from accounts.models import User, WaitingMail, own_key
from lib import text
from lib.errors import Fields, Invalid

TAKEN = {"username": "This username is taken."}
LOOKS_TAKEN = "This looks like someone else's name."
#: Names that seem to stand for the server or for everybody. They are refused, also with accents or with signs between
#: the letters, and so are names that look like one.
RESERVED = (
    "abuse admin administrator administrators admins all announcement announcements anonymous channel "
    "deletedaccount everybody everyone here helpdesk hostmaster mailerdaemon moderation moderator moderators noreply "
    "official postmaster root security staff superuser support sysadmin system webmaster"
).split()
DELETED = "deleted-"  # prefix of the usernames of deleted accounts
SHOWN = {"username", "display_name", *profile.NOTHING}  # fields that others see
DELETED_NAME = "Deleted account"  # what deleted accounts are called


def normalize_username(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip()


def is_reserved(name: str) -> bool:
    if any(look.startswith(_blurred(DELETED)[0]) for look in _blurred(name)):
        return True
    bare = "".join(sign for sign in text.unaccented(normalize_username(name)) if sign.isalnum())
    word = next(filter(None, map(_reserved_by_look().get, _blurred(bare))), None)
    if word is None or not bare.isascii():
        return word is not None
    # `Ali` is not `all`, but a 1 may stand for an i or an l, and so may a capital I and a small l.
    pairs = zip(_spread(bare), _spread(word), strict=True)
    return all(letter in _MEANINGS.get(sign, sign.lower()) for sign, letter in pairs)


_MEANINGS = {"0": "o", "1": "il", "I": "il", "l": "il"}


def _spread(letters: str) -> str:
    return letters.replace("M", "m").replace("m", "rn")


@cache
def _reserved_by_look() -> dict[str, str]:
    return {_blurred(name)[0]: name for name in RESERVED}


def _blurred(name: str) -> tuple[str, str]:
    """The shape and the look of a name, with i and l as one: a 1 in it may be meant as either."""
    blur = str.maketrans("l\u029f", "ii")
    return text.shape(name).translate(blur), text.look(name).translate(blur)


def check_username(name: str, user: User | None = None) -> None:
    """Check that a username is available, for `user` if they are changing theirs. Raises `ValidationError`.

    A unique constraint decides between names with the same key; two look-alikes registered at the same moment may both
    be accepted.
    """
    if is_reserved(name):
        raise ValidationError("This username is reserved.")
    if text.mixes_scripts(name):
        raise ValidationError("A username can't mix letters of different scripts in a word.")
    others = User.objects.exclude(pk=user.pk if user and user.pk else 0)
    if others.filter(username_key=text.key(name)).exists():
        raise ValidationError(TAKEN["username"])
    if others.filter(_like(name, "username")).exists():
        raise ValidationError(LOOKS_TAKEN)
    for check in taken_otherwise:
        check(name)


#: Hooks of the apps above for usernames: raise `ValidationError` if something else has the name (`chat`: a group).
taken_otherwise: list[Callable[[str], None]] = []


def check_display_name(name: str, user: User) -> None:
    """Check a display name. Raises `ValidationError`.

    Two people may have the same display name, as people do: the web client shows their usernames then. It may not be
    another one's username, nor be written with other letters to look like another one's display name.
    """
    check_name(name)
    bare = text.bare(name)
    if not bare:
        return
    if not user.is_staff and is_reserved(bare):
        raise ValidationError("This name is reserved.")
    same, others = text.key(bare), User.objects.exclude(pk=user.pk or 0)
    likes = others.filter(_like(bare, "display")).values_list("display_name", flat=True)[:100]
    if others.filter(Q(username_key=same) | _like(bare, "username")).exists() or any(
        text.key(text.bare(other)) != same for other in likes
    ):
        raise ValidationError(LOOKS_TAKEN)


def _like(name: str, of: str) -> Q:
    """Whose `username` or `display` name looks like this one."""
    return Q(**{f"{of}_shape": text.shape(name)[:300]}) | Q(**{f"{of}_look": text.look(name)[:300]})


def check_name(value: str) -> None:
    """Raises `ValidationError` for a display name that is blank, or has invisible characters or ones that break or turn
    around a line."""
    if text.has_hidden(value):
        raise ValidationError("A name can't contain invisible or control characters.")
    if value and text.is_blank(value):
        raise ValidationError("A name can't be blank.")


def find(identifier: str) -> User | None:
    """The user with this username, or with this e-mail address if it has an `@`; inactive ones too."""
    if "\0" in identifier:
        return None
    if "@" in identifier:
        return next(iter(of_address(identifier)), None)
    own = own_key(normalize_username(identifier))
    found = list(User.objects.filter(username_key__in=[text.key(identifier.strip()), own]))
    return max(found, key=lambda user: user.username_key == own, default=None)


def candidates(identifier: str) -> list[User | None]:
    """The people against whose passwords a log-in with this name or address is checked, None for nobody: always one for
    a name, three for an address, so that the time doesn't depend on who exists. Of several who entered the address
    without verifying it, the last and the first are included, whether or not the address has an owner."""
    if "@" not in identifier:
        return [find(identifier)]
    owner, last, first = owner_of(identifier), *_claimants(identifier)
    return [owner, last, first if first != last else None]


def owner_of(email: str) -> User | None:
    """The user who has verified this address."""
    return _with_email(email).filter(email_verified_at__isnull=False).first()


def of_address(email: str) -> list[User]:
    """The owner of an address; if it has none, those of `candidates` who have entered it."""
    if owner := owner_of(email):
        return [owner]
    return list(dict.fromkeys(filter(None, _claimants(email))))


def has_rival(email: str, user: User) -> bool:
    """Whether somebody else has entered this address."""
    return _with_email(email).exclude(pk=user.pk).exists()


def _claimants(email: str) -> tuple[User | None, User | None]:
    """Of those who entered an address without verifying it: the last and the first."""
    people = _with_email(email).filter(email_verified_at=None, is_active=True)
    return people.order_by("-pk").first(), people.order_by("pk").first()


def _with_email(email: str) -> QuerySet[User]:
    # Rows of older versions have the domain as it was typed.
    spellings = set() if "\0" in email else {text.email(email), email.strip().lower()}
    return User.objects.alias(key=Lower("email")).filter(key__in=spellings)


def visible_to(user: User) -> QuerySet[User]:
    """The people whom this person may look up. A guest of one room may look up themselves only."""
    people = User.objects.filter(is_active=True)
    return people.filter(pk=user.pk) if user.kind == User.Kind.ROOM_GUEST else people


def directory(user: User, search: str = "") -> QuerySet[User]:
    """The other people, sorted by name; `search` is a part of the username or of the display name."""
    people = visible_to(user).exclude(pk=user.pk).exclude(kind=User.Kind.ROOM_GUEST)
    if wanted := text.fold(search):
        people = people.filter(search_text__contains=wanted)
    return people.order_by("search_text", "pk")


def check_email(address: str | None) -> None:
    """Raises `ValidationError` for an address with invisible characters, even quoted: they would break mail headers."""
    if address and text.has_hidden(address):
        raise ValidationError(validate_email.message)


def sign_up(username: str, email: str, password: str) -> User:
    """Create a member. Raises `Invalid` with all faults of the name and password.

    Does not reveal whether the address is in use: it belongs to the person who verifies it (accounts.emails).
    """
    user = User(username=normalize_username(username), email=text.email(email))
    wrong = faults("username", check_username, user.username)
    wrong |= faults("email", check_email, user.email)
    wrong |= faults("password", validate_password, password, user)
    if wrong:
        raise Invalid(wrong)
    user.set_password(password)
    with taken_is_invalid():
        user.save()
    return user


def make_guest(username: str, kind: str = User.Kind.GUEST) -> User:
    """Create a person with only a name. Raises `Invalid` if the name isn't available."""
    user = User(username=normalize_username(username), kind=kind)
    if wrong := faults("username", check_username, user.username):
        raise Invalid(wrong)
    user.set_unusable_password()
    with taken_is_invalid():
        user.save()
    return user


def change(user: User, **changes: Any) -> None:
    """Change `username`, `display_name`, `share_reads`, and what `profile.clean` takes.

    Raises `Invalid`, also if a name isn't available.

    To change the e-mail address, use `accounts.emails.change`.
    """
    wrong: Fields = {}
    if "username" in changes:
        name = changes["username"] = normalize_username(changes["username"])
        if name != user.username:
            wrong |= faults("username", check_username, name, user)
    if "display_name" in changes:
        name = changes["display_name"] = text.one_line(changes["display_name"])
        if name != user.display_name:
            wrong |= faults("display_name", check_display_name, name, user)
    try:
        changes |= profile.clean(user, changes)
    except Invalid as error:
        wrong |= error.fields or {}
    if wrong:
        raise Invalid(wrong)
    fields = list(changes)
    before = {name: getattr(user, name) for name in fields}
    for name, value in changes.items():
        setattr(user, name, value)
    try:
        with taken_is_invalid(), transaction.atomic():
            user.save(update_fields=fields)
            if "username" in changes:
                access_changed(user.pk)  # open sockets learn the name that goes on their messages
            if SHOWN & changes.keys():
                profile_changed(user.pk)
    except Invalid:
        for name, value in before.items():
            setattr(user, name, value)
        raise


def verify_email(user_id: int, email: str) -> bool:
    """Mark an address as verified: the pending or the current one. Returns False if it is neither any more, or belongs
    to somebody else by now."""
    person, now = User.objects.filter(pk=user_id, is_active=True), timezone.now()
    try:
        with transaction.atomic():
            waits = person.filter(pending_email=email)
            if waits.update(email=email, email_verified_at=now, pending_email=None):
                return True
            return person.filter(email=email).update(email_verified_at=now) > 0
    except IntegrityError:  # `proved_email_unique`
        return False


@transaction.atomic
def deactivate(user: User) -> None:
    """Close the account to sign-ins and end its sessions. Raises `Conflict` for the last administrator."""
    rights.check_not_last(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    tokens.revoke_all(user)
    follow_standing(user)


#: Hooks of the apps above for accounts that were deactivated, deleted or activated again, called inside the transaction
#: (`chat` archives or reopens the person's private chats).
standing: list[Callable[[User], None]] = []


def follow_standing(user: User) -> None:
    """Call inside a transaction that changed `is_active`."""
    for follow in standing:
        follow(user)
    profile_changed(user.pk)


#: Hooks of the apps above, called first when an account is deleted, inside the transaction (`rooms` leaves the person's
#: rooms).
departing: list[Callable[[User], None]] = []


@transaction.atomic
def delete(user: User) -> None:
    """Empty the account for good. The row stays, so that the person's messages keep their place.

    Raises `Conflict` for the last administrator.
    """
    rights.check_not_last(user)
    for depart in departing:
        depart(user)
    avatars.remove(user)
    user.username = f"{DELETED}{user.pk}"
    user.email = user.pending_email = user.email_verified_at = user.last_seen = None
    user.display_name = DELETED_NAME
    for name, value in profile.NOTHING.items():
        setattr(user, name, value)
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    tokens.revoke_all(user)
    user.sessions.update(user_agent="", address=None)
    user.email_changes.all().delete()
    WaitingMail.objects.filter(user=user).delete()
    follow_standing(user)


@contextmanager
def taken_is_invalid() -> Iterator[None]:
    """Turns a violated unique constraint into `Invalid`, naming the field: the database decides who was first."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        for name, sentence in TAKEN.items():
            # PostgreSQL reports the constraint's name, SQLite that of the column or index.
            if f"{name}_unique" in str(error) or f"{name}_key" in str(error):
                raise Invalid({name: [sentence]}) from error
        raise


def faults(field: str, check: Callable[..., None], *args: Any) -> Fields:
    """The faults that `check` finds, by field."""
    try:
        check(*args)
    except ValidationError as error:
        return {field: list(error.messages)}
    return {}
