"""Signing in, in stages: username and password, each further stage that is due, then tokens.

The API, the pages, `/admin/login/` and `/api-auth/login/` all use this, and nothing else creates a session.

A stage is a step after the right password, such as a second factor or accepting new terms. `finish` raises
`Unfinished` for the first stage that is due: the API answers its code and `pending`, a browser gets the stage's page
with `pending` in its form. The stage's own endpoints take `pending` back (`resume`), check what they ask for, and call
`finish` with the stage among those passed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import authenticate
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from accounts import devices, tokens
from accounts.models import Session, User
from accounts.tokens import Device, TokenPair
from lib.errors import NotAuthenticated, Refused

SALT = "accounts.signing_in"
PENDING_AGE = 600  # seconds from the right password to the end of the last stage


@dataclass(frozen=True)
class Stage:
    """`page` draws the form, given the request, `pending` and the path to go to afterwards."""

    name: str  # the API's error code is `<name>_required`
    sentence: str
    is_due: Callable[[User], bool]
    page: Callable[[HttpRequest, str, str], HttpResponse]


#: In their order. The apps above may add their own.
stages: list[Stage] = []


class Unfinished(Refused):
    """The password was right, and a stage is left."""

    status = 401

    def __init__(self, stage: Stage, pending: str) -> None:
        super().__init__(stage.sentence, code=f"{stage.name}_required", more={"pending": pending})
        self.stage = stage
        self.pending = pending


def check_password(request: HttpRequest, username: str, password: str) -> User:
    """The person with this username or e-mail address and this password.

    Raises `NotAuthenticated`, and `TooManyFailures` while further attempts have to wait (accounts.backends,
    accounts.throttle).
    """
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        raise NotAuthenticated("Wrong username or password.")
    return user


def finish(user: User, device: Device, passed: Sequence[str] = ()) -> TokenPair:
    """Sign the person in on a new device. `passed`: the names of the completed stages.

    Raises `Unfinished` if another stage is due.
    """
    for stage in stages:
        if stage.name not in passed and stage.is_due(user):
            raise Unfinished(stage, signing.dumps([user.pk, _proof(user), list(passed)], salt=SALT))
    return tokens.issue(user, device)


def resume(pending: str) -> tuple[User, list[str]]:
    """The person of an unfinished sign-in, and their completed stages. Raises `NotAuthenticated` if it took too long,
    or if the password has changed since."""
    try:
        user_id, proof, passed = signing.loads(pending, salt=SALT, max_age=PENDING_AGE)
    except (signing.BadSignature, ValueError) as error:
        raise NotAuthenticated("Logging in took too long. Start again.") from error
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not constant_time_compare(proof, _proof(user)):
        raise NotAuthenticated("Logging in took too long. Start again.")
    return user, passed


def _proof(user: User) -> str:
    """A value that changes with the password."""
    return user.get_session_auth_hash()[:16]


def as_guest(user: User, device: Device | None) -> TokenPair:
    """Sign in somebody new who has no password; no stage is due."""
    return tokens.issue(user, device)


def again(session: Session, device: Device) -> TokenPair:
    """Sign in again a browser that is signed in with this session; its stages are completed."""
    return tokens.issue(session.user, device)


def by_django(request: HttpRequest, user: User, **_: Any) -> None:
    """A receiver of Django's `user_logged_in`: its `login`, which libraries and its test client call, makes a session
    like any other, so that whatever ends sessions ends this one."""
    request.session[devices.SESSION_KEY] = str(tokens.issue(user, tokens.device_of(request)).session_id)
