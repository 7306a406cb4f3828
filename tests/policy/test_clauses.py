"""Clauses keep their key, whom they bind and who wrote them, however the text around them is changed."""

from collections.abc import Sequence

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy import actions
from policy.enums import Evidence
from policy.models import Clause, Version
from policy.text.blocks import parse
from roles.enums import Role
from roles.models import User
from tests.desk import TEXT, Desk, fresh

DIRECTOR, OWNERS, REPORT = "2.1", "2.2", "2.3"  # the clauses of TEXT


def save(version: Version, text: str, by: User) -> Version:
    version = fresh(version)
    return fresh(actions.save_text(version, text, title=version.title, by=by, revision=version.revision))


def at(version: Version, number: str) -> Clause:
    return version.clauses.get(number=number)


def bound(desk: Desk, version: Version, number: str, roles: Sequence[str], evidence: Sequence[str] = ()) -> Version:
    version = fresh(version)
    said = {at(version, number).key: (roles, evidence)}
    return fresh(actions.bind_clauses(version, said, by=desk.writer, revision=version.revision))


def test_clauses_are_the_blocks_of_the_text(desk: Desk) -> None:
    version = desk.make()
    rows = [(one.position, one.kind, one.number, one.text) for one in version.clauses.all()]
    blocks = parse(TEXT)
    assert rows == [(place, block.kind, block.number, block.text) for place, block in enumerate(blocks)]
    assert {one.written_by for one in version.clauses.all()} == {desk.writer}


def test_clause_says_whom_it_binds_and_what_shows_it(desk: Desk) -> None:
    version = bound(desk, desk.make(), OWNERS, [Role.SYSTEM_OWNER, Role.LEADER], [Evidence.ACCESS])
    clause = at(version, OWNERS)
    assert clause.role_labels == ["Systemejer", "Leder"]
    assert clause.evidence_labels == ["Godkendte autorisationer"]
    assert version.revision == 2
    assert version.history.first().history_change_reason == f"Ansvar for punkt {clause.number}"


def test_saying_the_same_again_changes_nothing(desk: Desk) -> None:
    version = bound(desk, desk.make(), OWNERS, [Role.SYSTEM_OWNER])
    again = bound(desk, version, OWNERS, [Role.SYSTEM_OWNER])
    assert (again.revision, again.history.count()) == (version.revision, version.history.count())


def test_binding_from_a_stale_page_is_refused(desk: Desk) -> None:
    version = desk.make()
    key = at(version, OWNERS).key
    save(version, TEXT + "\nMere.\n", desk.gdpr_unit)
    with pytest.raises(actions.TextChanged):
        actions.bind_clauses(version, {key: ([Role.DPO], [])}, by=desk.writer, revision=1)
    assert at(version, OWNERS).roles == []


def test_binding_of_a_clause_of_another_document_changes_nothing(desk: Desk) -> None:
    version, other = desk.make(), desk.make(title="Et andet")
    key = at(other, OWNERS).key
    actions.bind_clauses(version, {key: ([Role.DPO], [])}, by=desk.writer, revision=1)
    assert at(other, OWNERS).roles == []
    assert fresh(version).revision == 1


def test_binding_is_part_of_what_is_decided(desk: Desk) -> None:
    version = desk.make()
    digest = version.digest()
    assert bound(desk, version, OWNERS, [Role.SYSTEM_OWNER]).digest() != digest


# ── Through changes of the text ──────────────────────────────────────────────────────────────────
def test_clause_keeps_key_and_bindings_when_its_words_are_mended(desk: Desk) -> None:
    version = bound(desk, desk.make(), OWNERS, [Role.SYSTEM_OWNER], [Evidence.ACCESS])
    before = at(version, OWNERS)
    version = save(version, TEXT.replace("godkender adgange", "godkender alle adgange"), desk.gdpr_unit)
    after = at(version, OWNERS)
    assert (after.key, after.roles, after.evidence) == (before.key, [Role.SYSTEM_OWNER], [Evidence.ACCESS])
    assert after.text == "Systemejerne godkender alle adgange."


def test_clause_keeps_key_and_bindings_when_it_moves(desk: Desk) -> None:
    version = bound(desk, desk.make(), REPORT, [Role.EMPLOYEE])
    key = at(version, REPORT).key
    moved = "## Brud\n\n- Alle melder brud straks.\n\n" + TEXT.replace("- Alle melder brud straks.\n", "")
    version = save(version, moved, desk.writer)
    clause = version.clauses.get(key=key)
    assert (clause.number, clause.text, clause.roles) == ("1.1", "Alle melder brud straks.", [Role.EMPLOYEE])
    assert at(version, "2.1").roles == []


def test_new_clause_between_two_takes_nothing_from_them(desk: Desk) -> None:
    version = bound(desk, desk.make(), OWNERS, [Role.SYSTEM_OWNER])
    keys = {clause.key for clause in version.clauses.all()}
    version = save(
        version, TEXT.replace("- Systemejerne", "- It-driften tager en kopi hver nat.\n- Systemejerne"), desk.writer
    )
    new = at(version, "2.2")
    assert (new.text, new.roles) == ("It-driften tager en kopi hver nat.", [])
    assert new.key not in keys
    assert at(version, "2.3").roles == [Role.SYSTEM_OWNER]


def test_clause_that_is_gone_takes_its_bindings_along(desk: Desk) -> None:
    version = bound(desk, desk.make(), OWNERS, [Role.SYSTEM_OWNER])
    version = save(version, TEXT.replace("- Systemejerne godkender adgange.\n", ""), desk.writer)
    assert not version.clauses.filter(text__contains="Systemejerne").exists()
    assert all(clause.roles == [] for clause in version.clauses.all())


def test_writer_of_a_clause_is_whoever_changed_its_words(desk: Desk) -> None:
    version = desk.make()
    changed = "## Før\n\nNy indledning.\n\n" + TEXT.replace("straks", "med det samme")
    version = save(version, changed, desk.gdpr_unit)
    by = {clause.text: clause.written_by for clause in version.clauses.all()}
    assert {text for text, person in by.items() if person == desk.gdpr_unit} == {
        "Før",
        "Ny indledning.",
        "Alle melder brud med det samme.",
    }
    assert set(by.values()) == {desk.gdpr_unit, desk.writer}


def test_binding_a_clause_does_not_change_who_wrote_it(desk: Desk) -> None:
    version = desk.make()
    key = at(version, OWNERS).key
    actions.bind_clauses(version, {key: ([Role.DPO], [])}, by=desk.gdpr_unit, revision=1)
    assert at(version, OWNERS).written_by == desk.writer


def test_new_version_has_the_same_clauses_under_the_same_keys(desk: Desk) -> None:
    first = desk.adopted(bound(desk, desk.make(), OWNERS, [Role.SYSTEM_OWNER], [Evidence.ACCESS]))
    second = actions.start_version(first.document, by=desk.gdpr_unit)

    def said(version: Version) -> list[tuple[object, ...]]:
        return [
            (one.key, one.number, one.text, one.roles, one.evidence, one.written_by) for one in version.clauses.all()
        ]

    assert said(second) == said(first)
    digest = first.digest()
    second = save(second, TEXT.replace("adgange", "alle adgange"), desk.gdpr_unit)
    second = bound(desk, second, OWNERS, [Role.LEADER])
    assert at(second, OWNERS).key == at(first, OWNERS).key
    assert (at(first, OWNERS).roles, first.digest()) == ([Role.SYSTEM_OWNER], digest)


def test_bindings_given_with_the_text_are_taken(desk: Desk) -> None:
    said = [([Role.DPO], [Evidence.ADVICE]) if "melder" in block.text else ((), ()) for block in parse(TEXT)]
    version = desk.make(bindings=said)
    assert (at(version, REPORT).roles, at(version, REPORT).evidence) == ([Role.DPO], [Evidence.ADVICE])
    assert at(version, OWNERS).roles == []


def test_database_holds_a_key_once_in_a_version(desk: Desk) -> None:
    version = desk.make()
    with pytest.raises(IntegrityError), transaction.atomic():
        Clause.objects.filter(pk=at(version, OWNERS).pk).update(key=at(version, REPORT).key)


SENTENCES = [
    "Ledere godkender adgange.",
    "Alle melder brud.",
    "It-driften tager kopier.",
    "DPO rådgiver.",
    "- Punkt",
    "",
]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.lists(st.sampled_from([*SENTENCES, "## Afsnit", "### Under"]), max_size=7), max_size=4))
def test_after_any_edits_the_clauses_fit_the_text_and_what_is_unchanged_keeps_its_key(
    desk: Desk, texts: list[list[str]]
) -> None:
    with transaction.atomic():
        version = desk.make()
        for lines in texts:
            rows = list(version.clauses.all())
            version = save(version, "\n\n".join(lines), desk.writer)
            clauses = list(version.clauses.all())
            assert [(one.number, one.text) for one in clauses] == [(b.number, b.text) for b in parse(version.text)]
            assert [one.position for one in clauses] == list(range(len(clauses)))
            assert len({one.key for one in clauses}) == len(clauses)
            for old in rows:
                same = [one for one in clauses if one.text == old.text]
                if len(same) == 1 and sum(one.text == old.text for one in rows) == 1:
                    assert same[0].key == old.key
        transaction.set_rollback(True)
