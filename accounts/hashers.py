"""Hashes passwords with Argon2id, in one thread of low priority.

A hash takes a core for about 30 ms, without the GIL. Computed one after the other at a low priority, the hashes of a
crowd that logs in delay neither the event loop nor other requests.
"""

import contextlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

#: A lower niceness delays other work for longer; with 19 nobody can log in while the cores are busy.
NICENESS = 10


def _give_way() -> None:
    """Lower the priority of this thread, on Linux only: elsewhere it would be that of the whole process."""
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
