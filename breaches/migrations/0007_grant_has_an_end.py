from django.db import migrations, models


class Migration(migrations.Migration):
    """A grant on a single case ends where an office of the person's own takes over."""

    dependencies = [("breaches", "0006_index_what_a_person_sees")]

    operations = [
        migrations.AddField(
            "breachuserobjectpermission",
            "to_on",
            models.DateField(null=True, editable=False, verbose_name="til og med"),
        ),
    ]
