from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from accounts import audit, online, users
        from chat.log import summaries
        from chat.realtime import state
        from rooms import audit as kept
        from rooms import joining, services

        audit.write = kept.write
        online.shared_rooms = services.shared
        users.departing.append(services.leave_all)
        users.standing.append(joining.follow_standing)
        summaries.waiting_requests = joining.waiting_counts
        state.sources.append(joining.told)
