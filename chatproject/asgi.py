"""The ASGI application: HTTP to Django, sockets to the realtime half, and both started and stopped in order."""

import gc
import os
from collections.abc import Awaitable, Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402  (Django's models load only after the line above)

from accounts.handshake import HandshakeMiddleware, TokenMiddleware  # noqa: E402
from chat.realtime import consumers, routing, runtime  # noqa: E402
from chatproject.http.admission import Turnstiles  # noqa: E402
from chatproject.http.body import Bodies  # noqa: E402
from chatproject.http.handler import Handler  # noqa: E402
from chatproject.http.proxies import ProxyMiddleware  # noqa: E402
from chatproject.server import supervisor  # noqa: E402

#: Milliseconds that the database may take over one statement while it serves people. Not in the settings: a
#: migration or a backup may take its time.
STATEMENT_TIMEOUT = 4000
if settings.POSTGRESQL:
    _options = settings.DATABASES["default"]["OPTIONS"]
    _options["options"] = (
        f"{_options.get('options', '')} -c statement_timeout={STATEMENT_TIMEOUT}"
        f" -c idle_in_transaction_session_timeout={2 * STATEMENT_TIMEOUT}"
    ).strip()

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

#: Objects made between two looks of the garbage collector at the young ones.
YOUNG = 10_000
#: Bytes of a request. Django refuses more than DATA_UPLOAD_MAX_MEMORY_SIZE by itself, and names it better.
MOST_BODY = 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE

sockets = HandshakeMiddleware(
    URLRouter(
        [
            re_path(r"^ws/echo/?$", consumers.EchoConsumer.as_asgi()),
            re_path(r"^", TokenMiddleware(routing.application)),  # type: ignore[arg-type]
        ]
    )
)


def _spare_the_collector() -> None:
    """Don't go through everything that was imported, nor through all sockets at each few allocations.

    By default that was a fifth of the CPU time of opening sockets, and a collection that looks through all imports
    holds everybody up for 75 ms. What is in a cycle is freed a little later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Start and stop the realtime half with the server (ASGI lifespan 2.0)."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            runtime.current()
            _spare_the_collector()
            supervisor.end_with_supervisor()
            await send({"type": "lifespan.startup.complete"})
        else:
            await runtime.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


_requests = Bodies(Turnstiles(Handler()), MOST_BODY)


async def http(scope: Scope, receive: Receive, send: Send) -> None:
    """A request. Its acts are told and followed up by the realtime half, which some servers don't start by lifespan."""
    runtime.current()
    await _requests(scope, receive, send)


application = ProxyMiddleware(ProtocolTypeRouter({"http": http, "websocket": sockets, "lifespan": lifespan}))
