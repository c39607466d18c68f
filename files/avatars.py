"""Pictures of people and rooms. Their rows have the foreign key `avatar`, so the key is known without a join."""

import shutil
from collections.abc import Callable
from typing import IO, Protocol

from django.db import close_old_connections, connection

from files import images, keeping, scanning
from files.models import Avatar, StoredFile
from lib import errors

MOST = 8_000_000  # bytes of a picture that is sent
TOO_LARGE = f"A picture may have at most {MOST // 1_000_000} MB."


class Pictured(Protocol):
    """A row with an avatar."""

    avatar: Avatar | None

    def save(self, *, update_fields: list[str]) -> None: ...


def address(key: str | None) -> str | None:
    """Where a picture is shown, for everybody who knows the address."""
    return None if key is None else f"/avatars/{key}"


def draw(content: IO[bytes], give: Callable[[StoredFile], None]) -> None:
    """Draw the square in the middle of a picture, and `give` it to whom it is for, in a transaction of its own.

    Raises `TooLarge`, `Invalid`, `Unavailable`, and what the scanner and the decoder raise. Takes up to seconds, during
    which it holds no database connection.
    """
    size = content.seek(0, 2)
    content.seek(0)
    if size > MOST:
        raise errors.TooLarge(TOO_LARGE)
    if size == 0:
        raise errors.Invalid({"file": ["This file is empty."]})
    if not connection.in_atomic_block:
        close_old_connections()
    scanning.scan(content)
    with keeping.workplace() as place:
        with (place / "picture").open("wb") as copy:
            shutil.copyfileobj(content, copy)
        picture = images.avatar(place / "picture", place)
        keeping.keep_for(give, picture.path)


def change(owner: Pictured, file: StoredFile | None) -> None:
    """Give the owner, whose row is locked, this picture, or none; the one before is deleted. In a transaction."""
    former = owner.avatar
    # Both at once, and so in one order: two people may exchange their pictures.
    keeping.hold([one for one in (file and file.pk, former and former.file_id) if one])
    owner.avatar = Avatar.objects.create(file=file) if file else None
    owner.save(update_fields=["avatar"])
    if former is not None:
        Avatar.objects.filter(pk=former.pk).delete()
        keeping.release([former.file_id])


def shown(key: str) -> StoredFile:
    """The picture's file. Raises `NotFound`, also if there is another picture or none by now."""
    is_key = key.isascii() and key.isalnum()  # a database takes no NUL
    avatar = Avatar.objects.select_related("file").filter(pk=key).first() if is_key else None
    if avatar is None:
        raise errors.NotFound()
    return avatar.file
