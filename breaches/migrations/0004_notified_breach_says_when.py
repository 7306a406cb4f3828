"""A notified case has the time of its notification: without it the clock would run on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("breaches", "0003_clock_runs_until_notified")]

    operations = [
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "notified"), _negated=True), ("notified_at__isnull", False), _connector="OR"
                ),
                name="notified_breach_says_when",
            ),
        ),
    ]
