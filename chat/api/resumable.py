"""Uploads in parts over HTTP: tus 1.0.0 (https://tus.io/protocols/resumable-upload), its core with the extensions
`creation` and `termination`."""

import shutil
from base64 import b64decode
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import TextField
from accounts.handshake import require_token
from chat import resumable, uploads
from chat.api import examples
from chat.api.uploads import UploadSerializer
from chat.api.views import ChatView
from chat.log.attachments import on_the_wire
from chat.models import ALT_LENGTH, ResumableUpload
from chat.protocol import Attachment
from files import keeping, names
from lib import errors, rest, text
from lib.bodies import BESIDE_FILE, body_limit
from lib.openapi import errors as refusals
from lib.schemas import answer

VERSION = "1.0.0"
EXTENSIONS = "creation,termination"
PART = "application/offset+octet-stream"
#: Of extensions that we don't have: who sends one relies on what it asks for.
UNSUPPORTED = ("Upload-Defer-Length", "Upload-Concat", "Upload-Checksum")
POSTER_TOO_LARGE = f"A poster may have at most {BESIDE_FILE:,} bytes."


def header(name: str, description: str, kind: Any = int, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=description, **more)


TUS = header("Tus-Resumable", "The version of the protocol.", str, required=True, enum=[VERSION])
OFFSET = "How many bytes the server has."


class WrongVersion(errors.Refused):
    status, code, sentence = 412, "wrong_version", "Send the header Tus-Resumable: 1.0.0."


class MetadataSerializer(UploadSerializer):
    """What `Upload-Metadata` may say."""

    file = None  # type: ignore[assignment]
    poster = None  # type: ignore[assignment]
    filename = TextField(max_length=1000, allow_blank=True, default="")
    filetype = TextField(max_length=1000, allow_blank=True, default="")


class TusView(ChatView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        is_tus = request.method in ("POST", "HEAD", "PATCH", "DELETE")
        if is_tus and request.headers.get("Tus-Resumable") != VERSION:
            raise WrongVersion
        for name in UNSUPPORTED:
            if name in request.headers:
                raise errors.Invalid({name: ["This server doesn't have this extension of tus."]})
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise errors.UnsupportedMediaType("Send the bytes as they are, without Content-Encoding.")

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """`OPTIONS` says what the server speaks to who has not logged in yet."""
        if request.method != "OPTIONS":
            return super().dispatch(request, *args, **kwargs)
        about = {
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.UPLOAD_MAX_SIZE),
            "Allow": ", ".join(self.allowed_methods),
        }
        return HttpResponse(status=204, headers=about)

    @property
    def media_type(self) -> str:
        """Of the body, without its parameters."""
        return (self.request.content_type or "").partition(";")[0].strip().lower()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = VERSION
        if response.status_code == 412:
            response["Tus-Version"] = VERSION
        if response.status_code == 413:
            response["Tus-Max-Size"] = str(settings.UPLOAD_MAX_SIZE)
        return response

    def bytes_in(self, name: str) -> int:
        """The number in a header. Raises `Invalid` naming it, also if it is missing."""
        found = rest.whole_number(self.request.headers, name, -1, 0, rest.MAX_ID)
        if found < 0:
            raise errors.Invalid({name: ["This header is required."]})
        return found


class ResumableUploadsView(TusView):
    serializer_class = MetadataSerializer

    @extend_schema(
        summary="Begin an upload in parts",
        parameters=[
            TUS,
            header("Upload-Length", "Bytes of the file.", required=True),
            header(
                "Upload-Metadata",
                "`name value` pairs with commas between them, the values in Base64: `filename`, `filetype` (as "
                "the client knows it), `alt`, `original`, `duration`, `width`, `height` and `waveform`, as in "
                "`POST /uploads`.",
                str,
            ),
            header("Location", "The path of the upload.", str, response=[201]),
        ],
        request={"image/*": OpenApiTypes.BINARY},
        responses={201: None, **refusals(400, 401, 409, 413, 415, 422, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """Begin an upload that goes on after a lost connection (tus 1.0.0). Send the file with `PATCH` to the
        `Location`, in parts of up to 5 MiB, and name the `id` that `GET` then answers in a message.

        The body, of an image type and 1 MiB at most, is the `poster` of sound or video; one that can't be read is
        refused with 422 `bad_image`, any other body with 415. 20 uploads of a person are under way at most (409
        `too_many_uploads`); they count for the quota with their whole size, and are deleted 24 hours after the last
        part.
        """
        metadata = request.headers.get("Upload-Metadata", "").strip()
        serializer = self.get_serializer(data=metadata_of(metadata))
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        waveform = uploads.waveform_of(said["waveform"])
        about = {
            "name": names.clean(said["filename"]),
            "claimed": said["filetype"],
            "alt": text.clean("alt", said["alt"], ALT_LENGTH),
            "original": said["original"],
            "measures": [said.get("duration"), said.get("width"), said.get("height"), waveform],
        }
        poster = None
        if body := request.read(BESIDE_FILE + 1):
            if not self.media_type.startswith("image/"):
                raise errors.UnsupportedMediaType("The body of this request can only be a poster, image/*.")
            if len(body) > BESIDE_FILE:
                raise errors.TooLarge(POSTER_TOO_LARGE)
            poster = BytesIO(body)
        row = resumable.create(self.me, self.bytes_in("Upload-Length"), about, metadata, poster)
        return Response(status=201, headers={"Location": f"/uploads/resumable/{row.pk}"})


def resumables_view() -> Any:
    """The view, with the bodies it takes."""
    limit = body_limit(BESIDE_FILE, admit=require_token, slow=True, sentence=POSTER_TOO_LARGE)
    return limit(ResumableUploadsView.as_view())


def metadata_of(typed: str) -> dict[str, str]:
    """What `Upload-Metadata` says, without what it leaves empty. Raises `Invalid`."""
    found: dict[str, str] = {}
    try:
        for pair in typed.encode("ascii").decode().split(",") if typed else ():
            name, _, value = pair.strip().partition(" ")
            if not name or name in found:
                raise ValueError
            found[name] = b64decode(value, validate=True).decode()
    except ValueError:  # Base64 and UTF-8 have subclasses of it
        raise errors.Invalid(
            {"Upload-Metadata": ["Write pairs of a name and a value in Base64, with commas between them."]}
        ) from None
    return {name: value for name, value in found.items() if value}


class ResumableUploadView(TusView):
    serializer_class = answer(Attachment)

    @extend_schema(
        summary="Read what an upload in parts has become",
        responses={200: answer(Attachment), **refusals(401, 404, 409, 413, 415, 422)},
        examples=[examples.answer("The attachment", examples.ATTACHMENT)],
    )
    def get(self, request: Request, resumable_id: UUID) -> Response:
        """The attachment, up to 24 hours after the last part has arrived. 409 until then; if the file was refused, the
        same answer as to its last part."""
        return Response(on_the_wire(resumable.whole(self.me, resumable_id)))

    @extend_schema(
        summary="Ask where an upload goes on",
        parameters=[
            TUS,
            header("Upload-Offset", OFFSET, response=[200]),
            header("Upload-Length", "Bytes of the file.", response=[200]),
        ],
        responses={200: None, **refusals(401, 404)},
    )
    def head(self, request: Request, resumable_id: UUID) -> Response:
        """An upload is complete, and `GET` answers its attachment, when `Upload-Offset` is `Upload-Length`."""
        row = resumable.find(self.me, resumable_id)
        return Response(headers=position(row))

    @extend_schema(
        summary="Send a part of a file",
        parameters=[
            TUS,
            header("Upload-Offset", OFFSET, required=True),
            header("Upload-Offset", OFFSET, response=[204]),
        ],
        request={PART: OpenApiTypes.BINARY},
        responses={204: None, **refusals(400, 401, 404, 409, 413, 415, 422, 503)},
    )
    def patch(self, request: Request, resumable_id: UUID) -> Response:
        """The bytes from `Upload-Offset` on, 5 MiB at most; they are on the disk when this is answered. 409 if the
        upload goes on elsewhere, as the same part has just come: ask with `HEAD`. 50 parts, beside
        the last, may have less than 64 KiB: then 400.

        The last part counts, and is answered, once the file was looked at. It may be refused as in `POST /uploads`;
        what has arrived is deleted then.
        """
        if self.media_type != PART:
            raise errors.UnsupportedMediaType("A part of a file is application/offset+octet-stream.")
        offset = self.bytes_in("Upload-Offset")
        with keeping.workplace() as place, (place / "part").open("w+b") as chunk:
            shutil.copyfileobj(request._request, chunk)
            offset = resumable.append(self.me, resumable_id, offset, chunk)
        return Response(status=204, headers={"Upload-Offset": str(offset)})

    @extend_schema(summary="Cancel an upload", parameters=[TUS], responses={204: None, **refusals(401, 404)})
    def delete(self, request: Request, resumable_id: UUID) -> Response:
        """Delete what has arrived, and the file if it is complete and no message has it."""
        resumable.discard(self.me, resumable_id)
        return Response(status=204)


def position(row: ResumableUpload) -> dict[str, str]:
    headers = {
        "Upload-Offset": str(row.offset),
        "Upload-Length": str(row.size),
        "Cache-Control": "no-store",
    }
    return {**headers, "Upload-Metadata": row.metadata} if row.metadata else headers


def resumable_view() -> Any:
    """The view, with the bodies it takes."""
    return body_limit(resumable.CHUNK, admit=require_token, slow=True)(ResumableUploadView.as_view())
