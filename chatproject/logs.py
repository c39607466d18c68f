"""Log lines: one JSON object a line where asked for, and never a token in any of them."""

import json
import logging
import re
from datetime import UTC, datetime

# `?token=…` of a socket's URL, `Bearer …`, and `bearer.…` of the subprotocol.
TOKEN = re.compile(r"((?:[?&]token=|bearer[ .]))[\w.~+/-]+=*", re.IGNORECASE)


class RedactTokens(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        redacted = TOKEN.sub(r"\1[redacted]", message)
        if redacted != message:
            record.msg, record.args = redacted, None
        return True


class JSONFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
