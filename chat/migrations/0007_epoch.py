import uuid
from typing import Any

import django.utils.timezone
from django.db import migrations, models


def begin(apps: Any, schema_editor: Any) -> None:
    apps.get_model("chat", "Epoch").objects.create(pk=1)


class Migration(migrations.Migration):
    """Each database gets an epoch of its own."""

    dependencies = [("chat", "0006_search_text")]
    operations = [
        migrations.CreateModel(
            "Epoch",
            [
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid.uuid4)),
                ("began_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("place", models.CharField(blank=True, max_length=100)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_epoch")]
            },
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
