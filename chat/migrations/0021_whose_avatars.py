from django.db import migrations, models

from lib.database.migrations import AddIndexInUse


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("chat", "0020_avatars"),
    ]

    operations = [
        AddIndexInUse(
            model_name="chat",
            index=models.Index(
                condition=models.Q(("avatar__isnull", False)), fields=["avatar"], name="chat_of_avatar"
            ),
        ),
    ]
