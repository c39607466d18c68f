"""How far people have read."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, QuerySet

from accounts import doorbell
from accounts.models import User
from chat import counting, statements
from chat.models import Chat, Membership
from chat.realtime.events import Personal, Read, Rung
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
    marks, items = told(Membership.objects.filter(pk__in=statements.memberships(wanted)))
    doorbell.ring(items)
    return marks


def told(memberships: QuerySet[Membership]) -> tuple[list[ReadMark], list[Rung]]:
    """How far these have read: as their own devices see it, and what tells it to all."""
    found = list(_with_counts(memberships))
    small = _small({membership.chat for membership in found})
    items: list[Rung] = []
    marks = []
    for membership in found:
        chat, mark, others = membership.chat, _mark(membership), b""
        if chat.pk in small and membership.user.share_reads:
            others = encode(ReadMark(chat=chat.key, user_id=mark.user_id, seq=mark.seq))
        items.append(Read(chat.pk, mark.user_id, encode(mark), others))
        marks.append(mark)
    return marks, items


def recounted(chat_id: int, user_ids: Iterable[int]) -> None:
    """After the commit, tell these people what is unread for them: a message has come to mention them, or not to.

    Their clients can't know it of a message they haven't loaded. All other counts follow from the messages they get.
    """
    members = Membership.objects.filter(chat_id=chat_id, user_id__in=user_ids, state=Membership.State.ACTIVE)
    for membership in _with_counts(members):
        doorbell.ring_on_commit(_to_reader(_mark(membership)))


def _with_counts(memberships: QuerySet[Membership]) -> QuerySet[Membership]:
    """In one query, so that position, counts and the chat's version are of the same moment."""
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


def _to_reader(mark: ReadMark) -> Personal:
    return Personal([mark.user_id], encode(mark))


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
