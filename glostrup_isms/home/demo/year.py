"""The demo municipality's fixed duties of the year, and how the last months of them went. Own words throughout."""

from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from duties.actions import make_year, remind
from duties.actions.making import add_entry
from duties.enums import OnClosed, Recurrence, Result, Share, State
from duties.models import Duty, DutyTemplate, Notice
from glostrup_isms.home.demo.organisation import Organisation
from glostrup_isms.kit.dates import COPENHAGEN
from roles.enums import Role
from roles.models import today

R, S, F = Recurrence, Share, Role
# title, role, share, how often, first (month, day), source, what to do, and what it wants: r result, e evidence, n not
# ahead, s of the law, w same week
YEAR: tuple[tuple[str, Role, Share, Recurrence, tuple[int, int], str, str, str], ...] = (
    ("Læg en plan for årets informationssikkerhed", F.IT_COORDINATOR, S.ROLE, R.YEARLY, (1, 20), "Politikken, P-55",
     "Skriv, hvad der skal nås i år, og hvem der gør det. Udvalget ser planen på sit første møde.", "e"),
    ("Gør status på sidste års handlingsplaner", F.IT_COORDINATOR, S.ROLE, R.YEARLY, (1, 27),
     "Politikken, P-55", "", ""),
    ("Gennemgå enhedens fortegnelse over behandlinger", F.LEADER, S.UNIT, R.YEARLY, (2, 24), "Politikken, P-62",
     "Læs hver behandling igennem. Er formålet, oplysningerne og modtagerne stadig rigtige?", ""),
    ("Opgør årets brud og trusler", F.GDPR_UNIT, S.ROLE, R.YEARLY, (2, 10), "Politikken, P-03", "", "e"),
    ("Hold ledelsens gennemgang", F.DIRECTOR, S.ROLE, R.YEARLY, (3, 11), "Politikken, P-44",
     "Brud, kontroller, risici og opfølgning siden sidst, samlet for direktionen.", "e"),
    ("Vurdér, om politikken skal ændres", F.GDPR_UNIT, S.ROLE, R.YEARLY, (3, 3), "Politikken, P-47 og P-80", "", ""),
    ("Gennemgå, hvem der har adgang til dine systemer", F.SYSTEM_OWNER, S.PERSON, R.HALF_YEARLY, (4, 15),
     "Politikken, P-65", "Hent listen over brugere, og luk dem, der ikke skal have adgang mere.", "re"),
    ("Skriv DPO'ens årsrapport", F.DPO, S.ROLE, R.YEARLY, (4, 20), "GDPR art. 39 og politikken, P-58", "", "e"),
    ("Før tilsyn med databehandlerne", F.SYSTEM_OWNER, S.PERSON, R.HALF_YEARLY, (5, 12),
     "GDPR art. 28 og politikken, P-67",
     "Følg tilsynsplanen for hver aftale, og skriv, hvad tilsynet viste.", "re"),
    ("Prøv at genskabe en sikkerhedskopi", F.IT_OPERATIONS, S.ROLE, R.QUARTERLY, (2, 18), "Politikken, P-13",
     "Vælg et system, genskab det et andet sted, og skriv, hvor lang tid det tog.", "ren"),
    ("Forbered den årlige godkendelse af regler og planer", F.IT_COORDINATOR, S.ROLE, R.YEARLY, (5, 26),
     "Politikken, P-56", "", ""),
    ("Gennemgå risikobilledet for hele kommunen", F.IT_COORDINATOR, S.ROLE, R.YEARLY, (8, 25),
     "Politikken, P-29", "", "e"),
    ("Tag informationssikkerhed op på et møde med medarbejderne", F.LEADER, S.PERSON, R.HALF_YEARLY, (3, 18),
     "Politikken, P-05 og P-60", "Ti minutter er nok. Brug en af de små historier om brud.", ""),
    ("Hold en øvelse i it-beredskabet", F.IT_CHIEF, S.ROLE, R.YEARLY, (9, 15), "Politikken, P-30 og P-31",
     "En øvelse ved bordet med dem, der skal handle, når systemerne er nede.", "re"),
    ("Send en prøve på en falsk mail til alle", F.IT_COORDINATOR, S.ROLE, R.YEARLY, (9, 22),
     "Politikken, P-40", "", "r"),
    ("Gennemgå brugere med udvidede rettigheder", F.IT_OPERATIONS, S.ROLE, R.QUARTERLY, (1, 14), "Politikken, P-69",
     "Er der stadig grund til hver enkelt?", "ren"),
    ("Intern kontrol af it-driften", F.IT_OPERATIONS, S.ROLE, R.MONTHLY, (1, 8), "Politikken, P-70",
     "Gå listen over kontroller igennem, og skriv, hvad du fandt.", "rn"),
    ("Svar på centerets årlige erklæring", F.CENTRE_CHIEF, S.PERSON, R.YEARLY, (11, 3), "Politikken, P-59",
     "Bliver reglerne fulgt i dit center? Skriv, hvor det halter, og hvad du gør ved det.", ""),
    ("Opdatér beredskabsplanens telefonliste", F.IT_CHIEF, S.ROLE, R.QUARTERLY, (3, 2), "Politikken, P-31", "", ""),
    ("Læg næste års årshjul", F.GDPR_UNIT, S.ROLE, R.YEARLY, (12, 8), "Politikken, P-55", "", ""),
    ("Gennemgå nye domme og afgørelser fra Datatilsynet", F.LAWYER, S.ROLE, R.MONTHLY, (1, 20),
     "Politikken, P-24", "", ""),
    ("Gå en runde: ligger der oplysninger fremme?", F.LEADER, S.UNIT, R.QUARTERLY, (2, 5), "Politikken, P-14",
     "Printer, skriveborde, mødelokaler og papirkurve.", "r"),
    ("Gennemgå sagerne i Digitaliserings- og Porteføljerådet", F.DPR, S.ROLE, R.QUARTERLY, (3, 9),
     "Politikken, P-50", "", ""),
    ("Fortæl kommunalbestyrelsen om årets informationssikkerhed", F.SECRETARIAT, S.ROLE, R.YEARLY, (4, 28),
     "Politikken, P-41", "", "e"),
    ("Kontrollér lås og alarm i krydsfelter og serverrum", F.IT_OPERATIONS, S.ROLE, R.WEEKLY, (1, 4),
     "Politikken, P-75", "", ""),
    ("Gennemgå aftaler med andre myndigheder", F.CONTRACT_OWNER, S.PERSON, R.EVERY_2_YEARS, (10, 6),
     "Politikken, P-19", "", ""),
)  # fmt: skip
BACK = timedelta(days=200)  # of which the demo tells how they went


def load(organisation: Organisation) -> None:
    """Make the fixed duties as if they had been there for half a year, and let most of what is past be done in time."""
    random = Random(7)  # the same demo every time
    day = today()
    for title, role, share, recurrence, (month, on), source, text, wants in YEAR:
        first_on = date(day.year - 2, month, on)
        template = DutyTemplate(
            title=title, role=role, share=share, recurrence=recurrence, first_on=first_on, source=source, text=text,
            on_closed=OnClosed.AFTER, needs_result="r" in wants, needs_evidence="e" in wants,
            works_ahead="n" not in wants, opens_days=7 if recurrence in (R.WEEKLY, R.MONTHLY) else 30,
        )  # fmt: skip
        template.next_on = template.counts_from = next(template.days(day - BACK), None)
        template._history_user = organisation.people["gdpr"]
        template.save()
    make_year()
    for duty in Duty.objects.filter(template__isnull=False, due_on__lt=day).select_related("holder", "template"):
        if random.random() < 0.93 or (day - duty.due_on).days > 40:
            _be_done(duty, random, organisation)
        else:
            made_at = datetime.combine(duty.due_on - timedelta(days=40), time(8), COPENHAGEN)
            Duty.objects.filter(pk=duty.pk).update(created_at=made_at)  # or it would be late from today
    remind()
    # What came before the demo has been told of before it.
    Notice.objects.filter(told_at=None).exclude(stage="up_1", due_on__gte=day - timedelta(days=14)).update(
        told_at=timezone.now()
    )


def _be_done(duty: Duty, random: Random, organisation: Organisation) -> None:
    """Some days before its day, now and then after it, by whoever has it."""
    places = duty.template.holders() if duty.template else None
    if duty.holder_unit_id and places is not None and duty.holder_id is None:
        places = places.filter(unit=duty.holder_unit_id)
    first = places.select_related("person").first() if places is not None else None
    by = duty.holder or (first.person if first else organisation.people["gdpr"])
    on = min(duty.due_on - timedelta(days=random.randint(-3, 9)), today() - timedelta(days=1))
    at = datetime.combine(on, time(8 + random.randint(0, 7), random.randint(0, 59)), COPENHAGEN)
    duty.state, duty.done_at, duty.done_by, duty.remind_on = State.DONE, at, by, None
    if duty.needs_result:
        duty.result = random.choices(list(Result), weights=[8, 3, 0])[0]
    duty._history_user = by
    duty.save()
    words = f" Resultat: {Result(duty.result).label}." if duty.result else ""
    entry = add_entry(duty, by, f"{by}: Udført.{words}")
    entry.at = at
    entry.save()
    Duty.objects.filter(pk=duty.pk).update(created_at=at - timedelta(days=40))
