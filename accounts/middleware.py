"""What a socket's handshake is checked for, before it is routed: where it comes from, and whose token it brings."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from accounts import errors, tokens
from accounts.throttle import address_keys

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SUBPROTOCOL = "chat.v1"
BEARER = "bearer."


class OriginMiddleware:
    """Refuses a foreign `Origin` in the handshake with 403.

    A browser always sends it; a page of another site must not speak with the visitor's own session. Our own
    origin and the ones of ALLOWED_ORIGINS may; a client that sends none is not a browser.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = dict(scope["headers"])
        origin = found.get(b"origin", b"").decode("latin-1").lower()
        if origin and not is_ours(origin, found.get(b"host", b"").decode("latin-1").lower()):
            await receive()
            await send({"type": "websocket.close"})  # before accepting: the server answers 403
            return
        await self.app(scope, receive, send)


def is_ours(origin: str, host: str) -> bool:
    return origin in settings.ALLOWED_ORIGINS or (bool(host) and urlsplit(origin).netloc == host)


class TokenMiddleware:
    """Finds the access token and checks its signature: no query here.

    It comes as `Authorization: Bearer …`, as the subprotocol pair `chat.v1, bearer.<token>`, or as `?token=…`.
    Sets `scope["claims"]` (`accounts.tokens.Claims`), or `scope["refused"]` for the application to answer with.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        offered: list[str] = scope.get("subprotocols") or []
        scope = {
            **scope,
            "chosen_subprotocol": SUBPROTOCOL if SUBPROTOCOL in offered else None,
            "claims": None,
            "refused": None,
        }
        try:
            scope["claims"] = tokens.verify(token_of(scope, offered))
        except errors.Refused as error:
            scope["refused"] = error
        await self.app(scope, receive, send)


def token_of(scope: Scope, offered: list[str]) -> str:
    """The token of a handshake, wherever it stands. Raises `NotAuthenticated`."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    if header[:7].lower() == "bearer ":
        return header[7:].strip()
    for protocol in offered:
        if protocol.startswith(BEARER):
            return protocol[len(BEARER) :]
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    if found := query.get("token"):
        return found[0]
    raise errors.NotAuthenticated()


def asker(scope: Scope) -> int | str:
    """Whose request this is: the id of the person whose valid token it brings, else where it comes from. No query."""
    try:
        return tokens.verify(token_of(scope, [])).user_id
    except errors.Refused:
        client = scope.get("client")
        return "".join(address_keys(client and client[0]))
