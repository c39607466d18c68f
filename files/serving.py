"""Send a file, or the part of it that a client asks for (RFC 9110), so that no browser runs anything in it.

Django's `FileResponse` streams; ranges and conditions are ours, as Django has them for no file outside its debug views.
"""

import re
from collections.abc import Callable
from typing import IO, Protocol

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag

from lib import errors, rest

#: Types in which a browser runs nothing. All others are sent as bytes to be saved.
SAFE = re.compile(r"(image|audio|video)/(?![\w.+-]*xml)[\w.+-]+|text/plain|application/pdf")
#: A single range. Several of them may be answered with the whole file, and numbers of more digits are no range.
RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)
#: A file that is opened as a page of its own is in an origin of its own, and loads and runs nothing.
POLICY = "sandbox; default-src 'none'"


class NoSuchRange(errors.Refused):
    status, code, sentence = 416, "range_not_satisfiable", "The file has no such range."


class Readable(Protocol):
    """What is sent. It has no other methods of files: `FileResponse` would use them to look for a length and a type."""

    def read(self, size: int) -> bytes: ...

    def close(self) -> None: ...


class Part:
    """The next so many bytes of a file, to be read once."""

    def __init__(self, file: IO[bytes], count: int) -> None:
        self._file = file
        self._left = count
        self.close = file.close

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data


def answer(
    request: HttpRequest,
    read: Callable[[int, int], Readable],
    *,
    size: int,
    etag: str,
    name: str,
    mime: str,
    inline: bool,
    max_age: int,
    public: bool = False,
) -> HttpResponseBase:
    """The answer to a GET or HEAD for a file of so many bytes, whose content never changes under its address.
    `public`: anybody may see it, so caches between us and the client may keep it.

    `read` is given the first byte and the number of bytes, if some of the content is sent. What it returns is closed in
    all cases, and read at its client's pace, by when the request has left its place and its database connection. If its
    first `read` raises `Refused`, that is the answer (chatproject.http.handler).
    """
    etag = quote_etag(etag)
    is_safe = SAFE.fullmatch(mime) is not None
    # On each answer, also 304 and 206: a browser takes the headers of these over to what it has kept.
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": f"{'public' if public else 'private'}, max-age={max_age}, immutable",
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    unsent = get_conditional_response(request, etag=etag)
    part: tuple[int, int] | None = None
    if unsent is None and request.method != "HEAD":  # ranges are defined for GET only
        try:
            part = _asked_for(request, size, etag)
        except NoSuchRange as error:
            unsent = rest.json_error(error)
            unsent["Content-Range"] = f"bytes */{size}"
    if unsent is None:
        start, count = part or (0, size)
        mime = mime if is_safe else "application/octet-stream"
        headers |= {
            "Content-Disposition": content_disposition_header(not (inline and is_safe), name) or "attachment",
            "Content-Length": str(count),
        }
        if part is not None:
            headers["Content-Range"] = f"bytes {start}-{start + count - 1}/{size}"
        if request.method != "HEAD":
            return FileResponse(
                read(start, count),
                status=206 if part else 200,
                content_type=mime,  # as a header alone it would be guessed anew
                headers=headers,
            )
        unsent = HttpResponse(content_type=mime)
    if unsent.status_code >= 400:
        del headers["Cache-Control"]
    for header, value in headers.items():
        unsent[header] = value
    return unsent


def _asked_for(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """The first byte and the number of bytes; None if the client asks for no range that we know, or for one of another
    content (`If-Range`; we give it no dates to compare). Raises `NoSuchRange`."""
    found = RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    elif last:
        start, end = max(0, size - int(last)), size
    else:
        return None
    if start >= size:
        raise NoSuchRange
    return start, end - start
