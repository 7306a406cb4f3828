"""What always stands on each body's agenda, and how often the committee meets (P-47, P-48, P-80)."""

from django.db import migrations

ALWAYS = ["opening", "follow_up"]
STANDING = {
    "council": ALWAYS,
    "executive": ALWAYS,
    "director": ALWAYS,
    "committee": [*ALWAYS, "review", "policy_review", "breaches", "duties", "risks", "supervision"],
    "dpr": [*ALWAYS, "procurement"],
}
MONTHS = {"committee": 3}


def make(apps, schema_editor):
    for body in apps.get_model("meetings", "Body").objects.filter(standing_items=[]):
        body.standing_items, body.meets_every_months = STANDING[body.kind], MONTHS.get(body.kind)
        body.save()


class Migration(migrations.Migration):
    dependencies = [("meetings", "0003_meetings")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
