"""One log line for each refusal that hints at an attack, in a form that fail2ban can read.

The client's address is in `client`, as in all log lines of a request or socket (chatproject.http.proxies).
docs/operating.md has a filter for these lines.
"""

import logging
from typing import Literal

logger = logging.getLogger("chat.refused")
Reason = Literal["login", "rate_limit", "csrf", "host", "origin", "tls", "socket"]
LONGEST = 200  # characters of the client's input that are logged


def note(reason: Reason, detail: str = "", **more: str | int) -> None:
    """`detail` says what was refused; it never holds a secret."""
    logger.warning("refused", extra={"reason": reason, "detail": detail[:LONGEST], **more})
