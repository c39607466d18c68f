from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from accounts import audit, users
        from chat.log import summaries
        from chat.realtime import state
        from rooms import audit as kept
        from rooms import joining, services

        audit.write = kept.write
        users.departing.append(services.leave_all)
        users.standing.append(joining.follow_standing)
        summaries.waiting_requests = joining.waiting_counts
        state.sources.append(joining.told)
