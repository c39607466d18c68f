"""Pictures of rooms. Who may change a room's name may change its picture."""

from functools import partial
from typing import IO

from django.db import transaction

from accounts.models import User
from chat import events
from chat.models import Chat
from files import avatars
from files.models import StoredFile
from rooms import policy
from rooms.audit import note


def choose(room_id: int, by: User, content: IO[bytes]) -> None:
    """Give the room this picture in place of the one before. Raises `Forbidden`, `NotFound`, and what
    `files.avatars.draw` does."""
    policy.check_owner(room_id, by)  # before the work
    avatars.draw(content, partial(_change, room_id, by))


def remove(room_id: int, by: User, *, as_staff: bool = False) -> None:
    """Take the room's picture away, if it has one. Raises `Forbidden`, `NotFound`."""
    _change(room_id, by, None, as_staff=as_staff)


@transaction.atomic
def _change(room_id: int, by: User, file: StoredFile | None, *, as_staff: bool = False) -> None:
    room = policy.lock(room_id)
    policy.check_owner(room_id, by, as_staff)
    if not as_staff:
        policy.check_not_archived(room)
    if file is not None or room.chat.avatar_id is not None:
        avatars.change(room.chat, file)
        note(room, by, "update", detail="picture" if file else "picture removed")
        events.change_chats(Chat.objects.filter(pk=room_id))
