"""Read marks: the `seq` up to which a person has read a chat."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from accounts import changes
from accounts.models import User
from chat import counting
from chat.events import Read, Rung
from chat.log import statements
from chat.models import Chat, Membership
from chat.protocol import ReadMark, encode
from lib import doorbell

Key = tuple[int, int]  # (chat id, user id)
#: The largest number of members with which a chat shows each member's read position to the others.
SMALL = 50


def mark(positions: Mapping[Key, int], *, back: bool = False) -> list[ReadMark]:
    """Move read positions to `seq`, at most to the chat's end, and tell the readers' devices.

    Positions only move forward (a slow device can't undo a quick one) unless `back`: "mark as unread".
    In a small chat the others are told too, unless the reader doesn't share read positions.
    """
    if not positions:
        return []
    wanted = [statements.ReadTo(*key, seq) for key, seq in positions.items()]
    statements.read(wanted, back)
    marks, items = told(Membership.objects.filter(pk__in=statements.memberships(wanted)))
    doorbell.ring_on_commit(*items)
    return marks


def told(
    memberships: QuerySet[Membership], recounted: Container[int] = ()
) -> tuple[list[ReadMark], list[Rung]]:
    """The read marks of these memberships, and the events that publish them.

    For memberships whose ids are in `recounted` the other members get nothing: only the counts changed.
    """
    found = list(_with_counts(memberships))
    small = _small({membership.chat for membership in found})
    items: list[Rung] = []
    marks = []
    for membership in found:
        chat, mark, others = membership.chat, _mark(membership), b""
        if chat.pk in small and membership.user.share_reads and membership.pk not in recounted:
            others = encode(ReadMark(chat=chat.key, user_id=mark.user_id, seq=mark.seq))
        items.append(Read(chat.pk, mark.user_id, encode(mark), others))
        marks.append(mark)
    return marks, items


def recounted(chat_id: int, user_ids: Iterable[int]) -> None:
    """Call inside a transaction: after it, send these people their unread counts, as an edit or deletion changed whom a
    message mentions.

    Their clients can't count messages they haven't loaded. All other counts follow from the messages they get.
    """
    members = Membership.objects.filter(chat_id=chat_id, user_id__in=user_ids, state=Membership.State.ACTIVE)
    if tell_later(members):
        changes.state_changed()


def tell_later(memberships: QuerySet[Membership]) -> int:
    """Call inside a transaction: have the next sweep of each process send these read marks. Returns their number."""
    # Locked in the same order as in `statements.read`, so that the two can't deadlock.
    locked = memberships.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    found = Membership.objects.filter(pk__in=list(locked))
    return found.update(read_untold_at=Now(), state_changed_at=Now())


def _with_counts(memberships: QuerySet[Membership]) -> QuerySet[Membership]:
    """In one query, so that position, counts and the chat's version are consistent."""
    return memberships.select_related("chat", "user").annotate(
        unread=counting.unread(), mentioned=counting.unread_mentions()
    )


def _mark(membership: Any) -> ReadMark:
    chat = membership.chat
    return ReadMark(
        chat=chat.key,
        user_id=membership.user_id,
        seq=membership.last_read_seq,
        unread_count=membership.unread,
        mention_count=membership.mentioned,
        version=chat.version,
        last_seq=chat.last_seq,
    )


def positions(user: User, chat_id: int) -> list[tuple[int, int]]:
    """(user id, seq) of the other members; empty in a large chat, or if the person doesn't share their own position."""
    if not user.share_reads:
        return []
    members = Membership.objects.filter(chat_id=chat_id, state=Membership.State.ACTIVE)
    rows = list(members.values_list("user_id", "last_read_seq", "user__share_reads")[: SMALL + 1])
    if len(rows) > SMALL:
        return []
    return [(user_id, seq) for user_id, seq, is_shared in rows if is_shared and user_id != user.pk]


def _small(chats: set[Chat]) -> set[int]:
    """The ids of the chats among these with few members."""
    rooms = [chat.pk for chat in chats if chat.kind == Chat.Kind.ROOM]
    members = Membership.objects.filter(chat_id__in=rooms, state=Membership.State.ACTIVE).values_list(
        "chat_id"
    )
    few = members.annotate(count=Count("pk")).filter(count__lte=SMALL) if rooms else ()
    return {chat.pk for chat in chats if chat.kind == Chat.Kind.PRIVATE} | {chat_id for chat_id, _ in few}
