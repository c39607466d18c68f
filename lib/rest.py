"""What all API endpoints share: the JSON encoder, the error shape, the page shape.

Errors: `{"error": {"code", "detail", "fields"?}}` with the status of the exception (lib.errors); `fields` only with
`invalid`.
"""

import logging
import unicodedata
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
    ValidationError,
)
from django.db import DatabaseError
from django.http import Http404, HttpRequest, JsonResponse
from django.template import loader
from rest_framework import exceptions, parsers, renderers
from rest_framework.metadata import SimpleMetadata
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import clone_request
from rest_framework.response import Response

from lib import errors, strict_json
from lib.database import errors as database_errors
from lib.database import pool

logger = logging.getLogger(__name__)
RETRY_AFTER = 2  # seconds, when the database is away
MAX_ID = 2**63 - 1


class JSONRenderer(renderers.BaseRenderer):
    """Encodes with msgspec: accepts structs, and writes times in UTC ending in `Z`."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        if data is None:
            return b""
        encoded = msgspec.json.encode(data, enc_hook=str)
        if (renderer_context or {}).get("indent"):
            return msgspec.json.format(encoded, indent=4)
        return encoded


class BrowsableAPIRenderer(renderers.BrowsableAPIRenderer):
    """DRF's pages with the same encoder, indented for people."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        response = (renderer_context or {})["response"]
        if response.status_code == 503:
            # DRF's page would query the signed-in user again: the wait would double, and then fail.
            return loader.render_to_string(
                "error.html", {"error": errors.Unavailable(data["error"]["detail"])}
            )
        return super().render(data, accepted_media_type, renderer_context)

    def get_content(
        self, renderer: Any, data: Any, accepted_media_type: str | None, renderer_context: Any
    ) -> str:
        encoded = renderer.render(data, accepted_media_type, {**renderer_context, "indent": 4})
        return encoded.decode() if isinstance(encoded, bytes) else encoded


class JSONParser(parsers.JSONParser):
    """Strict JSON (lib.strict_json); the body must be an object. Django has checked its size before."""

    renderer_class = JSONRenderer  # type: ignore[assignment]  # for the raw form's initial content

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        body = stream.read()
        return strict_json.json_object(body, "body") if body else {}


class Metadata(SimpleMetadata):
    """What OPTIONS answers. Our views find their objects themselves, so DRF's `get_object` can't be asked for them."""

    def determine_actions(self, request: Any, view: Any) -> dict[str, Any]:
        actions = {}
        for method in ("POST", "PUT", "PATCH"):
            if method in view.allowed_methods:
                view.request = clone_request(request, method)  # some serializers depend on the method
                actions[method] = self.get_serializer_info(view.get_serializer())
        view.request = request
        return actions


class Pagination(LimitOffsetPagination):
    """`?limit=` (1 to 200, 50 unless told) and `?offset=`; answers `{"results", "next"}`."""

    default_limit = 50
    max_limit = 200

    def get_limit(self, request: Any) -> int:
        return whole_number(request.query_params, "limit", self.default_limit, 1, self.max_limit)

    def get_offset(self, request: Any) -> int:
        return whole_number(request.query_params, "offset", 0, 0, MAX_ID)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "example": "http://127.0.0.1:8000/users?limit=50&offset=50",
                },
            },
        }


def whole_number(params: Any, name: str, default: int, low: int, high: int) -> int:
    """A query parameter as a whole number within bounds; raises `Invalid` naming it."""
    value = params.get(name)
    if value is None or value == "":
        return default
    if value.isascii() and value.isdigit() and len(value) <= 19 and low <= int(value) <= high:
        return int(value)
    upper = f"from {low} to {high}" if high != MAX_ID else f"of at least {low}"
    raise errors.Invalid({name: [f"This must be a whole number {upper}."]})


def moment(params: Any, name: str) -> datetime:
    """A query parameter as a time; raises `Invalid` naming it. Without a time zone it is UTC."""
    # A plus that was not percent-encoded came as a space.
    value = params[name].strip().replace(" ", "+")
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise errors.Invalid(
            {name: ["This must be a time of ISO 8601, such as 2026-11-21T12:30:00Z."]}
        ) from None


def search_of(params: Any, longest: int, name: str = "search") -> str:
    """The text of `?search=`, "" if it is missing. Raises `Invalid` if it is too long or has control characters."""
    search: str = params.get(name, "").strip()
    if len(search) > longest or any(unicodedata.category(sign) == "Cc" for sign in search):
        raise errors.Invalid(
            {name: [f"This must be at most {longest} characters, without control characters."]}
        )
    return search


def body(error: errors.Refused) -> dict[str, Any]:
    content: dict[str, Any] = {"code": error.code, "detail": error.detail, **error.more}
    if error.fields is not None:
        content["fields"] = error.fields
    return {"error": content, **error.beside}


def headers(error: errors.Refused) -> dict[str, str]:
    found = {}
    if error.status == 401:
        found["WWW-Authenticate"] = 'Bearer realm="api"'
    if isinstance(error, errors.Elsewhere):
        found["Location"] = error.location
    if error.retry_after is not None:
        found["Retry-After"] = str(error.retry_after)
    return found


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER. What it doesn't know stays an error 500, logged by Django."""
    error = translate(exc)
    if error is None:
        return None
    found = headers(error)
    if isinstance(exc, exceptions.MethodNotAllowed):
        found["Allow"] = ", ".join(context["view"].allowed_methods)
    return Response(body(error), status=error.status, headers=found)


def json_error(error: errors.Refused) -> JsonResponse:
    """The same answer outside DRF."""
    return JsonResponse(body(error), status=error.status, headers=headers(error))


def translate(exc: BaseException) -> errors.Refused | None:
    """Any exception as one of ours; None for a defect."""
    match exc:
        case errors.Refused():
            return exc
        case Http404() | exceptions.NotFound():
            return errors.NotFound()
        case exceptions.ValidationError():
            return errors.Invalid(_fields(exc.detail))
        case ValidationError():
            return errors.Invalid(_fields(exc.message_dict if hasattr(exc, "error_dict") else exc.messages))
        case exceptions.AuthenticationFailed() if isinstance(exc.__cause__, errors.Refused):
            return exc.__cause__
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return errors.NotAuthenticated()
        case exceptions.PermissionDenied() | PermissionDenied():
            return errors.Forbidden(str(getattr(exc, "detail", "") or exc))
        case exceptions.MethodNotAllowed():
            return errors.MethodNotAllowed(str(exc.detail))
        case exceptions.NotAcceptable():
            return errors.NotAcceptable(str(exc.detail))
        case exceptions.UnsupportedMediaType():
            return errors.UnsupportedMediaType(str(exc.detail))
        case exceptions.Throttled():
            return errors.RateLimited(int(getattr(exc, "wait", None) or 1) + 1)
        case exceptions.ParseError():
            return errors.Invalid({"body": [str(exc.detail)]})
        case RequestDataTooBig():
            return errors.TooLarge(f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes.")
        case TooManyFieldsSent():
            return errors.Invalid({"body": ["This form has too many fields."]})
        case TooManyFilesSent():
            return errors.Invalid({"body": ["This form has too many files."]})
        case SuspiciousOperation() | BadRequest():  # a form that is broken
            return errors.Refused()
        case _ if database_errors.is_disk_full(exc):
            logger.error("the database has no room: %s", exc)
            return errors.Unavailable(
                "The server's disk is full: nothing can be stored until there is room.", 60
            )
        case _ if database_errors.is_unmigrated(exc):
            logger.error("the database is not of this release, run `manage.py migrate`: %s", exc)
            return errors.Unavailable(
                "The server's database isn't set up yet. Its operator has to do that.", 60
            )
        case _ if isinstance(exc, database_errors.AWAY):
            logger.warning("the database did not answer: %s", exc)
            pool.renew()
            return errors.Unavailable("The database can't be reached right now. Try again.", RETRY_AFTER)
        case DatabaseError() if isinstance(exc.__cause__, database_errors.AWAY):
            return errors.Unavailable("The database can't be reached right now. Try again.", RETRY_AFTER)
    return None


def _fields(detail: Any) -> errors.Fields:
    """DRF's and Django's error details, flattened to {field: [sentences]}."""
    if not isinstance(detail, dict):
        detail = {"non_field_errors": detail}
    found: errors.Fields = {}
    for name, value in detail.items():
        if isinstance(value, dict):
            found.update({f"{name}.{inner}": lines for inner, lines in _fields(value).items()})
        else:
            found["detail" if name in ("non_field_errors", "__all__") else name] = [
                str(line) for line in (value if isinstance(value, list | tuple) else [value])
            ]
    return found


def wants_page(request: HttpRequest) -> bool:
    """Whether a browser asks for a page to look at, rather than a client for data."""
    return "text/html" in request.headers.get("Accept", "")
