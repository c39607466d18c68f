from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from accounts import cleaning, models, online, users
        from chat import later, policy, private, stars
        from chat.models import Connection

        models.arriving.append(policy.arrive)
        online.sockets = Connection.objects.living
        users.departing.append(stars.forget)
        users.standing.append(private.follow_standing)
        users.departing.append(later.forget)
        cleaning.others += later.expired
