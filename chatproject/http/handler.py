"""Django under ASGI with one thread hop a request.

Django's own handler runs each middleware that can be asynchronous on the event loop, and hops to a thread and back
for its synchronous half: eight hops a request with ours, in a thread that is new each time and so has no database
connection yet. It also waits for the client's leaving in a task of its own, and starts a thread to say that the
request is over. Nothing in our requests is asynchronous but static files, so those are served on the loop, and
everything else runs from beginning to end in one of a few threads that stay.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from contextvars import copy_context
from io import BytesIO
from typing import Any, TypeVar

from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.cache import close_caches
from django.core.exceptions import RequestAborted, SuspiciousOperation
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import ResolverMatch, set_script_prefix
from servestatic.middleware import ServeStaticMiddleware

from chatproject.http.admission import THREADS
from chatproject.http.body import answer
from chatproject.http.middleware import match_of
from lib import errors
from lib.threads import Threads

Event = Mapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
T = TypeVar("T")

#: Bytes of a file that are read at a time, and threads that do so: each read is short, unless the storage is elsewhere.
FILE_PART = 256 * 1024
FILE_THREADS = 8 if settings.UPLOADS_URL else 2
#: Seconds that the first part of a file may take.
FILE_PATIENCE = 10


def _with_loop(loop: asyncio.AbstractEventLoop, work: Callable[..., T], *arguments: Any) -> T:
    """Run `work` so that an `async_to_sync` in it runs on this loop, where the layer's connections are, as under
    `sync_to_async`. chatproject.operations.health needs it."""
    SyncToAsync.threadlocal.main_event_loop = loop
    SyncToAsync.threadlocal.main_event_loop_pid = os.getpid()
    return work(*arguments)


class Handler(ASGIHandler):
    def __init__(self) -> None:
        super().__init__()
        self._threads = Threads(THREADS, "http")
        self._file_threads = Threads(FILE_THREADS, "files")
        self._static = ServeStaticMiddleware(self._others)
        # Django does these around each request. The first is done at its end too, queries are collected under DEBUG
        # only, and our cache is in memory: together they took a twentieth of a request.
        request_started.disconnect(close_old_connections)
        request_finished.disconnect(close_caches)
        if not settings.DEBUG:
            request_started.disconnect(reset_queries)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Whether the client stays is watched only while a file is sent: a thread can't be stopped, and what is sent to
        nobody is dropped."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        request, refused = self.create_request(scope, scope.get("body_file", body))
        if request is not None:
            if request.content_type == "multipart/form-data":
                # It has no `charset` of the whole (RFC 7578 section 4.6), and some of Python's codecs fail in ways that
                # Django doesn't expect. What a query raises, which is read again here, its view hears as well.
                with suppress(SuspiciousOperation):
                    request.encoding = settings.DEFAULT_CHARSET
            if not request.META.get(
                "CONTENT_LENGTH"
            ):  # Django takes a form without a length for an empty one
                request.META["CONTENT_LENGTH"] = str(scope.get("body_size", body.getbuffer().nbytes))
        response: HttpResponseBase = refused or await self._static(request)
        try:
            if isinstance(response, StreamingHttpResponse) and not response.is_async:
                if (leave := scope.get("leave")) is not None:
                    leave()
                await self._send_parts(response, receive, send)
            else:
                await self.send_response(response, send)
        finally:
            if not response.closed:
                await self._in_thread(response.close)

    async def read_body(self, receive: Receive) -> BytesIO:
        """What is in memory of it: `chatproject.http.body` limits that to less than Django would begin a file for."""
        body = BytesIO()
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise RequestAborted
            body.write(event.get("body", b""))
            if not event.get("more_body", False):
                body.seek(0)
                return body

    async def _send_parts(self, response: StreamingHttpResponse, receive: Receive, send: Send) -> None:
        """Send a file, or what another iterator gives, part by part: each is read, in a thread, when the client has
        taken enough of those before it. Django alone would read all of it into memory first. The answer begins when the
        first part is there: if reading that raises `Refused`, or takes too long, this is what is answered.

        By now the request has left its place and its database connection: the iterator must make no query.
        """
        if isinstance(response, FileResponse):
            response.block_size = FILE_PART
        # The request is complete: the next event says that the client left.
        gone = asyncio.ensure_future(receive())

        parts: Iterator[bytes] = iter(response)

        async def read(part: bytes | None) -> AsyncIterator[bytes]:
            while part is not None and not gone.done():
                yield part
                part = await self._file_threads.run(lambda: next(parts, None))

        refused: errors.Refused | None = None
        status = 500
        try:
            try:
                async with asyncio.timeout(FILE_PATIENCE):
                    first = await self._file_threads.run(lambda: next(parts, None))
                status = response.status_code
            except TimeoutError:
                refused = errors.Unavailable("This file isn't available right now. Try again later.")
            except errors.Refused as error:
                refused = error
            finally:
                if (note := getattr(response, "note", None)) is not None:
                    note(refused.status if refused else status)
            if refused is not None:
                await answer(send, refused)
                return
            response.streaming_content = read(first)
            await self.send_response(response, send)
        finally:
            gone.cancel()

    async def _others(self, request: HttpRequest) -> HttpResponseBase:
        return await self._in_thread(self._respond, request)

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        """In a context of its own. asgiref's `sync_to_async` also takes what was set in it back to the loop, variable
        by variable, which nobody reads: that was a fourteenth of a page of history."""
        loop, context = asyncio.get_running_loop(), copy_context()
        return await self._threads.run(lambda: context.run(_with_loop, loop, work, *arguments))

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        found = match_of(request.path_info)
        if not found:
            return super().resolve_request(request)  # raises what says so
        request.resolver_match = found
        return found

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        set_script_prefix(request.META["SCRIPT_NAME"])
        request_started.send(sender=self.__class__, environ=request.META)
        response = self.get_response(request)
        # PostgreSQL's connection goes back to the pool; SQLite's stays in this thread.
        if response.streaming:
            close_old_connections()
        else:
            response.close()
        return response
