"""Invite links: create, parse, look up and use them.

A link is `<scheme>://<host>/chats/room/<id>/invite/<token>`. The token has 192 random bits and is shown once,
to the creator of the link; the database only has its hash.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db.models import F
from django.http.request import validate_host
from django.utils import timezone
from msgspec import UNSET, UnsetType

from accounts.models import User
from lib import errors
from rooms.models import Invite, JoinRequest, Room

LINK_LENGTH = 2000  # characters of pasted text: a link, perhaps with words around it
TOKEN_LENGTH = 32  # characters of our tokens
MAX_USES = 1_000_000
MAX_SECONDS = 10 * 365 * 86_400  # of `expires_in`, where the operator sets no cap
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")
#: A link anywhere in a text; without a host if only the path was copied.
_LINK = re.compile(
    r"(?:((?:\[[0-9a-f.:]+\]|//\[)?[\w.:@-]*)/|(?<![a-z0-9]))chats/room/([0-9]{1,19})/invite/([A-Za-z0-9_-]+)",
    re.IGNORECASE,
)
#: A bare token, possibly with other characters around it: quotes, brackets, full stops, invisible ones.
_ALONE = re.compile(r"[^\w-]*([A-Za-z0-9_-]+)[^\w-]*")
_UNQUOTED = 3  # how many times a link may have been percent-encoded on its way


@dataclass(frozen=True, slots=True)
class Terms:
    """How long, how often and by whom a link can be used."""

    expires_in: int | UnsetType | None = UNSET  # seconds; None: never expires; unset: as long as allowed
    max_uses: int | None = None  # None: unlimited
    for_guests: bool = False  # also usable without an account


@dataclass(frozen=True, slots=True)
class Link:
    """A new link: the only time that its token is known."""

    invite: Invite
    token: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a link says to who holds it, signed in or not."""

    room_id: int
    name: str
    description: str
    creator: str
    invited_by: str
    member_count: int
    requires_approval: bool
    for_guests: bool
    expires_at: datetime | None
    archived: bool
    status: str  # what the person is to the room


def issue(room: Room, by: User, terms: Terms | None = None) -> Link:
    """A new link into the room, within what INVITE_MAX_AGE allows; raises `Invalid`."""
    terms = terms or Terms()
    token = secrets.token_urlsafe(24)  # TOKEN_LENGTH characters
    invite = Invite.objects.create(
        room=room,
        token_hash=Invite.hash(token),
        created_by=by,
        expires_at=_end(terms.expires_in),
        max_uses=terms.max_uses,
        for_guests=terms.for_guests,
    )
    return Link(invite, token)


def _end(expires_in: int | UnsetType | None) -> datetime | None:
    longest: timedelta | None = settings.INVITE_MAX_AGE
    if expires_in is None or expires_in is UNSET:
        if expires_in is None and longest is not None:
            raise errors.Invalid({"expires_in": ["Links that never expire aren't allowed on this server."]})
        return timezone.now() + longest if longest is not None else None
    lifetime = timedelta(seconds=expires_in)
    if longest is not None and lifetime > longest:
        seconds = int(longest.total_seconds())
        raise errors.Invalid({"expires_in": [f"A link may live {seconds} seconds at most on this server."]})
    return timezone.now() + lifetime


def token_of(invite_link: str, room_id: int) -> str:
    """The token of a link as people paste it, or of a bare token; "" for "".

    Quotes, brackets, a full stop or other words may stand around it; scheme and port don't matter, as a proxy may have
    changed them. Raises `NotFound` for a link into another room, `Invalid` for one of another server and for what
    isn't a link.
    """
    text = invite_link
    links = _LINK.findall(text)
    for _ in range(_UNQUOTED):
        if links:
            break
        text = unquote(text)
        links = _LINK.findall(text)
    if not links:
        alone = _ALONE.fullmatch(text)
        if alone is None and "/" in text:
            raise errors.Invalid({"invite_link": ["This isn't an invite link to a room."]})
        return _trimmed(alone[1]) if alone else text
    own = [(int(room), token) for host, room, token in links if _is_own(host)]
    if not own:
        raise errors.Invalid({"invite_link": ["This invite link is for another server."]})
    tokens = [token for room, token in own if room == room_id]
    if not tokens:
        raise errors.NotFound("This link is for another room.")
    return _trimmed(tokens[0])


def _is_own(host: str) -> bool:
    """Whether a link to this host, or without one, is a link of this server."""
    if not host:
        return True
    try:
        name = urlsplit(f"//{host.lstrip('_-.')}").hostname or ""
        if not name.isascii():
            name = name.encode("idna").decode()
    except ValueError:
        return False
    return validate_host(f"[{name}]" if ":" in name else name.rstrip("."), settings.ALLOWED_HOSTS)


def _trimmed(token: str) -> str:
    """Without what marked the link as emphasised: `_` and `-` may also be part of a token."""
    rest = token[TOKEN_LENGTH:]
    return token[:TOKEN_LENGTH] if rest and not rest.strip("_-") else token


def find(room_id: int, token: str, user: User | None = None) -> Invite:
    """The link with this token. One that is used up is still found by a person who used it.

    Raises `NotFound` for any link that isn't, or no longer is, one into this room.
    """
    invite = None
    if _TOKEN.fullmatch(token):
        known = Invite.objects.select_related("created_by").filter(
            room=room_id, token_hash=Invite.hash(token)
        )
        invite = known.alive().first()
    if invite is None or not (invite.is_usable or (user is not None and is_used_by(invite, user))):
        raise dead()
    return invite


def dead() -> errors.NotFound:
    """The answer to any link that doesn't open, and to one into a room that isn't there: nobody learns which."""
    return errors.NotFound("This invite link is invalid or has expired.")


def card(room_id: int, token: str, user: User | None) -> Card:
    """What the link says to this person, or to somebody not signed in. Raises `NotFound`."""
    invite = find(room_id, token, user)
    room = Room.objects.seen_by(user.pk if user else None).get(pk=room_id)
    return Card(
        room_id=room.pk,
        name=room.name,
        description=room.description,
        creator=room.creator.name,
        invited_by=invite.created_by.name,
        member_count=room.member_count,
        requires_approval=room.requires_approval and not room.chat.is_public,
        for_guests=invite.for_guests and settings.ALLOW_GUESTS,
        expires_at=invite.expires_at,
        archived=room.chat.archived_at is not None,
        status=room.status,
    )


def is_used_by(invite: Invite, user: User) -> bool:
    return JoinRequest.objects.filter(invite=invite, user=user).exists()


def use(invite: Invite, user: User) -> None:
    """Count a use of the link, once a person; raises `NotFound` when it was used up or revoked meanwhile."""
    if not is_used_by(invite, user):
        if not Invite.objects.usable().filter(pk=invite.pk).update(uses=F("uses") + 1):
            raise dead()
