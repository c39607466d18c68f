from django.db import migrations
from django.db.models import Q
from django.db.models.functions import Now


def close(apps, schema_editor):
    """Nothing more is said to an account that was deleted or deactivated."""
    gone = Q(user_low__is_active=False) | Q(user_high__is_active=False)
    chats = apps.get_model("chat", "Chat").objects.filter(kind="private", archived_at=None)
    chats.filter(gone).update(archived_at=Now())


def open_again(apps, schema_editor):
    apps.get_model("chat", "Chat").objects.filter(kind="private").update(archived_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_profile_changes"),
        ("chat", "0009_state_changes"),
    ]

    operations = [migrations.RunPython(close, open_again)]
