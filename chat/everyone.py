"""`@everyone` and `@here`: how many they reach, and who ignores them. `chat.mentions` finds them in messages, and
`chat.policy` says who may write them."""

from django.db import transaction

from accounts.models import User
from chat import events, read_marks
from chat.models import Membership


def members(chat_id: int) -> int:
    """How many people are in the chat."""
    return Membership.objects.filter(chat_id=chat_id, state=Membership.State.ACTIVE).count()


@transaction.atomic
def ignore(chat_id: int, user: User, ignores: bool) -> None:
    """Choose whether messages to everyone in the chat count as mentions of this person, and tell their devices."""
    membership = Membership.objects.filter(chat_id=chat_id, user=user)
    events.change_settings(membership, ignores_everyone=ignores or None)
    read_marks.recounted(chat_id, [user.pk])


def is_ignored(chat_id: int, user: User) -> bool:
    return Membership.objects.filter(chat_id=chat_id, user=user, ignores_everyone=True).exists()
