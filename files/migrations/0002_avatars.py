import django.db.models.deletion
from django.db import migrations, models

import files.models


class Migration(migrations.Migration):

    dependencies = [
        ("files", "0001_stored_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Avatar",
            fields=[
                (
                    "key",
                    models.CharField(
                        default=files.models.new_key, max_length=32, primary_key=True, serialize=False
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
            ],
        ),
    ]
