"""Following chains of replies. Who writes in one or is mentioned there does, unless they chose not to: see
`chat.log.threads`."""

from django.db import transaction

from accounts.models import User
from chat import events, messages
from chat.models import Membership, ThreadFollow
from chat.protocol import FollowChanged
from lib import errors


@transaction.atomic
def follow(user: User, message_id: int, follows: bool) -> None:
    """Follow the chain that the message begins or is in, or stop. Idempotent; their sockets are told of a change.

    Raises `NotFound` if the person may not read the message.
    """
    message, seat = messages.readable(user, message_id)
    root_id = message.thread_root_id or message.pk
    # Locked, so that who leaves meanwhile takes this along (`members.dismiss`).
    own = Membership.objects.select_for_update().filter(chat_id=message.chat_id, user=user)
    if not own.filter(state=Membership.State.ACTIVE).values_list("pk"):
        raise errors.NotFound()
    before = ThreadFollow.objects.filter(root_id=root_id, user=user, follows=True).exists()
    ThreadFollow.objects.update_or_create(root_id=root_id, user=user, defaults={"follows": follows})
    if follows != before:
        events.to_people([user.pk], FollowChanged(chat=seat.key, root_id=root_id, following=follows))
