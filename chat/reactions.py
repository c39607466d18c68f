"""Reactions: people's emoji on messages.

`Reaction` rows are the source of truth. `Message.reactions` is the summary that readers get: whenever somebody adds or
removes an emoji, its entry is rebuilt from the rows, under the chat's lock.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from django.db.models import QuerySet

from accounts.models import User
from accounts.online import with_online
from chat import events, messages, policy
from chat.log.rows import reactions_of
from chat.models import Message, Reaction
from chat.protocol import Reaction as WireReaction
from chat.protocol import ReactionChanged
from lib import emoji as emojis
from lib import errors

MOST = 20  # different emoji on a message, whoever added them
FULL = "This message already has 20 different reactions. You can join one of them."
SHOWN = 50  # user ids of an emoji in what readers get; `people` has all


def react(user: User, message_id: int, emoji: str) -> list[WireReaction]:
    """Add a person's reaction to a message. Idempotent. Returns all reactions to the message.

    Raises `Invalid` unless it is one emoji, `NotFound`, `Forbidden` if the chat is archived, and `Conflict` if the
    message was deleted, or (`too_many_reactions`) if it already has MOST other emoji.
    """
    return _set(user, message_id, emoji, is_there=True)


def unreact(user: User, message_id: int, emoji: str) -> list[WireReaction]:
    """Remove a person's reaction from a message. Idempotent. Returns and raises what `react` does."""
    return _set(user, message_id, emoji, is_there=False)


def people(message: Message, emoji: str, user_ids: Iterable[int] | None = None) -> QuerySet[Any]:
    """The reactions to a message with this emoji, oldest first, with `user` loaded and that person's `is_online`; only
    those of `user_ids`, if given. Raises `Invalid` unless it is one emoji."""
    rows = _rows(message.pk, check_emoji(emoji)).select_related("user")
    return with_online(rows if user_ids is None else rows.filter(user__in=user_ids))


def check_emoji(emoji: str) -> str:
    """The emoji, fully qualified. Raises `Invalid` unless it is one that Unicode recommends."""
    found = emojis.qualified(emoji)
    if found is None:
        raise errors.Invalid({"emoji": ["This must be one emoji."]})
    return found


def _rows(message_id: int, emoji: str) -> QuerySet[Reaction]:
    return Reaction.objects.filter(message=message_id, emoji=emoji).order_by("pk")


def _set(user: User, message_id: int, emoji: str, *, is_there: bool) -> list[WireReaction]:
    emoji = check_emoji(emoji)
    rows = _rows(message_id, emoji)
    own = rows.filter(user=user)
    if own.exists() == is_there:  # a repeat changes nothing, so it needs no lock
        message, seat = messages.readable(user, message_id)
        policy.check_may_react(user.pk, message, seat)
        return _found(message)
    with messages.changing(user, message_id, policy.check_may_react) as message:
        found = {reaction.emoji: reaction for reaction in _found(message)}
        was_unclear = _is_unclear(found.get(emoji), user)
        if own.exists() == is_there:
            return list(found.values())
        if is_there:
            if emoji not in found and len(found) >= MOST:
                raise errors.Conflict(FULL, code="too_many_reactions")
            Reaction.objects.create(message=message, emoji=emoji, user=user)
        else:
            own.delete()
        if first := list(rows.values_list("user_id", flat=True)[:SHOWN]):
            found[emoji] = WireReaction(emoji, len(first) if len(first) < SHOWN else rows.count(), first)
        else:
            del found[emoji]
        message.reactions = msgspec.json.encode(list(found.values())).decode() if found else None
        if was_unclear or _is_unclear(found.get(emoji), user):
            changed = ReactionChanged(
                chat=message.chat.key, message_id=message.pk, emoji=emoji, reacted=is_there
            )
            events.to_people([user.pk], changed)
    return list(found.values())


def _is_unclear(reaction: WireReaction | None, user: User) -> bool:
    """Whether the message doesn't list everybody, nor this person: then their devices are told whether they reacted."""
    return reaction is not None and reaction.count > SHOWN and user.pk not in reaction.user_ids


def _found(message: Message) -> list[WireReaction]:
    """What readers get. Raises `Conflict` if the message was deleted."""
    if message.deleted_at is not None:
        raise errors.Conflict("This message was deleted.")
    return reactions_of(message.reactions) if message.reactions is not None else []
