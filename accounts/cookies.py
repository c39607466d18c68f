"""The names of our cookies.

Over TLS they begin with `__Host-`, or with `__Secure-` if they are for one path: a browser accepts both only over TLS,
and the first only from this very host, so that no other host of the domain can set them (RFC 6265bis section 4.1.3).
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

DEVICE = "device"
REFRESH = "refresh_token"
REFRESH_PATH = "/auth"  # no other endpoint receives it
#: Those that keep somebody signed in, or in their language; by path.
LASTING = {DEVICE: "/", REFRESH: REFRESH_PATH, "sessionid": "/", "django_language": "/"}


def name(plain: str) -> str:
    if not settings.TLS:
        return plain
    return f"__Host-{plain}" if LASTING.get(plain, "/") == "/" else f"__Secure-{plain}"


class CookieNamesMiddleware:
    """Accepts a cookie by its plain name from a browser that doesn't have the prefixed one yet, so that people stay
    signed in after an upgrade, or after the server switched to https. It is deleted when the new one is set; for the
    refresh token, that happens within fifteen minutes of use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        old = [plain for plain in LASTING if plain in request.COOKIES] if settings.TLS else []
        for plain in old:
            request.COOKIES.setdefault(name(plain), request.COOKIES[plain])
        response = self.get_response(request)
        for plain in old:
            if name(plain) in response.cookies:
                response.delete_cookie(plain, path=LASTING[plain])
        return response
