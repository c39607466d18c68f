"""Events about people for open sockets.

Call inside the transaction that makes the change. The time of the change is also stored in the row, where the sweep of
each process finds it if the ring is lost.
"""

import msgspec
from django.db.models.functions import Now

from accounts.models import User
from lib.doorbell import ring_on_commit


class AccessChanged(msgspec.Struct, tag="access", array_like=True, frozen=True):
    """Sessions or memberships of these people changed: their sockets' access must be read again."""

    user_ids: list[int]


class StateChanged(msgspec.Struct, tag="state", array_like=True, frozen=True):
    """A person, chat or membership changed, apart from messages: its current state must be read and sent."""


def access_changed(*user_ids: int) -> None:
    """Have every process check the sockets of these people again."""
    User.objects.filter(pk__in=user_ids).update(access_changed_at=Now())
    ring_on_commit(AccessChanged(list(user_ids)))


def state_changed() -> None:
    """Have every process read what changed. The caller has stored the time in the row."""
    ring_on_commit(StateChanged())


def profile_changed(user_id: int) -> None:
    """Send a person's new names and status to everyone who shares a chat with them."""
    User.objects.filter(pk=user_id).update(profile_changed_at=Now())
    state_changed()
