from django.db import migrations

from glostrup_isms.kit import audit_triggers


class Migration(migrations.Migration):
    """The database itself refuses to change or delete the trail."""

    dependencies = [("kit", "0002_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: audit_triggers.protect(schema_editor),
            lambda apps, schema_editor: audit_triggers.unprotect(schema_editor),
        )
    ]
