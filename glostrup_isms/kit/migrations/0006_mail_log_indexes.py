from django.db import migrations, models


class Migration(migrations.Migration):
    """The operators' list of mails, and their counts, at 100,000 messages and more."""

    dependencies = [("kit", "0005_job_runs")]

    operations = [
        migrations.RemoveIndex(model_name="message", name="message_undelivered"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["state", "created_at", "id"], name="message_by_state"),
        ),
        migrations.AddIndex(
            model_name="message", index=models.Index(fields=["created_at", "id"], name="message_by_time")
        ),
    ]
