"""Messages that a person saved for themselves. Nobody else can see which."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from msgspec import Struct

from accounts.models import User
from chat import events, messages, policy
from chat.log import history
from chat.log.rows import MessageRow, message_of
from chat.models import Star
from chat.protocol import Message as WireMessage
from chat.protocol import StarChanged
from lib import errors

LIMIT = 10_000  # saved messages of one person


class Starred(Struct, kw_only=True):
    """A saved message as it is now; without `message`, and `gone`, if the person may no longer read it."""

    message_id: int
    starred_at: datetime
    message: WireMessage | None = None
    gone: bool = False


@transaction.atomic
def save(user: User, message_id: int) -> None:
    """Save a message, and tell the person's other devices. Idempotent.

    Raises `NotFound`, and `Conflict` if the message is deleted or the person has saved `LIMIT` messages.
    """
    message, seat = messages.keeping(user, message_id)
    if Star.objects.filter(user=user, message=message).exists():
        return
    if of_person(user).count() >= LIMIT:
        raise errors.Conflict(
            "You can save at most 10,000 messages. Remove some first.", code="too_many_saved"
        )
    Star.objects.create(user=user, message=message)
    events.to_people([user.pk], StarChanged(chat=seat.key, message_id=message_id, starred=True))


@transaction.atomic
def remove(user: User, message_id: int) -> None:
    """Remove a message from the person's saved ones, even if they may no longer read it. Idempotent.

    Raises `NotFound` for a message that is neither saved nor readable.
    """
    star = of_person(user).select_related("message__chat").filter(message_id=message_id).first()
    if star is None:
        messages.readable(user, message_id)
        return
    star.delete()
    key = star.message.chat.key
    events.to_people([user.pk], StarChanged(chat=key, message_id=message_id, starred=False))


def of_person(user: User) -> QuerySet[Star]:
    """The person's saved messages, the latest saved first."""
    return Star.objects.filter(user=user).order_by("-pk")


def entries(user: User, stars: Sequence[Star]) -> list[Starred]:
    """These saved messages as they are now: one query for all of them."""
    wanted = Q(pk__in=[star.message_id for star in stars], deleted_at=None) & policy.readable_by(user.pk)
    rows = [MessageRow(*values) for values in history.rows(wanted)]
    found = {row.id: message_of(row, WireMessage) for row in rows}
    return [
        Starred(
            message_id=star.message_id,
            starred_at=star.created_at,
            message=found.get(star.message_id),
            gone=star.message_id not in found,
        )
        for star in stars
    ]
