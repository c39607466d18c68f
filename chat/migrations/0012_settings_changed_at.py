from django.db import migrations, models


class Migration(migrations.Migration):
    """Another name in the code, the same column: nothing is done to the database."""

    dependencies = [("chat", "0011_followers")]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="mute_changed_at",
            field=models.DateTimeField(blank=True, db_column="mute_changed_at", editable=False, null=True),
        ),
        migrations.RenameField(
            model_name="membership", old_name="mute_changed_at", new_name="settings_changed_at"
        ),
    ]
