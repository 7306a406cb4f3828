"""How each kind of document is approved, to begin with: the council decides the policy, the municipal director the rest,
and the committee approves all of it again every year (P-45, P-56, P-77 … P-81)."""

from django.db import migrations

# kind, recommended by, decided by, needs a statement that it agrees with the policy
ROUTES = (
    ("policy", "committee", "council", False),
    ("rule", "committee", "director", True),
    ("guideline", "committee", "director", True),
    ("procedure", "", "director", True),
    ("action_plan", "committee", "director", True),
    ("contingency_plan", "committee", "director", True),
    ("template", "", "director", True),
)


def make(apps, schema_editor):
    for kind, recommended_by, decided_by, needs_statement in ROUTES:
        apps.get_model("policy", "ApprovalRoute").objects.get_or_create(
            kind=kind,
            defaults={
                "recommended_by": recommended_by,
                "decided_by": decided_by,
                "needs_statement": needs_statement,
                "reviewed_by": "committee",
            },
        )
    apps.get_model("policy", "PublicSite").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
