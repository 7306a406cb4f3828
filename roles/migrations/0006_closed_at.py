from django.db import migrations, models
from django.utils import timezone


def begin_to_count(apps, schema_editor):
    """Nobody wrote down when the accounts that are closed were: count from now."""
    apps.get_model("roles", "User").objects.filter(is_active=False).update(closed_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("roles", "0005_index_roles_and_names"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicaluser",
            name="closed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="senest lukket"),
        ),
        migrations.AddField(
            model_name="user",
            name="closed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="senest lukket"),
        ),
        migrations.RunPython(begin_to_count, migrations.RunPython.noop),
    ]
