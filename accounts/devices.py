"""The person signed in on a page: a cookie names this browser's `Session`.

One sign-in is one `Session` row, and only the row decides. The web client's tokens depend on it (`accounts.tokens`),
and so do the pages that the server renders: a signed cookie holds the row's id, and each request looks the row up.
There is no second state that could differ: whatever ends the row (log-out anywhere, log-out everywhere, a new
password, a copied refresh token, a ban) ends tokens, sockets and pages in the same moment.

- Why not the refresh cookie: it is for `/auth` only and can be used once, so pages would race against the client's own
  refresh. Why not Django's session: it would be a second state with its own lifetime.
- The cookie is HttpOnly, Secure under TLS, and worth nothing without our signature. It is SameSite=Lax, since links
  in mails and invite links open pages signed in; forms are CSRF-checked, and nothing changes by GET.
- Session fixation is not possible: signing in makes a new row, a new id, a new CSRF token.
- It is set, renewed and deleted together with the refresh cookie (`accounts.sessions`).

A second cookie, one for each person who signed in on this browser, records just that (`know`): it signs nobody in, and
survives a log-out. A browser with it is not slowed down by guesses from other devices (`accounts.throttle`).

Django's own session signs nobody in. After Django's `login` it holds the id of a `Session` (`accounts.signing_in`).
"""

import hashlib
import secrets
from uuid import UUID

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject
from rest_framework_simplejwt.settings import api_settings

from accounts import cookies, tokens
from accounts.models import Session, User

SALT = "accounts.device"
KNOWN = "known-{}"  # the name of the cookie of a person who signed in here
KNOWN_SALT = "accounts.known"
KNOWN_AGE = 365 * 86_400  # seconds
SESSION_KEY = "device"  # of Django's session
_LENGTH = 100  # characters; ours have 80


def remember(response: HttpResponseBase, session_id: UUID) -> None:
    """Set the cookie that makes this browser the device of the session."""
    response.set_cookie(
        cookies.name(cookies.DEVICE),
        signing.Signer(salt=SALT).sign(session_id.hex),
        max_age=api_settings.REFRESH_TOKEN_LIFETIME,
        secure=settings.TLS,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponseBase) -> None:
    response.delete_cookie(cookies.name(cookies.DEVICE), samesite="Lax")


def know(request: HttpRequest, response: HttpResponseBase, user_id: int) -> None:
    """Set the cookie that says that this person has signed in on this browser."""
    plain = KNOWN.format(user_id)
    name = cookies.name(plain)
    if name in request.COOKIES and known_key(request, user_id):
        return
    response.set_cookie(
        name,
        signing.Signer(salt=KNOWN_SALT).sign(f"{user_id}.{secrets.token_hex(16)}"),
        max_age=KNOWN_AGE,
        secure=settings.TLS,
        httponly=True,
        samesite="Lax",
    )
    if plain != name and plain in request.COOKIES:
        response.delete_cookie(plain)


def known_key(request: HttpRequest, user_id: int) -> str:
    """The key for counting this browser's failed log-ins, if this person has signed in on it before; else "".

    A cookie with its name from before a switch to https counts too, until the next log-in.
    """
    plain = KNOWN.format(user_id)
    cookie = request.COOKIES.get(cookies.name(plain)) or request.COOKIES.get(plain, "")
    try:
        value = signing.Signer(salt=KNOWN_SALT).unsign(cookie) if len(cookie) <= 2 * _LENGTH else ""
    except signing.BadSignature:
        return ""
    if value.partition(".")[0] != str(user_id):
        return ""
    return "device:" + hashlib.sha256(value.encode()).hexdigest()


def current(request: HttpRequest) -> Session | None:
    """The living session of this browser, with its active `user`: one query, and none without the cookie."""
    if not hasattr(request, "_device"):
        request._device = _find(request)  # type: ignore[attr-defined]
    found: Session | None = request._device  # type: ignore[attr-defined]
    return found


def session_id_of(request: HttpRequest) -> UUID | None:
    """The session id in the cookie, even of an ended session; None without a valid cookie."""
    cookie = request.COOKIES.get(cookies.name(cookies.DEVICE), "")
    if not cookie or len(cookie) > _LENGTH:
        return None
    try:
        return UUID(hex=signing.Signer(salt=SALT).unsign(cookie))
    except (signing.BadSignature, ValueError):
        return None


def _find(request: HttpRequest) -> Session | None:
    session_id = request.session.get(SESSION_KEY) or session_id_of(request)
    return tokens.living(pk=session_id).select_related("user").first() if session_id else None


class DeviceMiddleware(AuthenticationMiddleware):
    """`request.user` is the person who is signed in on this browser. In the place of Django's own, which goes by a
    session that nothing else would end."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _user(request))  # type: ignore[assignment]


def _user(request: HttpRequest) -> User | AnonymousUser:
    device = current(request)
    return device.user if device else AnonymousUser()
