from django.db import migrations, models


class Migration(migrations.Migration):
    """For 100,000 cases: `visible_to` asks of a case where it is, who reported it and its key, and reads only these."""

    dependencies = [("breaches", "0005_told_is_relieved")]

    operations = [
        migrations.AddIndex("breach", models.Index(fields=["unit", "reporter", "id"], name="breach_seen")),
    ]
