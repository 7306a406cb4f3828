"""Documents: who makes them, what they are called, and what no document may be."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from glostrup_isms.kit.audit import AuditEntry
from policy import actions
from policy.enums import Audience, Confidentiality, Kind, State
from policy.models import Document, PublicSite, Version
from roles.enums import Role
from roles.models import today
from tests.desk import TEXT, Desk, fresh
from tests.policy.test_workflow import WRITERS

ONE_POLICY = "Der er allerede en informationssikkerhedspolitik"


def change(document: Document, desk: Desk, **fields: Any) -> Document:
    document = Document.objects.get(pk=document.pk)
    return actions.change_document(document, by=desk.writer, revision=document.revision, **fields)


def test_documents_are_numbered_within_their_kind(desk: Desk) -> None:
    made = [desk.make(title=title) for title in ("Første", "Anden")]
    made += [desk.policy(), desk.make(Kind.RULE, "Adgangskoder")]
    assert [one.document.number for one in made] == ["RET-001", "RET-002", "POL-001", "REG-001"]
    assert {one.number for one in made} == {1}
    assert {one.state for one in made} == {State.DRAFT}


def test_only_writers_make_documents(desk: Desk) -> None:
    version = desk.make()
    for name in desk.town.holders:
        person = getattr(desk, name)
        if name in WRITERS:
            made = actions.create_document(Kind.TEMPLATE, f"Af {name}", by=person, owner_role=Role.IT_CHIEF)
            assert made.author_ids == {person.pk}
            continue
        with pytest.raises(PermissionDenied, match="opretter dokumenter"):
            actions.create_document(Kind.TEMPLATE, "Nej", by=person, owner_role=Role.IT_CHIEF)
        with pytest.raises(PermissionDenied):
            actions.start_version(version.document, by=person)
        with pytest.raises(PermissionDenied):
            actions.change_document(version.document, by=person, revision=1, journal_number="1")
    assert Document.objects.count() == 1 + len(WRITERS)


def test_there_is_one_policy(desk: Desk) -> None:
    desk.policy()
    with pytest.raises(ValidationError, match=ONE_POLICY):
        desk.policy()
    assert Document.objects.count() == 1


def test_refused_document_uses_up_no_number(desk: Desk) -> None:
    desk.policy()
    with pytest.raises(ValidationError):
        desk.policy()
    with pytest.raises(ValidationError):
        desk.make(owner_role="nobody")
    assert desk.make().document.number == "RET-001"


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        (Kind.POLICY, {"confidentiality": Confidentiality.INTERNAL}, "Politikken skal være offentlig"),
        (Kind.RULE, {"category": ""}, "organisatorisk, fysisk eller teknisk"),
        (Kind.GUIDELINE, {"category": "technical"}, "organisatorisk, fysisk eller teknisk"),
        (Kind.GUIDELINE, {"is_breach_plan": True}, "Kun en handlingsplan"),
        (Kind.GUIDELINE, {"review_months": 0}, "1"),
        (Kind.GUIDELINE, {"review_months": 13}, "12"),
        (Kind.GUIDELINE, {"owner_role": ""}, "owner_role"),
    ],
)
def test_document_that_cannot_be_is_refused_with_a_sentence(
    desk: Desk, kind: Kind, fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        desk.make(kind, **fields)
    assert not Document.objects.exists()
    assert not AuditEntry.objects.filter(action="document.create").exists()


def forbidden(name: str, document: Document, **values: Any) -> None:
    """The database says no, whoever writes it."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Document.objects.filter(pk=document.pk).update(**values)
    said = str(caught.value)
    assert name in said or ("UNIQUE" in said and name.startswith("one_")), said


def test_database_holds_one_policy_and_it_is_public(desk: Desk) -> None:
    policy, other = desk.policy().document, desk.make().document
    forbidden("one_policy", other, kind=Kind.POLICY)
    forbidden("policy_is_public", policy, confidentiality=Confidentiality.CONFIDENTIAL)


def test_database_holds_no_rule_without_its_category(desk: Desk) -> None:
    rule = desk.make(Kind.RULE).document
    forbidden("only_rules_have_a_category", rule, category="")
    forbidden("only_rules_have_a_category", desk.make().document, category="physical")


def test_database_holds_one_breach_plan_and_it_is_an_action_plan(desk: Desk) -> None:
    plan = desk.make(Kind.ACTION_PLAN, "Plan for brud", is_breach_plan=True).document
    assert plan.is_breach_plan
    forbidden("one_breach_plan", desk.make(Kind.ACTION_PLAN, "En anden plan").document, is_breach_plan=True)
    forbidden("breach_plan_is_an_action_plan", desk.make().document, is_breach_plan=True)
    with pytest.raises(ValidationError, match="Der er allerede en handlingsplan for brud"):
        desk.make(Kind.ACTION_PLAN, "En tredje plan", is_breach_plan=True)


# ── Versions ─────────────────────────────────────────────────────────────────────────────────────
def test_new_version_begins_with_the_text_that_applies(desk: Desk) -> None:
    first = desk.in_force(desk.make())
    second = actions.start_version(first.document, by=desk.gdpr_unit)
    assert (second.number, second.text, second.title, second.state) == (2, TEXT, first.title, State.DRAFT)
    assert (second.sha256, second.decision, second.effective_on) == ("", None, None)
    assert second.author_ids == {desk.gdpr_unit.pk}
    assert fresh(first).state == State.IN_FORCE


def test_one_version_is_on_its_way_at_a_time(desk: Desk) -> None:
    first = desk.make()
    with pytest.raises(ValidationError, match="allerede begyndt på en ny udgave"):
        actions.start_version(first.document, by=desk.writer)
    desk.decided(first)
    with pytest.raises(ValidationError, match="allerede begyndt på en ny udgave"):
        actions.start_version(first.document, by=desk.writer)
    assert Version.objects.count() == 1


def test_words_of_a_deleted_draft_do_not_come_back_in_the_next(desk: Desk) -> None:
    first = desk.adopted(desk.make())
    second = actions.start_version(first.document, by=desk.it_chief)
    actions.save_text(second, "Slettet igen.", title="X", by=desk.it_chief, revision=1)
    actions.discard(fresh(second), by=desk.writer)
    third = actions.start_version(first.document, by=desk.writer)
    assert (third.number, third.text) == (3, TEXT)
    assert third.author_ids == {desk.writer.pk}


# ── What is said beside the text ─────────────────────────────────────────────────────────────────
def test_two_who_change_a_document_do_not_write_over_each_other(desk: Desk) -> None:
    document = desk.make().document
    actions.change_document(document, by=desk.writer, revision=1, journal_number="24/1")
    with pytest.raises(actions.Changed, match="ændret af en anden"):
        actions.change_document(document, by=desk.gdpr_unit, revision=1, journal_number="24/2")
    assert Document.objects.get().journal_number == "24/1"


def test_policy_is_not_made_internal(desk: Desk) -> None:
    document = desk.policy().document
    with pytest.raises(ValidationError, match="Politikken skal være offentlig"):
        change(document, desk, confidentiality=Confidentiality.INTERNAL)


def test_kind_number_and_title_are_not_changed_beside_the_text(desk: Desk) -> None:
    document = desk.make().document
    change(document, desk, kind=Kind.TEMPLATE, number="POL-009", title="Andet", audience=Audience.LEADERS)
    document.refresh_from_db()
    assert (document.kind, document.number, document.title) == (Kind.GUIDELINE, "RET-001", "Mail og beskeder")
    assert document.audience == Audience.LEADERS


def test_shorter_review_counts_from_the_last_approval_at_once(desk: Desk) -> None:
    document = desk.adopted(desk.make(), days_ago=100).document
    assert not document.is_due
    document = change(document, desk, review_months=3)
    assert document.is_due
    version = document.in_force
    assert version is not None
    actions.reapprove(version, by=desk.committee, decided_on=today())
    document = change(document, desk, review_months=12)
    assert document.next_review_on is not None
    assert (document.next_review_on - today()).days in (365, 366)


def test_document_made_confidential_leaves_the_public_pages(desk: Desk) -> None:
    document = desk.in_force(desk.make()).document
    assert document in Document.objects.public()
    stamp = PublicSite.objects.get().stamp
    change(document, desk, confidentiality=Confidentiality.CONFIDENTIAL)
    assert document not in Document.objects.public()
    assert not Version.objects.public().exists()
    assert PublicSite.objects.get().stamp != stamp


def test_draft_is_known_to_those_who_work_with_documents_only(desk: Desk) -> None:
    version = desk.make()
    for name in desk.town.holders:
        person = getattr(desk, name)
        sees = person.has_perm("policy.view_drafts")
        assert Version.objects.visible_to(person).filter(pk=version.pk).exists() is sees, name
        assert Document.objects.visible_to(person).exists() is sees, name
    assert not desk.employee.has_perm("policy.view_drafts")
