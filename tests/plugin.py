"""Loaded before Django's settings: the tests' own environment, whatever this machine's `.env` says.

`TEST_DATABASE=postgres` runs the in-process tests on a private PostgreSQL instead of SQLite.
"""

import atexit
import os
import tempfile

import pytest

SETTINGS = (
    "DATABASE_URL REDIS_URL WEB_PROCESSES ALLOWED_HOSTS ALLOWED_ORIGINS ALLOW_SIGNUP ALLOW_GUESTS INVITE_MAX_AGE "
    "EDIT_WINDOW DELETE_WINDOW EDIT_HISTORY_FOR RATE_LIMITS CLAMAV_URL CLAMAV_REQUIRED UPLOADS_URL "
    "UPLOADS_S3_ENDPOINT UPLOAD_MAX_MB UPLOAD_DAILY_MB UPLOAD_QUOTA_MB "
    "EMAIL_URL LOG_FORMAT DEBUG HOST PORT"
).split()

if "PYTEST_CHAT_DATA" not in os.environ:  # the first process; the ones it starts inherit what is set here
    folder = tempfile.TemporaryDirectory(prefix="chat-tests-")
    os.environ["PYTEST_CHAT_DATA"] = os.environ["DATA_DIR"] = folder.name
    for name in SETTINGS:
        os.environ[name] = ""
    for name, value in {
        "RATE_LIMITS": "on",
        "ALLOW_SIGNUP": "on",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "EMAIL_URL": "memorymail://",
        "INVITE_MAX_AGE": "7d",
        "LOG_FORMAT": "console",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "WEB_PROCESSES": "1",
        "DATABASE_URL": f"sqlite:///{folder.name}/db.sqlite3",
    }.items():
        os.environ[name] = value
    if os.environ.get("TEST_DATABASE") == "postgres":
        from benchmarks.servers import Bench

        backing = Bench()
        atexit.register(backing.__exit__)
        os.environ["DATABASE_URL"] = backing.database("chat")


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings
    from django.db import connections

    database = connections["default"].settings_dict
    if "sqlite" in database["ENGINE"]:
        # A file of its own for each worker: threads can't share SQLite's database in memory.
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")
        database["TEST"]["NAME"] = f"{settings.DATA_DIR}/test-{worker}.sqlite3"
    # Pages without collected static files.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _epoch_is_known(request: pytest.FixtureRequest) -> None:
    """A process reads it once: not in the middle of a test that counts queries."""
    marker = request.node.get_closest_marker("django_db")
    if marker is not None:
        request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
        from chat import epoch

        epoch.current()


@pytest.fixture(autouse=True)
def _general_is_there(request: pytest.FixtureRequest) -> None:
    """A transactional test ends with all tables empty: give the next one the row that a migration made."""
    marker = request.node.get_closest_marker("django_db")
    is_marked = marker is not None and marker.kwargs.get("transaction")
    if is_marked or "transactional_db" in request.fixturenames:
        request.getfixturevalue("transactional_db")
        from chat.models import Chat

        Chat.objects.get_or_create(kind=Chat.Kind.GENERAL, defaults={"title": "General"})
