"""Private chats: one for each pair of people, whoever opens it, and however many at once."""

from django.db import transaction

from accounts.models import User
from chat import members, policy
from chat.models import Chat


def open_private(user: User, receiver_id: int) -> tuple[Chat, bool]:
    """The private chat of the two, and whether it was made just now. Raises `Invalid`, `NotFound`, `Forbidden`."""
    other = policy.check_may_open_private(user, User.objects.filter(pk=receiver_id).first())
    low, high = sorted((user, other), key=lambda person: person.pk)
    with transaction.atomic():
        # Of two who open it at once, the unique pair lets one create it; the other finds it.
        chat, created = Chat.objects.get_or_create(kind=Chat.Kind.PRIVATE, user_low=low, user_high=high)
        if created:
            for person in (low, high):
                members.admit(chat, person)
    return chat, created
