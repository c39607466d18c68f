"""The tests' settings, with a bucket that is given less time."""

from files import bucket
from tests.server_settings import *  # noqa: F403

bucket.CONNECT_TIME = bucket.READ_TIME = 1
