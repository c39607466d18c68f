"""The types of ASGI as our applications use them.

`asgiref.typing` has them as closed TypedDicts; ours carry keys of their own too (`claims`, `chat.frames`).
"""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
