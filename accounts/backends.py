"""Signing in with a username or an e-mail address, slowed after failures (accounts.throttle).

Every door uses this backend: the API, the browsable API's log-in page, and the admin's.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts import throttle, users
from accounts.models import User


class UsernameOrEmailBackend(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The person, or None for wrong credentials, in about the same time whether or not they exist.

        Raises `throttle.TooManyFailures` while the account or the address has to wait.
        """
        if not username or password is None:
            return None
        user = users.find(username)
        address = request.META.get("REMOTE_ADDR") if request is not None else None
        right = throttle.guarded(username, address, lambda: self._is_right(user, password))
        return user if right else None

    def _is_right(self, user: User | None, password: str) -> bool:
        if user is None:
            user = User()
            user.set_unusable_password()
            return user.check_password(password)  # takes as long as for somebody; false
        return user.check_password(password) and self.user_can_authenticate(user)
