"""One log line for each refusal that says something of who asked, in a form that fail2ban can read.

It has the client's address as `client`, as each line of a request or a socket has (chatproject.http.proxies).
docs/operating.md has a filter for these lines.
"""

import logging
from typing import Literal

logger = logging.getLogger("chat.refused")
Reason = Literal["login", "rate_limit", "csrf", "host", "origin", "tls", "socket"]
LONGEST = 200  # characters of what a client sent


def note(reason: Reason, detail: str = "", **more: str | int) -> None:
    """`detail` says what was refused; it never holds a secret."""
    logger.warning("refused", extra={"reason": reason, "detail": detail[:LONGEST], **more})
