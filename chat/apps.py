from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        from accounts import cleaning, models, online, users
        from chat import groups, indexing, later, own, policy, private, resumable, uploads  # noqa: F401  (indexing registers a follower)
        from chat.models import Connection

        models.arriving.append(policy.arrive)
        models.naming.append(groups.claim)
        users.taken_otherwise.append(groups.check_like_none)
        users.departing.append(groups.forget)
        online.sockets = Connection.objects.living
        users.standing.append(private.follow_standing)
        users.departing.append(own.forget)
        cleaning.others += [*later.expired, *own.expired, uploads.unsent, resumable.expired]
        users.departing += [resumable.forget, uploads.forget]
