"""Who is named with `@username` in a message: only members of its chat count."""

import re
from collections.abc import Iterable, Sequence

import msgspec
from django.db.models.functions import Lower

from chat.models import Membership, Mention
from chat.realtime.protocol import Message

PATTERN = re.compile(r"(?<![\w@])@([\w.+-]{2,50})")
MOST = 50  # people that one message may mention


def names(content: str) -> list[str]:
    found = [name for match in PATTERN.findall(content) for name in (match, match.rstrip(".-+"))]
    return list(dict.fromkeys(name.lower() for name in found))[: 2 * MOST]


def find(contents: Sequence[tuple[int, str]]) -> dict[int, list[int]]:
    """For [(chat id, content)]: the ids of the members named, by position. No query where there is no `@`."""
    wanted = {place: names(content) for place, (_, content) in enumerate(contents) if "@" in content}
    if not any(wanted.values()):
        return {}
    members = (
        Membership.objects.filter(
            chat_id__in={contents[place][0] for place in wanted}, state=Membership.State.ACTIVE
        )
        .annotate(name=Lower("user__username"))
        .filter(name__in={name for found in wanted.values() for name in found})
        .values_list("chat_id", "name", "user_id")
    )
    ids = {(chat_id, name): user_id for chat_id, name, user_id in members}
    return {
        place: list(dict.fromkeys(ids[key] for name in found if (key := (contents[place][0], name)) in ids))
        for place, found in wanted.items()
    }


def to_json(user_ids: list[int] | None) -> str:
    return msgspec.json.encode(user_ids).decode() if user_ids else "[]"


def save(messages: Iterable[tuple[int, Message]]) -> None:
    """Note the mentions in stored messages (chat id, message), so that unread ones can be counted."""
    rows = [
        Mention(message_id=message.id, chat_id=chat_id, user_id=user_id, seq=message.seq)
        for chat_id, message in messages
        for user_id in message.mentions
        if user_id != message.user_id
    ]
    if rows:
        Mention.objects.bulk_create(rows)
