from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from accounts import models, users
        from chat import policy, private

        models.arriving.append(policy.arrive)
        users.standing.append(private.follow_standing)
