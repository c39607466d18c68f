"""Signing in with a username or an e-mail address, slowed after failures (accounts.throttle).

`accounts.signing_in` uses it for the API, the pages, the browsable API and the admin alike.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts import devices, throttle, users
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
        people = users.candidates(username)
        return self._find(request, username, people, password)

    def _find(
        self, request: HttpRequest | None, name: str, people: list[User | None], password: str
    ) -> User | None:
        """The first of these people who has this password. Guesses from a device that one of them has used count for
        that device alone; it is known to that person only."""
        address = request.META.get("REMOTE_ADDR") if request is not None else None
        keys = throttle.known_keys([person.pk for person in people if person], address)
        for one in filter(None, people):
            if request is not None and (cookie := devices.known_key(request, one.pk)):
                keys[one.pk] = cookie
        others: list[User | None] = []
        for person in people:
            if person is None or person.pk not in keys:
                others.append(person)
            elif throttle.guarded([keys[person.pk]], lambda one=person: self._is_right(one, password)):  # type: ignore[misc]
                return person
        if not others:
            return None
        right: list[User | None] = []

        def check() -> bool:
            right.extend(next(([one] for one in others if self._is_right(one, password)), []))
            return bool(right)

        return right[0] if throttle.guarded(throttle.stranger_keys(name, address), check) else None

    def _is_right(self, user: User | None, password: str) -> bool:
        if user is None:
            user = User()
            user.set_unusable_password()
            return user.check_password(password)  # always false, but takes as long as for an existing person
        return user.check_password(password) and self.user_can_authenticate(user)
