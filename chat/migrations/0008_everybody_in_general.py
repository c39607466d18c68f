from typing import Any

from django.db import migrations


def enter(apps: Any, schema_editor: Any) -> None:
    database = schema_editor.connection.alias
    general = apps.get_model("chat", "Chat").objects.using(database).filter(kind="general").first()
    if general is None:
        return
    memberships = apps.get_model("chat", "Membership").objects.using(database)
    people = apps.get_model("accounts", "User").objects.using(database).filter(is_active=True)
    inside = memberships.filter(chat=general).values("user")
    outside = people.exclude(kind="room_guest").exclude(pk__in=inside).values_list("pk", flat=True)
    # What was said before one's first look counts as read, as it would have at that look.
    rows = [memberships.model(chat=general, user_id=pk, last_read_seq=general.last_seq) for pk in outside]
    memberships.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


class Migration(migrations.Migration):
    """Everybody but guests of one room is in general from the start, also people who have never looked at it."""

    dependencies = [("chat", "0007_epoch"), ("accounts", "0006_sessions_by_age")]
    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
