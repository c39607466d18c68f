"""Hashing passwords: right, and in a thread that gives way to all others."""

import os
import sys
import threading
from typing import Any

import pytest

from accounts.hashers import NICENESS, Argon2


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


class Watched(Argon2):
    """Notes where it works."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def _load_library(self) -> Any:
        self.seen.append((threading.current_thread().name, niceness()))
        return super()._load_library()  # type: ignore[misc]


def test_a_password_is_known_again_and_another_is_not():
    hasher = Argon2()
    encoded = hasher.encode("three-green-boats", hasher.salt())
    assert encoded.startswith("argon2$argon2id$") and "m=19456,t=2,p=1" in encoded
    assert hasher.verify("three-green-boats", encoded)
    assert not hasher.verify("three-green-goats", encoded)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a niceness is of a process, not of a thread")
def test_hashing_gives_way_and_whoever_waits_for_it_keeps_their_priority():
    before = niceness()
    hasher = Watched()
    encoded = hasher.encode("three-green-boats", "0123456789abcdef")
    assert hasher.verify("three-green-boats", encoded)
    assert len(hasher.seen) >= 2
    for name, nice in hasher.seen:
        assert name.startswith("passwords") and nice == max(NICENESS, before)
    assert niceness() == before
