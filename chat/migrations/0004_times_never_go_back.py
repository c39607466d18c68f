from typing import Any

from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery


def note_last_times(apps: Any, schema_editor: Any) -> None:
    chat, message = apps.get_model("chat", "Chat"), apps.get_model("chat", "Message")
    last = message.objects.filter(chat_id=OuterRef("pk"), seq=OuterRef("last_seq")).values("created_at")
    chat.objects.filter(last_seq__gt=0).annotate(last=Subquery(last)).update(last_message_at=F("last"))


class Migration(migrations.Migration):
    """Each chat knows the time of its newest message, so that the next one's is not before it."""

    dependencies = [("chat", "0003_one_index_fewer")]
    operations = [
        migrations.AddField("chat", "last_message_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunPython(note_last_times, migrations.RunPython.noop),
    ]
