"""Private chats: one for each pair of people.

When one of the two accounts is deleted or deactivated, the chat is archived: it can be read, but not written to (403
`gone`). It reopens when a deactivated account is active again.
"""

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from chat import events, members, policy
from chat.models import Chat


def open_private(user: User, receiver_id: int) -> tuple[Chat, bool]:
    """Get or create the private chat of two people. Returns it and whether it was created.

    Raises `Invalid`, `NotFound`, `Forbidden`.
    """
    other = policy.check_may_open_private(user, User.objects.filter(pk=receiver_id).first())
    low, high = sorted((user, other), key=lambda person: person.pk)
    with transaction.atomic():
        # If both open it at once, the unique constraint on the pair lets one create it; the other finds it.
        chat, created = Chat.objects.get_or_create(kind=Chat.Kind.PRIVATE, user_low=low, user_high=high)
        if created:
            for person in (low, high):
                members.admit(chat, person)
    return chat, created


@transaction.atomic
def follow_standing(user: User) -> None:
    """Archive the person's private chats if their account is inactive, reopen them if it is active again."""
    own = Chat.objects.filter(Q(user_low=user) | Q(user_high=user))
    if user.is_active:
        chats = own.filter(user_low__is_active=True, user_high__is_active=True).exclude(archived_at=None)
    else:
        chats = own.filter(archived_at=None)
    # Locked in the order in which storing messages locks chats.
    locked = chats.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True)
    changed = Chat.objects.filter(pk__in=list(locked))
    events.change_chats(changed, archived_at=None if user.is_active else Now())
