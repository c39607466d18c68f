"""Django under ASGI with one thread hop a request.

Django's own handler runs each middleware that can be asynchronous on the event loop, and hops to a thread and back
for its synchronous half: eight hops a request with ours, in a thread that is new each time and so has no database
connection yet. Nothing in our requests is asynchronous but static files, so those are served on the loop, and
everything else runs in one go in one of a few threads that stay.
"""

from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries
from django.http import HttpRequest, HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware

from chatproject.turnstile import AT_ONCE, PASSWORDS_AT_ONCE


class Handler(ASGIHandler):
    def __init__(self) -> None:
        super().__init__()
        threads = ThreadPoolExecutor(AT_ONCE + PASSWORDS_AT_ONCE, thread_name_prefix="http")
        self._in_thread = sync_to_async(self._respond, thread_sensitive=False, executor=threads)
        self._static = ServeStaticMiddleware(self._others)
        # They would take a hop to another thread, whose connections are not the request's: `_respond` does it.
        request_started.disconnect(close_old_connections)
        request_started.disconnect(reset_queries)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await self._static(request)

    async def _others(self, request: HttpRequest) -> HttpResponseBase:
        return await self._in_thread(request)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        reset_queries()
        try:
            return self.get_response(request)
        finally:
            close_old_connections()  # PostgreSQL's goes back to the pool; SQLite's stays in this thread
