"""Informing the affected and following up no longer stop the clock: its index covers those cases too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("breaches", "0002_initial")]

    operations = [
        migrations.RemoveIndex(model_name="breach", name="breach_running"),
        migrations.AddIndex(
            model_name="breach",
            index=models.Index(
                condition=models.Q(
                    ("deadline_at__isnull", False),
                    ("notified_at", None),
                    models.Q(
                        ("state__in", ("closed", "rejected")),
                        ("is_personal_data_breach", "no"),
                        _connector="OR",
                        _negated=True,
                    ),
                ),
                fields=["deadline_at"],
                name="breach_running",
            ),
        ),
    ]
