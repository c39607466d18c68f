"""How far people have read."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Least

from accounts import doorbell
from chat.models import Chat, Membership, Mention
from chat.realtime.events import Event, Item, Personal
from chat.realtime.protocol import ReadMark, encode

Key = tuple[int, int]  # (chat id, user id)


def mark(positions: Mapping[Key, int], *, back: bool = False) -> list[ReadMark]:
    """Move read positions to `seq`, at most to the chat's end, and tell the readers' devices.

    Positions only move forward (a slow device can't undo a quick one) unless `back`: "mark as unread".
    The other person of a private chat is told too.
    """
    if not positions:
        return []
    with transaction.atomic():
        for (chat_id, user_id), seq in sorted(positions.items()):
            end = Chat.objects.filter(pk=chat_id).values("last_seq")
            rows = Membership.objects.filter(chat_id=chat_id, user_id=user_id)
            if not back:
                rows = rows.filter(last_read_seq__lt=seq)
            rows.update(last_read_seq=Least(seq, end))
    found = list(_of(positions).select_related("chat"))
    mentioned = mention_counts(found)
    items: list[Item] = []
    marks = []
    for membership in found:
        chat = membership.chat
        mark = ReadMark(chat=chat.key, user_id=membership.user_id, seq=membership.last_read_seq)
        if chat.kind == Chat.Kind.PRIVATE:
            items.append(Event(chat.pk, encode(mark), membership.user_id))
        mark.unread_count = max(0, chat.last_seq - membership.last_read_seq)
        mark.mention_count = mentioned.get((chat.pk, membership.user_id), 0)
        items.append(Personal([membership.user_id], encode(mark)))
        marks.append(mark)
    doorbell.ring(items)
    return marks


def _of(keys: Mapping[Key, int]) -> QuerySet[Membership]:
    where = Q()
    for chat_id, user_id in keys:
        where |= Q(chat_id=chat_id, user_id=user_id)
    return Membership.objects.filter(where)


def mention_counts(memberships: list[Membership]) -> dict[Key, int]:
    """Unread mentions, by (chat id, user id): one query."""
    if not memberships:
        return {}
    rows = (
        Mention.objects.filter(
            user_id__in={membership.user_id for membership in memberships},
            chat_id__in={membership.chat_id for membership in memberships},
            chat__memberships__user_id=F("user_id"),
            seq__gt=F("chat__memberships__last_read_seq"),
        )
        .values_list("chat_id", "user_id")
        .annotate(count=Count("pk"))
    )
    return {(chat_id, user_id): count for chat_id, user_id, count in rows}
