"""The project's URLs, some that answer with files, and some that take big bodies: for tests only."""

import hashlib
import threading
import time
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections
from django.http import FileResponse, HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from accounts.handshake import require_token
from accounts.models import User
from files import serving
from lib import errors
from lib.bodies import body_limit

MEGABYTE = 1_048_576
FILE_SIZE = 50 * MEGABYTE
MOST_UPLOAD = 24 * MEGABYTE
_counting = threading.Lock()
_at_once = 0


class Away:
    """A file in a storage that doesn't answer."""

    def read(self, size: int) -> bytes:
        raise errors.Unavailable

    def close(self) -> None:
        pass


def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file in DATA_DIR."""
    path = Path(settings.DATA_DIR) / name
    if name == "away":
        return FileResponse(Away())

    def read(start: int, count: int) -> serving.Readable:
        opened = path.open("rb")
        opened.seek(start)
        return serving.Part(opened, count)

    return serving.answer(
        request,
        read,
        size=path.stat().st_size,
        etag=f"{name}-1",
        name=name,
        mime="video/webm" if name.endswith(".webm") else "application/zip",
        inline="download" not in request.GET,
        max_age=60,
    )


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


@body_limit(MOST_UPLOAD, admit=require_token, slow=True)
@csrf_exempt
def slow_upload(request: HttpRequest) -> JsonResponse:
    """Answers once the file `may` is there; how many of these were at work, at most, while this one was."""
    global _at_once
    User.objects.exists()
    close_old_connections()
    with _counting:
        _at_once += 1
    most = _at_once
    while not (Path(settings.DATA_DIR) / "may").exists():
        most = max(most, _at_once)
        time.sleep(0.01)
    with _counting:
        _at_once -= 1
    with (Path(settings.DATA_DIR) / "served").open("a") as served:
        served.write(".")
    return JsonResponse({"at_once": most})


urlpatterns = [
    path("tests/upload", upload),
    path("tests/slow", slow_upload),
    path("tests/files/<str:name>", file),
    path("tests/parts", parts),
    path("", include("chatproject.urls")),
]
