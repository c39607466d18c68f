from typing import Any

from django.db import migrations


def make_general(apps: Any, schema_editor: Any) -> None:
    apps.get_model("chat", "Chat").objects.get_or_create(kind="general", defaults={"title": "General"})


class Migration(migrations.Migration):
    """The one general chat. Going back leaves it to the table's own removal, so that no message is lost."""

    dependencies = [("chat", "0001_initial")]
    operations = [migrations.RunPython(make_general, migrations.RunPython.noop)]
