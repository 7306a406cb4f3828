import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """One row per scheduled task: when it last ran, how long that took, how it ended."""

    dependencies = [("kit", "0004_messages_may_be_withdrawn")]

    operations = [
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("task", models.CharField(max_length=100, primary_key=True, serialize=False, verbose_name="opgave")),
                (
                    "first_seen_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="set første gang"),
                ),
                ("last_started_at", models.DateTimeField(null=True, verbose_name="begyndte sidst")),
                ("last_finished_at", models.DateTimeField(null=True, verbose_name="sluttede sidst")),
                ("last_ok_at", models.DateTimeField(null=True, verbose_name="lykkedes sidst")),
                ("took_ms", models.PositiveBigIntegerField(null=True, verbose_name="varede, millisekunder")),
                (
                    "result",
                    models.CharField(
                        choices=[("running", "Kører"), ("ok", "Lykkedes"), ("failed", "Fejlede")],
                        default="running",
                        max_length=7,
                        verbose_name="resultat",
                    ),
                ),
                ("error", models.CharField(blank=True, max_length=100, verbose_name="slags fejl")),
                ("runs", models.PositiveBigIntegerField(default=0, verbose_name="kørsler")),
                ("failures", models.PositiveBigIntegerField(default=0, verbose_name="kørsler, der fejlede")),
            ],
            options={
                "verbose_name": "kørsel af et job",
                "verbose_name_plural": "kørsler af job",
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("result", "failed"), _negated=True),
                            models.Q(("error", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="failed_job_says_what_kind_of_fault",
                    )
                ],
            },
        ),
    ]
