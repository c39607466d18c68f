from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """One index does what two did: find what somebody wrote, and keep their client_ids apart.

    Each message is written into every index. On SQLite the table is copied for this; PostgreSQL locks it.
    """

    dependencies = [("chat", "0002_general")]
    operations = [
        migrations.RemoveConstraint("message", "client_id_unique_for_sender"),
        migrations.AlterField(
            "message",
            "sender",
            models.ForeignKey(
                settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
            ),
        ),
        migrations.AddConstraint(
            "message",
            models.UniqueConstraint(fields=["sender", "chat", "client_id"], name="client_id_unique"),
        ),
    ]
