"""Who looks at the pages."""

import pytest
from django.core.cache import cache

from accounts import mail, users
from accounts.models import User
from tests.api.clients import PASSWORD
from tests.api.pages.browser import Browser


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOW_GUESTS = True
    cache.clear()
    yield
    mail.deliver()


@pytest.fixture
def ann() -> User:
    user = users.sign_up("ann", "ann@example.org", PASSWORD)
    users.change(user, display_name="Ann")
    return user


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def signed_in(ann) -> Browser:
    browser = Browser()
    assert browser.log_in().status_code == 302
    return browser
