"""How passwords are hashed: with Argon2id, in a thread that gives way to everything else.

A hash takes a core for about 30 ms, and does so without Python's lock. One after the other at a low priority, a crowd
that logs in keeps the event loop and other requests waiting for none of them.
"""

import contextlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

#: Lower keeps others waiting for longer; with 19 nobody gets in while the cores are busy.
NICENESS = 10


def _give_way() -> None:
    """On Linux a thread has a niceness of its own; elsewhere this would be the whole process's."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


thread = ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=_give_way)


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.

    Django's own take 100 MiB and eight lanes: fifty people signing in at once would need 5 GB, and every core.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return thread.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        return thread.submit(super().verify, password, encoded).result()
