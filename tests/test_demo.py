"""`manage.py demo`: the made-up community is whole, the same each time, and never among real people unasked."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Max, Min

from accounts import users
from accounts.models import User
from chat.models import Chat, Membership, Message, Upload
from rooms.models import JoinRequest, Room

pytestmark = pytest.mark.django_db
PASSWORD = "a-demo-for-the-tests"


@pytest.fixture(autouse=True)
def quick_hashes(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def demo(**options: object) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **{"password": PASSWORD, "messages": 400, **options})
    return out.getvalue()


def test_the_demo_fills_a_community() -> None:
    out = demo()
    assert User.objects.count() == 20
    assert Room.objects.count() == 8
    assert Room.objects.filter(chat__is_public=True).count() == 4
    assert Chat.objects.filter(kind="private").count() == 12
    assert Message.objects.count() == 400
    assert JoinRequest.objects.filter(status="pending").count() == 3
    for room in Room.objects.all():
        roles = Membership.objects.filter(chat=room.chat, state="active").values_list("role", flat=True)
        assert roles.count() >= 8
        assert sorted(set(roles)) == ["member", "moderator", "owner"]
    assert Message.objects.exclude(reactions=None).count() > 20
    assert Message.objects.filter(reply_count__gte=5).exists()
    [removed] = Message.objects.exclude(deleted_at=None)
    assert removed.delete_reason
    assert removed.deleted_by not in (None, removed.sender)
    assert set(Upload.objects.exclude(message=None).values_list("kind", flat=True)) == {
        "image",
        "audio",
        "file",
    }
    assert not Upload.objects.filter(message=None).exists()
    assert Message.objects.filter(content="").exclude(attachments=None).count() == 1
    assert User.objects.exclude(avatar=None).count() == 10
    assert Room.objects.exclude(chat__avatar=None).count() == 4
    assert PASSWORD in out
    assert all(user.username in out for user in User.objects.all())


def test_what_is_said_is_in_order_without_gaps_by_members_and_filled_in() -> None:
    demo(weeks=2)
    assert Message.objects.exclude(reply_to=None).count() > 40
    assert Message.objects.exclude(mentions=[]).exists()
    assert not Message.objects.filter(content__contains="{").exists()
    assert not Message.objects.exclude(reply_to=None).exclude(chat=F("reply_to__chat")).exists()
    said = Message.objects.values("chat").annotate(count=Count("pk"), first=Min("seq"), last=Max("seq"))
    for chat in said:
        assert (chat["first"], chat["last"]) == (1, chat["count"])
        times = list(
            Message.objects.filter(chat=chat["chat"]).order_by("seq").values_list("created_at", flat=True)
        )
        assert times == sorted(times)
        senders = Message.objects.filter(chat=chat["chat"]).values("sender")
        members = Membership.objects.filter(chat=chat["chat"], state="active").values("user")
        assert not senders.exclude(sender__in=members).exists()


def test_some_have_read_everything_and_some_have_not() -> None:
    demo()
    assert Membership.objects.filter(last_read_seq=F("chat__last_seq"), chat__last_seq__gt=0).exists()
    assert Membership.objects.filter(last_read_seq__lt=F("chat__last_seq")).exists()
    assert not Membership.objects.filter(last_read_seq__gt=F("chat__last_seq")).exists()


def test_the_same_seed_makes_the_same_community() -> None:
    def community() -> list[tuple[object, ...]]:
        rows = Message.objects.order_by(
            "chat__title", "chat__user_low__username", "chat__user_high__username", "seq"
        )
        return list(rows.values_list("chat__title", "sender__username", "content"))

    with transaction.atomic():
        demo(seed=7)
        first = community()
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    demo(seed=7)
    assert community() == first


def test_the_demo_keeps_away_from_real_people_unless_forced() -> None:
    ann = users.sign_up("Ann", "ann@example.com", "a password of her own")
    with pytest.raises(CommandError, match="There are people in this database"):
        demo()
    assert User.objects.count() == 1

    demo(force=True)
    assert User.objects.count() == 21
    assert User.objects.filter(username="ann2").exists()
    assert not User.objects.filter(is_staff=True).exists()
    ann.refresh_from_db()
    assert ann.check_password("a password of her own")


def test_a_weak_password_is_refused_before_anything_is_made() -> None:
    with pytest.raises(CommandError, match="password"):
        demo(password="12345")
    assert not User.objects.exists()


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(CommandError, match="--messages"):
        demo(messages=-1)
    with pytest.raises(CommandError, match="--weeks"):
        demo(weeks=0)
