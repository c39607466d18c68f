"""Ids that need not be secret."""

import random
from uuid import UUID


def random_id() -> UUID:
    """A version 4 UUID (RFC 9562) without the system's randomness: `uuid4` reads it with a system call that lets go of
    the GIL, and the event loop would wait for it behind the threads that read the database."""
    return UUID(int=random.getrandbits(128), version=4)
