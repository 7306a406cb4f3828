"""A synthetic municipality of any size, for benchmarks: the same rows for the same seed and time.

Rows are written in bulk, past the actions: there are no audit entries, no messages and no due steps, so nothing is
sent and no sweep finds anything to do. Not for real use.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import cycle, islice, repeat
from math import comb
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from breaches.enums import ENDED, Answer, Kind, State, Track, Verdict
from breaches.models import Breach, BreachUserObjectPermission, Event, Told
from glostrup_isms.home.demo.people import invented_names
from glostrup_isms.kit import dates
from glostrup_isms.kit.numbers import NumberSeries
from roles.enums import LEADING_ROLES, Role, UnitKind
from roles.models import Absence, Appointment, Unit, User, today

BATCH = 2000
PEOPLE_PER_UNIT = 6  # as in the demo municipality
UNITS_PER_CENTRE = 8
AT_THE_TOP = (Role.DIRECTOR, Role.MAYOR, Role.GDPR_UNIT, Role.IT_COORDINATOR, Role.DPO, Role.ADMINISTRATOR)
SECOND_ROLES = (Role.SYSTEM_OWNER,)  # held beside an employment
Place = tuple[User, Role, Unit]
SPREAD = timedelta(days=5 * 365)  # how far back the reports go
OLD = timedelta(days=14)  # older cases are nearly all ended
WHAT = ("En mail", "Et brev", "En liste", "En mappe", "En telefon", "Et skema", "En journal", "En aftale", "Et billede")
HOW = ("blev sendt til den forkerte", "lå åbent på et fælles drev", "blev glemt i bussen", "var synlig for for mange",
       "blev vist på en skærm", "fulgte med en anden sag", "blev slettet ved en fejl")  # fmt: skip
WHERE = (
    "på skolen",
    "i hjemmeplejen",
    "i jobcentret",
    "i borgerservice",
    "på plejecentret",
    "på biblioteket",
    "på vejen",
)
OLD_STATES = ([State.CLOSED] * 90) + ([State.REJECTED] * 7) + [State.FOLLOW_UP, State.NOTIFIED, State.SUBJECTS_INFORMED]
NOTIFIED_STATES = (State.NOTIFIED, State.SUBJECTS_INFORMED, State.FOLLOW_UP)
NEW_STATES = [State.REPORTED, State.TRIAGE, State.TRIAGE, State.CONTAINED, State.DECIDED, State.NOTIFIED, State.CLOSED]


class Municipality:
    """The units and people that reports are made by and told to: a root, centres, and departments under them, each with
    a leader."""

    def __init__(self, people: int, seed: int) -> None:
        self.already = User.objects.count()
        self.root = Unit.objects.create(name=f"Målekommunen {self.already + 1}", kind=UnitKind.MUNICIPALITY)
        self.centres: list[Unit] = []
        self.departments: list[Unit] = []
        self.leaders: dict[int, User] = {}  # by unit
        self.staff: list[tuple[User, Unit]] = []
        self.gdpr: list[User] = []
        self._make_units(max(2, people // PEOPLE_PER_UNIT))
        places = self._appointments(self._places(iter(self._make_people(people, seed))))
        bulk_create_with_history(places, Appointment, batch_size=500)

    def _make_units(self, count: int) -> None:
        centres = max(1, count // (UNITS_PER_CENTRE + 1))
        names = [f"Målecenter {n}" for n in range(1, centres + 1)]
        self.centres = self._level(names, UnitKind.CENTRE, repeat(self.root))
        names = [f"Måleafdeling {n}" for n in range(1, max(1, count - centres) + 1)]
        self.departments = self._level(names, UnitKind.DEPARTMENT, cycle(self.centres))

    def _level(self, names: list[str], kind: UnitKind, parents: Iterable[Unit]) -> list[Unit]:
        units = [Unit(name=name, kind=kind, parent=parent) for name, parent in zip(names, parents, strict=False)]
        units = bulk_create_with_history(units, Unit, batch_size=500)
        for unit in units:
            unit.path = f"{unit.parent.path}{unit.pk}/"  # type: ignore[union-attr]
            unit.depth = unit.path.count("/") - 1
        Unit.objects.bulk_update(units, ["path", "depth"], batch_size=500)
        return units

    def _make_people(self, count: int, seed: int) -> list[User]:
        password, names = make_password(None), invented_names(seed)
        users = [
            User(username=f"m{number}.{username}"[:150], name=name, email=f"m{number}@demo.invalid", password=password)
            for number, (username, name) in zip(range(self.already, self.already + count), names, strict=False)
        ]
        return bulk_create_with_history(users, User, batch_size=500)

    def _places(self, people: Iterator[User]) -> Iterator[Place]:
        """Who holds which role where, until there is nobody left."""
        for unit, user in zip(self.centres, people, strict=False):
            self.leaders[unit.pk] = user
            yield user, Role.CENTRE_CHIEF, unit
        for user in islice(people, 2):
            self.gdpr.append(user)
            yield user, Role.GDPR_UNIT, self.centres[0]
        for unit, user in zip(self._led(), people, strict=False):
            self.leaders[unit.pk] = user
            yield user, Role.LEADER, unit
        for user, unit in zip(people, cycle(self.departments), strict=False):
            self.staff.append((user, unit))
            yield user, Role.EMPLOYEE, unit

    def _led(self) -> list[Unit]:
        return self.departments

    def _appointments(self, places: Iterable[Place]) -> list[Appointment]:
        since = today() - timedelta(days=365 * 6)
        return [
            Appointment(person=user, role=role, unit=unit, from_on=since, is_primary=role not in SECOND_ROLES)
            for user, role, unit in places
        ]


class DeepMunicipality(Municipality):
    """So many units in so many levels, the root included: few at the top and the bottom, many in the middle. Untidy as
    a real one: units without a leader, leaders who are away with and without a deputy."""

    def __init__(self, people: int, seed: int, units: int, levels: int) -> None:
        self.sizes = level_sizes(units - 1, levels - 1)
        self.dice = Random(seed)  # nosec B311 - not secrets
        super().__init__(people, seed)
        self._send_leaders_away()

    def _make_units(self, count: int) -> None:
        above = [self.root]
        for level, size in enumerate(self.sizes, 2):
            names = [f"Måleenhed {level}.{n}" for n in range(1, size + 1)]
            kind = UnitKind.CENTRE if level == 2 else UnitKind.DEPARTMENT
            above = self._level(names, kind, [self.dice.choice(above) for _ in names])
            if level == 2:
                self.centres = above
            else:
                self.departments += above

    def _places(self, people: Iterator[User]) -> Iterator[Place]:
        for role, user in zip(AT_THE_TOP, people, strict=False):
            if role == Role.GDPR_UNIT:
                self.gdpr.append(user)
            yield user, role, self.root
        for user, role, unit in super()._places(people):
            yield user, role, unit
            if role == Role.EMPLOYEE and self.dice.random() < 0.01:
                yield user, Role.SYSTEM_OWNER, unit
        for unit in self.departments:  # those above come first
            self.leaders.setdefault(unit.pk, self.leaders.get(unit.parent_id or 0, self.gdpr[0]))

    def _led(self) -> list[Unit]:
        return [unit for number, unit in enumerate(self.departments, 1) if number % 9]

    def _appointments(self, places: Iterable[Place]) -> list[Appointment]:
        """Two leaders in three have a standing deputy among their staff."""
        found = super()._appointments(places)
        staff = {unit.pk: user for user, unit in self.staff}
        self.leading = [place for place in found if place.role in LEADING_ROLES]
        for number, place in enumerate(self.leading):
            if number % 3:
                place.deputy = staff.get(place.unit_id)
        return found

    def _send_leaders_away(self) -> None:
        """Holidays of two years; one leader in ten is away now. A colleague is named for every second absence."""
        days = [today() - timedelta(days=ago) for ago in (720, 540, 360, 180)]
        absences = []
        for number, place in enumerate(self.leading):
            colleague = self.leading[number - 1].person
            starts = [*days, today() - timedelta(days=1)] if number % 10 == 5 else days
            absences += [
                Absence(
                    person=place.person, from_on=day, to_on=day + timedelta(days=14),
                    deputy=colleague if (number // 10 + turn) % 2 and colleague != place.person else None,
                )
                for turn, day in enumerate(starts)
            ]  # fmt: skip
        bulk_create_with_history(absences, Absence, batch_size=500)


def level_sizes(units: int, levels: int) -> list[int]:
    """How many units each level has: at least one, and as many more as Pascal's triangle has it."""
    shape = [comb(levels, level) for level in range(1, levels + 1)]
    sizes = [1 + (units - levels) * share // sum(shape) for share in shape]
    sizes[levels // 2] += units - sum(sizes)
    return sizes


def make(
    people: int,
    reports: int,
    seed: int = 1,
    say: Callable[[str], Any] = lambda text: None,
    *,
    units: int = 0,
    levels: int = 0,
) -> None:
    """Write a municipality of so many people and so many reports. `people` is at least 20.

    With `units` and `levels` (3 to 20, no more than the units) the tree is that deep; else it has three levels and a
    unit for every six people.
    """
    if people < 20:
        raise ValueError("Der skal være mindst 20 personer.")
    if (units or levels) and not 3 <= levels <= min(20, units):
        raise ValueError("Der skal være 3-20 niveauer og mindst lige så mange enheder.")
    with transaction.atomic():
        municipality = DeepMunicipality(people, seed, units, levels) if units else Municipality(people, seed)
    say(f"{people} personer i {len(municipality.departments) + len(municipality.centres) + 1} enheder.")
    done = 0
    for batch in _batches(_reports(municipality, reports, Random(seed + 1)), BATCH):  # nosec B311 - not secrets
        with transaction.atomic():
            _write(batch, municipality)
            _move_series([breach for breach, _ in batch])
        done += len(batch)
        if done % 20_000 == 0:
            say(f"{done} af {reports} meldinger …")
    _refresh_statistics()


def _reports(municipality: Municipality, count: int, dice: Random) -> Iterator[tuple[Breach, User]]:
    """Reports with their leader, oldest first, so that numbers follow time."""
    now = timezone.now()
    moments = sorted(now - SPREAD * dice.random() for _ in range(count))
    last = dict(NumberSeries.objects.filter(name="breach").values_list("year", "last"))
    made_before = Breach.objects.count()
    people = municipality.staff or [(municipality.gdpr[0], municipality.departments[0])]
    for place, at in enumerate(moments, made_before):
        reporter, unit = dice.choice(people)
        year = dates.local(at).year
        last[year] = last.get(year, 0) + 1
        breach = _report(at, now, dice)
        breach.year, breach.serial, breach.number = year, last[year], f"{year}-{last[year]:04d}"
        breach.reporter, breach.unit = reporter, unit
        breach.submission_digest, breach.follow_up_digest = _digest(f"submission:{place}"), _digest(f"code:{place}")
        yield breach, municipality.leaders.get(unit.pk, municipality.gdpr[0])


def _report(at: datetime, now: datetime, dice: Random) -> Breach:
    kind = dice.choices(Kind.values, [8, 1, 1])[0]
    state = dice.choice(OLD_STATES if now - at > OLD else NEW_STATES)
    personal = dice.choices(Answer.values, [6, 2, 2])[0]
    noticed_at = at - timedelta(minutes=dice.randrange(5, 600))
    aware_at = noticed_at if kind == Kind.HAPPENED and personal != Answer.NO else None
    return Breach(
        kind=kind, state=state, reported_at=at, noticed_at=noticed_at, involves_personal_data=personal,
        description=f"{dice.choice(WHAT)} {dice.choice(HOW)} {dice.choice(WHERE)}.\n"
        f"Det drejer sig om cirka {dice.randrange(1, 60)} mennesker. {'Vi har talt med dem, det angår. ' * 3}",
        is_personal_data_breach=_verdict(state, aware_at, dice), aware_at=aware_at,
        deadline_at=dates.deadline(aware_at) if aware_at else None, where_text=dice.choice(WHERE),
        notified_at=at + (now - at) / 2 if state in NOTIFIED_STATES else None,
    )  # fmt: skip


def _verdict(state: str, aware_at: datetime | None, dice: Random) -> str:
    if state in (State.REPORTED, State.TRIAGE, State.REJECTED):
        return Verdict.UNDECIDED
    if state in (State.NOTIFIED, State.SUBJECTS_INFORMED):
        return Verdict.YES
    return dice.choice([Verdict.YES, Verdict.NO]) if aware_at else Verdict.NO


def _write(batch: list[tuple[Breach, User]], municipality: Municipality) -> None:
    breaches = [breach for breach, _ in batch]
    Breach.objects.bulk_create(breaches)
    told, events = [], []
    for breach, leader in batch:
        gdpr = municipality.gdpr[breach.serial % len(municipality.gdpr)]
        answered = breach.reported_at + timedelta(hours=1) if breach.state != State.REPORTED else None
        for track, person in ((Track.LEADER, leader), (Track.GDPR, gdpr)):
            told.append(
                Told(breach=breach, track=track, person=person, reason="Målekommunen", told_at=breach.reported_at,
                     read_at=answered, acknowledged_at=answered)
            )  # fmt: skip
        events.append(Event(breach=breach, at=breach.reported_at, sentence=f"Meldt af {breach.reporter}."))
        if breach.state in ENDED:
            events.append(
                Event(breach=breach, at=breach.reported_at + timedelta(days=3), sentence="Sagen er afsluttet.")
            )
    Told.objects.bulk_create(told)
    Event.objects.bulk_create(events)
    first, last = min(breach.pk for breach in breaches), max(breach.pk for breach in breaches)
    _copy_to_history(first, last)
    _grant_to_told(first, last)


def _copy_to_history(first: int, last: int) -> None:
    """One "created" row of history for each report, by the database itself: it is most of the volume."""
    history = Breach.history.model
    own = {field.column for field in Breach._meta.concrete_fields}
    columns = ", ".join(f'"{field.column}"' for field in history._meta.concrete_fields if field.column in own)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {history._meta.db_table} ({columns}, history_date, history_type) "  # noqa: S608 # nosec B608
            f"SELECT {columns}, reported_at, '+' FROM {Breach._meta.db_table} WHERE id BETWEEN %s AND %s",
            [first, last],
        )


def _grant_to_told(first: int, last: int) -> None:
    """Whoever was told may see and acknowledge the case, as `grant_case` has it."""
    grants, told = BreachUserObjectPermission._meta.db_table, Told._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {grants} (user_id, permission_id, content_object_id) "  # noqa: S608 # nosec B608
            f"SELECT DISTINCT told.person_id, permission.id, told.breach_id FROM {told} AS told "
            "CROSS JOIN auth_permission AS permission "
            "JOIN django_content_type AS kind ON kind.id = permission.content_type_id "
            "WHERE told.breach_id BETWEEN %s AND %s AND kind.app_label = 'breaches' "
            "AND permission.codename IN ('view_breach', 'acknowledge_breach')",
            [first, last],
        )


def _move_series(breaches: list[Breach]) -> None:
    """The next real report takes the number after the last one made here."""
    for year in {breach.year for breach in breaches}:
        last = max(breach.serial for breach in breaches if breach.year == year)
        NumberSeries.objects.update_or_create(name="breach", year=year, defaults={"last": last})


def _batches(rows: Iterable[tuple[Breach, User]], size: int) -> Iterator[list[tuple[Breach, User]]]:
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


def _digest(text: str) -> str:
    return hashlib.sha256(f"scale:{text}".encode()).hexdigest()


def _refresh_statistics() -> None:
    """So that the planner knows the new sizes at once."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
