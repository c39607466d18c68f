"""The virus scanner: its verdicts, and all the ways in which it gives none."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest

from files import scanning
from lib import errors

Treat = Callable[[socket.socket], None]
Clamd = Callable[[Treat], None]
CONTENT = b"0123456789" * 20_000
VIRUS = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
MOST = 500_000  # bytes that the stand-in takes


def read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        if not (block := connection.recv(count - len(data))):
            raise EOFError
        data += block
    return data


def answer(connection: socket.socket) -> None:
    """As clamd does for zINSTREAM."""
    assert read(connection, 10) == b"zINSTREAM\0"
    stream = b""
    while size := struct.unpack("!I", read(connection, 4))[0]:
        stream += read(connection, size)
        if len(stream) > MOST:
            connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
            return
    found = VIRUS in stream
    connection.sendall(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")


@pytest.fixture
def clamd(settings: Any) -> Iterator[Clamd]:
    """Start a stand-in that treats each connection as it is told."""
    server = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve(treat: Treat) -> None:
        while not ended.is_set():
            with suppress(OSError, EOFError):
                connection, _ = server.accept()
                with connection:
                    treat(connection)

    def start(treat: Treat) -> None:
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        threading.Thread(target=serve, args=[treat], daemon=True).start()

    yield start
    ended.set()
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def test_without_a_scanner_files_are_taken() -> None:
    scanning.scan(BytesIO(VIRUS))


def test_a_clean_file_passes_and_is_at_its_beginning_again(clamd: Clamd) -> None:
    clamd(answer)
    content = BytesIO(CONTENT)
    content.read(100)
    scanning.scan(content)
    assert content.tell() == 0
    scanning.scan(BytesIO())


@pytest.mark.parametrize("required", [True, False])
def test_a_virus_is_refused(clamd: Clamd, settings: Any, required: bool) -> None:
    clamd(answer)
    settings.CLAMAV_REQUIRED = required
    with pytest.raises(errors.Infected):
        scanning.scan(BytesIO(CONTENT + VIRUS + CONTENT))


def hang(connection: socket.socket) -> None:
    with suppress(OSError):
        while connection.recv(65_536):
            pass  # takes all, and says nothing


def talk_slowly(connection: socket.socket) -> None:
    gone = threading.Event()
    while not gone.wait(0.05):  # ends when the other side has closed
        connection.sendall(b"s")


WITHOUT_VERDICT: dict[str, Treat] = {
    "hangs": hang,
    "talks slowly": talk_slowly,
    "closes": lambda connection: None,
    "says garbage": lambda connection: connection.sendall(b"\xff\xfe hello FOUND\0"),
    "says half": lambda connection: connection.sendall(b"stream: O"),
    "says OK of something else": lambda connection: connection.sendall(b"PONG OK\0"),
    "says too much": lambda connection: connection.sendall(b"x" * 100_000),
}


@pytest.mark.parametrize("way", WITHOUT_VERDICT)
def test_a_scanner_without_a_verdict_refuses_or_lets_pass_as_the_operator_says(
    clamd: Clamd, settings: Any, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(scanning, "SCAN_TIME", 0.5)
    clamd(WITHOUT_VERDICT[way])
    content = BytesIO(CONTENT)
    with pytest.raises(errors.Unavailable):
        scanning.scan(content)
    assert content.tell() == 0
    settings.CLAMAV_REQUIRED = False
    scanning.scan(content)


def test_a_file_larger_than_the_scanner_takes_has_no_verdict(
    clamd: Clamd, caplog: pytest.LogCaptureFixture
) -> None:
    clamd(answer)
    with pytest.raises(errors.Unavailable):
        scanning.scan(BytesIO(b"x" * (MOST * 20)))
    assert "no verdict" in caplog.text


def test_a_scanner_that_is_away_has_no_verdict(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(errors.Unavailable):
        scanning.scan(BytesIO(CONTENT))
