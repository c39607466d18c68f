from django.apps import AppConfig
from django.db.backends.signals import connection_created

from accounts import times


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import signature  # noqa: F401  (registers a check)

        connection_created.connect(times.read_fast)
