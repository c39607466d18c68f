"""The project's URLs, one that answers with a big file, and one that takes big bodies: for tests only."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, JsonResponse, StreamingHttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from accounts.handshake import require_token
from lib.bodies import body_limit

MEGABYTE = 1_048_576
FILE_SIZE = 50 * MEGABYTE
MOST_UPLOAD = 24 * MEGABYTE


def file(request: HttpRequest) -> FileResponse:
    return FileResponse((Path(settings.DATA_DIR) / "big").open("rb"))


def parts(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(b"%d\n" % number for number in range(1000))


@body_limit(MOST_UPLOAD, admit=require_token)
@csrf_exempt
def upload(request: HttpRequest) -> JsonResponse:
    digest, size = hashlib.sha256(), 0
    while part := request.read(MEGABYTE):
        digest.update(part)
        size += len(part)
    return JsonResponse({"size": size, "sha256": digest.hexdigest()})


urlpatterns = [
    path("tests/upload", upload),
    path("tests/file", file),
    path("tests/parts", parts),
    path("", include("chatproject.urls")),
]
