"""Who moderates a chat."""

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction

from accounts.models import User
from chat import members, policy, private
from chat.models import Chat, Membership

pytestmark = pytest.mark.django_db


def test_a_room_is_moderated_by_its_owners_and_moderators_and_other_chats_by_staff() -> None:
    ann, bob, cat, helper, former = (
        User.objects.create_user(name) for name in ("ann", "bob", "cat", "helper", "former")
    )
    root = User.objects.create_superuser("root")
    for person in (helper, former):
        person.user_permissions.add(Permission.objects.get(codename="delete_message"))
    User.objects.filter(pk=helper.pk).update(is_staff=True)
    with transaction.atomic():
        room = Chat.objects.create(kind=Chat.Kind.ROOM, title="Garden")
        members.admit(room, ann, Membership.Role.OWNER)
        members.admit(room, bob, Membership.Role.MODERATOR)
        members.admit(room, cat)
    assert policy.moderators(room) == [ann.pk, bob.pk]
    Membership.objects.filter(chat=room, user=bob).update(state=Membership.State.LEFT)
    assert policy.moderators(room) == [ann.pk]
    general = Chat.objects.get(pk=policy.seat(ann, "general").chat_id)
    assert policy.moderators(general) == [helper.pk, root.pk]
    private.open_private(ann, bob.pk)
    assert policy.moderators(Chat.objects.get(kind=Chat.Kind.PRIVATE)) == [helper.pk, root.pk]
