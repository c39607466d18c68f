"""Tokens of a signed-in device: issue, rotate, verify, revoke.

A `Session` row is a device. Its access tokens (15 minutes) carry the session's id and are checked by
signature alone; its refresh token (30 days) can be used once, for the next pair, and again only while the
answer may have been lost (`GRACE`). simplejwt signs and checks lifetimes; the row decides what is valid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts import signature
from accounts.changes import access_changed
from accounts.models import Session, User
from accounts.throttle import address_keys
from lib import addresses
from lib.database.compiled import Compiled, UUIDs, among
from lib.errors import NotAuthenticated, TokenExpired

SESSION_CLAIM = "sid"
GRACE = 30  # seconds that the token before the newest one still gives the newest pair
FORMER = 10  # exchanged tokens stored in a session
T = TypeVar("T", bound=Token)
VERIFIED = 10_000  # tokens whose verification is cached, 1 kB each
TOKEN_LENGTH = 2048  # characters; ours have about 300, longer ones aren't parsed
NOT_VALID = "The token isn't valid. Log in again."
SESSION_OVER = "This session has ended. Log in again."


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a valid access token."""

    user_id: int
    session_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str
    expires_in: int  # seconds until the access token expires
    session_id: UUID
    user_id: int


@dataclass(frozen=True, slots=True)
class Device:
    """Where a sign-in comes from, as the list of sessions shows it."""

    user_agent: str = ""
    address: str | None = None


def device_of(request: HttpRequest | Request) -> Device:
    agent = request.META.get("HTTP_USER_AGENT", "").replace("\0", "")
    return Device(agent[:200], addresses.parse(request.META.get("REMOTE_ADDR")))


def issue(user: User, device: Device | None = None) -> TokenPair:
    """Sign the person in on a new device."""
    device = device or Device()
    now = timezone.now()
    refresh = RefreshToken()
    session = Session.objects.create(
        user=user,
        refresh_jti=refresh["jti"],
        user_agent=device.user_agent,
        address=device.address,
        last_used_at=now,
        expires_at=now + refresh.lifetime,
    )
    User.objects.filter(pk=user.pk).update(last_seen=now, last_login=now)
    return _pair(refresh, user.pk, session.pk)


def rotate(refresh_token: str, device: Device | None = None, cookie_session: UUID | None = None) -> TokenPair:
    """The next pair for a refresh token, which is then used up.

    An answer can be lost, and a page can be reloaded or opened twice while it refreshes: for GRACE the token before
    the newest one gives the newest pair again, to the same device (`cookie_session` is the session that its signed
    cookie names). One that was exchanged even earlier within GRACE is refused, but ends nothing: the request may have
    been delayed. Any other token that comes a second time was copied: it ends its session, whoever holds the newer one
    (RFC 9700 section 4.14.2).
    Raises `NotAuthenticated`.
    """
    old = _decode_refresh(refresh_token)
    user_id, session_id = _owner(old)
    now = timezone.now()
    new = RefreshToken()
    alive = Session.objects.filter(pk=session_id, user_id=user_id, revoked_at=None, expires_at__gt=now)
    alive = alive.select_related("user")
    session = alive.first()
    if session and session.refresh_jti == old["jti"] and session.user.is_active:
        # Compare and swap in one UPDATE whose conditions are all on the session's own row, so that of two
        # requests that bring the same token the second one sees the first one's `refresh_jti`.
        swapped = Session.objects.filter(pk=session_id, refresh_jti=old["jti"], revoked_at=None).update(
            refresh_jti=new["jti"],
            former_jtis=_with(session, now),
            last_used_at=now,
            expires_at=now + new.lifetime,
            **({"address": device.address, "user_agent": device.user_agent} if device else {}),
        )
        if swapped:
            User.objects.filter(pk=user_id).update(last_seen=now)
            return _pair(new, user_id, session_id)
        session = alive.first()
    if session is None:
        raise NotAuthenticated(SESSION_OVER)
    former = _former(session, now)
    if not (session.user.is_active and old["jti"] in former and _is_same(session, device, cookie_session)):
        revoke(session)
    elif former[0] == old["jti"]:
        return _pair(_newest(session), user_id, session_id)
    raise NotAuthenticated(SESSION_OVER)


def _former(session: Session, now: datetime) -> list[str]:
    """The `jti` of the tokens exchanged within GRACE, the latest first."""
    since = now.timestamp() - GRACE
    lines = [line.split() for line in session.former_jtis.splitlines()]
    return [jti for jti, at in lines if float(at) > since]


def _with(session: Session, now: datetime) -> str:
    """The value of `former_jtis` once the newest token is exchanged, too."""
    line = f"{session.refresh_jti} {now.timestamp():.3f}"
    return "\n".join([line, *session.former_jtis.splitlines()[: FORMER - 1]])


def _is_same(session: Session, device: Device | None, cookie_session: UUID | None) -> bool:
    """Whether the device is the one that the session was last used from: by its browser, and by its address or the
    cookie of this session. A phone that comes out of a tunnel has another address."""
    if device is None:
        return True
    here = cookie_session == session.pk or address_keys(device.address) == address_keys(session.address)
    return here and device.user_agent == session.user_agent


def _newest(session: Session) -> RefreshToken:
    """The newest refresh token of this session."""
    refresh = RefreshToken()
    refresh["jti"], refresh["exp"] = session.refresh_jti, int(session.expires_at.timestamp())
    return refresh


def verify(token: str) -> Claims:
    """The claims of an access token. Costs no query: `load` says whether its session still lives.

    Raises `TokenExpired`, or `NotAuthenticated` for anything that isn't an access token of ours.
    """
    claims = _signed(token)
    if claims.expires_at <= datetime.now(UTC):
        raise TokenExpired()
    return claims


@lru_cache(VERIFIED)
def _signed(token: str) -> Claims:
    """`verify`, cached: the same token comes with many requests, and its signature doesn't change."""
    if (quick := signature.ours(token)) is not None:
        return Claims(quick.user_id, quick.sid, datetime.fromtimestamp(quick.exp, UTC))
    try:
        access = _decode(AccessToken, token)
    except ExpiredTokenError as error:
        raise TokenExpired() from error
    except TokenError as error:
        raise NotAuthenticated(NOT_VALID) from error
    user_id, session_id = _owner(access)
    return Claims(user_id, session_id, datetime.fromtimestamp(access["exp"], UTC))


def load(claims: Claims) -> Session:
    """The living session of these claims, with its active `user`: one query. Raises `NotAuthenticated`."""
    session = load_all([claims]).get(claims)
    if session is None:
        raise NotAuthenticated(SESSION_OVER)
    return session


def load_all(claims: Sequence[Claims]) -> dict[Claims, Session]:
    """The living sessions of many claims, in one query; ended ones are left out."""
    found = {}
    for row in LIVING(UUIDs({one.session_id for one in claims})):
        session = Session.from_db(connection.alias, SESSION_FIELDS, row[: len(SESSION_FIELDS)])
        session.user = User.from_db(connection.alias, USER_FIELDS, row[len(SESSION_FIELDS) :])
        found[session.pk, session.user_id] = session
    return {one: found[key] for one in claims if (key := (one.session_id, one.user_id)) in found}


def living(**which: Any) -> QuerySet[Session]:
    """The sessions among these that are valid now."""
    return Session.objects.filter(**which, revoked_at=None, expires_at__gt=Now(), user__is_active=True)


SESSION_FIELDS = [field.attname for field in Session._meta.concrete_fields]
USER_FIELDS = [field.attname for field in User._meta.concrete_fields]
LIVING = Compiled(
    lambda session_ids: living(pk__in=among(session_ids)).values_list(
        *SESSION_FIELDS, *(f"user__{name}" for name in USER_FIELDS)
    ),
    (UUIDs,),
)


def session_of(refresh_token: str) -> Session | None:
    """The session that a refresh token was made for, or None if it is over.

    A token that was already exchanged counts too: it is good enough for signing out. Raises `NotAuthenticated` for
    anything that isn't a refresh token of ours.
    """
    user_id, session_id = _owner(_decode_refresh(refresh_token))
    alive = Session.objects.filter(
        pk=session_id, user_id=user_id, revoked_at=None, expires_at__gt=timezone.now()
    )
    return alive.select_related("user").first()


def revoke(session: Session) -> None:
    """End a session: its tokens become invalid at once, and its sockets are closed."""
    _revoke(session.user_id, only=session)


def revoke_all(user: User, except_session: Session | None = None) -> None:
    """End every session of a person, except the given one."""
    _revoke(user.pk, keep=except_session)


@transaction.atomic
def _revoke(user_id: int, *, only: Session | None = None, keep: Session | None = None) -> None:
    # The person's row first, then the sessions': always in this order, so no deadlock is possible.
    access_changed(user_id)
    sessions = Session.objects.filter(user_id=user_id, revoked_at=None)
    if only is not None:
        sessions = sessions.filter(pk=only.pk)
    if keep is not None:
        sessions = sessions.exclude(pk=keep.pk)
    sessions.update(revoked_at=timezone.now())


def _pair(refresh: RefreshToken, user_id: int, session_id: UUID) -> TokenPair:
    refresh["user_id"] = user_id
    refresh[SESSION_CLAIM] = str(session_id)
    access = refresh.access_token  # with the same claims
    for token in (refresh, access):
        # A process whose clock is behind would treat the token as not valid yet.
        token.payload.pop("iat", None)
    return TokenPair(str(access), str(refresh), int(access.lifetime.total_seconds()), session_id, user_id)


def _decode_refresh(token: str) -> RefreshToken:
    try:
        return _decode(RefreshToken, token)
    except ExpiredTokenError as error:
        raise NotAuthenticated(SESSION_OVER) from error
    except TokenError as error:
        raise NotAuthenticated(NOT_VALID) from error


def _decode(kind: type[T], token: str) -> T:
    """Signature (HS256 only), expiry and `token_type` checked; raises simplejwt's `TokenError`."""
    if not token or len(token) > TOKEN_LENGTH or not token.isascii():
        raise TokenError("malformed")
    return kind(token)  # type: ignore[arg-type]


def _owner(token: Token) -> tuple[int, UUID]:
    try:
        return int(token["user_id"]), UUID(str(token[SESSION_CLAIM]))
    except (KeyError, TypeError, ValueError) as error:
        raise NotAuthenticated(NOT_VALID) from error
