"""The bodies that the policy names."""

from django.db import migrations

BODIES = (
    ("council", "kommunalbestyrelsen", "Kommunalbestyrelsen"),
    ("executive", "direktionen", "Direktionen"),
    ("director", "kommunaldirektoeren", "Kommunaldirektøren"),
    ("committee", "informationssikkerhedsudvalget", "Informationssikkerhedsudvalget"),
    ("dpr", "digitaliserings-og-portefoeljeraadet", "Digitaliserings- og Porteføljerådet"),
)


def make(apps, schema_editor):
    for kind, slug, name in BODIES:
        apps.get_model("meetings", "Body").objects.get_or_create(kind=kind, defaults={"slug": slug, "name": name})


class Migration(migrations.Migration):
    dependencies = [("meetings", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
