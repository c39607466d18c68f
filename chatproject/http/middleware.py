"""Django middleware for all HTTP answers: optional trailing slashes, one error shape, security headers."""

import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Literal

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import ResolverMatch, get_urlconf, is_valid_path

from lib import errors, origins, refusals, rest

GetResponse = Callable[[HttpRequest], HttpResponseBase]


HEALTH = re.compile("/(healthz|readyz|metrics)/?$")
_match = lru_cache(1024)(is_valid_path)


def match_of(path: str) -> ResolverMatch | Literal[False]:
    """The view of a path, False if there is none. Cached, as matching all patterns takes as long as a query; long paths
    are not, so that nobody can fill the memory with them."""
    return (_match if len(path) < 200 else is_valid_path)(path, get_urlconf())


class PolicyMiddleware(CSPMiddleware):
    """Sets `Content-Security-Policy`: built for each page with its nonce, the same for all JSON."""

    @cached_property
    def _for_data(self) -> str:
        return build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type") != "application/json":
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._for_data)
        return response


class HostMiddleware:
    """Answers 400 to a `Host` that is not in ALLOWED_HOSTS, before anything else is looked at or stored.

    Not for health checks, which often use the server's IP address.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self._is_ours(request) and not HEALTH.match(request.path_info):
            origins.note_wrong_host(request.META.get("HTTP_HOST", ""))
            return error_response(request, errors.WrongHost())
        return self.get_response(request)

    def _is_ours(self, request: HttpRequest) -> bool:
        if (host := request.META.get("HTTP_HOST")) is not None:
            return origins.is_our_host(host)
        if isinstance(request, ASGIRequest):
            return False  # Django would go by the address of our socket (RFC 9112 section 3.2: 400)
        try:
            return bool(request.get_host())
        except DisallowedHost:
            return False


class PrivacyMiddleware:
    """`Cache-Control: no-store`, unless the view says otherwise: nearly all answers are for one person only.

    Static files don't pass through here.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class ErrorShapeMiddleware:
    """Answers outside DRF (no such path, CSRF, a defect, the database away) in the contract's error shape,
    or as a page where a browser asks; and takes both spellings of a path, with and without the slash."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not match_of(path):
            if path.endswith("/") and match_of(path.rstrip("/")):
                request.path_info = path.rstrip("/")
            elif match_of(path + "/"):
                if request.method in ("GET", "HEAD"):
                    return HttpResponseRedirect(request.get_full_path(force_append_slash=True))
                request.path_info = path + "/"
        response = self.get_response(request)
        plain = response.status_code >= 400 and not hasattr(response, "data")
        if plain and response.status_code in STATUS and not getattr(response, "is_shaped", False):
            shaped = error_response(request, STATUS[response.status_code]())
            if "Allow" in response.headers:
                shaped["Allow"] = response.headers["Allow"]
            return shaped
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        error = rest.translate(exception)
        return error_response(request, error) if error else None


STATUS: dict[int, Callable[[], errors.Refused]] = {
    400: lambda: errors.Refused("The request is not valid."),
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.TooLarge,
    500: errors.Defect,
}


def error_response(request: HttpRequest, error: errors.Refused) -> HttpResponse:
    if rest.wants_page(request):
        response = render(request, "error.html", {"error": error}, status=error.status)
        for name, value in rest.headers(error).items():
            response[name] = value
    else:
        response = rest.json_error(error)
    response.is_shaped = True  # type: ignore[attr-defined]
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    refusals.note("csrf", reason)
    return error_response(request, errors.Forbidden(f"CSRF check failed: {reason}", code="csrf_failed"))


def server_error(request: HttpRequest) -> HttpResponse:
    return error_response(request, errors.Defect())
