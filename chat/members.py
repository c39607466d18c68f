"""Joining, leaving and muting a chat: writes the membership and notifies the sockets concerned.

The caller decides who may join (`chat.private`, `rooms.joining`). Call inside a transaction.
"""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.changes import access_changed
from accounts.models import User
from chat import events, policy
from chat.models import Chat, Membership, ThreadFollow
from chat.protocol import UserJoined, UserLeft


def admit(chat: Chat, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    """Make the person an active member, for the first time or again. Earlier messages count as read."""
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
            "moved_at": Now(),
            "state_changed_at": Now(),
        },
    )
    access_changed(user.pk)
    _tell_moved(membership)
    return membership


def dismiss(membership: Membership, *, reason: str | None = None) -> None:
    """End a membership: `reason` is None if they leave by themselves, a text if they are removed.

    Within a second none of their sockets, on any process, gets anything of the chat any more.
    """
    removed = reason is not None
    # Locked, so that nobody follows a chain there by what they write at this moment (`chat.log.threads`).
    policy.lock(membership.chat_id)
    membership.state = Membership.State.REMOVED if removed else Membership.State.LEFT
    membership.removed_reason = reason or ""
    membership.role = Membership.Role.MEMBER
    membership.save(update_fields=["state", "removed_reason", "role"])
    Membership.objects.filter(pk=membership.pk).update(moved_at=Now(), state_changed_at=Now())
    ThreadFollow.objects.filter(user_id=membership.user_id, root__chat_id=membership.chat_id).delete()
    access_changed(membership.user_id)
    _tell_moved(membership)


def _tell_moved(membership: Membership) -> None:
    membership.refresh_from_db(fields=["moved_at"])
    assert membership.moved_at is not None
    events.moved(membership.chat_id, membership.pk, membership.moved_at, moved(membership))


def moved(membership: Membership) -> UserJoined | UserLeft:
    """The frame for the other members: somebody joined or left. Needs `user` and `chat` loaded."""
    user, key = membership.user, membership.chat.key
    if membership.state != Membership.State.ACTIVE:
        return UserLeft(chat=key, user_id=user.pk, username=user.username, display_name=user.display_name)
    return UserJoined(
        chat=key, user_id=user.pk, username=user.username, display_name=user.display_name, member=True
    )


@transaction.atomic
def mute(chat_id: int, user: User, until: datetime | None) -> bool:
    """Mute the chat for this person until a time (None: unmute). Returns whether it is muted now."""
    events.change_settings(Membership.objects.filter(chat_id=chat_id, user=user), muted_until=until)
    return policy.is_muted(until, timezone.now())
