"""A limit on request bodies, before they are kept: the handler collects a body in memory, whatever its size."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from accounts import api, errors

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


#: Bytes of a body that is too long which are still read, and dropped: a client that is cut off while it sends sees
#: a broken connection instead of the answer.
DROPPED = 64 * 1024 * 1024


class TooLong(Exception):
    """The body went past the limit."""


class BodyLimit:
    """Answers 413 to a request whose body has more than `most` bytes."""

    def __init__(self, app: App, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = 0
        more = True

        async def counted() -> dict[str, Any]:
            nonlocal seen, more
            event = await receive()
            seen += len(event.get("body", b""))
            more = event.get("more_body", False)
            if seen > self.most:
                raise TooLong
            return event

        try:
            await self.app(scope, counted, send)
        except TooLong:
            # Django reads the whole body before it answers: nothing has been sent yet.
            while more and seen < DROPPED:
                event = await receive()
                seen += len(event.get("body", b""))
                more = event.get("more_body", False)
            # With `close` the connection ends too: what is left of the body stands before the next request.
            await answer(send, errors.TooLarge(f"The body is larger than {self.most:,} bytes."), close=more)


async def answer(send: Send, error: errors.Refused, close: bool = False) -> None:
    """Answer a request that does not reach Django, in the contract's error shape."""
    content = msgspec.json.encode(api.body(error))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in api.headers(error).items()),
    ]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
