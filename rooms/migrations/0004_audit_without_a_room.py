from django.db import migrations, models
from django.db.models.deletion import CASCADE


def nothing(apps, schema_editor):
    """Every entry has a room until now."""


def delete_those_without(apps, schema_editor):
    """The release before can't hold them."""
    apps.get_model("rooms", "AuditEntry").objects.filter(room=None).delete()


class Migration(migrations.Migration):
    dependencies = [("rooms", "0003_request_changes")]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="room",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=CASCADE, related_name="audit", to="rooms.room"
            ),
        ),
        migrations.RunPython(nothing, delete_those_without),
    ]
