"""The paths of the sockets; a trailing slash is optional."""

from channels.routing import URLRouter
from django.urls import re_path

from chat.realtime import consumers

application = URLRouter(
    [
        re_path(r"^ws/?$", consumers.AllChatsConsumer.as_asgi()),
        re_path(r"^ws/general/?$", consumers.GeneralConsumer.as_asgi()),
        re_path(r"^ws/private/(?P<chat_id>\d{1,18})/?$", consumers.PrivateConsumer.as_asgi()),
        re_path(r"^ws/room/(?P<chat_id>\d{1,18})/?$", consumers.RoomConsumer.as_asgi()),
        re_path(r"^", consumers.NoSuchConsumer.as_asgi()),
    ]
)
