"""Authentication schemes and error answers in the OpenAPI document, once for all endpoints."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `access_token` of `POST /auth/login`. It expires after 15 minutes.",
        }


class CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.CookieAuthentication"
    name = "cookie"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "device",
            "description": "A browser logged in on the web pages. Unsafe methods need the `X-CSRFToken` header.",
        }


class ErrorDetailSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="For programs: one of a fixed set, such as `not_a_member`.")
    detail = serializers.CharField(help_text="For people: a sentence.")
    # An attribute of this name would hide the serializer's own `fields`; `get_fields` adds it.

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            **super().get_fields(),
            "fields": serializers.DictField(
                child=serializers.ListField(child=serializers.CharField()),
                required=False,
                help_text="Only with `invalid`: errors by field.",
            ),
        }


class ErrorSerializer(serializers.Serializer[Any]):
    """The one shape of all errors."""

    error = ErrorDetailSerializer()


# status: (what it means, code, detail)
STATUSES = {
    400: ("Invalid input; `fields` says what is wrong.", "invalid", "name: This field is required."),
    401: (
        "No valid token (`not_authenticated`), or an expired one (`token_expired`).",
        "not_authenticated",
        "Log in first: the request has no valid token.",
    ),
    403: ("The caller may not do this.", "forbidden", "You don't have permission to do this."),
    404: (
        "Not found, or the caller may not know that it exists.",
        "not_found",
        "Not found, or you don't have access.",
    ),
    409: ("Conflicts with the current state.", "conflict", "This conflicts with the current state."),
    413: ("The body is too large.", "too_large", "The request is too large."),
    415: ("Unsupported content type.", "unsupported_media_type", "Unsupported media type."),
    422: (
        "A picture that can't be read (`bad_image`), or a file with a virus (`infected`).",
        "bad_image",
        "This picture can't be read.",
    ),
    429: (
        "Too many requests; `Retry-After` says when to retry.",
        "rate_limited",
        "Too many requests. Slow down.",
    ),
    503: (
        "The database is unavailable; `Retry-After` says when to retry.",
        "unavailable",
        "The database can't be reached right now. Try again.",
    ),
}


def errors(*statuses: int) -> dict[int, OpenApiResponse]:
    """The error answers of an endpoint, for `extend_schema(responses={200: …, **errors(400, 401)})`.

    429 and 503 can come from any endpoint and are always included.
    """
    return {status: _response(status) for status in sorted({*statuses, 429, 503})}


def _response(status: int) -> OpenApiResponse:
    meaning, code, detail = STATUSES[status]
    error: dict[str, Any] = {"code": code, "detail": detail}
    if status == 400:
        error["fields"] = {"name": ["This field is required."]}
    return OpenApiResponse(
        ErrorSerializer,
        description=meaning,
        examples=[OpenApiExample(code, {"error": error}, response_only=True, status_codes=[str(status)])],
    )
