"""A person's chats as their list shows them: in `GET /chats` and in the first frame of a socket."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from chat import history, policy
from chat.models import Chat, Connection, Membership, Mention
from chat.realtime.protocol import ChatSummary, Message, Person

#: A server process whose heartbeat is older than this is gone, and so are its connections.
PROCESS_GONE = timedelta(seconds=40)


def live_connections() -> QuerySet[Connection]:
    return Connection.objects.filter(process__heartbeat_at__gt=Now() - PROCESS_GONE)


def memberships(user: User) -> QuerySet[Membership]:
    """The active memberships of a person with chat and peer at hand, the latest activity first."""
    online = live_connections()
    unread_mentions = Mention.objects.filter(
        user=user, chat=OuterRef("chat_id"), seq__gt=OuterRef("last_read_seq")
    )
    return (
        Membership.objects.filter(user=user, state=Membership.State.ACTIVE)
        .select_related("chat", "chat__user_low", "chat__user_high")
        .annotate(
            low_online=Exists(online.filter(user_id=OuterRef("chat__user_low_id"))),
            high_online=Exists(online.filter(user_id=OuterRef("chat__user_high_id"))),
            mentioned=Subquery(
                unread_mentions.order_by().values("chat").annotate(count=Count("pk")).values("count")
            ),
        )
        .order_by("-chat__changed_at", "-chat_id")
    )


def all_memberships(user: User) -> list[Membership]:
    """Every one of them, general included, which everybody but a guest of one room is in."""
    found = list(memberships(user))
    if user.kind != User.Kind.ROOM_GUEST and not any(row.chat.kind == Chat.Kind.GENERAL for row in found):
        policy.enter_general(user)
        found = list(memberships(user))
    return found


def summaries(user: User, found: list[Membership]) -> list[ChatSummary]:
    """The summaries of these memberships of `user`: two queries, however many."""
    ids = [membership.chat_id for membership in found]
    last = {
        row[1]: history.message_of(row)
        for row in history.messages(Q(chat_id__in=ids, seq=F("chat__last_seq")))
    }
    online = online_counts(ids)
    now = timezone.now()
    return [
        _summary(
            user,
            membership,
            last.get(membership.chat_id),
            online.get(membership.chat_id, 0),
            policy.is_muted(membership.muted_until, now),
        )
        for membership in found
    ]


def online_counts(chat_ids: list[int]) -> dict[int, int]:
    """How many members of each chat have an open socket."""
    online = Exists(live_connections().filter(user_id=OuterRef("user_id")))
    rows = (
        Membership.objects.filter(online, chat_id__in=chat_ids, state=Membership.State.ACTIVE)
        .values_list("chat_id")
        .annotate(count=Count("pk"))
    )
    return dict(rows)


def _summary(
    user: User, membership: Membership, last: Message | None, online: int, muted: bool
) -> ChatSummary:
    chat = membership.chat
    extra: Any = membership  # carries the annotations of `memberships`
    summary = ChatSummary(
        key=chat.key,
        id=chat.pk,
        kind=chat.kind,
        title=chat.title,
        last_message=last,
        last_seq=chat.last_seq,
        version=chat.version,
        last_read_seq=membership.last_read_seq,
        unread_count=max(0, chat.last_seq - membership.last_read_seq),
        mention_count=extra.mentioned or 0,
        muted=muted,
        role=membership.role,
        online_count=online,
        archived=chat.archived_at is not None,
    )
    if chat.kind == Chat.Kind.PRIVATE:
        is_low = chat.user_low_id == user.pk
        peer = chat.user_high if is_low else chat.user_low
        assert peer is not None
        summary.peer = person(peer, bool(extra.high_online if is_low else extra.low_online))
        summary.title = peer.name
    return summary


def person(user: User, is_online: bool) -> Person:
    return Person(
        id=user.pk,
        username=user.username,
        display_name=user.display_name,
        is_online=is_online,
        last_seen=user.last_seen,
    )
