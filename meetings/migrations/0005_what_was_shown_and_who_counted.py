"""A point knows the text of its papers and who decided it; a follow-up knows of whom and by when it was asked."""

from django.conf import settings
from django.db import migrations, models

STAMP = models.CharField(blank=True, editable=False, max_length=64, verbose_name="kontrolsum")
RENEWED_AT = models.DateTimeField(editable=False, null=True, verbose_name="ny tekst siden udsendelsen")


def _whom(duty):
    return (duty.holder.name or duty.holder.username)[:200] if duty.holder else duty.get_holder_role_display()


def freeze(apps, schema_editor):
    for row in apps.get_model("meetings", "FollowUp").objects.select_related("duty__holder"):
        duty = row.duty
        asked = {"whom": _whom(duty), "due_on": duty.due_on} if duty else {"whom": "", "due_on": row.at.date()}
        apps.get_model("meetings", "FollowUp").objects.filter(pk=row.pk).update(**asked)


class Migration(migrations.Migration):
    dependencies = [("meetings", "0004_bodies_meet"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddField("agendaitem", "stamp", STAMP),
        migrations.AddField("agendaitem", "renewed_at", RENEWED_AT),
        migrations.AddField("historicalagendaitem", "stamp", STAMP),
        migrations.AddField("historicalagendaitem", "renewed_at", RENEWED_AT),
        migrations.AddField(
            "agendaitem",
            "counted",
            models.ManyToManyField(editable=False, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            "followup",
            "whom",
            models.CharField(default="", editable=False, max_length=200, verbose_name="hvem"),
            preserve_default=False,
        ),
        migrations.AddField("followup", "due_on", models.DateField(editable=False, null=True, verbose_name="senest")),
        migrations.RunPython(freeze, migrations.RunPython.noop),
        migrations.AlterField("followup", "due_on", models.DateField(editable=False, verbose_name="senest")),
        migrations.RemoveField("meeting", "invitation"),
        migrations.RemoveField("historicalmeeting", "invitation"),
    ]
