"""Coming into a chat and going out of it: the membership row, and word of it to everybody concerned.

The rules on who may come in are the caller's (`chat.private`, `rooms.services`). Call inside a transaction.
"""

from django.utils import timezone

from accounts.doorbell import access_changed
from accounts.models import User
from chat.models import Chat, Membership
from chat.realtime import events
from chat.realtime.protocol import UserJoined, UserLeft


def admit(chat: Chat, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    """Make the person an active member, now or again; what was said before counts as read."""
    chat.refresh_from_db(fields=["last_seq", "version"])
    membership, _ = Membership.objects.update_or_create(
        chat=chat,
        user=user,
        defaults={
            "role": role,
            "state": Membership.State.ACTIVE,
            "removed_reason": "",
            "last_read_seq": chat.last_seq,
            "joined_at": timezone.now(),
            "joined_version": chat.version,
        },
    )
    access_changed(user.pk)
    events.to_chat(chat.pk, UserJoined(chat=chat.key, user_id=user.pk, username=user.username, member=True))
    return membership


def dismiss(membership: Membership, *, reason: str | None = None) -> None:
    """End a membership: `reason` is None for who leaves of their own accord, a text for who is removed.

    Within a second no socket of theirs gets anything of the chat any more, on any process.
    """
    removed = reason is not None
    membership.state = Membership.State.REMOVED if removed else Membership.State.LEFT
    membership.removed_reason = reason or ""
    membership.role = Membership.Role.MEMBER
    membership.save(update_fields=["state", "removed_reason", "role"])
    access_changed(membership.user_id)
    chat, user = membership.chat, membership.user
    events.to_chat(chat.pk, UserLeft(chat=chat.key, user_id=user.pk, username=user.username))
