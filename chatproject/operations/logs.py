"""Log lines: for people, or one JSON object a line; with the ids of the request, session and chat they belong to.

An id bound with `structlog.contextvars.bind_contextvars` is in every line of the same request or socket, also in those
of libraries. No line holds a token or the content of a message.
"""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.dev import Column
from structlog.stdlib import ProcessorFormatter

# `?token=…` of a socket's URL or a mailed link, `Bearer …`, `bearer.…` of the subprotocol, and an invite link, also
# within another URL's query.
TOKEN = re.compile(
    r"([?&]token=|bearer[ .]|(?:/|%2f)invite(?:/|%2f)(?=[\w-]{16}))[\w.~+/-]+=*", re.IGNORECASE
)
# What a text stands in quotes for.
APART = re.compile("[ \\t=\\r\\n\"']")
BEFORE: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.EventRenamer("message"),
]
#: Attributes that libraries set for their own formatters.
THEIRS = ("color_message", "request")


def without_theirs(logger: object, name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in THEIRS:
        line.pop(key, None)
    return line


def without_traceback(logger: object, name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Requests that Django refuses before a view is called (malformed forms, too many fields) are the client's mistake:
    log one line."""
    if line.get("logger", "").startswith("django.security"):
        line.pop("exc_info", None)
        line["level"] = "warning"
    return line


def redact(logger: object, name: str, line: Any) -> str:
    lower = line.lower()
    if not any(
        sign in lower for sign in ("token=", "bearer", "invite")
    ):  # ten times as fast as the expression
        return str(line)
    return TOKEN.sub(r"\1[redacted]", line)


def _pair(key: str, value: object) -> str:
    needs_quotes = not isinstance(value, str) or APART.search(value) or not value.isprintable()
    return f"{key}={value!r}" if needs_quotes else f"{key}={value}"


def _bare(key: str, value: object) -> str:
    return str(value)


def _in_brackets(key: str, value: object) -> str:
    return f"[{value}]"


#: As structlog's renderer has them by itself, but each is written in one step: half of its work.
COLUMNS = [
    Column("", _pair),  # all others
    Column("time", _bare),
    Column("level", lambda key, value: f"[{value:<9}]"),
    Column("message", _bare),
    Column("logger", _in_brackets),
    Column("logger_name", _in_brackets),
]


def console() -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=BEFORE,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            without_theirs,
            without_traceback,
            structlog.dev.ConsoleRenderer(
                columns=COLUMNS,
                exception_formatter=structlog.dev.plain_traceback,  # the default one shows the values of variables
            ),
            redact,
        ],
    )


def json() -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=BEFORE,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            without_theirs,
            without_traceback,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
            redact,
        ],
    )
