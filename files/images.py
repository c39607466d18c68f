"""Pictures as they are shown: drawn anew by a process of its own (`files.decoder`), without metadata, and their thumbs.

One at a time for each server process: a picture of 40 megapixels takes up to half a gigabyte (`files.decoder`).
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from lib import errors

logger = logging.getLogger(__name__)
PROGRAM = Path(__file__).with_name("decoder.py")
#: Of one picture: bytes of memory and of a file that it becomes, seconds of CPU and in all.
LIMITS = {"memory": 640_000_000, "output": 100_000_000, "cpu": 15, "seconds": 25}
#: Seconds that a picture waits for those before it.
PATIENCE = 30
START_TIME = 15  # seconds until a new process must be ready
SMALL, LARGE = 400, 1200  # pixels of the longer side of a thumb, at most
MIMES = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"}
REASONS = {
    "size": "This picture is too large: at most 40 megapixels and 16,384 pixels a side.",
    "limits": "This picture takes too much time or memory to be read.",
    "broken": "This picture can't be read. It may be damaged.",
}


@dataclass(frozen=True)
class Picture:
    path: Path  # what is shown
    mime: str
    width: int
    height: int
    thumbs: tuple[Path, ...] = ()  # WebP, in the order of their sizes


class Answer(msgspec.Struct):
    """What the process answers, which is trusted with nothing but this."""

    mime: str = ""
    width: int = 0
    height: int = 0
    refused: str = ""
    why: str = ""


def process(path: Path, folder: Path, *, original: bool, sizes: Sequence[int] = (SMALL, LARGE)) -> Picture:
    """Draw a picture anew into the folder, with thumbs of at most these sizes; an `original` stays as it is, and only
    its thumbs are drawn. Pictures are never enlarged.

    Raises `BadImage`, and `Unavailable` if too many wait. Takes seconds.
    """
    drawn = None if original else folder / f"{path.name}-drawn"
    thumbs = [(size, folder / f"{path.name}-{size}") for size in sizes]
    answer = _ask(path, drawn, thumbs)
    return Picture(
        drawn or path, answer.mime, answer.width, answer.height, tuple(thumb for _, thumb in thumbs)
    )


def avatar(path: Path, folder: Path, size: int = 256) -> Picture:
    """Draw the square in the middle of a picture, as WebP. Raises as `process` does."""
    drawn = folder / f"{path.name}-square"
    answer = _ask(path, None, [(size, drawn)], square=True)
    return Picture(drawn, answer.mime, answer.width, answer.height)


def _ask(
    source: Path, picture: Path | None, thumbs: Sequence[tuple[int, Path]], *, square: bool = False
) -> Answer:
    answer = _decoder.ask(
        {
            "source": str(source.absolute()),
            "picture": str(picture.absolute()) if picture else "",
            "thumbs": [(size, str(path.absolute())) for size, path in thumbs],
            "square": square,
            "limits": LIMITS,
        }
    )
    if answer.refused or answer.mime not in MIMES or answer.width < 1 or answer.height < 1:
        logger.info("a picture was refused: %s %s", answer.refused, answer.why)
        raise errors.BadImage(REASONS.get(answer.refused, REASONS["broken"]))
    return answer


class _Decoder:
    """The process, started when it is needed; it ends by itself after a while without work, and with the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def ask(self, request: dict[str, Any]) -> Answer:
        if not self._lock.acquire(timeout=PATIENCE):
            raise errors.Unavailable("Too many pictures are being read right now. Try again in a moment.")
        try:
            # What was ready may have ended just now, for want of work: a new one is asked again.
            for fresh in (False, True):
                with suppress(OSError, EOFError, msgspec.DecodeError):
                    return self._try(request, fresh)
                self.stop()
                for path in filter(None, [request["picture"], *(path for _, path in request["thumbs"])]):
                    Path(path).unlink(missing_ok=True)
            logger.error("the process that decodes pictures does not work")
            raise errors.Unavailable("Pictures can't be read right now. Try again later.")
        finally:
            self._lock.release()

    def _try(self, request: dict[str, Any], fresh: bool) -> Answer:
        if fresh or self._socket is None or self._process is None or self._process.poll() is not None:
            self._start()
        assert self._socket
        self._socket.settimeout(LIMITS["seconds"] + 5)  # the process itself keeps to the limit
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        return msgspec.json.decode(self._line(), type=Answer)

    def _start(self) -> None:
        self.stop()
        self._socket, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", str(PROGRAM)],
                stdin=other.fileno(),
                stdout=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,  # a group of its own: it and its fork are ended together
            )
        # Reaped whenever it ends.
        threading.Thread(target=self._process.wait, name="decoder-end", daemon=True).start()
        self._socket.settimeout(START_TIME)
        self._line()  # it is ready

    def _line(self) -> bytes:
        assert self._socket
        line = b""
        while not line.endswith(b"\n"):
            if not (block := self._socket.recv(4096)) or len(line) > 8192:
                raise EOFError
            line += block
        return line

    def stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._socket = self._process = None


_decoder = _Decoder()
