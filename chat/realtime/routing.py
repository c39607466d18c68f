"""Which socket answers at which path; a trailing slash means nothing."""

from channels.routing import URLRouter
from django.urls import re_path

from chat.realtime import consumers

application = URLRouter(
    [
        re_path(r"^ws/?$", consumers.EVERYTHING),  # type: ignore[arg-type]
        re_path(r"^ws/general/?$", consumers.GENERAL),  # type: ignore[arg-type]
        re_path(r"^ws/private/(?P<chat_id>\d{1,18})/?$", consumers.PRIVATE),  # type: ignore[arg-type]
        re_path(r"^ws/room/(?P<chat_id>\d{1,18})/?$", consumers.ROOM),  # type: ignore[arg-type]
        re_path(r"^", consumers.no_such_socket),  # type: ignore[arg-type]
    ]
)
