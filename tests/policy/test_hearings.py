"""Hearings: the lawyers and the DPO are asked, the role's holder answers, and a hearing taken back heard nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from duties.models import Duty
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
from policy import actions
from policy.enums import State
from policy.models import Event, Hearing, HearingPart, Version
from policy.notifications import may_still_have
from roles.enums import Role
from roles.models import Absence, Appointment, today
from tests.desk import Desk, days_pass, fresh
from tests.factories import appoint

BOTH = [Role.LAWYER, Role.DPO]
SOON = timedelta(days=14)


def part_of(version: Version, role: Role) -> HearingPart:
    return HearingPart.objects.get(hearing__version=version, role=role)


def opened(desk: Desk, version: Version, roles: list[Role], **fields: Any) -> Version:
    return fresh(actions.open_hearing(version, roles, today() + SOON, by=desk.writer, **fields))


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────
def test_lawyers_and_dpo_are_asked_unless_somebody_says_why_not(desk: Desk) -> None:
    """P-26, P-27."""
    version = desk.make()
    for roles in ([Role.LAWYER], [Role.DPO], [Role.GDPR_UNIT]):
        with pytest.raises(ValidationError, match="hvorfor jurister eller DPO ikke bliver spurgt") as caught:
            opened(desk, version, roles, left_out_why="  ")
        assert "left_out_why" in caught.value.error_dict
    assert not Hearing.objects.exists()
    opened(desk, version, [Role.LAWYER], left_out_why="DPO er inhabil.")
    assert Hearing.objects.get().left_out_why == "DPO er inhabil."
    assert Event.objects.filter(version=version, sentence__contains="DPO er inhabil.").exists()


def test_somebody_is_asked(desk: Desk) -> None:
    with pytest.raises(ValidationError, match="Vælg, hvem der skal spørges"):
        opened(desk, desk.make(), [], left_out_why="Ingen.")


def test_role_that_nobody_holds_is_not_asked(desk: Desk) -> None:
    Appointment.objects.filter(role=Role.DPR).update(to_on=today() - timedelta(days=1))
    version = desk.make()
    with pytest.raises(ValidationError, match="Ingen har lige nu rollen: Medlem af Digitaliserings") as caught:
        opened(desk, version, [*BOTH, Role.DPR])
    assert "roles" in caught.value.error_dict
    assert fresh(version).state == State.DRAFT


@pytest.mark.parametrize("days", [0, -1])
def test_there_is_time_to_answer(desk: Desk, days: int) -> None:
    with pytest.raises(ValidationError, match="Svarfristen skal ligge efter i dag"):
        actions.open_hearing(desk.make(), BOTH, today() + timedelta(days=days), by=desk.writer)


def test_stale_page_sends_nothing_in_hearing(desk: Desk) -> None:
    version = desk.make()
    seen = version.seen
    actions.save_text(version, "Ny tekst.", title="Ny", by=desk.it_chief, revision=1)
    with pytest.raises(actions.Changed):
        opened(desk, version, BOTH, seen=seen)
    assert not Hearing.objects.exists()


def test_everybody_with_the_role_gets_a_mail_with_the_number_only(desk: Desk) -> None:
    appoint(desk.colleague, Role.LAWYER, desk.town.administration)
    version = opened(desk, desk.make(title="Hemmelig plan"), BOTH, message="Se især på afsnit 2.")
    mails = list(Message.objects.filter(kind="policy_hearing"))
    assert {mail.recipient for mail in mails} == {desk.lawyer, desk.colleague, desk.dpo}
    for mail in mails:
        assert mail.state == "queued"
        assert version.document.number in mail.subject
        for word in ("Hemmelig plan", "Se især på", "borgernes", str(desk.lawyer), str(desk.writer)):
            assert word not in mail.subject + mail.body
        assert f"{version.get_absolute_url()}#hoering" in mail.body


def test_each_role_gets_a_duty_until_it_has_answered(desk: Desk) -> None:
    version = opened(desk, desk.make(), BOTH)
    about = Duty.objects.open().filter(object_id=str(version.pk), holder=None)
    assert {duty.holder_role for duty in about} == set(BOTH)
    assert {duty.due_on for duty in about} == {today() + SOON}
    actions.answer_hearing(part_of(version, Role.LAWYER), "", has_remarks=False, by=desk.lawyer)
    assert about.get().holder_role == Role.DPO
    assert about.get() in Duty.objects.held_by(desk.dpo)
    days_pass_and_end(desk, version)
    assert not about.all().exists()


def test_whoever_asks_has_the_duty_to_end_it(desk: Desk) -> None:
    version = opened(desk, desk.make(), BOTH)
    duty = Duty.objects.open().get(object_id=str(version.pk), holder=desk.writer)
    assert duty.due_on == today() + SOON
    assert version.document.number in str(duty)
    days_pass_and_end(desk, version)
    duty.refresh_from_db()
    assert duty.done_at


def test_writers_learn_once_that_all_have_answered(desk: Desk) -> None:
    version = desk.make(title="Hemmelig plan")
    actions.save_text(version, "Ny tekst.", title="Hemmelig plan", by=desk.it_chief, revision=1)
    version = opened(desk, fresh(version), BOTH)
    mails = Message.objects.filter(kind="policy_answered")
    actions.answer_hearing(part_of(version, Role.LAWYER), "Se på afsnit 2.", has_remarks=True, by=desk.lawyer)
    assert not mails.exists()
    for _ in range(2):  # an answer may be given anew
        actions.answer_hearing(part_of(version, Role.DPO), "", has_remarks=False, by=desk.dpo)
    assert {mail.recipient for mail in mails} == {desk.writer, desk.it_chief}
    for mail in mails:
        assert mail.state == "queued"
        assert version.document.number in mail.subject
        assert f"{version.get_absolute_url()}#hoering" in mail.body
        for word in ("Hemmelig plan", "Se på afsnit", "Ny tekst", str(desk.dpo)):
            assert word not in mail.subject + mail.body


def days_pass_and_end(desk: Desk, version: Version) -> Version:
    """As when the day has passed."""
    Hearing.objects.filter(version=version).update(due_on=today() - timedelta(days=1))
    return fresh(actions.end_hearing(version, by=desk.writer))


def test_mail_is_withdrawn_from_whoever_may_no_longer_see_the_text(desk: Desk) -> None:
    appoint(desk.colleague, Role.SYSTEM_OWNER, desk.town.home_care)
    opened(desk, desk.make(), [*BOTH, Role.SYSTEM_OWNER])
    mail = Message.objects.get(kind="policy_hearing", recipient=desk.colleague)
    assert may_still_have(mail)
    Appointment.objects.filter(person=desk.colleague, role=Role.SYSTEM_OWNER).update(to_on=today() - SOON)
    assert not may_still_have(Message.objects.get(pk=mail.pk))
    assert may_still_have(Message.objects.get(kind="policy_hearing", recipient=desk.dpo))


# ── Answering ────────────────────────────────────────────────────────────────────────────────────
def test_only_whoever_fills_the_role_answers(desk: Desk) -> None:
    version = opened(desk, desk.make(), BOTH)
    part = part_of(version, Role.LAWYER)
    for name in desk.town.holders:
        if name == "lawyer":
            continue
        with pytest.raises(PermissionDenied, match="Kun »Jurist« svarer her"):
            actions.answer_hearing(part, "Mit svar.", has_remarks=True, by=getattr(desk, name))
    assert part_of(version, Role.LAWYER).answered_at is None
    actions.answer_hearing(part, "Afsnit 2 er uklart.", has_remarks=True, by=desk.lawyer)
    answered = part_of(version, Role.LAWYER)
    assert (answered.text, answered.has_remarks, answered.answered_by) == ("Afsnit 2 er uklart.", True, desk.lawyer)
    assert AuditEntry.objects.filter(action="hearing.answer", actor_id=desk.lawyer.pk).count() == 1


def test_acting_deputy_answers(desk: Desk) -> None:
    version = opened(desk, desk.make(), BOTH)
    Appointment.objects.filter(person=desk.lawyer, role=Role.LAWYER).update(deputy=desk.colleague)
    part = part_of(version, Role.LAWYER)
    with pytest.raises(PermissionDenied):
        actions.answer_hearing(part, "", has_remarks=False, by=desk.colleague)
    Absence.objects.create(person=desk.lawyer, from_on=today(), to_on=today())
    assert version in Version.objects.visible_to(desk.colleague)
    actions.answer_hearing(part, "", has_remarks=False, by=desk.colleague)
    assert part_of(version, Role.LAWYER).answered_by == desk.colleague


def test_whoever_has_remarks_writes_them(desk: Desk) -> None:
    version = opened(desk, desk.make(), BOTH)
    with pytest.raises(ValidationError, match="Skriv dine bemærkninger"):
        actions.answer_hearing(part_of(version, Role.DPO), " \n", has_remarks=True, by=desk.dpo)


def test_answer_is_changed_until_the_hearing_ends_and_the_timeline_keeps_both(desk: Desk) -> None:
    version = opened(desk, desk.make(), BOTH)
    part = part_of(version, Role.DPO)
    actions.answer_hearing(part, "Først dette.", has_remarks=True, by=desk.dpo)
    actions.answer_hearing(part, "Så dette.", has_remarks=True, by=desk.dpo)
    assert part_of(version, Role.DPO).text == "Så dette."
    told = " ".join(Event.objects.filter(version=version).values_list("sentence", flat=True))
    assert "»Først dette.«" in told
    assert "»Så dette.«" in told
    days_pass_and_end(desk, version)
    with pytest.raises(ValidationError, match="Høringen er afsluttet, så svaret kan ikke sendes"):
        actions.answer_hearing(part, "For sent.", has_remarks=True, by=desk.dpo)
    assert part_of(version, Role.DPO).text == "Så dette."


def test_whoever_was_asked_sees_the_text_while_it_is_on_its_way(desk: Desk) -> None:
    version = desk.make()
    owner = desk.system_owner
    assert version not in Version.objects.visible_to(owner)
    version = opened(desk, version, [*BOTH, Role.SYSTEM_OWNER])
    assert version in Version.objects.visible_to(desk.system_owner)
    assert actions.may_comment(version, desk.system_owner)
    days_pass_and_end(desk, version)
    assert version in Version.objects.visible_to(desk.system_owner)  # what came of it; but the talk is over
    assert not actions.may_comment(version, desk.system_owner)
    actions.discard(version, by=desk.writer)
    assert version not in Version.objects.visible_to(desk.system_owner)


# ── Ending ───────────────────────────────────────────────────────────────────────────────────────
def test_hearing_ends_when_everybody_has_answered(desk: Desk) -> None:
    version = opened(desk, desk.make(), BOTH)
    with pytest.raises(StepNotOpen, match="Vent, til alle har svaret, eller til svarfristen"):
        actions.end_hearing(version, by=desk.writer)
    actions.answer_hearing(part_of(version, Role.DPO), "", has_remarks=False, by=desk.dpo)
    with pytest.raises(StepNotOpen, match="Vent, til alle har svaret"):
        actions.end_hearing(version, by=desk.writer)
    actions.answer_hearing(part_of(version, Role.LAWYER), "", has_remarks=False, by=desk.lawyer)
    assert actions.end_hearing(version, by=desk.writer).state == State.HEARD
    hearing = Hearing.objects.get()
    assert hearing.closed_at is not None
    assert not hearing.is_void


def test_hearing_ends_when_its_day_has_passed(desk: Desk, time_machine: Any) -> None:
    version = opened(desk, desk.make(), BOTH)
    days_pass(time_machine, SOON.days)
    with pytest.raises(StepNotOpen, match="Vent, til alle har svaret"):
        actions.end_hearing(version, by=desk.writer)
    days_pass(time_machine, 1)
    assert actions.end_hearing(version, by=desk.writer).state == State.HEARD
    assert not Duty.objects.open().filter(object_id=str(version.pk)).exists()


def test_hearing_taken_back_has_heard_nobody(desk: Desk) -> None:
    version = opened(desk, desk.make(), BOTH)
    actions.answer_hearing(part_of(version, Role.DPO), "", has_remarks=False, by=desk.dpo)
    version = fresh(actions.take_back(version, by=desk.writer, note="Forkert tekst."))
    hearing = Hearing.objects.get()
    assert (version.state, hearing.is_void) == (State.DRAFT, True)
    assert not Duty.objects.open().filter(object_id=str(version.pk)).exists()
    with pytest.raises(StepNotOpen, match="Teksten skal i høring først"):
        actions.submit(version, by=desk.writer)
    with pytest.raises(ValidationError, match="Høringen er afsluttet"):
        actions.answer_hearing(part_of(version, Role.LAWYER), "", has_remarks=False, by=desk.lawyer)
    assert desk.submitted(version).state == State.SUBMITTED


def test_text_may_be_heard_again_after_it_was_mended(desk: Desk) -> None:
    version = desk.heard(desk.make())
    version = actions.save_text(version, "Rettet efter høringen.", title="Ny", by=desk.writer, revision=1)
    assert Hearing.objects.get().text != version.text
    assert desk.heard(fresh(version)).state == State.HEARD
    assert [hearing.text for hearing in Hearing.objects.all()][1] == "Rettet efter høringen."


def test_database_holds_one_open_hearing_and_no_answer_without_its_person(desk: Desk) -> None:
    version = opened(desk, desk.make(), BOTH)
    with pytest.raises(IntegrityError), transaction.atomic():
        Hearing.objects.create(version=version, revision=1, text="x", due_on=today(), opened_by=desk.writer)
    with pytest.raises(IntegrityError), transaction.atomic():
        HearingPart.objects.filter(role=Role.DPO).update(answered_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        HearingPart.objects.create(hearing=Hearing.objects.get(), role=Role.DPO)
