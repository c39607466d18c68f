"""What the tests of HTTP in this process share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from accounts import mail, users
from accounts.models import User
from tests.api.clients import PASSWORD
from tests.api.rooms import room_with


@pytest.fixture
def no_limits(settings: Any) -> Iterator[None]:
    """Nothing is slowed down, and passwords are hashed quickly: Argon2 and the limits have tests of their own."""
    settings.RATE_LIMITS = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield
    mail.deliver()


@pytest.fixture
def ann() -> User:
    return users.sign_up("ann", "ann@example.org", PASSWORD)


@pytest.fixture
def bob() -> User:
    return users.sign_up("bob", "bob@example.org", PASSWORD)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where the storage has its files, for this test alone."""
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "uploads", tmp_path / "work"
    return tmp_path / "uploads"


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def room(ann: User, bob: User) -> str:
    """The path of ann's room, which bob is in."""
    return room_with(ann, bob)
