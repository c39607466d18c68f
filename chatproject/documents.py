"""Pages and documents that belong to no area: the front door, the API's documents, and health."""

from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import renderers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.api import asyncapi
from chatproject.operations.health import HealthView, ReadyView
from chatproject.operations.telemetry import MetricsView
from lib.openapi import errors as refusals
from lib.rest import JSONRenderer, wants_page

TITLE = str(settings.SPECTACULAR_SETTINGS["TITLE"])
LINKS = {
    "chats": "/chats",
    "openapi": "/schema",
    "docs": "/docs",
    "asyncapi": "/asyncapi",
    "health": "/healthz",
}


@csrf_exempt  # it changes nothing: another method is wrong with a token too
@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """A page with where to go for a browser, links for a program."""
    if wants_page(request):
        return render(request, "front_door.html")
    return JsonResponse({"name": TITLE, "version": settings.VERSION, "links": LINKS})


@cache
def openapi_document(as_json: bool) -> str | bytes:
    """The whole document as text. Making it takes most of a second, and it never changes."""
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return (OpenApiJsonRenderer() if as_json else OpenApiYamlRenderer()).render(document, renderer_context={})


class SchemaView(APIView):
    """The OpenAPI document, for everybody; an old token that comes along is not looked at."""

    schema = None
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (OpenApiYamlRenderer, OpenApiYamlRenderer2, OpenApiJsonRenderer, OpenApiJsonRenderer2)

    def get(self, request: Request) -> HttpResponse:
        chosen = request.accepted_renderer
        document = openapi_document("json" in chosen.media_type)
        return HttpResponse(document, content_type=chosen.media_type)


class DocsView(SpectacularSwaggerSplitView):
    """The page of the OpenAPI document. Its script is a file of its own, as the CSP wants it."""

    authentication_classes = ()
    url_name = "schema"

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)  # a page, whatever is asked for


class YAMLRenderer(renderers.BaseRenderer):
    media_type = "application/yaml"
    format = "yaml"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120).encode()


class AsyncAPIView(APIView):
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer, YAMLRenderer)

    @extend_schema(
        summary="The sockets' document",
        auth=[],
        parameters=[OpenApiParameter("format", str, enum=["json", "yaml"])],
        responses={200: OpenApiTypes.OBJECT, **refusals()},
        examples=[
            OpenApiExample(
                "Its beginning",
                {"asyncapi": "3.0.0", "info": {"title": "Chat server: sockets", "version": settings.VERSION}},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """AsyncAPI 3.0: every socket, every frame in and out, made from what decodes and encodes them."""
        return Response(asyncapi.document(TITLE, settings.VERSION, request.get_host(), request.is_secure()))


urlpatterns = [
    path("", front_door, name="front-door"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(), name="docs"),
    path("asyncapi", AsyncAPIView.as_view(), name="asyncapi"),
    path("healthz", HealthView.as_view(), name="healthz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("readyz", ReadyView.as_view(), name="readyz"),
]
