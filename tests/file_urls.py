"""The project's URLs, one that answers with a big file, and one that takes big bodies: for tests only."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.urls import include, path

MEGABYTE = 1_048_576
FILE_SIZE = 50 * MEGABYTE


def file(request: HttpRequest) -> FileResponse:
    return FileResponse((Path(settings.DATA_DIR) / "big").open("rb"))


def parts(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(b"%d\n" % number for number in range(1000))


urlpatterns = [
    path("tests/file", file),
    path("tests/parts", parts),
    path("", include("chatproject.urls")),
]
