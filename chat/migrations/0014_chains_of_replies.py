from typing import Any

from django.db import migrations, models
from django.db.models import Count, Max, Q

from lib.database.migrations import AddIndexInUse

RANGE = 20_000  # ids of messages that are read at once


def find_roots(apps: Any, schema_editor: Any) -> None:
    """Note the first message of its chain at each reply, and how many replies a root has.

    In the order of ids, as a message is stored before the replies to it; each range is a transaction of its own.
    """
    message = apps.get_model("chat", "Message")
    last = message.objects.aggregate(last=Max("pk"))["last"] or 0
    for first in range(1, last + 1, RANGE):
        replies = list(
            message.objects.filter(pk__range=(first, first + RANGE - 1), reply_to__isnull=False, thread_root=None)
            .select_related("reply_to")
            .only("pk", "reply_to__thread_root")
            .order_by("pk")
        )
        roots: dict[int, int] = {}
        for reply in replies:
            before = reply.reply_to_id
            reply.thread_root_id = roots[reply.pk] = (
                roots.get(before) or reply.reply_to.thread_root_id or before
            )
        message.objects.bulk_update(replies, ["thread_root"], batch_size=500)
    counted = message.objects.filter(thread_root__isnull=False, deleted_at=None).order_by().values("thread_root")
    found = counted.annotate(count=Count("pk"), last=Max("created_at"))
    batch = [
        message(pk=row["thread_root"], reply_count=row["count"], last_reply_at=row["last"]) for row in found
    ]
    message.objects.bulk_update(batch, ["reply_count", "last_reply_at"], batch_size=500)


class Migration(migrations.Migration):
    """Indexes and chains of the messages that are there; people go on writing meanwhile."""

    atomic = False
    dependencies = [("chat", "0013_messages_as_people_know_them")]
    operations = [
        AddIndexInUse(
            "message",
            models.Index(fields=["thread_root", "seq"], name="replies", condition=Q(thread_root__isnull=False)),
        ),
        AddIndexInUse(
            "message",
            models.Index(fields=["chat", "pinned_at"], name="pinned_messages", condition=Q(pinned_at__isnull=False)),
        ),
        AddIndexInUse(
            "message",
            models.Index(fields=["chat", "seq"], name="messages_to_all", condition=Q(mention_all__isnull=False)),
        ),
        migrations.RunPython(find_roots, migrations.RunPython.noop),
    ]
