import accounts.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_keys'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='user',
            name='username_unique',
        ),
        migrations.AlterField(
            model_name='user',
            name='username',
            field=models.CharField(max_length=50, validators=[accounts.models.username_validator]),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['username_shape'], name='user_by_shape'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['display_shape'], name='user_by_display_shape'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['search_text'], name='user_by_search_text'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(fields=('username_key',), name='username_key_unique', violation_error_message='This username is taken.'),
        ),
    ]
