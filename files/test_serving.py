"""What is answered to a request for a file: the whole, a part, or that the client has it already."""

from io import BytesIO
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import RequestFactory

from files import serving

CONTENT = bytes(range(100))


class Opened(BytesIO):
    """A file in a storage, and how often it was opened."""

    times = 0

    def __call__(self, start: int, count: int) -> serving.Readable:
        self.times += 1
        self.seek(start)
        return serving.Part(self, count)


@pytest.fixture
def file() -> Opened:
    return Opened(CONTENT)


def get(
    file: Any, headers: dict[str, str] | None = None, method: str = "GET", **more: Any
) -> HttpResponseBase:
    request = RequestFactory().generic(method, "/", headers=headers)
    parameters = {
        "size": len(CONTENT),
        "etag": "abc",
        "name": "a.jpg",
        "mime": "image/jpeg",
        "inline": True,
        "max_age": 60,
        **more,
    }
    return serving.answer(request, file, **parameters)


def sent(response: HttpResponseBase) -> bytes:
    content = response.getvalue()
    response.close()
    return bytes(content)


def test_a_whole_file(file: Opened) -> None:
    response = get(file)
    assert response.status_code == 200 and sent(response) == CONTENT and file.closed
    assert dict(response.headers) == {
        "Content-Type": "image/jpeg",
        "Content-Length": "100",
        "Content-Disposition": 'inline; filename="a.jpg"',
        "Accept-Ranges": "bytes",
        "ETag": '"abc"',
        "Cache-Control": "private, max-age=60, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, 99),
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("Bytes= 10-19 ", 10, 19),
        ("bytes=90-", 90, 99),
        ("bytes=90-1000", 90, 99),
        ("bytes=-1", 99, 99),
        ("bytes=-1000", 0, 99),
    ],
)
def test_a_part_of_it(file: Opened, asked: str, first: int, last: int) -> None:
    response = get(file, {"Range": asked})
    assert response.status_code == 206 and sent(response) == CONTENT[first : last + 1] and file.closed
    assert response["Content-Range"] == f"bytes {first}-{last}/100"
    assert response["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes=-",
        "bytes=9-3",
        "bytes=a-b",
        "bytes=1",
        "lines=0-1",
        "bytes=" + "9" * 5000 + "-",
        "",
    ],
)
def test_the_whole_file_for_several_ranges_and_for_what_is_none(file: Opened, asked: str) -> None:
    response = get(file, {"Range": asked})
    assert response.status_code == 200 and sent(response) == CONTENT


@pytest.mark.parametrize(("asked", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0)])
def test_a_part_that_it_does_not_have(file: Opened, asked: str, size: int) -> None:
    response = get(file, {"Range": asked}, size=size)
    assert response.status_code == 416 and b"range_not_satisfiable" in sent(response)
    assert response["Content-Range"] == f"bytes */{size}" and "Cache-Control" not in response.headers
    assert file.times == 0


def test_an_empty_file() -> None:
    response = get(Opened(), size=0)
    assert (response.status_code, response["Content-Length"], sent(response)) == (200, "0", b"")


@pytest.mark.parametrize(
    ("condition", "status"),
    [('"abc"', 206), ('"old"', 200), ('W/"abc"', 200), ("Fri, 27 Nov 2026 00:00:00 GMT", 200)],
)
def test_a_download_is_resumed_only_if_the_content_is_the_same(
    file: Opened, condition: str, status: int
) -> None:
    assert get(file, {"Range": "bytes=50-", "If-Range": condition}).status_code == status


@pytest.mark.parametrize(
    ("headers", "method", "status"),
    [
        ({"If-None-Match": '"abc"'}, "GET", 304),
        ({"If-None-Match": '"old", W/"abc"'}, "GET", 304),
        ({"If-None-Match": "*", "Range": "bytes=0-1"}, "GET", 304),
        ({"If-None-Match": '"abc"'}, "HEAD", 304),
        ({"If-Match": '"old"'}, "GET", 412),
        ({"Range": "bytes=0-1"}, "HEAD", 200),
        ({"Range": "bytes=100-"}, "GET", 416),
    ],
)
def test_what_has_no_content_opens_no_file(
    file: Opened, headers: dict[str, str], method: str, status: int
) -> None:
    response = get(file, headers, method)
    assert response.status_code == status and response["Content-Security-Policy"] == serving.POLICY
    assert file.times == 0


def test_head_says_what_get_would(file: Opened) -> None:
    head, whole = get(file, method="HEAD"), get(file)
    assert head.headers == whole.headers and sent(head) == b""


def test_a_client_that_has_another_version_gets_this_one(file: Opened) -> None:
    assert get(file, {"If-None-Match": '"old"'}).status_code == 200


@pytest.mark.parametrize(
    "mime",
    [
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/javascript",
        "image/jpeg; x=y",
        "image/",
        "",
    ],
)
def test_what_a_browser_could_run_is_only_ever_saved(file: Opened, mime: str) -> None:
    for inline in (True, False):
        response = get(file, mime=mime, inline=inline)
        assert response["Content-Type"] == "application/octet-stream"
        assert response["Content-Disposition"].startswith("attachment")


def test_a_download_keeps_a_harmless_type_and_any_name(file: Opened) -> None:
    response = get(file, mime="audio/webm", inline=False, name='Grüße "an" alle.weba')
    assert response["Content-Type"] == "audio/webm"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe%20%22an%22%20alle.weba"
    )


def test_it_is_read_part_by_part(file: Opened) -> None:
    asked: list[int] = []

    class Watched(Opened):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(size or 0)
            return super().read(size)

    response: Any = get(Watched(CONTENT), {"Range": "bytes=10-39"})
    response.block_size = 20
    assert list(response.streaming_content) == [CONTENT[10:30], CONTENT[30:40]]
    assert asked == [20, 10, 0]
