"""Access logs and metrics of HTTP requests, and `/metrics`."""

import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from functools import partial
from typing import Any

import structlog
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.operations.health import HealthView
from lib import refusals
from lib.ids import random_id

logger = logging.getLogger(__name__)
REQUESTS = Counter("chat_http_requests", "HTTP requests answered.", ["method", "status"])
SECONDS = Histogram(
    "chat_http_seconds", "Time of an HTTP request.", buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
GIVEN_ID = re.compile(r"[\w.-]{8,64}")
#: Requested so often, or so many at a time, that log lines are useless.
QUIET = re.compile(r"/(static/|healthz|readyz|metrics)")


class RequestMiddleware:
    """Gives each request an id (a proxy's `X-Request-ID`, or a new one), in its answer and in all its log lines."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if GIVEN_ID.fullmatch(given) else random_id().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id, client=request.META.get("REMOTE_ADDR"))
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            # Only its first part tells whether it can be sent (chatproject.http.handler).
            note = partial(_note, request, started)
            response.note = partial(copy_context().run, note)  # type: ignore[attr-defined]
        else:
            _note(request, started, response.status_code)
        return response


def _note(request: HttpRequest, started: float, status: int) -> None:
    """Count and log a request that is answered with this status."""
    seconds = time.perf_counter() - started
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, status).inc()
    SECONDS.observe(seconds)
    if status == 429:
        refusals.note("rate_limit", f"{method} {route_of(request)}")
    if not QUIET.match(request.path):
        match = request.resolver_match
        ids = {name: value for name, value in match.kwargs.items() if isinstance(value, int)} if match else {}
        logger.info(
            "%s %s",
            method,
            route_of(request),
            extra={**ids, "status": status, "ms": round(seconds * 1000, 1)},
        )


def route_of(request: HttpRequest) -> str:
    """The route, not the path: an invite link or a link to reset a password holds a secret."""
    return request.resolver_match.route if request.resolver_match else "no such path"


class PrometheusText(BaseRenderer):
    media_type = "text/plain"
    format = "prometheus"
    charset = None

    def render(
        self, data: Any, media_type: str | None = None, context: Mapping[str, Any] | None = None
    ) -> Any:
        return data if isinstance(data, bytes) else str(data).encode()


class MetricsView(HealthView):
    renderer_classes = (PrometheusText,)

    @extend_schema(
        summary="Metrics",
        auth=[],
        responses={(200, "text/plain"): OpenApiTypes.STR},
        examples=[
            OpenApiExample(
                "two of many",
                "chat_messages_stored_total 1234.0\nchat_layer_up 1.0\n",
                media_type="text/plain",
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """The counts of this server's processes together, for Prometheus. Keep it from the outside."""
        registry = REGISTRY
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
