from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from accounts import models
        from chat import policy

        models.arriving.append(policy.arrive)
