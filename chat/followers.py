"""Followers of the log: called with every change of every chat, in each chat's order, at least once (see
accounts.followers).

class Index(LogFollower):
    name = "search"
    from_the_beginning = True

    def handle(self, chat: Chat, messages: Sequence[Message]) -> None: ...

followers.register(Index())  # in `ready` of an app
"""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import BigIntegerField, F, FilteredRelation, Q, Value
from django.db.models.functions import Coalesce

from accounts.followers import Follower
from chat.events import Change
from chat.log import history
from chat.models import Chat, Followed
from chat.protocol import Message

#: How long after a chat's `changed_at` the change may still be committed: longer statements and idle transactions are
#: cancelled (chatproject.process). Each step looks back this far.
LATE = timedelta(seconds=15)
CHATS = 100  # of one step
MESSAGES = 200  # of one call of `handle`
MARKED = 1000  # chats marked as seen in one step, by a follower that starts with new messages only
BEGINNING = "1970-01-02T00:00:00+00:00"  # a position before all chats
MARKING = "marking:"  # prefix of a position while marking; then the id of the last chat marked


class LogFollower(Follower):
    """Its position is the `changed_at` of the last chat handled; its progress in each chat is in `Followed`."""

    wakes: ClassVar[tuple[type, ...]] = (Change,)
    from_the_beginning: ClassVar[bool] = False  # else a new follower starts with the messages from now on

    @abstractmethod
    def handle(self, chat: Chat, messages: Sequence[Message]) -> None:
        """Handle messages of one chat that are new, edited or deleted, in the order of `version`.

        At most MESSAGES of them. The same ones may come again after a crash. Called outside a transaction.
        """

    def step(self, position: str) -> str | None:
        if not self.from_the_beginning and (not position or position.startswith(MARKING)):
            return self._mark(int(position.removeprefix(MARKING) or 0))
        behind = self._behind(datetime.fromisoformat(position or BEGINNING))
        for chat, version in behind:
            self._catch_up(chat, version)
        return behind[-1][0].changed_at.isoformat() if behind else None

    def _behind(self, since: datetime) -> list[tuple[Chat, int]]:
        """Chats with changes that this follower has not seen, and the version it has seen of each; earliest changes
        first."""
        chats = (
            Chat.objects.annotate(mine=FilteredRelation("followed", condition=Q(followed__name=self.name)))
            .annotate(seen=Coalesce(F("mine__version"), Value(0), output_field=BigIntegerField()))
            .filter(changed_at__gt=since - LATE, version__gt=F("seen"))
            .order_by("changed_at", "pk")[:CHATS]
        )
        return [(chat, chat.seen) for chat in chats]

    def _catch_up(self, chat: Chat, version: int) -> None:
        has_more = True
        while has_more:
            page = history.changes(chat.pk, version, MESSAGES)
            if page.messages:
                self.handle(chat, page.messages)
            version, has_more = page.version, page.has_more
            Followed.objects.update_or_create(name=self.name, chat=chat, defaults={"version": version})

    def _mark(self, after: int) -> str:
        """Mark the next MARKED existing chats as seen."""
        with transaction.atomic():
            chats = Chat.objects.filter(pk__gt=after).order_by("pk")[:MARKED]
            rows = [Followed(name=self.name, chat=chat, version=chat.version) for chat in chats]
            Followed.objects.bulk_create(rows, ignore_conflicts=True)
        if not rows:
            return BEGINNING
        return f"{MARKING}{rows[-1].chat_id}"
