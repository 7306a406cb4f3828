"""Whose a duty is and who sees it: deputies of those who are kept out, who was told up the line once, branches."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from duties.actions import create_duty, finish, hand_on, remind, send_due_notices
from duties.enums import Kind, Share, Stage
from duties.models import Duty, Notice
from duties.permissions import WRITE
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.workflow import StepNotOpen
from roles.enums import Role
from roles.models import Absence, Appointment, User, today
from tests.factories import Town, appoint, make_unit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def away(person: User, deputy: User) -> None:
    Absence.objects.create(person=person, deputy=deputy, from_on=today(), to_on=today() + DAY)


def sees(person: User, duty: Duty) -> bool:
    """Asked of the list, of the page and of the row, which must agree."""
    client = Client()
    client.force_login(person)
    status = client.get(duty.get_absolute_url()).status_code
    listed = duty in Duty.objects.visible_to(fresh(person))
    assert status == (200 if listed else 404)
    return listed


def test_deputy_of_one_kept_out_of_a_case_neither_sees_its_duty_nor_is_told(town: Town) -> None:
    duty = create_duty("Find lederen til sagen om Lene", due_on=today(), role=Role.GDPR_UNIT, dedup_key="a",
                       kind=Kind.CASE, kept_from=[town.gdpr.pk])  # fmt: skip
    away(town.gdpr, town.teacher)
    assert fresh(town.teacher).has_role(Role.GDPR_UNIT)
    assert not sees(town.teacher, duty)
    assert not sees(town.gdpr, duty)
    assert sees(town.gdpr2, duty)
    client = Client()
    client.force_login(town.teacher)
    assert "Find lederen" not in client.get("/opgaver/alle/").content.decode()
    remind()
    assert set(Notice.objects.values_list("person__username", flat=True)) == {"gdpr2"}


def test_deputy_of_one_who_is_not_kept_out_sees_it(town: Town) -> None:
    """Of two whose deputy she is, the one lets her."""
    duty = create_duty("Find lederen", due_on=today(), role=Role.GDPR_UNIT, dedup_key="a", kept_from=[town.gdpr.pk])
    away(town.gdpr, town.teacher)
    away(town.gdpr2, town.teacher)
    assert sees(town.teacher, duty)


def test_deputy_of_a_leader_kept_out_does_not_see_what_is_of_her_unit(town: Town) -> None:
    duty = create_duty("Fordel", due_on=today(), holder=town.employee, dedup_key="a", is_discreet=False,
                       kept_from=[town.health_chief.pk])  # fmt: skip
    away(town.health_chief, town.teacher)
    assert not sees(town.teacher, duty)
    assert sees(town.leader, duty)


# ── Told up the line ─────────────────────────────────────────────────────────────────────────────


def test_who_was_told_up_the_line_sees_it_only_as_long_as_she_leads(town: Town) -> None:
    duty = create_duty("Ret det", due_on=today(), role=Role.GDPR_UNIT, dedup_key="a", is_discreet=False)
    chief = town.administration_chief
    Notice.objects.create(person=chief, duty=duty, stage=Stage.UP_1, due_on=duty.due_on)
    assert sees(chief, duty)
    Appointment.objects.filter(person=chief).update(role=Role.EMPLOYEE)
    assert not sees(chief, duty)


def test_duty_of_a_unit_she_no_longer_leads_is_not_seen_because_she_was_told_once(town: Town) -> None:
    duty = create_duty("Ret det", due_on=today(), holder=town.leader, dedup_key="a", is_discreet=False)
    Notice.objects.create(person=town.health_chief, duty=duty, stage=Stage.UP_1, due_on=duty.due_on)
    assert sees(town.health_chief, duty)
    Appointment.objects.filter(person=town.health_chief).update(unit=town.school)
    assert not sees(town.health_chief, duty)


def test_list_of_one_told_of_many_asks_no_more(town: Town, django_assert_max_num_queries: Any) -> None:
    for number in range(20):
        duty = create_duty("Ret", due_on=today(), role=Role.DPO, dedup_key=str(number), is_discreet=False)
        Notice.objects.create(person=town.health_chief, duty=duty, stage=Stage.UP_1, due_on=duty.due_on)
    with django_assert_max_num_queries(3):
        assert len(Duty.objects.visible_to(fresh(town.health_chief))) == 20


# ── Shared in a branch ───────────────────────────────────────────────────────────────────────────


def holders(duty: Duty) -> set[str]:
    """Asked of the list, of the row and of those who are told."""
    people = [fresh(person) for person in User.objects.all()]
    listed = {person.username for person in people if duty in Duty.objects.held_by(person)}
    assert listed == {person.username for person in people if duty.is_held_by(person)}
    Duty.objects.update(remind_on=today(), remind_stage=Stage.NEW)
    remind()
    told = Notice.objects.filter(duty=duty).values_list("person__username", flat=True)
    assert listed == set(told)
    return listed


def test_shared_duty_of_a_branch_is_held_by_all_who_have_the_role_in_it(town: Town, made: Any) -> None:
    template = made(share=Share.ROLE, unit=town.health, opens_days=30)
    appoint(town.teacher, Role.LEADER, make_unit("Hjemmeplejen Syd", town.health))
    duty = Duty.objects.get(template=template)
    assert holders(duty) == {"leader", "teacher"}
    assert fresh(town.teacher).has_perm(WRITE, duty)
    assert finish(duty, by=fresh(town.teacher)).done_by == town.teacher


def test_duty_of_each_unit_is_that_unit_s_alone(town: Town, made: Any) -> None:
    below = make_unit("Nattevagten", town.home_care)
    appoint(town.teacher, Role.LEADER, below)
    template = made(share=Share.UNIT, unit=town.health, opens_days=30)
    assert holders(Duty.objects.get(template=template, holder_unit=town.home_care)) == {"leader"}
    assert holders(Duty.objects.get(template=template, holder_unit=below)) == {"teacher"}


def test_duty_asked_of_the_leader_of_a_unit_is_not_that_of_leaders_below(town: Town) -> None:
    appoint(town.teacher, Role.LEADER, make_unit("Nattevagten", town.home_care))
    duty = create_duty("Find en ny", due_on=today(), role=Role.LEADER, unit=town.home_care, dedup_key="a")
    assert holders(duty) == {"leader"}


# ── Handed on ────────────────────────────────────────────────────────────────────────────────────


def test_what_only_the_work_closes_goes_to_none_but_those_of_the_role(town: Town) -> None:
    duty = create_duty("Send dagsordenen", due_on=today(), role=Role.GDPR_UNIT, dedup_key="a", by_hand=False,
                       is_discreet=False)  # fmt: skip
    away(town.gdpr, town.employee)
    for person in (town.teacher, town.employee):
        with pytest.raises(ValidationError, match="har ikke rollen »GDPR-enheden«"):
            hand_on(duty, fresh(person), by=fresh(town.gdpr2))
    assert hand_on(duty, fresh(town.gdpr), by=fresh(town.gdpr2)).holder == town.gdpr


def test_what_only_the_work_closes_and_is_of_no_role_stays_where_it_is(town: Town) -> None:
    duty = create_duty("Læs svarene", due_on=today(), holder=town.leader, dedup_key="a", by_hand=False,
                       is_discreet=False)  # fmt: skip
    with pytest.raises(StepNotOpen, match="kan ikke gives videre"):
        hand_on(duty, fresh(town.gdpr), by=fresh(town.leader))


def test_mail_is_not_written_of_a_duty_that_is_no_longer_hers(town: Town) -> None:
    """She still sees it, for she leads the unit."""
    duty = create_duty("Tæl nøglerne", due_on=today() + 9 * DAY, holder=town.leader, dedup_key="a", is_discreet=False)
    remind()
    Duty.objects.filter(pk=duty.pk).update(holder=town.employee)
    Notice.objects.update(send_at=duty.created_at)
    assert duty in Duty.objects.visible_to(fresh(town.leader))
    assert send_due_notices() == 0
    assert not Message.objects.filter(recipient=town.leader).exists()
