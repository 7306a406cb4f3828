"""A synthetic municipality of any size, for benchmarks: the same rows for the same seed and time.

Rows are written in bulk, past the actions: there are no audit entries, no messages and no due steps, so nothing is
sent and no sweep finds anything to do. Not for real use.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
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
from roles.enums import Role, UnitKind
from roles.models import Appointment, Unit, User, today

BATCH = 2000
PEOPLE_PER_UNIT = 6  # as in the demo municipality
UNITS_PER_CENTRE = 8
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
    """The units and people that reports are made by and told to."""

    def __init__(self, people: int, seed: int) -> None:
        self.already = User.objects.count()
        self.departments: list[Unit] = []
        self.leaders: dict[int, User] = {}  # by department
        self.staff: list[tuple[User, Unit]] = []
        self.gdpr: list[User] = []
        self._make_units(max(2, people // PEOPLE_PER_UNIT))
        self._make_people(people, seed)

    def _make_units(self, count: int) -> None:
        root = Unit.objects.create(name=f"Målekommunen {self.already + 1}", kind=UnitKind.MUNICIPALITY)
        centres = max(1, count // (UNITS_PER_CENTRE + 1))
        self.root = root
        self.centres = self._level(root, [f"Målecenter {n}" for n in range(1, centres + 1)], UnitKind.CENTRE, [root])
        names = [f"Måleafdeling {n}" for n in range(1, max(1, count - centres) + 1)]
        self.departments = self._level(root, names, UnitKind.DEPARTMENT, self.centres)

    def _level(self, root: Unit, names: list[str], kind: UnitKind, parents: list[Unit]) -> list[Unit]:
        units = [Unit(name=name, kind=kind, parent=parents[number % len(parents)]) for number, name in enumerate(names)]
        units = bulk_create_with_history(units, Unit, batch_size=500)
        for unit in units:
            unit.path = f"{unit.parent.path}{unit.pk}/"  # type: ignore[union-attr]
            unit.depth = unit.path.count("/") - 1
        Unit.objects.bulk_update(units, ["path", "depth"], batch_size=500)
        return units

    def _make_people(self, count: int, seed: int) -> None:
        password, names = make_password(None), invented_names(seed)
        users = [
            User(username=f"m{number}.{username}"[:150], name=name, email=f"m{number}@demo.invalid", password=password)
            for number, (username, name) in zip(range(self.already, self.already + count), names, strict=False)
        ]
        users = bulk_create_with_history(users, User, batch_size=500)
        queue = iter(users)
        places = [(user, Role.CENTRE_CHIEF, unit) for unit, user in zip(self.centres, queue, strict=False)]
        for user in islice(queue, 2):
            self.gdpr.append(user)
            places.append((user, Role.GDPR_UNIT, self.centres[0]))
        for unit, user in zip(self.departments, queue, strict=False):
            self.leaders[unit.pk] = user
            places.append((user, Role.LEADER, unit))
        for number, user in enumerate(queue):
            unit = self.departments[number % len(self.departments)]
            self.staff.append((user, unit))
            places.append((user, Role.EMPLOYEE, unit))
        since = today() - timedelta(days=365 * 6)
        appointments = [
            Appointment(person=user, role=role, unit=unit, from_on=since, is_primary=True)
            for user, role, unit in places
        ]
        bulk_create_with_history(appointments, Appointment, batch_size=500)


def make(people: int, reports: int, seed: int = 1, say: Callable[[str], Any] = lambda text: None) -> None:
    """Write a municipality of so many people and so many reports. `people` is at least 20."""
    if people < 20:
        raise ValueError("Der skal være mindst 20 personer.")
    with transaction.atomic():
        municipality = Municipality(people, seed)
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
