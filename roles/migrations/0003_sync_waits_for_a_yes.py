from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("roles", "0002_organisation")]

    operations = [
        migrations.AlterField(
            model_name="syncrun",
            name="shape",
            field=models.CharField(
                blank=True,
                choices=[("rollekatalog", "OS2rollekatalog"), ("os2sync", "OS2sync / FK Organisation"), ("csv", "CSV")],
                max_length=20,
                verbose_name="form",
            ),
        ),
        migrations.AddField(
            model_name="syncrun", name="loss", field=models.TextField(blank=True, verbose_name="stort tab")
        ),
        migrations.AddField(model_name="syncrun", name="kept_as", field=models.CharField(blank=True, max_length=64)),
        migrations.AddField(model_name="syncrun", name="digest", field=models.CharField(blank=True, max_length=64)),
    ]
