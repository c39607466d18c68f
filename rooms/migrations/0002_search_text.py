from django.db import migrations, models

from lib import text


def fill(apps, schema_editor):
    Room = apps.get_model("rooms", "Room")
    rows = []
    for room in Room.objects.exclude(description="").iterator(500):
        room.search_text = text.fold(room.description)[:2000]
        rows.append(room)
    Room.objects.bulk_update(rows, ["search_text"], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='room',
            name='search_text',
            field=models.CharField(db_default='', default='', editable=False, max_length=2000),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
