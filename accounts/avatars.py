"""People's pictures of themselves."""

from functools import partial
from typing import IO

from django.db import transaction

from accounts.changes import profile_changed
from accounts.models import User
from files import avatars
from files.models import StoredFile
from lib import errors


def choose(user: User, content: IO[bytes]) -> None:
    """Give the person this picture in place of the one before. Raises and takes what `files.avatars.draw` does."""
    avatars.draw(content, partial(_change, user))


def remove(user: User) -> None:
    """Take the person's picture away, if they have one."""
    _change(user, None)


@transaction.atomic
def _change(user: User, file: StoredFile | None) -> None:
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if file is not None and not locked.is_active:  # deleted or deactivated meanwhile
        raise errors.NotAuthenticated()
    if file is not None or locked.avatar_id is not None:
        avatars.change(locked, file)
        profile_changed(user.pk)
    user.avatar_id = locked.avatar_id
