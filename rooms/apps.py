from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from accounts import users
        from rooms import services

        users.departing.append(services.leave_all)
