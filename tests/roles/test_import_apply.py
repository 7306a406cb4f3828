"""Bringing in is all or nothing, leaves history and one audit entry, and takes few queries, also for thousands."""

from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from glostrup_isms.kit.audit import AuditEntry, sentence
from glostrup_isms.kit.outbox import Message
from roles.actions import deactivate, grant_for
from roles.enums import Role, SyncState
from roles.models import Appointment, SyncRun, Unit, UnitGrant, User, today
from roles.permissions import DELEGABLE
from roles.signals import organisation_changed
from roles.sync import applying, runs
from roles.sync.rows import Refused
from tests.factories import appoint, make_town, make_unit, make_user
from tests.roles.organisations import SHAPES, bring, large, look, reasons, small

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("shape", SHAPES)
def test_two_thousand_people_come_in_with_few_queries_and_a_second_time_nothing_changes(shape: str) -> None:
    data = large(2000).data(shape)
    with CaptureQueriesContext(connection) as queries:
        found = runs.look(lambda: data, file_name="stor")
        runs.bring_in(found, by=None)
    assert (found.run.state, found.run.people) == (SyncState.APPLIED, 2000)
    assert len(queries) <= 2 * 200
    assert User.objects.count() == 2000
    with CaptureQueriesContext(connection) as queries:
        again = runs.look(lambda: data, file_name="stor")
        runs.bring_in(again, by=None)
    assert again.difference.changes == []
    assert len(queries) <= 40


def test_every_second_person_changing_takes_few_queries() -> None:
    made = large(1000)
    bring(made)
    for person in made.people[::2]:
        person.name += " Gift"
        person.user_id = f"gift.{person.user_id}"
    made.units[3].parent = made.units[1]
    with CaptureQueriesContext(connection) as queries:
        assert bring(made).state == SyncState.APPLIED
    assert len(queries) <= 200
    assert look(made).difference.changes == []


def test_every_row_has_its_history() -> None:
    by = make_user("admin")
    made = small()
    run = bring(made, by=by)
    for model in (User, Unit, Appointment):
        for row in model.objects.exclude(pk=by.pk if model is User else 0):
            line = row.history.get()
            assert (line.history_type, line.history_user, line.history_change_reason) == (
                "+", by, f"Synkronisering {run.pk}"
            )  # fmt: skip
            for field in model.history.model.tracked_fields:
                assert getattr(line, field.attname) == getattr(row, field.attname)
    made.people.pop()
    bring(made)
    gone = User.objects.get(username="hjaelper6")
    assert [line.is_active for line in gone.history.all()] == [False, True]
    assert gone.appointments.get().history.first().history_type == "~"


def test_one_audit_entry_comes_last_and_the_signal_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    record = applying.audit.record

    def heard(sender: type, **kwargs: Any) -> None:
        order.append(sender.__name__)

    def noted(action: str, **kwargs: Any) -> AuditEntry:
        order.append(action)
        return record(action, **kwargs)

    organisation_changed.connect(heard)
    monkeypatch.setattr(applying.audit, "record", noted)
    try:
        run = bring(small())
    finally:
        organisation_changed.disconnect(heard)
    assert order == ["SyncRun", "organisation.sync"]
    entry = AuditEntry.objects.get(action="organisation.sync")
    assert entry.object_id == str(run.pk)
    assert entry.data["details"]["person_new"] == 10
    assert (
        sentence(entry) == f"Systemet hentede organisationen ind (Synkronisering {run.pk}, organisation.rollekatalog)"
    )


@pytest.mark.parametrize("step", ["change_units", "change_people", "change_places", "_set_paths"])
def test_fault_in_the_middle_changes_nothing(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = small()
    bring(made)
    before = [list(model.objects.order_by("pk").values()) for model in (User, Unit, Appointment)]
    lines = User.history.count()
    made.people.pop()
    made.units[3].parent = made.units[2]
    made.person("ny", "Ny", made.units[3])
    real = getattr(applying._Writer, step)

    def broken(self: Any, *args: Any) -> None:
        real(self, *args)
        raise RuntimeError("strømmen gik")

    monkeypatch.setattr(applying._Writer, step, broken)
    found = look(made)
    with pytest.raises(RuntimeError):
        runs.bring_in(found, by=None)
    assert [list(model.objects.order_by("pk").values()) for model in (User, Unit, Appointment)] == before
    assert User.history.count() == lines
    run = SyncRun.objects.get(pk=found.run.pk)
    assert run.state == SyncState.REFUSED
    assert "Intet er ændret" in reasons(run)
    assert not AuditEntry.objects.filter(object_id=str(run.pk)).exists()


def test_refused_and_looked_at_runs_are_kept() -> None:
    look(small())
    bring(b"{")
    bring(small())
    states = [run.state for run in SyncRun.objects.order_by("pk")]
    assert states == [SyncState.LOOKED_AT, SyncState.REFUSED, SyncState.APPLIED]
    assert all(run.finished_at and run.sha256 for run in SyncRun.objects.all())
    assert SyncRun.objects.order_by("pk")[0].changes.count() == 4 + 10 + 14


def test_sync_between_the_look_and_the_yes_refuses() -> None:
    found = look(small())
    bring(small())
    with pytest.raises(Refused, match="En anden synkronisering er hentet ind imens"):
        runs.bring_in(found, by=None)
    assert User.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_report_goes_through_while_a_sync_is_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL the sync stands still with everything written but its audit entry; the people and units of the
    report are among those that it has changed and moved. SQLite has one writer at a time: the report waits its turn."""
    stands_still = connection.vendor == "postgresql"
    town = make_town()
    made = small()
    for row, person in zip(
        made.people, (town.director, town.health_chief, town.gdpr, town.leader, town.employee), strict=False
    ):
        row.user_id = person.username
    bring(made)
    unit = Unit.objects.get(name="Hjemmeplejen Nord", source="sync")
    made.units[3].parent, made.units[3].name = made.units[2], "Nyt navn"
    for row in made.people:
        row.name += " Gift"
    found = look(made)
    written, reported = Event(), Event()
    record = applying.audit.record

    def wait(action: str, **kwargs: Any) -> Any:
        if action == "organisation.sync":
            written.set()
            assert not stands_still or reported.wait(30)
        return record(action, **kwargs)

    def sync() -> None:
        try:
            runs.bring_in(found, by=None)
        finally:
            connection.close()

    monkeypatch.setattr(applying.audit, "record", wait)
    thread = Thread(target=sync)
    thread.start()
    try:
        assert written.wait(30)
        if stands_still:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
        receipt = town.report(by=town.employee, unit=unit)
        assert receipt.breach.pk
    finally:
        if stands_still:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 0")
        reported.set()
        thread.join()
    assert SyncRun.objects.get(pk=found.run.pk).state == SyncState.APPLIED


@pytest.mark.django_db(transaction=True)
def test_account_closed_by_hand_while_a_sync_is_writing_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the read and the write of a batch in which somebody else is opened and closed."""
    made = small()
    bring(made)
    gone = User.objects.get(username="hjaelper1")
    made.people[4].name = "Åse Gift"
    made.people.pop()
    found, write, closing = look(made), applying.bulk_update_with_history, []

    def close() -> None:
        try:
            deactivate(gone, by=None, reason="Mistanke om misbrug")
        finally:
            connection.close()

    def wait(rows: list[Any], model: Any, *args: Any, **kwargs: Any) -> Any:
        if model is User:
            closing.append(Thread(target=close))
            closing[0].start()
            closing[0].join(1)  # done by now, unless it has to wait for the sync
        return write(rows, model, *args, **kwargs)

    monkeypatch.setattr(applying, "bulk_update_with_history", wait)
    runs.bring_in(found, by=None)
    closing[0].join(30)
    gone.refresh_from_db()
    assert (gone.is_active, gone.name) == (False, "Åse Gift")


def test_only_the_columns_that_change_are_written() -> None:
    made = small()
    bring(made)
    made.people[4].name = "Åse Gift"
    with CaptureQueriesContext(connection) as queries:
        bring(made)
    written = [query["sql"] for query in queries if query["sql"].startswith('UPDATE "roles_user"')]
    assert [sql.count("CASE") for sql in written] == [1]
    assert '"name" = ' in written[0]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_refused_with_a_sentence() -> None:
    looks, start, said = [look(small()), look(small())], Barrier(2), []

    def sync(found: runs.Look) -> None:
        start.wait(30)
        try:
            runs.bring_in(found, by=None)
        except Refused as error:
            said.append(str(error))
        finally:
            connection.close()

    threads = [Thread(target=sync, args=[found]) for found in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 1
    assert said[0] in (applying.BUSY, applying.CHANGED)
    assert User.objects.count() == 10
    assert SyncRun.objects.filter(state=SyncState.APPLIED).count() == 1


def test_clash_that_only_the_database_sees_is_a_sentence() -> None:
    found = look(small())
    make_user("leder")  # written in by hand meanwhile
    with pytest.raises(Refused, match="blev ændret, mens filen blev hentet ind"):
        runs.bring_in(found, by=None)
    assert User.objects.count() == 1


def test_deactivated_person_is_signed_out_on_the_next_request(client: Client) -> None:
    made = small()
    bring(made)
    gone = User.objects.get(username="hjaelper6")
    client.force_login(gone)
    assert client.get("/indbakke/").status_code == 200
    made.people.pop()
    bring(made)
    assert client.get("/indbakke/").status_code == 302


def test_what_flows_from_an_ended_appointment_ends_too() -> None:
    made = small()
    bring(made)
    led = Appointment.objects.get(role=Role.LEADER)
    friend = User.objects.get(username="hjaelper1")
    grant_for(led, to=friend, permission=DELEGABLE[0].permission, obj=led.unit, to_on=today(), by=led.person)
    made.units[3].manager = made.people[5]
    bring(made)
    assert not UnitGrant.objects.exists()
    assert UnitGrant.history.filter(history_type="-").count() == 1


def test_new_leader_at_the_top_is_told_to_those_who_see_all_cases() -> None:
    top = make_unit("Andet sted")
    watchers = [make_user("gdpr"), make_user("dpo")]
    for watcher, role in zip(watchers, (Role.GDPR_UNIT, Role.DPO), strict=True):
        appoint(watcher, role, top)
    made = small()
    bring(made)
    told = Message.objects.filter(kind="role_wide_right")
    assert sorted(told.values_list("recipient", flat=True)) == sorted(watcher.pk for watcher in watchers)
    director = User.objects.get(username="direktoer")
    assert set(told.values_list("url", flat=True)) == {director.get_absolute_url()}
    bring(made)
    made.units[3].manager = made.people[5]  # a leader further down sees the cases of the unit only
    bring(made)
    assert told.count() == 2


def test_nobody_makes_herself_a_leader_or_closes_herself() -> None:
    made = small()
    bring(made)
    by = User.objects.get(username="hjaelper6")
    appoint(by, Role.ADMINISTRATOR, make_unit("It"))
    made.units[0].manager = made.people[9]
    assert "Filen gør dig selv til leder" in reasons(bring(made, by=by))
    made = small()
    made.people.pop()
    assert "Filen lukker din egen konto" in reasons(bring(made, by=by))
    assert not Appointment.objects.filter(person=by, role=Role.DIRECTOR).exists()
    assert bring(made).state == SyncState.APPLIED  # the nightly job has no account of its own to lose
