"""Chains of replies: a new reply counts on the first message of its chain, which thereby changes.

A companion of `chat.log.store`: the change of the root is stored in the transaction of the reply.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from chat.events import Change
from chat.log.history import rows as rows_where
from chat.log.rows import MessageRow, message_of
from chat.models import Chat, Message, ThreadFollow
from chat.protocol import Message as WireMessage
from chat.protocol import as_change, encode


def find(rows: Sequence[MessageRow]) -> bool:
    return any(row.thread_root_id is not None for row in rows)


def save(rows: Sequence[MessageRow]) -> list[Change]:
    """Count these stored replies on their roots, and have their people follow: four queries for all of them.

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
    ThreadFollow.objects.bulk_create(
        [
            ThreadFollow(root_id=root.id, user_id=user_id)
            for root in roots
            for user_id in dict.fromkeys(_people(root, replies[root.id]))
        ],
        ignore_conflicts=True,
    )
    return [
        Change(root.chat_id, root.version, 0, encode(as_change(message_of(root, WireMessage))))
        for root in roots
    ]


def _people(root: MessageRow, replies: Sequence[MessageRow]) -> list[int]:
    """Who follows the chain from now on: the author of its root, who replied, and who is mentioned."""
    return [root.sender_id, *(id for row in replies for id in (row.sender_id, *row.mentions))]


def without(reply: Message) -> tuple[int, datetime | None]:
    """`reply_count` and `last_reply_at` of the root of a reply that has just been deleted."""
    left = Message.objects.filter(thread_root=reply.thread_root_id, deleted_at=None).order_by("-seq")
    return left.count(), left.values_list("created_at", flat=True).first()
