"""The caller of an HTTP request: a Bearer access token, or the cookie of a signed-in browser."""

import structlog
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts import devices, tokens
from accounts.models import Session, User
from lib import refusals
from lib.errors import NotAuthenticated

CHALLENGE = 'Bearer realm="api"'


def note(session: Session) -> None:
    """Whose request it is, in each log line of it."""
    structlog.contextvars.bind_contextvars(user_id=session.user_id, session_id=str(session.pk))


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; `request.auth` is the `Session`.

    A token that is wrong, expired or revoked is refused with 401, also where nobody needs to be signed in.
    """

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            session = tokens.load(tokens.verify(token.strip()))
        except NotAuthenticated as error:
            # DRF continues as anonymous only after its own exception; lib.rest answers with the cause.
            raise AuthenticationFailed() from error
        note(session)
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class CookieAuthentication(SessionAuthentication):
    """The cookie of a page, CSRF-checked; `request.auth` is the `Session`."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            refusals.note("csrf", str(error.detail))
            raise

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        device = devices.current(request._request)
        if device is None:
            return None
        self.enforce_csrf(request)
        note(device)
        return device.user, device

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE
