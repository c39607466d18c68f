"""What the pages share: who is signed in (`accounts.devices`), where to go next, how a page is answered."""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts import devices, signing_in, tokens
from accounts.models import Session, User
from accounts.sessions import clear_cookies, set_cookies
from accounts.signing_in import Unfinished
from accounts.throttle import AddressThrottle
from accounts.tokens import TokenPair, device_of
from lib.errors import RateLimited, Refused

NEXT_LENGTH = 2000
CHATS = "/chat"
P = ParamSpec("P")
DeviceView = Callable[Concatenate[HttpRequest, Session, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page that no cache keeps: after log-out, Back shows nothing private."""
    response = render(request, template, context, status=status)
    response.is_shaped = True  # type: ignore[attr-defined]  # chatproject.http.middleware leaves it as it is
    return private(response)


def refused(request: HttpRequest, template: str, context: dict[str, Any], error: Refused) -> HttpResponse:
    """The page again, with what was wrong; for a rate limit with status 429 and `Retry-After`."""
    response = page(request, template, context, 429 if error.retry_after else 200)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    return response


def go(path: str) -> HttpResponse:
    """A redirect that no cache keeps."""
    return private(HttpResponseRedirect(path))


def signed_in(view: DeviceView[P]) -> View[P]:
    """Gives the view the `Session` of this browser; redirects to the log-in, and back, if nobody is signed in."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        device = devices.current(request)
        if device is None:
            return go(login_url(request.get_full_path()))
        return private(view(request, device, *args, **kwargs))

    return checked


def login_url(path: str) -> str:
    return f"{reverse('page-login')}?{urlencode({'next': path})}"


def next_of(request: HttpRequest) -> str:
    """Where the person wanted to go: a path of ours, "" for none and for anything else."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours and wanted.startswith("/") and len(wanted) <= NEXT_LENGTH else ""


def sign_in(request: HttpRequest, user: User, path: str, passed: Sequence[str] = ()) -> HttpResponse:
    """Sign in on this browser and go to `path`, or to the page of the first stage that is due and not `passed`."""
    try:
        pair = signing_in.finish(user, device_of(request), passed)
    except Unfinished as error:
        return private(error.stage.page(request, error.pending, path))
    return enter(request, pair, path)


def enter(request: HttpRequest, pair: TokenPair, path: str) -> HttpResponse:
    """Go to `path`, signed in with these tokens. One sign-in is one `Session`: the browser's former one ends."""
    leave(request)
    rotate_token(request)
    response = go(path)
    set_cookies(request, response, pair)
    return response


def leave(request: HttpRequest) -> None:
    """End the `Session` of this browser, and Django's own."""
    former = devices.current(request)
    if former is not None:
        tokens.revoke(former)
    if request.session.session_key:
        request.session.flush()


def sign_out(request: HttpRequest, path: str) -> HttpResponse:
    """Sign this browser out, and have it delete what it stored for this site: caches, drafts, the service worker."""
    leave(request)
    rotate_token(request)
    response = go(path)
    clear_cookies(response)
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def check_rate(request: HttpRequest, throttle: AddressThrottle) -> None:
    """Count a request from this address, together with those to the API. Raises `RateLimited`."""
    if not throttle.allow_request(request, None):  # type: ignore[arg-type]  # it looks at META only
        raise RateLimited(math.ceil(throttle.wait() or 60))
