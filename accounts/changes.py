"""Changes of people and of what they may do, told to every server process after the commit (`lib.doorbell`)."""

import msgspec
from django.db.models.functions import Now

from accounts.models import User
from lib import doorbell


class Access(msgspec.Struct, tag="access", array_like=True, frozen=True):
    """These people's sessions or memberships changed: look at what their sockets may still do."""

    user_ids: list[int]


class State(msgspec.Struct, tag="state", array_like=True, frozen=True):
    """Something changed of people, chats or memberships that is no message: read what is true now, and tell it."""


def access_changed(*user_ids: int) -> None:
    """Inside a transaction: after it, every socket of these people is checked again, everywhere."""
    User.objects.filter(pk__in=user_ids).update(access_changed_at=Now())
    doorbell.ring_on_commit(Access(list(user_ids)))


def state_changed() -> None:
    """Inside a transaction that wrote down when something changed: after it, every process tells what is true then."""
    doorbell.ring_on_commit(State())


def profile_changed(user_id: int) -> None:
    """Inside a transaction: after it, everybody who shares a chat with this person learns how they are called now."""
    User.objects.filter(pk=user_id).update(profile_changed_at=Now())
    state_changed()
