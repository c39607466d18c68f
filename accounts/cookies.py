"""The names of our cookies.

Over TLS they begin with `__Host-`, or with `__Secure-` where they are for one path: a browser takes those from a host
over TLS alone, and the first from this very host, so that no other one of the domain can plant it (RFC 6265bis section
4.1.3).
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

DEVICE = "device"
REFRESH = "refresh_token"
REFRESH_PATH = "/auth"  # no other endpoint ever sees it
#: Those that keep somebody signed in, or in their language; by path.
LASTING = {DEVICE: "/", REFRESH: REFRESH_PATH, "sessionid": "/", "django_language": "/"}


def name(plain: str) -> str:
    if not settings.TLS:
        return plain
    return f"__Host-{plain}" if LASTING.get(plain, "/") == "/" else f"__Secure-{plain}"


class CookieNamesMiddleware:
    """Takes a cookie by its plain name from a browser that does not have the new one yet: one from before the names
    had a prefix, or from before the server was reached by https, keeps its owner signed in. It goes when the new one
    is set. The refresh token's is within fifteen minutes of use."""

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
