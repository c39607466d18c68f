"""Uploads over HTTP: send files, read them, and list those of a chat."""

import re
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Struct
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from accounts.api.serializers import TextField
from accounts.handshake import require_token
from accounts.throttle import FileThrottle
from chat import uploads
from chat.api import examples
from chat.api.views import ChatView
from chat.log.attachments import on_the_wire
from chat.models import ALT_LENGTH, Upload
from chat.protocol import Attachment
from files import keeping, serving
from files.forms import FileFormParser
from files.images import LARGE, SMALL
from files.models import StoredFile
from lib import errors, rest
from lib.bodies import BESIDE_FILE, body_limit
from lib.openapi import errors as refusals
from lib.schemas import answer

LONGEST_SIDE = 16_384  # pixels
MAX_AGE = 3600  # seconds that a browser shows a file without asking again
PAGE = 50


class AsciiDecimal(fields.FloatField):
    """Digits and a point: what Python takes for a number besides is none in a form."""

    def to_internal_value(self, data: Any) -> float:
        if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class AsciiInteger(fields.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,20}", str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class UploadSerializer(fields.Serializer[Any]):
    file = fields.FileField(help_text="The file. What it is, is told from its content.")
    alt = TextField(
        max_length=ALT_LENGTH, allow_blank=True, default="", help_text="What a picture shows, in words."
    )
    original = fields.BooleanField(
        default=False,
        help_text="Keep a picture byte for byte, with its metadata; it is downloaded, not shown.",
    )
    duration = AsciiDecimal(
        min_value=0, max_value=uploads.LONGEST, required=False, help_text="Seconds of sound or video."
    )
    width = AsciiInteger(min_value=1, max_value=LONGEST_SIDE, required=False, help_text="Of a video.")
    height = AsciiInteger(min_value=1, max_value=LONGEST_SIDE, required=False, help_text="Of a video.")
    waveform = TextField(
        max_length=1000, allow_blank=True, default="", help_text="JSON of up to 64 whole numbers, 0 to 100."
    )
    poster = fields.FileField(required=False, help_text="A picture of sound or video; not used for others.")


class AltSerializer(fields.Serializer[Any]):
    alt = TextField(max_length=ALT_LENGTH, allow_blank=True, help_text="What a picture shows, in words.")


class ChatFile(Struct, kw_only=True):
    """A file of a chat, and the message it is in."""

    attachment: Attachment
    message_id: int
    seq: int
    user_id: int
    username: str
    display_name: str
    timestamp: datetime


class Files(Struct, kw_only=True):
    """A page of a chat's files, the newest first. `next`: the `before` of the next page, null on the last."""

    results: list[ChatFile]
    next: int | None


class UploadsView(ChatView):
    serializer_class = UploadSerializer
    parser_classes = (FileFormParser,)

    @extend_schema(
        summary="Upload a file",
        request={"multipart/form-data": UploadSerializer},
        responses={201: answer(Attachment), **refusals(400, 401, 413, 415, 422, 429, 503)},
        examples=[examples.answer("The attachment", examples.ATTACHMENT, 201)],
    )
    def post(self, request: Request) -> Response:
        """Send a file, then name its `id` in the `attachments` of a message. Until then only the caller can read it,
        and after 24 hours it is deleted.

        Pictures (JPEG, PNG, GIF, WebP, AVIF) are turned upright and stripped of their metadata, unless `original`;
        their `thumb` always is.

        429 `quota_exceeded`: so much was uploaded in the last 24 hours, or in all. `Retry-After` says when enough of it
        is older than that; it is missing where waiting does not help.
        """
        given = self.input()
        upload = uploads.add(
            self.me,
            given["file"],
            given["file"].name,
            claimed=given["file"].content_type or "",
            alt=given["alt"],
            original=given["original"],
            measures=uploads.Measures(
                given.get("duration"),
                given.get("width"),
                given.get("height"),
                uploads.waveform_of(given["waveform"]),
            ),
            poster=given.get("poster"),
        )
        return Response(on_the_wire(upload), status=201)


def uploads_view() -> Any:
    """The view, with the bodies it takes."""
    most, sentence = settings.UPLOAD_MAX_SIZE + BESIDE_FILE, uploads.too_large()
    return body_limit(most, admit=require_token, slow=True, sentence=sentence)(UploadsView.as_view())


class FileView(ChatView):
    """What is answered with a file instead of JSON: its errors are JSON, whatever the client accepts."""

    serializer_class = AltSerializer

    def get_throttles(self) -> list[BaseThrottle]:
        return (
            [FileThrottle()]
            if self.request.method == "GET" and settings.RATE_LIMITS
            else super().get_throttles()
        )

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return (rest.JSONRenderer(), rest.JSONRenderer.media_type)

    def send(self, upload: Upload, file: StoredFile, mime: str, is_inline: bool) -> HttpResponseBase:
        return serving.answer(
            self.request._request,
            partial(keeping.read, file),
            size=file.size,
            etag=file.sha256,
            name=upload.name,
            mime=mime,
            inline=is_inline,
            max_age=MAX_AGE,
        )


class UploadView(FileView):
    @extend_schema(
        summary="Download a file",
        parameters=[OpenApiParameter("download", bool, description="Never shown in the browser.")],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **refusals(401, 404, 503)},
    )
    def get(self, request: Request, upload_id: int) -> HttpResponseBase:
        """A file that the caller uploaded, or of a chat they may read now. Takes ranges and `If-None-Match`. Pictures
        that were drawn anew, sound and video may be shown; everything else is an attachment."""
        upload = uploads.readable(self.me, upload_id)
        is_inline = upload.is_inline and "download" not in request.query_params
        return self.send(upload, upload.file, upload.mime, is_inline)

    @extend_schema(
        summary="Describe a file",
        request=AltSerializer,
        responses={200: answer(Attachment), **refusals(400, 401, 404)},
        examples=[examples.answer("The attachment", examples.ATTACHMENT)],
    )
    def patch(self, request: Request, upload_id: int) -> Response:
        """Change the text for those who can't see it, before the file is sent."""
        return Response(on_the_wire(uploads.describe(self.me, upload_id, **self.input())))

    @extend_schema(summary="Delete a file", responses={204: None, **refusals(401, 404)})
    def delete(self, request: Request, upload_id: int) -> Response:
        """Delete a file that was not sent. A sent one goes with its message."""
        uploads.discard(self.me, upload_id)
        return Response(status=204)


class CopyView(ChatView):
    @extend_schema(
        summary="Copy a file",
        request=None,
        responses={201: answer(Attachment), **refusals(401, 404, 409, 429)},
        examples=[examples.answer("The attachment", examples.ATTACHMENT, 201)],
    )
    def post(self, request: Request, upload_id: int) -> Response:
        """Make an upload of the caller's own of a file that they may read, to forward it: an upload goes into one
        message."""
        return Response(on_the_wire(uploads.copy(self.me, upload_id)), status=201)


class ThumbView(FileView):
    @extend_schema(
        summary="Show a small picture of a file",
        parameters=[OpenApiParameter("size", int, description="400 or 1200 pixels; 400 by default.")],
        responses={(200, "image/webp"): OpenApiTypes.BINARY, **refusals(400, 401, 404, 503)},
    )
    def get(self, request: Request, upload_id: int) -> HttpResponseBase:
        """WebP, at most 400 or 1,200 pixels a side, for whoever may read the file. 404 if it has none."""
        upload = uploads.readable(self.me, upload_id)
        size = self.number("size", SMALL, 1, LARGE)
        file = upload.preview if size > SMALL else upload.thumb
        if file is None:
            raise errors.NotFound()
        return self.send(upload, file, "image/webp", is_inline=True)


class FilesView(ChatView):
    serializer_class = answer(Files)
    pagination_class = None

    @extend_schema(
        summary="List a chat's files",
        parameters=[
            OpenApiParameter("kind", str, enum=Upload.Kind.values),
            OpenApiParameter("q", str, description="A part of the name."),
            OpenApiParameter("before", int, description="Only files before this one."),
            OpenApiParameter("limit", int, description=f"1 to 200; {PAGE} by default."),
        ],
        responses={200: answer(Files), **refusals(400, 401, 403, 404)},
        examples=[examples.answer("A page", examples.FILES)],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """The files of the chat's messages, the newest first."""
        seat, limit = self.seat(), self.number("limit", PAGE, 1, 200)
        kind = request.query_params.get("kind", "")
        if kind and kind not in Upload.Kind.values:
            raise errors.Invalid({"kind": [f"This must be one of {', '.join(Upload.Kind.values)}."]})
        rows = uploads.listed(seat.chat_id, kind, rest.search_of(request.query_params, 100, "q"))
        if before := self.number("before", 0, 0, rest.MAX_ID):
            rows = rows.filter(pk__lt=before)
        found = list(rows[: limit + 1])
        return Response(
            Files(
                results=[_listed(upload) for upload in found[:limit]],
                next=found[limit - 1].pk if len(found) > limit else None,
            )
        )


def _listed(upload: Upload) -> ChatFile:
    message = upload.message
    assert message is not None
    return ChatFile(
        attachment=on_the_wire(upload),
        message_id=message.pk,
        seq=message.seq,
        user_id=message.sender_id,
        username=message.sender.username,
        display_name=message.sender.display_name,
        timestamp=message.created_at,
    )
