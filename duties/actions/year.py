"""The scheduler of the year: makes the dated duties of the templates, one per holder, and lets them follow whoever
comes into the role, moves or leaves it.

It looks at rows, never at the time since its last run: however long it was away, each planned day is made once. It may
run any number of times at once: a duty's key is its template, its planned day and its holder.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum
from django.db.models.functions import TruncDate
from simple_history.utils import bulk_update_with_history

from duties.actions.making import add_entry, lapse
from duties.actions.templates import BATCH, settle_open
from duties.enums import Kind, Share, Stage
from duties.models import Duty, DutyTemplate
from duties.models.duties import DutyQuerySet
from duties.models.templates import AHEAD
from duties.recurrence import SHIFT
from duties.workflow import DUTY_FLOW
from glostrup_isms.kit.workflow import SYSTEM
from roles.enums import Role
from roles.models import Appointment, Unit, today


def make_year() -> int:
    """Every duty whose day is near; answers how many were made."""
    prints = _prints()
    made = 0
    for template in DutyTemplate.objects.select_related("unit"):
        while not template.is_settled and settle_open(template):
            pass
        if not template.is_stopped:
            made += _make_planned(template)
            made += _follow_the_role(template, prints)
    return made


def _hold(template: DutyTemplate) -> bool:
    """Lock it, as it is now, so that whoever changes it waits, and another scheduler too; whether duties may be made of
    it."""
    template.refresh_from_db(from_queryset=DutyTemplate.objects.select_for_update(of=("self",), no_key=True))
    return template.is_settled and not template.is_stopped


def _make_planned(template: DutyTemplate) -> int:
    """The planned days that have come within reach, oldest first."""
    made = 0
    while _has_come(template.next_on, template):
        with transaction.atomic():
            if not _hold(template):
                break
            if template.next_on and _has_come(template.next_on, template):  # else another scheduler was faster
                made += fan_out(template, template.next_on)
                template.next_on = template.day_after(template.next_on)
                DutyTemplate.objects.filter(pk=template.pk).update(next_on=template.next_on)
    return made


def _has_come(planned_on: date | None, template: DutyTemplate) -> bool:
    return planned_on is not None and template.due_on(planned_on) - AHEAD <= today()


def fan_out(template: DutyTemplate, planned_on: date) -> int:
    """The duties of one planned day, for those who do not have theirs; answers how many were made. They have no line in
    the history: what made them is the template."""
    due_on, opens_on = template.due_on(planned_on), template.opens_on(planned_on)
    duty = Duty(
        title=template.title, text=template.text, kind=Kind.YEAR, template=template, planned_on=planned_on,
        due_on=due_on, opens_on=opens_on, url=template.url, in_mail=template.title[:100],
        works_ahead=template.works_ahead, needs_result=template.needs_result, needs_evidence=template.needs_evidence,
        is_statutory=template.is_statutory, is_discreet=False, holder_role=template.role, holder_unit=template.unit,
        remind_on=opens_on, remind_stage=Stage.NEW, dedup_key=f"year:{template.pk}:{planned_on}",
    )  # fmt: skip
    if template.share == Share.ROLE:
        return _insert_one(duty)
    places: Any = template.holders().order_by()
    if template.share == Share.UNIT:
        each = places.values("unit_id").distinct()
        return _insert_for_each(each, duty, {"holder_unit_id": "unit_id"}, "u", "unit_id")
    each = places.values("person_id").annotate(lowest=Min("unit_id"))
    columns = {"holder_id": "person_id", "made_for_id": "person_id", "holder_unit_id": "lowest"}
    return _insert_for_each(each, duty, columns, "p", "person_id")


def _insert_one(duty: Duty) -> int:
    if Duty.objects.filter(dedup_key=duty.dedup_key).exists():
        return 0
    duty.skip_history_when_saving = True  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            duty.save(force_insert=True)
    except IntegrityError:  # another scheduler was faster
        return 0
    return 1


def _insert_for_each(rows: Any, duty: Duty, columns: dict[str, str], letter: str, key: str) -> int:
    """A duty like this one for each of the rows, in one statement of the database: fifty thousand take a second or two
    and no memory here. `columns` are those that come from the row; its `key` goes into the duty's key, so that whoever
    has hers already is passed over, however many do this at once."""
    quote = connection.ops.quote_name
    inner, inner_params = rows.query.sql_with_params()
    names: list[str] = []
    values: list[str] = []
    params: list[Any] = []
    for field in Duty._meta.concrete_fields:
        if field.primary_key:
            continue
        names.append(quote(str(field.column)))
        if field.attname in columns:
            values.append(f"each.{quote(columns[field.attname])}")
        else:
            values.append("%s")
            params.append(field.get_db_prep_save(field.pre_save(duty, True), connection))
            if field.attname == "dedup_key":
                values[-1] = f"%s || each.{quote(key)}"
                params[-1] = f"{duty.dedup_key}:{letter}"
    # Names of our own columns only; every value is a parameter.
    sql = (
        f"INSERT INTO {quote(Duty._meta.db_table)} ({', '.join(names)}) "  # nosec B608
        f"SELECT {', '.join(values)} FROM ({inner}) AS each WHERE true "
        f"ORDER BY each.{quote(key)} ON CONFLICT DO NOTHING"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [*params, *inner_params])
        return int(cursor.rowcount)


def live_days(template: DutyTemplate, since: date | None = None) -> list[date]:
    """The planned days that are made and not over: of the rule as it is now, and of duties from before it changed.
    `since`: those that were not over by then."""
    since = since or today()
    rows = Duty.objects.filter(template=template, due_on__gte=since)
    planned = rows.order_by().values_list("planned_on", flat=True).distinct()
    days = {day for day in planned if day is not None}
    start = max(since - SHIFT, template.counts_from or template.first_on)
    for planned_on in template.days(start):
        if template.next_on and planned_on >= template.next_on or planned_on > today() + AHEAD + SHIFT:
            break
        days.add(planned_on)
    return sorted(day for day in days if template.due_on(day) >= since)


# ── Who comes and who leaves ─────────────────────────────────────────────────────────────────────


def _prints() -> dict[str, str]:
    """Per role, what is another as soon as anybody comes into it, leaves it or moves; and under "" the same of the open
    units. Two queries."""
    units = Unit.objects.open()
    rows = Appointment.objects.in_force().filter(unit__in=units).order_by().values("role")
    sums = rows.annotate(
        count=Count("pk"),
        keys=Sum("pk"),
        people=Sum(F("person_id") * F("person_id")),
        units=Sum(F("pk") * F("unit_id")),
    )
    prints = {row["role"]: f"{row['count']}-{row['keys']}-{row['people']}-{row['units']}" for row in sums}
    return prints | {"": _print_of_units(units)}


def _print_of_units(units: Any) -> str:
    row = units.aggregate(count=Count("pk"), keys=Sum("pk"))
    return f"/{row['count']}-{row['keys']}"


def _print_of(template: DutyTemplate, prints: dict[str, str]) -> str:
    """Of those who have its role, and of the part of the municipality it is for."""
    units = _print_of_units(Unit.objects.open().below(template.unit)) if template.unit else prints[""]
    return prints.get(template.role, "") + units


def _follow_the_role(template: DutyTemplate, prints: dict[str, str]) -> int:
    """Whoever has come into the role gets the duties that are not over; what was asked of one who has left it lapses,
    or is shared again. Nothing is looked up while the same people have the role."""
    filled = _print_of(template, prints)
    if template.filled == filled:
        return 0
    for follow in FOLLOW[Share(template.share)]:
        while _some(template, follow):
            pass
    with transaction.atomic():
        if not _hold(template):
            return 0
        made = sum(fan_out(template, planned_on) for planned_on in live_days(template))
        DutyTemplate.objects.filter(pk=template.pk).update(filled=filled)
    return made


def _some(template: DutyTemplate, follow: Callable[[DutyTemplate, DutyQuerySet], int]) -> int:
    """Let the next of its open duties follow; a few at a time, as the audit trail's lock is held meanwhile."""
    with transaction.atomic():
        if not _hold(template):
            return 0
        rows = Duty.objects.open().filter(template=template).select_related("holder", "holder_unit").order_by("pk")
        return follow(template, rows.select_for_update(of=("self",), no_key=True))


def _share_again(template: DutyTemplate, rows: DutyQuerySet) -> int:
    """What one who had the role took, and did not do before she left it. What was given to a colleague without the
    role stays with her."""
    hers = Q(person=OuterRef("holder"))
    if template.unit:
        hers &= Q(unit__path__startswith=template.unit.path)
    if template.share == Share.UNIT:
        hers &= Q(unit=OuterRef("holder_unit"))
    had = Appointment.objects.filter(hers, role=template.role, from_on__lte=today())
    had = had.exclude(to_on__lt=OuterRef("made_on"))
    rows = rows.annotate(made_on=TruncDate("created_at")).filter(Exists(had), ~Exists(template.holders().filter(hers)))
    batch = list(rows[:BATCH])
    for duty in batch:
        sentence = f"{duty.holder} har ikke længere rollen »{Role(template.role).label}«. Opgaven er fælles igen."
        values = {"holder": None, "revision": duty.revision + 1, "remind_on": today(), "remind_stage": Stage.NEW}
        DUTY_FLOW.move(duty, "hand_on", by=SYSTEM, values=values, then=partial(_say, sentence))
    return len(batch)


def _say(sentence: str, duty: Duty) -> None:
    add_entry(duty, None, sentence)


def _let_go(template: DutyTemplate, rows: DutyQuerySet) -> int:
    """What is asked of those who have left the role, or of units that are no more. What was handed on stays where it
    went."""
    if template.share == Share.PERSON:
        rows = rows.filter(holder=F("made_for")).exclude(holder__in=template.holders().values("person"))
    else:
        units = Unit.objects.open()
        units = units.below(template.unit) if template.unit else units
        rows = rows.filter(holder=None).exclude(holder_unit__in=units)
    batch = list(rows[:BATCH])
    for duty in batch:
        why = _why_not(duty, template)
        lapse(duty, why[:100])
        add_entry(duty, None, f"Bortfaldet: {why}")
    return len(batch)


def _why_not(duty: Duty, template: DutyTemplate) -> str:
    if duty.holder:
        part = f" i {template.unit}" if template.unit else ""
        return f"{duty.holder} har ikke længere rollen »{Role(template.role).label}«{part}."
    is_outside = template.unit and duty.holder_unit and duty.holder_unit.is_open
    return f"{duty.holder_unit} hører ikke under {template.unit}." if is_outside else f"{duty.holder_unit} er nedlagt."


def _moved(template: DutyTemplate) -> Iterator[tuple[int, int]]:
    """Her open duties that stand in a unit where she has the role no more, and a unit where she has it. Compared here:
    the database would look her places up again for each of fifty thousand."""
    places = defaultdict[int, list[int]](list)
    for person, unit in template.holders().order_by("unit_id").values_list("person_id", "unit_id"):
        places[person].append(unit)
    hers = Duty.objects.open().filter(template=template, holder=F("made_for")).order_by("pk")
    for pk, holder, unit in hers.values_list("pk", "holder_id", "holder_unit_id").iterator():
        if places.get(holder) and unit not in places[holder]:
            yield pk, places[holder][0]


def _move_along(template: DutyTemplate, rows: DutyQuerySet) -> int:
    """Her duties go with her when she moves, so that whoever leads her now sees them and is told; a shared one goes
    where the fixed duty is."""
    if template.share == Share.ROLE:
        astray = Duty.objects.open().filter(template=template).exclude(holder_unit=template.unit)
        there = dict.fromkeys(astray.values_list("pk", flat=True)[:BATCH], template.unit_id)
    else:
        there = dict(islice(_moved(template), BATCH))
    batch = list(rows.filter(pk__in=there)) if there else []
    for duty in batch:
        duty.holder_unit_id = there[duty.pk]
        duty.remind_on, duty.remind_stage = today(), Stage.NEW  # what she was told before she is not told again
    bulk_update_with_history(batch, Duty, ["holder_unit", "remind_on", "remind_stage"])
    return len(batch)


FOLLOW = {
    Share.PERSON: (_let_go, _move_along),
    Share.UNIT: (_share_again, _let_go),
    Share.ROLE: (_share_again, _move_along),
}
