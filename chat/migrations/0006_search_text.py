from django.db import migrations, models

from lib import text


def fill(apps, schema_editor):
    Chat = apps.get_model("chat", "Chat")
    rows = []
    for chat in Chat.objects.exclude(title="").iterator(500):
        chat.search_text = text.fold(chat.title)[:500]
        rows.append(chat)
    Chat.objects.bulk_update(rows, ["search_text"], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0005_counts_follow_deletions'),
    ]

    operations = [
        migrations.AddField(
            model_name='chat',
            name='search_text',
            field=models.CharField(db_default='', default='', editable=False, max_length=500),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
