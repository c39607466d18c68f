from typing import Any

from django.db import migrations, models
from django.db.models import F, Max, OuterRef, Q, Subquery

from lib.database.migrations import AddIndexInUse


def note_deletions(apps: Any, schema_editor: Any) -> None:
    chat, message = apps.get_model("chat", "Chat"), apps.get_model("chat", "Message")
    deleted = message.objects.filter(chat_id=OuterRef("pk"), deleted_at__isnull=False).order_by()
    last = deleted.values("chat_id").annotate(last=Max("seq")).values("last")
    with_deleted = message.objects.filter(deleted_at__isnull=False).values("chat_id")
    chat.objects.filter(pk__in=with_deleted).annotate(last=Subquery(last)).update(last_deleted_seq=F("last"))


class Migration(migrations.Migration):
    """What counting unread messages needs to leave out deleted ones and one's own.

    The columns have a default in the database, as a server of the release before may still add rows.
    """

    atomic = False
    dependencies = [("chat", "0004_times_never_go_back")]
    operations = [
        migrations.AddField(
            "chat", "last_deleted_seq", models.BigIntegerField(db_default=0, default=0, editable=False)
        ),
        migrations.AddField(
            "membership", "last_own_seq", models.BigIntegerField(db_default=0, default=0, editable=False)
        ),
        AddIndexInUse(
            "message",
            models.Index(
                fields=["chat", "seq"], name="deleted_messages", condition=Q(deleted_at__isnull=False)
            ),
        ),
        migrations.RunPython(note_deletions, migrations.RunPython.noop),
    ]
