from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import followers, mail, signature, signing_in  # noqa: F401  (signature registers a check)

        user_logged_in.connect(signing_in.by_django)
        followers.register(mail.Sender())
