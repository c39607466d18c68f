"""How far people have read."""

from collections.abc import Mapping

from django.db.models import Count, F

from accounts import doorbell
from accounts.models import User
from chat import statements
from chat.models import Chat, Membership, Mention
from chat.realtime.events import Event, Item, Personal
from chat.realtime.protocol import ReadMark, encode

Key = tuple[int, int]  # (chat id, user id)
#: Members of a chat up to which they see how far the others have read.
SMALL = 50


def mark(positions: Mapping[Key, int], *, back: bool = False) -> list[ReadMark]:
    """Move read positions to `seq`, at most to the chat's end, and tell the readers' devices.

    Positions only move forward (a slow device can't undo a quick one) unless `back`: "mark as unread".
    In a small chat the others are told too, unless the reader does not share it.
    """
    if not positions:
        return []
    wanted = [statements.ReadTo(*key, seq) for key, seq in positions.items()]
    statements.read(wanted, back)
    found = list(
        Membership.objects.filter(pk__in=statements.memberships(wanted)).select_related("chat", "user")
    )
    mentioned = mention_counts(found)
    small = _small({membership.chat for membership in found})
    items: list[Item] = []
    marks = []
    for membership in found:
        chat = membership.chat
        mark = ReadMark(chat=chat.key, user_id=membership.user_id, seq=membership.last_read_seq)
        if chat.pk in small and membership.user.share_reads:
            items.append(Event(chat.pk, encode(mark), membership.user_id))
        mark.unread_count = max(0, chat.last_seq - membership.last_read_seq)
        mark.mention_count = mentioned.get((chat.pk, membership.user_id), 0)
        items.append(Personal([membership.user_id], encode(mark)))
        marks.append(mark)
    doorbell.ring(items)
    return marks


def positions(user: User, chat_id: int) -> list[tuple[int, int]]:
    """(user id, seq) of the others in a chat; nothing in a large one, or for somebody who does not share theirs."""
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
