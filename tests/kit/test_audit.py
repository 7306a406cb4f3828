"""The trail: what it keeps, what it refuses, and that every kind of tampering shows."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction

from glostrup_isms.kit import audit, audit_check, audit_receivers, audit_triggers
from glostrup_isms.kit.audit import AuditEntry, AuditPayload
from glostrup_isms.kit.numbers import NumberSeries

PLACES = 50
COLUMNS = "at, actor_id, action, object_type, object_id, digest, prev_hash, hash"


@pytest.fixture
def trail(db, settings, tmp_path, django_capture_on_commit_callbacks):
    """An empty trail with its own heads, and a function that adds committed entries."""
    settings.DATA_DIR = tmp_path
    audit_triggers.unprotect(connection)
    AuditPayload.objects.all().delete()
    AuditEntry.objects.all().delete()

    def add(count=1, action="test.happened", **details):
        with django_capture_on_commit_callbacks(execute=True):
            return [audit.record(action, number=number, **details) for number in range(count)][-1]

    return add


class Person:
    pk = 7

    def __str__(self):
        return "Bo Berg"


def run(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def forged_hash(entry):
    return audit.hash_of(
        entry.prev_hash,
        entry.seq,
        entry.at,
        entry.actor_id,
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.digest,
    )


def rechain(first):
    """What an attacker with the database can do: recompute every hash from `first` on."""
    previous = AuditEntry.objects.filter(seq__lt=first).order_by("-seq").values_list("hash", flat=True).first()
    previous = previous or audit.FIRST_HASH
    for entry in AuditEntry.objects.filter(seq__gte=first).order_by("seq"):
        entry.prev_hash = previous
        previous = entry.hash = forged_hash(entry)
        run(
            "UPDATE kit_auditentry SET prev_hash = %s, hash = %s WHERE seq = %s", entry.prev_hash, entry.hash, entry.seq
        )


def delete_from(seq):
    run("DELETE FROM kit_auditpayload WHERE entry_id >= %s", seq)
    run("DELETE FROM kit_auditentry WHERE seq >= %s", seq)


def update(seq):
    run("UPDATE kit_auditentry SET action = 'test.forged' WHERE seq = %s", seq)


def delete(seq):
    seq = min(seq, AuditEntry.objects.count() - 1)
    run("DELETE FROM kit_auditpayload WHERE entry_id = %s", seq)
    run("DELETE FROM kit_auditentry WHERE seq = %s", seq)


def cut_tail(seq):
    delete_from(seq)


def insert(seq):
    """A forged entry after `seq`, everything behind it moved up and chained again; last place included."""
    last = AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first()
    run("DELETE FROM kit_auditpayload WHERE entry_id > %s", seq)  # erasure is allowed, so payloads do not hinder
    run("UPDATE kit_auditentry SET seq = -seq WHERE seq > %s", seq)
    run("UPDATE kit_auditentry SET seq = 1 - seq WHERE seq < 0")
    run(
        f"INSERT INTO kit_auditentry (seq, {COLUMNS}) SELECT %s, {COLUMNS} FROM kit_auditentry WHERE seq = %s",
        seq + 1,
        seq,
    )
    assert AuditEntry.objects.count() == last + 1
    rechain(seq + 1)


def swap(seq):
    seq = min(seq, AuditEntry.objects.count() - 1)
    run("DELETE FROM kit_auditpayload WHERE entry_id IN (%s, %s)", seq, seq + 1)
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        run("UPDATE kit_auditentry SET seq = %s WHERE seq = %s", new, old)


def change_and_rechain(seq):
    run("UPDATE kit_auditentry SET actor_id = 99 WHERE seq = %s", seq)
    rechain(seq)


def old_database_back(seq):
    """Back to before `seq`, after which the portal wrote on (see the test)."""
    delete_from(seq)


@pytest.mark.parametrize("tamper", [update, delete, cut_tail, insert, swap, change_and_rechain, old_database_back])
def test_every_kind_of_tampering_shows_wherever_it_happens(trail, tamper):
    trail(40)
    assert audit_check.verify() == []
    chance = random.Random(tamper.__name__)
    found = 0
    for _ in range(PLACES):
        heads = {path: path.read_bytes() for path in audit.heads_folder().iterdir()}
        savepoint = transaction.savepoint()
        tamper(chance.randint(1, 40))
        if tamper is old_database_back:
            trail(chance.randint(1, 45))
        found += bool(audit_check.verify())
        transaction.savepoint_rollback(savepoint)
        for path, text in heads.items():
            path.write_bytes(text)
    assert found == PLACES
    assert audit_check.verify() == []


def test_a_changed_payload_shows(trail):
    trail(3)
    run("UPDATE kit_auditpayload SET text = '{}' WHERE entry_id = 2")
    assert audit_check.verify() == ["Oplysningerne i post 2 er ændret."]


def test_the_chain_survives_erasure(trail):
    trail(120)
    AuditPayload.objects.filter(pk__lte=100).delete()
    found = audit_check.check()
    assert (found.problems, found.entries, found.erased) == ([], 120, 100)
    assert audit.sentence(AuditEntry.objects.get(pk=1)) == "(slettet): test.happened (slettet)"


def test_a_rolled_back_entry_leaves_no_problem(trail):
    trail(3)
    with transaction.atomic():
        audit.record("test.undone")
        transaction.set_rollback(True)
    trail(3)
    assert audit_check.verify() == []
    assert list(AuditEntry.objects.values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_missing_heads_are_a_problem_and_not_a_clean_bill(trail, tmp_path):
    trail(2)
    assert "ingen kontrolværdier" in audit_check.verify(tmp_path / "elsewhere")[0]


def test_head_lines_late_and_out_of_order_are_still_compared(trail, monkeypatch):
    monkeypatch.setattr(audit_check, "LINES_AHEAD", 4)
    trail(30)
    path = next(audit.heads_folder().iterdir())
    lines = path.read_text().splitlines()
    written = [line for line in lines if line.startswith("written")]
    committed = [line for line in lines if line.startswith("committed")]
    path.write_text("\n".join([*written, *reversed(committed)]) + "\n")
    assert audit_check.verify() == []
    path.write_text(path.read_text() + f"committed 9 {'0' * 64}\ncommitted 31 {'0' * 64}\n")
    assert [sentence[:14] for sentence in audit_check.verify()] == ["Post 9 er ikke", "Post 31 er ikk"]


def test_an_unreadable_head_line_is_named(trail):
    trail(1)
    path = next(audit.heads_folder().iterdir())
    path.write_text(path.read_text() + "nonsense\n")
    assert audit_check.verify() == [f"{path.name} har en linje, der ikke kan læses."]


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain(settings, tmp_path):
    def write(number):
        try:
            with transaction.atomic():
                audit.record("test.parallel", number=number)
                if number % 10 == 9:
                    transaction.set_rollback(True)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(100)))
    assert audit_check.verify() == []
    assert list(AuditEntry.objects.values_list("seq", flat=True)) == list(range(1, 91))


def test_recording_costs_three_queries(trail, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(3):
        audit.record("test.happened", by=Person(), note="a")


def test_an_entry_tells_who_what_and_when_in_danish(trail):
    audit.describe({"test.greet": "{actor} hilste på {object} med {words}"})
    row = NumberSeries.objects.create(name="breach", year=2026, last=1)
    entry = audit.record("test.greet", by=Person(), obj=row, words="hej")
    assert audit.sentence(AuditEntry.objects.get(pk=entry.pk)) == "Bo Berg hilste på breach 2026: 1 med hej"
    assert (entry.actor_id, entry.object_type, entry.object_id) == (7, "kit.numberseries", str(row.pk))
    assert audit.sentence(audit.record("test.unknown")) == "Systemet: test.unknown"


def test_details_of_any_kind_are_kept_and_cpr_numbers_masked(trail):
    number = "010190" + "-" + "1234"
    nasty = {"æøå": "😀\0\ud800", "deep": [{number: number}], "when": audit.timezone.now(), "none": None}
    entry = trail(1, nasty=nasty)
    kept = AuditEntry.objects.get(pk=entry.pk).data["details"]["nasty"]
    assert kept["deep"] == [{"010190-xxxx": "010190-xxxx"}]
    assert kept["æøå"] == "😀\0\ud800"
    assert audit_check.verify() == []


CHANGES = [
    "UPDATE kit_auditentry SET action = 'x' WHERE seq = 1",
    "DELETE FROM kit_auditentry WHERE seq = 2",
    "UPDATE kit_auditpayload SET text = '{}' WHERE entry_id = 1",
]
CHANGES_OF = {
    "postgresql": ["TRUNCATE kit_auditentry CASCADE", "TRUNCATE kit_auditpayload"],
    "sqlite": [
        "REPLACE INTO kit_auditentry SELECT * FROM kit_auditentry WHERE seq = 2",
        "REPLACE INTO kit_auditpayload SELECT * FROM kit_auditpayload",
    ],
}


def test_the_database_refuses_changes_but_lets_payloads_go(trail):
    trail(2)
    AuditPayload.objects.filter(pk=2).delete()
    audit_triggers.protect(connection)
    audit_triggers.protect(connection)  # twice does no harm
    for sql in CHANGES + CHANGES_OF[connection.vendor]:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            run(sql)
    assert AuditEntry.objects.filter(action="test.happened").count() == 2
    AuditPayload.objects.filter(pk=1).delete()
    trail(1)
    assert audit_check.verify() == []


def test_the_database_refuses_the_orm_too(trail):
    entry = trail(1)
    audit_triggers.protect(connection)
    for change in (entry.save, AuditEntry.objects.all().delete, lambda: AuditEntry.objects.update(action="x")):
        with pytest.raises((DatabaseError, models.ProtectedError)), transaction.atomic():
            change()


def test_protection_can_be_put_on_and_taken_off_by_a_schema_editor(trail):
    editor = connection.schema_editor()
    audit_triggers.protect(editor)
    audit_triggers.unprotect(editor)
    trail(1)
    run("DELETE FROM kit_auditpayload")
    run("DELETE FROM kit_auditentry")


def test_a_full_disk_for_heads_stops_no_entry_but_is_seen(trail, tmp_path):
    (tmp_path / "audit").write_text("a file where the folder should be")
    trail(1)
    assert AuditEntry.objects.count() == 1
    assert "kan ikke skrives uden for databasen" in audit.head_problem()
    (tmp_path / "audit").unlink()
    trail(1)
    assert audit.head_problem() is None


def test_a_line_that_a_full_disk_cut_off_spoils_no_other(trail, monkeypatch):
    trail(1)
    whole = os.write
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", lambda handle, line: whole(handle, line[:-30]))
        trail(1)
        assert "No space left" in audit.head_problem()
    trail(1)
    assert audit.head_problem() is None
    found = audit_check.check()
    assert [seq for seq, _ in found.unproven] == [2]
    assert len(found.problems) == 1
    audit_check.accept_unproven(found.unproven, reason="disken var fuld")
    assert audit_check.verify() == []


def test_heads_another_process_failed_to_write_are_seen_and_repaired(trail, time_machine_later):
    trail(1)
    with transaction.atomic():
        audit.record("test.crashed_after_commit")  # the on-commit line is never written
    assert audit.head_problem() is None
    time_machine_later()
    assert audit.head_problem() == "Revisionssporets nyeste kontrolværdi er ikke skrevet uden for databasen."
    audit.write_head()
    assert audit.head_problem() is None
    size = next(audit.heads_folder().iterdir()).stat().st_size
    audit.write_head()
    assert next(audit.heads_folder().iterdir()).stat().st_size == size


@pytest.fixture
def time_machine_later(monkeypatch):
    def later():
        moment = audit.timezone.now() + audit.HEAD_DELAY_ALLOWED * 2
        monkeypatch.setattr(audit.timezone, "now", lambda: moment)

    return later


def test_the_command_says_what_is_wrong_and_fails(trail):
    trail(3)
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "Revisionssporet er helt: 3 poster" in out.getvalue()
    update(2)
    with pytest.raises(CommandError) as error:
        call_command("verify_audit", stderr=(complaints := StringIO()))
    assert error.value.returncode == 1
    assert "Post 2 er ændret." in complaints.getvalue()


def test_entries_whose_lines_a_crash_swallowed_are_accepted_only_with_a_reason(
    trail, django_capture_on_commit_callbacks
):
    trail(5)
    path = next(audit.heads_folder().iterdir())
    path.write_text("".join(line for line in path.read_text().splitlines(True) if " 3 " not in line))
    with pytest.raises(CommandError):
        call_command("verify_audit", stderr=(complaints := StringIO()))
    assert "Post 3 er ikke skrevet af portalen" in complaints.getvalue()
    with django_capture_on_commit_callbacks(execute=True):
        call_command("verify_audit", accept="strømsvigt i nat", stdout=StringIO())
    assert audit_check.verify() == []
    assert "strømsvigt i nat" in audit.sentence(AuditEntry.objects.last())


def test_a_failed_login_keeps_no_name(trail):
    audit_receivers.login_failed(None, credentials={"username": "Hemmelig.Bo"})
    audit_receivers.login_failed(None, credentials={"username": "hemmelig.bo "})
    first, second = (entry.data for entry in AuditEntry.objects.all())
    assert "hemmelig" not in str(first).lower()
    assert first["details"]["tried"] == second["details"]["tried"]


def test_signing_in_and_out_is_recorded(trail):
    row = NumberSeries.objects.create(name="stand-in", year=2026, last=1)
    audit_receivers.login_succeeded(None, user=row)
    audit_receivers.logged_out(None, user=row)
    audit_receivers.logged_out(None, user=None)
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["login", "logout"]
