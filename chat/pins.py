"""Pinned messages of a chat, the same for everyone in it. Pinning changes the message, as an edit does."""

from datetime import UTC, datetime

from django.db.models import Q

from accounts.models import User
from chat import messages, policy, protocol
from chat.log import history
from lib import errors

LIMIT = 100  # pinned messages in one chat


def pin(user: User, message_id: int) -> protocol.Message:
    """Pin a message. Idempotent: one that is already pinned keeps its `pinned_at` and `pinned_by`.

    Raises `NotFound`, `Forbidden`, and `Conflict` if it is deleted or the chat has `LIMIT` pins.
    """
    with messages.changing(user, message_id, policy.check_may_pin) as message:
        if message.deleted_at is not None:
            raise errors.Conflict("This message was deleted.")
        if message.pinned_at is None:
            if pinned(message.chat_id).count() >= LIMIT:
                raise errors.Conflict(
                    "A chat can have at most 100 pinned messages. Unpin one first.", code="too_many_pins"
                )
            message.pinned_at, message.pinned_by = datetime.now(UTC), user
    return messages.on_the_wire(message)


def unpin(user: User, message_id: int) -> protocol.Message:
    """Unpin a message. Idempotent. Raises `NotFound`, `Forbidden`."""
    with messages.changing(user, message_id, policy.check_may_pin) as message:
        message.pinned_at = message.pinned_by = None
    return messages.on_the_wire(message)


def pinned(chat_id: int) -> history.Rows:
    """The pinned messages of a chat as rows, the newest pin first. Found by the index `pinned_messages`."""
    return history.rows(Q(chat_id=chat_id, pinned_at__isnull=False)).order_by("-pinned_at", "-pk")
