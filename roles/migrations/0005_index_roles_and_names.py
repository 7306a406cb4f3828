from django.db import migrations, models


class Migration(migrations.Migration):
    """For 50,000 people: who holds a role, and people by name."""

    dependencies = [("roles", "0004_scim_accounts")]

    operations = [
        migrations.AddIndex("appointment", models.Index(fields=["role", "unit"], name="appointment_role_unit")),
        migrations.AddIndex("user", models.Index(fields=["name", "id"], name="user_by_name")),
    ]
