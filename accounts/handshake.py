"""Checks of a socket's handshake before it is routed: Host, scheme, Origin and access token."""

from urllib.parse import parse_qs

import msgspec
from django.conf import settings

from accounts import tokens
from lib import addresses, errors, origins, refusals, rest
from lib.asgi import App, Receive, Scope, Send

SUBPROTOCOL = "chat.v1"
BEARER = "bearer."


class HandshakeMiddleware:
    """Refuses what pages refuse, before the token is read: a wrong `Host` with 400; with 403 a handshake without TLS if
    the server is used over https, and a foreign `Origin`.

    Browsers always send an origin, and a page of another site must not use the visitor's session. Our own origin and
    those in ALLOWED_ORIGINS may; a client that sends none is not a browser.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = refusal_of(scope)
        if error is None:
            await self.app(scope, receive, send)
            return
        await receive()
        await refuse_handshake(scope, send, error)


def refusal_of(scope: Scope) -> errors.Refused | None:
    """The refusal of a handshake for its `Host`, scheme or `Origin`, in this order, or None; it is logged."""
    hosts, origins_ = header(scope, b"host"), header(scope, b"origin")
    is_secure = scope.get("scheme") == "wss"
    if len(hosts) != 1 or not origins.is_our_host(hosts[0]):
        origins.note_wrong_host(", ".join(hosts))
        return errors.WrongHost()
    if settings.TLS and not is_secure:
        refusals.note("tls", "a socket without TLS")
        return errors.Forbidden(
            "This server is reached over TLS only: connect to wss://.", code="tls_required"
        )
    if any(origins_) and (len(origins_) != 1 or not origins.is_ours(origins_[0], hosts[0], is_secure)):
        refusals.note("origin", f"not in ALLOWED_ORIGINS: {', '.join(origins_)}")
        return errors.Forbidden("This origin may not use the server: ALLOWED_ORIGINS has those that may.")
    return None


def header(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for found, value in scope["headers"] if found == name]


async def refuse_handshake(scope: Scope, send: Send, error: errors.Refused) -> None:
    """Refuse a handshake with an HTTP answer; with a bare 403 on a server without the ASGI extension for it."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **rest.headers(error)}
    await send(
        {
            "type": "websocket.http.response.start",
            "status": error.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "websocket.http.response.body", "body": msgspec.json.encode(rest.body(error))})


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
    """The token of a handshake, from any of these places. Raises `NotAuthenticated`."""
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
    """The key of the requester for rate limits: the id of the person with a valid token, else the address. No query."""
    try:
        return tokens.verify(token_of(scope, [])).user_id
    except errors.Refused:
        client = scope.get("client")
        return addresses.network(client and client[0]) or ""


def require_token(scope: Scope) -> None:
    """Raises `NotAuthenticated` unless the request brings a valid token. No query: its session may have ended."""
    tokens.verify(token_of(scope, []))
