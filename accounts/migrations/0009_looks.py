from django.db import migrations, models

from lib import text

NAMES = ["username_shape", "username_look", "display_shape", "display_look"]


def fill(apps, schema_editor):
    """Shapes and looks of the people there are. Names that look the same stay: only new ones are refused."""
    people = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    last = 0
    while rows := list(people.filter(pk__gt=last).order_by("pk").only("username", "display_name")[:500]):
        for user in rows:
            bare = text.bare(user.display_name)
            user.username_shape, user.username_look = text.shape(user.username)[:300], text.look(user.username)[:300]
            user.display_shape, user.display_look = text.shape(bare)[:300], text.look(bare)[:300]
        people.bulk_update(rows, NAMES)
        last = rows[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_proved_addresses'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='username_look',
            field=models.CharField(db_default='', default='', editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name='user',
            name='display_look',
            field=models.CharField(db_default='', default='', editable=False, max_length=300),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['username_look'], name='user_by_look'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['display_look'], name='user_by_display_look'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
