"""Following chains of replies. People who write in one or are mentioned there follow it (`chat.log.threads`), unless
they stopped following it."""

from django.db import transaction

from accounts.models import User
from chat import events, messages, policy
from chat.models import Membership, Message, ThreadFollow
from chat.protocol import FollowChanged
from lib import errors


@transaction.atomic
def follow(user: User, message_id: int, follows: bool) -> None:
    """Follow the chain that the message begins or is in, or stop. Idempotent; their sockets are told of a change.

    Raises `NotFound` if the person may not read the message, and `Conflict` if it was deleted and begins no chain.
    """
    message, seat = messages.readable(user, message_id)
    root_id = message.thread_root_id or message.pk
    # Locked against a deletion of the message (`messages.delete`), and against leaving the chat (`members.dismiss`):
    # each of them then deletes this row, too.
    policy.lock(message.chat_id)
    own = Membership.objects.select_for_update(no_key=True).filter(chat_id=message.chat_id, user=user)
    if not own.filter(state=Membership.State.ACTIVE).values_list("pk"):
        raise errors.NotFound()
    if Message.objects.filter(pk=root_id, deleted_at__isnull=False).exclude(reply_count__gt=0).exists():
        if follows:
            raise errors.Conflict("This message was deleted.")
        return
    before = ThreadFollow.objects.filter(root_id=root_id, user=user, follows=True).exists()
    ThreadFollow.objects.update_or_create(root_id=root_id, user=user, defaults={"follows": follows})
    if follows != before:
        events.to_people([user.pk], FollowChanged(chat=seat.key, root_id=root_id, following=follows))
