"""Chains of replies: storing the number of replies on a chain's first message (its root), and reading pages of a chain.

A companion of `chat.log.store`: the change of the root is stored in the transaction of the reply.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from chat import epoch, policy
from chat.events import Change
from chat.log.history import History, PageRequest, Rows
from chat.log.history import rows as rows_where
from chat.log.rows import MessageRow, message_of
from chat.models import Chat, Message, ThreadFollow
from chat.protocol import Message as WireMessage
from chat.protocol import as_change, encode
from lib import errors
from lib.database.compiled import Compiled


def find(rows: Sequence[MessageRow]) -> bool:
    return any(row.thread_root_id is not None for row in rows)


def save(rows: Sequence[MessageRow]) -> list[Change]:
    """Count these stored replies on their roots, and have their people follow: four queries for all of them, and two
    more if somebody is new in a chain.

    The chats are locked, and these rows have their newest versions. Returns the changes of the roots.
    """
    replies: dict[int, list[MessageRow]] = {}
    for row in rows:
        if row.thread_root_id is not None:
            replies.setdefault(row.thread_root_id, []).append(row)
    roots = [MessageRow(*values) for values in rows_where(Q(pk__in=list(replies))).order_by("pk")]
    versions = {row.chat_id: row.chat__version for row in rows}
    for root in roots:
        root.version = versions[root.chat_id] = versions[root.chat_id] + 1
        root.reply_count = (root.reply_count or 0) + len(replies[root.id])
        root.last_reply_at = max(row.created_at for row in replies[root.id])
    Message.objects.bulk_update(
        [
            Message(
                pk=root.id,
                version=root.version,
                reply_count=root.reply_count,
                last_reply_at=root.last_reply_at,
            )
            for root in roots
        ],
        ["version", "reply_count", "last_reply_at"],
    )
    Chat.objects.bulk_update(
        [Chat(pk=chat_id, version=versions[chat_id]) for chat_id in sorted({root.chat_id for root in roots})],
        ["version"],
    )
    _follow({(root.id, root.chat_id): _people(root, replies[root.id]) for root in roots})
    return [
        Change(root.chat_id, root.version, 0, encode(as_change(message_of(root, WireMessage))))
        for root in roots
    ]


def _people(root: MessageRow, replies: Sequence[MessageRow]) -> list[int]:
    """The people who follow the chain from now on: those who wrote in it, and those who are mentioned there."""
    return [id for row in (root, *replies) for id in (row.sender_id, *row.mentions)]


def mentioned(message: Message, user_ids: Sequence[int]) -> None:
    """Make people follow the chain of a message that mentions them since an edit."""
    root_id = message.thread_root_id or (message.pk if message.reply_count else None)
    if root_id is not None:
        _follow({(root_id, message.chat_id): user_ids})


def _follow(people: Mapping[tuple[int, int], Iterable[int]]) -> None:
    """Have these people follow chains, by the ids of root and chat: those who are in the chat, and have not chosen. The
    chats are locked, so nobody leaves meanwhile."""
    wanted = {(root_id, user_id): chat_id for (root_id, chat_id), ids in people.items() for user_id in ids}
    roots, users = {root_id for root_id, _ in wanted}, {user_id for _, user_id in wanted}
    chosen = ThreadFollow.objects.filter(root__in=roots, user__in=users).values_list("root_id", "user_id")
    for known in chosen:
        wanted.pop(known, None)
    inside = policy.inside({(user_id, chat_id) for (_, user_id), chat_id in wanted.items()})
    ThreadFollow.objects.bulk_create(
        ThreadFollow(root_id=root_id, user_id=user_id)
        for (root_id, user_id), chat_id in wanted.items()
        if (user_id, chat_id) in inside
    )


def uncount(root: Message, reply: Message) -> None:
    """Update the root of a reply that has just been deleted. The chat is locked."""
    root.reply_count = max(0, (root.reply_count or 0) - 1)
    if root.deleted_at is not None and not root.reply_count:  # nothing is left to follow
        ThreadFollow.objects.filter(root=root).delete()
    if root.last_reply_at == reply.created_at:
        left = Message.objects.filter(thread_root=root, deleted_at=None).order_by("-seq")
        root.last_reply_at = left.values_list("created_at", flat=True).first()


# ---------------------------------------------------------------- reading


class Thread(History, kw_only=True):
    """A page of the replies of a chain, as in `History`, with its first message.

    `version`: everything up to it is in `root`, and in the page. `following`: whether the caller follows the chain.
    """

    root: WireMessage
    following: bool


def _newest(root_id: int, shape: int) -> Rows:
    return rows_where(Q(thread_root_id=root_id)).order_by("-seq")[:shape]


def _before(root_id: int, seq: int, shape: int) -> Rows:
    return rows_where(Q(thread_root_id=root_id, seq__lt=seq)).order_by("-seq")[:shape]


def _after(root_id: int, seq: int, shape: int) -> Rows:
    return rows_where(Q(thread_root_id=root_id, seq__gt=seq)).order_by("seq")[:shape]


NEWEST = Compiled(_newest, (int,), MessageRow)
BEFORE = Compiled(_before, (int, int), MessageRow)
AFTER = Compiled(_after, (int, int), MessageRow)


def page(chat_id: int, message_id: int, user_id: int, request: PageRequest) -> Thread:
    """A page of the chain that a message of the chat begins or is in, for a person who may read the chat.

    Raises `NotFound`. Costs the same in a chat of any length, and at any depth of the chain.
    """
    now, limit = epoch.current(), request.limit
    root = _row(chat_id, message_id)
    if root.thread_root_id is not None:
        root = _row(chat_id, root.thread_root_id)
    if request.after_seq is not None:
        found = AFTER(root.id, request.after_seq, shape=limit + 1)
    elif request.before_seq is not None:
        found = BEFORE(root.id, request.before_seq, shape=limit + 1)
    else:
        found = NEWEST(root.id, shape=limit + 1)
    has_more = len(found) > limit
    del found[limit:]
    if request.after_seq is None:
        found.reverse()
    if request.after_seq is not None:
        has_newer = has_more
    else:
        has_newer = request.before_seq is not None and bool(AFTER(root.id, request.before_seq - 1, shape=1))
    return Thread(
        root=message_of(root, WireMessage),
        messages=[message_of(row, WireMessage) for row in found],
        last_seq=root.chat__last_seq,
        version=root.chat__version,
        has_more=has_more,
        has_newer=has_newer,
        epoch=now,
        following=ThreadFollow.objects.filter(root_id=root.id, user_id=user_id, follows=True).exists(),
    )


def _row(chat_id: int, message_id: int) -> MessageRow:
    values = rows_where(Q(pk=message_id, chat_id=chat_id)).first()
    if values is None:
        raise errors.NotFound()
    return MessageRow(*values)
