from django.apps import AppConfig
from django.db.backends.signals import connection_created

from accounts import times


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        connection_created.connect(times.read_fast)
