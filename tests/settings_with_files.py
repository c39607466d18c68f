"""The project's settings, with routes that only tests have (tests.file_urls)."""

from chatproject.settings import *  # noqa: F403

ROOT_URLCONF = "tests.file_urls"
