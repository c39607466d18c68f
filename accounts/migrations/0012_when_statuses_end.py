from django.db import migrations, models

from lib.database.migrations import AddIndexInUse


def name(apps, schema_editor):
    """Deleted accounts are called "Deleted account": as no name may begin with `deleted-`, these are all that there are."""
    people = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    deleted = people.filter(username_key__startswith="deleted-", is_active=False, display_name="")
    ids = [pk for pk, username in deleted.values_list("pk", "username") if username == f"deleted-{pk}"]
    for first in range(0, len(ids), 500):
        people.filter(pk__in=ids[first : first + 500]).update(display_name="Deleted account")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0011_messages_as_people_know_them"),
    ]

    operations = [
        AddIndexInUse(
            model_name="user",
            index=models.Index(
                condition=models.Q(("status_until__isnull", False)),
                fields=["status_until"],
                name="user_status_ends",
            ),
        ),
        migrations.RunPython(name, migrations.RunPython.noop),
    ]
