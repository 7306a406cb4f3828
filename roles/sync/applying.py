"""A difference brought in: all of it or none, in one transaction, with history for every row.

Rows are written in batches, so the number of queries follows the size of the change in thousands. They are read under
the lock and only the columns that change are written, so that nothing done by hand meanwhile is undone. The transaction
holds no lock that a report waits for: the locks leave the keys alone, keys are written only where they are new, and the
audit trail comes last.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from glostrup_isms.kit import audit, outbox
from roles import notifications
from roles.enums import Source, SyncState
from roles.models import Appointment, SyncRun, Unit, UnitGrant, User, today
from roles.signals import organisation_changed
from roles.sync.difference import BATCH, REASON, Difference, batches
from roles.sync.rows import PersonRow, Refused, UnitRow

LOCK = "SELECT pg_try_advisory_xact_lock(7226502)"  # the number is ours alone; 7226501 is the audit trail's
BUSY = "En anden synkronisering er i gang. Vent, til den er færdig, og prøv igen."
CHANGED = "En anden synkronisering er hentet ind imens. Se filen igennem igen."
KEY_FIELDS = {"username", "external_id"}  # written only where they are new: that takes a harder lock on the row


def applied_so_far() -> int:
    """How many runs have been brought in: the same number before and after means that none came between."""
    return SyncRun.objects.filter(state=SyncState.APPLIED).count()


def apply_difference(run: SyncRun, difference: Difference, *, by: User | None, seen: int) -> None:
    """Write the difference and say so in the run. `seen` is `applied_so_far()` from before the difference was made.
    Raises Refused when another sync is at work or has been since."""
    with transaction.atomic():
        _alone(seen)
        writer = _Writer(run, by)
        writer.change_units(difference)
        writer.change_people(difference)
        writer.change_places(difference)
        run.state, run.finished_at = SyncState.APPLIED, timezone.now()
        run.save(update_fields=["state", "finished_at"])
        organisation_changed.send(SyncRun)
        audit.record("organisation.sync", by=by, obj=run, file=run.file_name, shape=run.shape, **difference.counts)


def _alone(seen: int) -> None:
    """On SQLite the transaction itself puts the writers in line."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
            if not cursor.fetchone()[0]:
                raise Refused(BUSY)
    if applied_so_far() != seen:
        raise Refused(CHANGED)


class _Writer:
    """Writes rows and their history in one person's name."""

    def __init__(self, run: SyncRun, by: User | None) -> None:
        self.by, self.reason = by, f"{REASON} {run.pk}"
        self.at = connection.ops.adapt_datetimefield_value(timezone.now())
        self.units: dict[UUID, Unit] = {}

    def _create(self, model: Any, rows: list[Any]) -> list[Any]:
        """The rows, and the "created" lines of their history: copied by the database itself, because making them one
        by one here takes longer than all the rest."""
        history = model.history.model
        own = ", ".join(f'"{field.column}"' for field in history.tracked_fields)
        for batch in batches(rows):
            model.objects.bulk_create(batch, batch_size=BATCH)
            keys = ", ".join(str(int(row.pk)) for row in batch)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {history._meta.db_table} ({own}, history_date, history_type, "  # noqa: S608 # nosec B608
                    f"history_change_reason, history_user_id) SELECT {own}, %s, '+', %s, %s "
                    f"FROM {model._meta.db_table} WHERE id IN ({keys})",
                    [self.at, self.reason, self.by.pk if self.by else None],
                )
        return rows

    def _update(self, model: Any, values: dict[int, dict[str, Any]]) -> list[Any]:
        """Set the new values on fresh rows, and write the columns that any of them has."""
        changed = []
        for batch in batches(sorted(values)):
            rows = _held(model, batch)
            for row in rows:
                for name, value in values[row.pk].items():
                    setattr(row, name, value)
            fields = sorted({name for pk in batch for name in values[pk]})
            bulk_update_with_history(
                rows, model, fields, batch_size=BATCH, default_user=self.by, default_change_reason=self.reason
            )
            changed += rows
        return changed

    # ── Units ────────────────────────────────────────────────────────────────────────────────────

    def change_units(self, difference: Difference) -> None:
        """Parents are there before their children; the paths follow at the end."""
        self.units = {unit.external_id: unit for unit in Unit.objects.order_by("pk")}
        for level in difference.new_units:
            rows = self._create(Unit, [self._unit(row) for row in level])
            self.units |= {unit.external_id: unit for unit in rows}
        if difference.unit_fields:
            values = {pk: self._with_parent(fields) for pk, fields in difference.unit_fields.items()}
            for unit in self._update(Unit, values):
                self.units[unit.external_id] = unit
        if difference.new_units or difference.unit_fields:
            self._set_paths()

    def _unit(self, row: UnitRow) -> Unit:
        parent = self.units[row.parent] if row.parent else None
        return Unit(name=row.name, kind=row.kind, parent=parent, external_id=row.uuid, source=Source.SYNC)

    def _with_parent(self, fields: dict[str, Any]) -> dict[str, Any]:
        return fields | {"parent": self.units[fields["parent"]]} if fields.get("parent") else fields

    def _set_paths(self) -> None:
        """As Unit.save keeps them, for the whole tree at once. History does not hold them."""
        by_pk = {unit.pk: unit for unit in self.units.values()}
        paths: dict[int | None, str] = {None: "/"}
        moved = []
        for unit in by_pk.values():
            line = []
            here: Unit = unit
            while here.pk not in paths:
                line.append(here)
                if here.parent_id is None:
                    break
                here = by_pk[here.parent_id]
            for one in reversed(line):
                path = paths[one.pk] = f"{paths[one.parent_id]}{one.pk}/"
                if one.path != path:
                    one.path, one.depth = path, path.count("/") - 1
                    moved.append(one)
        for batch in batches(moved):
            Unit.objects.bulk_update(batch, ["path", "depth"])

    # ── People ───────────────────────────────────────────────────────────────────────────────────

    def change_people(self, difference: Difference) -> None:
        """Names and keys that change hands are let go of before anybody takes them."""
        keys = {pk: fields for pk, fields in difference.person_fields.items() if fields.keys() & KEY_FIELDS}
        for batch in batches(sorted(keys)):
            renamed = [person for person in _held(User, batch) if "username" in keys[person.pk]]
            for person in renamed:
                person.username = f"~{person.pk}"
            User.objects.bulk_update(renamed, ["username"])  # for a moment: history takes the name it gets below
        self._update(User, keys)
        self._update(User, {pk: fields for pk, fields in difference.person_fields.items() if pk not in keys})
        password = make_password(None)  # nobody signs in with one
        self._create(User, [_person(row, password) for row in difference.new_people])

    # ── Appointments ─────────────────────────────────────────────────────────────────────────────

    def change_places(self, difference: Difference) -> None:
        """Those that end go before those that begin: a unit has one leader. What flows from them ends too. Whoever gets
        to see every case, also by being opened again, is told to those who do."""
        day, fields = today(), difference.place_fields
        ended = {pk: new for pk, new in fields.items() if new.get("to_on") and new["to_on"] < day}
        self._update(Appointment, ended)
        self._update(Appointment, {pk: new for pk, new in fields.items() if pk not in ended})
        for batch in batches(ended):
            for grant in UnitGrant.objects.filter(appointment__in=batch):
                grant._history_user = self.by
                grant.delete()
        back = [pk for pk, new in difference.person_fields.items() if new.get("is_active")]
        running = Appointment.objects.in_force().select_related("person", "unit")
        begun = [place for batch in batches(back) for place in running.filter(person__in=batch)]
        wanted = {place.person for place in difference.new_places}
        people: dict[UUID, User] = {}
        for batch in batches(wanted):
            people |= {person.external_id: person for person in User.objects.filter(external_id__in=batch)}
        rows = [
            Appointment(
                person=people[place.person], role=place.role, unit=self.units[place.unit], title=place.title,
                from_on=place.from_on or min(day, place.to_on or day), to_on=place.to_on,
                is_primary=place.is_primary, source=Source.SYNC,
            )
            for place in difference.new_places
        ]  # fmt: skip
        begun += self._create(Appointment, rows)
        wide = [place for place in begun if notifications.is_wide(place)]
        for place in wide:
            notifications.warn_of_wide_right(place, self.by)
        if wide:
            outbox.nudge()


def _held(model: Any, keys: list[int]) -> list[Any]:
    """The rows as they are now that nobody else can change them."""
    return list(model.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk"))


def _person(row: PersonRow, password: str) -> User:
    return User(
        username=row.user_id, name=row.name, email=row.email or "", external_id=row.uuid, source=Source.SYNC,
        password=password,
    )  # fmt: skip


audit.describe(
    {
        "organisation.sync": "{actor} hentede organisationen ind ({object}, {file})",
    }
)
