"""Tokens over HTTP: in the body for all clients; for the web client the refresh token is also in a cookie."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.settings import api_settings

from accounts import cookies, devices
from accounts.tokens import TokenPair


def is_web_client(request: Request) -> bool:
    """Whether the request is from our own pages. Another site can't send this header without CORS permission, so a
    cookie that comes with it was not sent by a forged form."""
    return request.headers.get("X-Client") == "web"


def refresh_token_of(request: Request, data: dict[str, Any]) -> str:
    """The refresh token of the (validated) body, else of the web client's cookie, else ""."""
    if token := data.get("refresh_token"):
        return str(token)
    return request.COOKIES.get(cookies.name(cookies.REFRESH), "") if is_web_client(request) else ""


def token_response(request: Request, pair: TokenPair) -> Response:
    response = Response(
        {
            "access_token": pair.access,
            "token_type": "bearer",
            "expires_in": pair.expires_in,
            "refresh_token": pair.refresh,
        },
        headers={"Cache-Control": "no-store"},
    )
    if is_web_client(request):
        set_cookies(request._request, response, pair)
    return response


def set_cookies(request: HttpRequest, response: HttpResponseBase, pair: TokenPair) -> None:
    """Set the cookies of a signed-in browser: the refresh token for the web client, the session's id for the pages."""
    response.set_cookie(
        cookies.name(cookies.REFRESH),
        pair.refresh,
        max_age=api_settings.REFRESH_TOKEN_LIFETIME,
        path=cookies.REFRESH_PATH,
        secure=settings.TLS,
        httponly=True,
        samesite="Strict",
    )
    devices.remember(response, pair.session_id)
    devices.know(request, response, pair.user_id)


def clear_cookies(response: HttpResponseBase) -> None:
    response.delete_cookie(cookies.name(cookies.REFRESH), path=cookies.REFRESH_PATH, samesite="Strict")
    devices.forget(response)


def signed_out(request: Request) -> Response:
    """An answer with status 204 that deletes the web client's cookies."""
    response = Response(status=204)
    if any(cookies.name(one) in request.COOKIES for one in (cookies.REFRESH, cookies.DEVICE)):
        clear_cookies(response)
    return response
