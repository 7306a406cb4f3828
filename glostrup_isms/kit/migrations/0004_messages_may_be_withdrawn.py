from django.db import migrations, models


class Migration(migrations.Migration):
    """A message whose recipient lost the right to it before it was sent."""

    dependencies = [("kit", "0003_protect_audit_trail")]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Venter"),
                    ("sent", "Sendt"),
                    ("portal_only", "Kun i indbakken"),
                    ("dead", "Kunne ikke sendes"),
                    ("withdrawn", "Trukket tilbage"),
                ],
                default="queued",
                max_length=12,
                verbose_name="tilstand",
            ),
        ),
    ]
