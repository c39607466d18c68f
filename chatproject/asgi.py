"""The ASGI application: HTTP to Django, sockets to the realtime half, and both started and stopped in order."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402  (Django's models load only after the line above)

from accounts.handshake import HandshakeMiddleware, TokenMiddleware  # noqa: E402
from chat.realtime import consumers, routing, runtime  # noqa: E402
from chatproject import process  # noqa: E402
from chatproject.http.admission import AdmissionByRoute  # noqa: E402
from chatproject.http.body import Bodies  # noqa: E402
from chatproject.http.handler import Handler  # noqa: E402
from chatproject.http.proxies import ProxyMiddleware  # noqa: E402
from chatproject.server import supervisor  # noqa: E402
from lib.asgi import Receive, Scope, Send  # noqa: E402

process.begin()

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


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Start and stop the realtime half with the server (ASGI lifespan 2.0)."""
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            runtime.current()
            process.spare_the_collector()
            supervisor.end_with_supervisor()
            await send({"type": "lifespan.startup.complete"})
        else:
            await runtime.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


_admission = AdmissionByRoute(Handler())
_requests = Bodies(_admission, MOST_BODY, _admission.check)


async def http(scope: Scope, receive: Receive, send: Send) -> None:
    """Handle a request. Its changes are published by the realtime half, which some servers don't start by lifespan."""
    runtime.current()
    await _requests(scope, receive, send)


application = ProxyMiddleware(ProtocolTypeRouter({"http": http, "websocket": sockets, "lifespan": lifespan}))
