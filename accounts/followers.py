"""Followers: background work after a commit, outside the request that caused it. Mail, later push, search, webhooks.

A follower reads what is new after its position, handles it, and advances the position. One server process at a time
does this, under a lease; if it dies, another one takes over when the lease runs out. The position advances after
the work: a crash in between repeats the last step, so each step runs at least once. The doorbell wakes followers
(chat.realtime.followers runs them); without it they check every few seconds.
"""

import logging
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from accounts.changes import StateChanged
from accounts.models import FollowerPosition

#: Longer than a step usually takes; a process that dies delays its followers by this much.
LEASE = timedelta(seconds=60)
logger = logging.getLogger(__name__)
#: All followers, by name. Apps register theirs in `ready`.
registered: dict[str, "Follower"] = {}


class Follower(ABC):
    name: ClassVar[str]  # identifies its position; under another name it starts anew
    wakes: ClassVar[tuple[type, ...]] = (StateChanged,)  # items of the doorbell that may mean work

    @abstractmethod
    def step(self, position: str) -> str | None:
        """Do the next piece of work after `position` ("" for the beginning).

        If it takes longer than LEASE, another process may run the same step meanwhile: one that mustn't run twice at a
        time claims its piece of work (accounts.mail).

        Returns the position after it, or None if there is nothing to do now. Exceptions are logged, and the step is
        retried a little later.
        """


def register(follower: Follower) -> None:
    registered[follower.name] = follower


def run(follower: Follower, owner: UUID) -> bool:
    """Run all pending steps. Returns False if another process has the lease. Call outside a transaction."""
    rows = FollowerPosition.objects.filter(name=follower.name)
    held = rows.filter(leased_by=owner)
    if not rows.exists():
        FollowerPosition.objects.bulk_create([FollowerPosition(name=follower.name)], ignore_conflicts=True)
    free = Q(leased_by=owner) | Q(leased_until=None) | Q(leased_until__lt=Now())
    if not rows.filter(free).update(leased_by=owner, leased_until=Now() + LEASE):
        return False
    position = held.values_list("position", flat=True).get()
    while (moved := follower.step(position)) is not None:
        position = moved
        if not held.update(position=position, leased_until=Now() + LEASE):
            logger.warning("follower %s lost its lease: a step took longer than %s", follower.name, LEASE)
            return False
    return True


def release(owner: UUID) -> None:
    """Give up the leases as this process ends, so that others can continue at once."""
    FollowerPosition.objects.filter(leased_by=owner).update(leased_by=None, leased_until=None)
