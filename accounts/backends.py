"""Signing in with a username or an e-mail address, slowed after failures (accounts.throttle)."""

from django.contrib.auth.backends import ModelBackend


class UsernameOrEmailBackend(ModelBackend):
    pass
