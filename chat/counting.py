"""Unread counts: messages after a member's read position, except deleted ones and their own.

`seq` has no gaps, so most messages need no counting: from the number of all messages after the position are subtracted
the deleted ones (rare, with an index of their own) and one's own (none, unless the chat was marked as unread).
"""

from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from chat.models import Mention, Message

#: How many positions before a person's newest message are searched for more of their own. Marking as unread seldom
#: goes far back; if it goes further, the count is too large rather than the list slow.
OWN = 1000
NONE = Value(0)


def _counted(rows: QuerySet[Any, Any]) -> Coalesce:
    counts = rows.order_by().values("chat").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counts), NONE, output_field=BigIntegerField())


def _if(which: When) -> Case:
    return Case(which, default=NONE, output_field=BigIntegerField())


def unread() -> Combinable:
    """The number of unread messages of a membership."""
    after = Message.objects.filter(chat=OuterRef("chat_id"), seq__gt=OuterRef("last_read_seq"))
    deleted = after.filter(deleted_at__isnull=False)
    own = after.filter(
        sender=OuterRef("user_id"),
        seq__gt=OuterRef("last_own_seq") - OWN,
        seq__lte=OuterRef("last_own_seq"),
        deleted_at__isnull=True,
    )
    return (
        F("chat__last_seq")
        - F("last_read_seq")
        - _if(When(chat__last_deleted_seq__gt=F("last_read_seq"), then=_counted(deleted)))
        - _if(When(last_own_seq__gt=F("last_read_seq"), then=_counted(own)))
    )


def unread_mentions() -> Combinable:
    """The number of unread messages that mention the member, by name or as one of all."""
    after = {"chat": OuterRef("chat_id"), "seq__gt": OuterRef("last_read_seq")}
    named = Mention.objects.filter(user=OuterRef("user_id"), **after)
    too = Mention.objects.filter(
        user=OuterRef(OuterRef("user_id")), chat=OuterRef("chat"), seq=OuterRef("seq")
    )
    to_all = Message.objects.filter(~Exists(too), mention_all__isnull=False, **after).exclude(
        sender=OuterRef("user_id")
    )
    return _if(
        When(
            chat__last_seq__gt=F("last_read_seq"),
            then=_counted(named)
            + Case(
                When(ignores_everyone=True, then=NONE),
                default=_counted(to_all),
                output_field=BigIntegerField(),
            ),
        )
    )
