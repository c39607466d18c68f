"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.

    Django's own take 100 MiB and eight lanes: fifty people signing in at once would need 5 GB, and every core.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1
