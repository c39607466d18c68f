import unicodedata

from django.db import migrations, models

from lib import text


def fill(apps, schema_editor):
    """Keys, shapes and search texts of the people there are. Of several names with one key, which older versions told
    apart (`straße` and `strasse`), the oldest has it; each of the others has one of its own, and still logs in."""
    User = apps.get_model("accounts", "User")
    taken, rows = set(), []
    for user in User.objects.using(schema_editor.connection.alias).order_by("pk").iterator(500):
        key = text.key(user.username)
        user.username_key = f"{key}#{unicodedata.normalize('NFKC', user.username)}" if key in taken else key
        taken.add(key)
        user.username_shape = text.shape(user.username)[:300]
        user.display_shape = text.shape(text.bare(user.display_name))[:300]
        user.search_text = f"{text.fold(user.username)}\n{text.fold(user.display_name)}"[:500]
        rows.append(user)
        if len(rows) == 500:
            save(User, rows)
            rows = []
    save(User, rows)


def save(User, rows):
    User.objects.bulk_update(rows, ["username_key", "username_shape", "display_shape", "search_text"])


def lower(apps, schema_editor):
    """The version before looks for letters beyond ASCII in lower case."""
    User = apps.get_model("accounts", "User")
    for user in User.objects.using(schema_editor.connection.alias).iterator(500):
        name = "".join(letter if letter.isascii() else letter.lower() for letter in user.username)
        if name != user.username:
            User.objects.filter(pk=user.pk).update(username=name[:50])


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_refresh_grace'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='display_shape',
            field=models.CharField(db_default='', default='', editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name='user',
            name='search_text',
            field=models.CharField(db_default='', default='', editable=False, max_length=500),
        ),
        migrations.AddField(
            model_name='user',
            name='username_key',
            field=models.CharField(default='', editable=False, max_length=300),
        ),
        migrations.AddField(
            model_name='user',
            name='username_shape',
            field=models.CharField(db_default='', default='', editable=False, max_length=300),
        ),
        migrations.RunPython(fill, lower),
    ]
