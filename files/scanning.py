"""Ask a virus scanner (clamd) about a file, if `CLAMAV_URL` names one: https://docs.clamav.net, INSTREAM over TCP."""

import logging
import socket
import struct
import time
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings

from lib import errors

logger = logging.getLogger(__name__)
CONNECT_TIME = 3  # seconds
SCAN_TIME = 60  # seconds in all
BLOCK = 1 << 16  # bytes
LONGEST_ANSWER = 4096


class _NoVerdict(Exception):
    pass


def scan(content: IO[bytes]) -> None:
    """Raises `Infected`; and, if the scanner gives no verdict, `Unavailable` where `CLAMAV_REQUIRED`. The content is
    at its beginning again afterwards."""
    if not settings.CLAMAV_URL:
        return
    content.seek(0)
    try:
        verdict = _ask(content)
    except (OSError, _NoVerdict) as error:
        logger.error("the virus scanner gave no verdict: %s", error)
        if settings.CLAMAV_REQUIRED:
            raise errors.Unavailable(
                "Files can't be checked for viruses right now. Try again later."
            ) from error
        return
    finally:
        content.seek(0)
    if verdict:
        logger.warning("a file was refused by the virus scanner: %s", verdict)
        raise errors.Infected()


def _ask(content: IO[bytes]) -> str:
    """What the scanner found; nothing if the file is clean."""
    address = urlsplit(settings.CLAMAV_URL)
    end = time.monotonic() + SCAN_TIME
    with socket.create_connection((address.hostname, address.port), CONNECT_TIME) as server:

        def keep_time() -> None:
            server.settimeout(max(0.01, end - time.monotonic()))

        keep_time()
        server.sendall(b"zINSTREAM\0")
        try:
            while block := content.read(BLOCK):
                keep_time()
                server.sendall(struct.pack("!I", len(block)) + block)
            server.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has answered before the end, such as that the file is too large for it
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
            keep_time()
            if not (block := server.recv(LONGEST_ANSWER)):
                break
            answer += block
    said = answer.rstrip(b"\0\n").decode(errors="replace")
    if said == "stream: OK":
        return ""
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return said.removeprefix("stream: ").removesuffix(" FOUND")
    raise _NoVerdict(said[:200] or "it closed the connection")
