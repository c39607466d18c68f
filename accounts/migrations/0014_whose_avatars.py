from django.db import migrations, models

from lib.database.migrations import AddIndexInUse


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0013_avatars"),
    ]

    operations = [
        AddIndexInUse(
            model_name="user",
            index=models.Index(
                condition=models.Q(("avatar__isnull", False)), fields=["avatar"], name="user_of_avatar"
            ),
        ),
    ]
