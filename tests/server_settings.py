"""The product's settings, with passwords that take little time: the tests sign thousands of people in."""

from accounts.hashers import Argon2
from chatproject.settings import *  # noqa: F403


class QuickArgon2(Argon2):
    time_cost = 1
    memory_cost = 8  # KiB


PASSWORD_HASHERS = ["tests.server_settings.QuickArgon2"]
