"""What open sockets must learn about people, whether or not the ring for it arrives.

Call inside the transaction that makes the change. The time of the change is kept in the row, where the sweep of each
process finds it when the ring was lost.
"""

import msgspec
from django.db.models.functions import Now

from accounts.models import User
from lib.doorbell import ring_on_commit


class AccessChanged(msgspec.Struct, tag="access", array_like=True, frozen=True):
    """Sessions or memberships of these people changed: read again what their sockets may do."""

    user_ids: list[int]


class StateChanged(msgspec.Struct, tag="state", array_like=True, frozen=True):
    """Something other than a message changed of a person, chat or membership: read what is true now, and send it."""


def access_changed(*user_ids: int) -> None:
    """Have every socket of these people checked again, on every process."""
    User.objects.filter(pk__in=user_ids).update(access_changed_at=Now())
    ring_on_commit(AccessChanged(list(user_ids)))


def state_changed() -> None:
    """Have every process read what changed. The caller has written down when."""
    ring_on_commit(StateChanged())


def profile_changed(user_id: int) -> None:
    """Send a person's new name to everyone who shares a chat with them."""
    User.objects.filter(pk=user_id).update(profile_changed_at=Now())
    state_changed()
