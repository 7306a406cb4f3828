"""The scheduler of the year: one duty for each holder and planned day; who comes, who leaves, who moves."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from duties.actions import (
    create_template,
    drop,
    finish,
    hand_on,
    make_year,
    start_template,
    stop_template,
)
from duties.enums import Recurrence, Share, State
from duties.models import Duty, DutyTemplate
from glostrup_isms.kit.audit import AuditEntry
from roles.enums import Role
from roles.models import Appointment, today
from tests.duties.conftest import holders
from tests.duties.years import DAY, change, fresh
from tests.factories import Town, appoint, make_unit, make_user

pytestmark = pytest.mark.django_db


def test_each_holder_gets_one_however_often_it_runs(town: Town, made: Any) -> None:
    template = made()
    assert make_year() == 0
    assert holders(template) == ["Lene Leder", "Svend Skoleleder"]
    assert template.next_on == today().replace(year=today().year + 1)


def test_duty_is_made_ninety_days_ahead_and_not_before(town: Town, make_template: Any) -> None:
    template = make_template(first_on=today() + timedelta(days=91))
    assert make_year() == 0
    with time_machine.travel(datetime.now(UTC) + DAY):
        assert make_year() == 2
    assert Duty.objects.filter(template=template).count() == 2


def test_next_day_counts_from_the_planned_one_and_not_from_when_it_was_done(town: Town, made: Any) -> None:
    planned_on = today()
    template = made(recurrence=Recurrence.QUARTERLY)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=40)):
        for duty in Duty.objects.filter(template=template, planned_on=planned_on):
            finish(duty, by=fresh(duty.holder))
        make_year()
    following = template.day_after(planned_on)
    assert set(Duty.objects.open().values_list("planned_on", flat=True)) == {following}
    assert following in (planned_on + timedelta(days=days) for days in (89, 90, 91, 92))


def test_long_downtime_is_caught_up_once(town: Town, made: Any) -> None:
    template = made(recurrence=Recurrence.MONTHLY)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=400)):
        make_year()
        count = Duty.objects.filter(template=template).count()
        assert make_year() == 0
    days = list(Duty.objects.filter(holder=town.leader).values_list("planned_on", flat=True))
    assert len(days) == len(set(days)) >= 16
    assert count == 2 * len(days)


def test_clock_set_back_makes_nothing_again(town: Town, made: Any) -> None:
    template = made(recurrence=Recurrence.WEEKLY)
    before = Duty.objects.filter(template=template).count()
    with time_machine.travel(datetime.now(UTC) - timedelta(days=2)):
        assert make_year() == 0
    assert Duty.objects.filter(template=template).count() == before


def test_one_shared_duty_is_one_and_is_seen_by_all_who_have_the_role(town: Town, made: Any) -> None:
    template = made(role=Role.GDPR_UNIT, share=Share.ROLE)
    duty = Duty.objects.get(template=template)
    assert duty.whose == "GDPR-enheden"
    assert all(duty in Duty.objects.held_by(fresh(person)) for person in (town.gdpr, town.gdpr2))


def test_shared_duty_of_a_role_that_nobody_holds_still_stands(town: Town, made: Any) -> None:
    template = made(role=Role.LAWYER, share=Share.ROLE)
    assert holders(template) == ["Jurist"]


def test_role_without_holder_makes_none_until_somebody_has_it(town: Town, made: Any) -> None:
    template = made(role=Role.LAWYER, first_on=today() + timedelta(days=20))
    assert holders(template) == []
    lawyer = make_user("jurist", "Jytte Jurist")
    appoint(lawyer, Role.LAWYER, town.administration)
    assert make_year() == 1
    assert holders(template) == ["Jytte Jurist"]


def test_only_the_units_of_its_branch(town: Town, made: Any) -> None:
    assert holders(made(unit=town.children)) == ["Svend Skoleleder"]


def test_new_holder_gets_what_is_not_over_and_not_what_is(town: Town, made: Any) -> None:
    made(recurrence=Recurrence.MONTHLY, first_on=today() - timedelta(days=1))
    coming = sorted(set(Duty.objects.values_list("planned_on", flat=True)))
    newcomer = make_user("ny", "Nina Ny")
    appoint(newcomer, Role.LEADER, make_unit("Ny enhed", town.health), from_on=today())
    make_year()
    hers = list(Duty.objects.filter(holder=newcomer).values_list("planned_on", flat=True))
    assert hers == [day for day in coming if day >= today()]
    assert hers


def test_duty_of_one_who_leaves_the_role_lapses_and_her_successor_gets_her_own(town: Town, made: Any) -> None:
    template = made(first_on=today() + timedelta(days=30))
    place = town.leader.appointments.get(role=Role.LEADER)
    place.to_on = today() - DAY
    place.save()
    successor = make_user("efter", "Eva Efterfølger")
    appoint(successor, Role.LEADER, town.home_care, from_on=today())
    make_year()
    assert holders(template) == ["Eva Efterfølger", "Svend Skoleleder"]
    lapsed = Duty.objects.get(template=template, holder=town.leader)
    assert lapsed.state == State.DROPPED
    assert lapsed.entries.get().sentence == "Bortfaldet: Lene Leder har ikke længere rollen »Leder«."


def test_one_who_comes_back_to_the_role_gets_it_again(town: Town, made: Any) -> None:
    template = made(first_on=today() + timedelta(days=30))
    place = town.leader.appointments.get(role=Role.LEADER)
    for to_on in (today() - DAY, None):
        place.to_on = to_on
        place.save()
        make_year()
    assert holders(template) == ["Lene Leder", "Svend Skoleleder"]


def test_duty_of_a_unit_goes_with_the_place(town: Town, made: Any) -> None:
    template = made(share=Share.UNIT, first_on=today() + timedelta(days=30))
    duty = Duty.objects.get(template=template, holder_unit=town.home_care)
    Appointment.objects.filter(person=town.leader, role=Role.LEADER).update(to_on=today() - DAY)
    successor = make_user("efter", "Eva Efterfølger")
    appoint(successor, Role.LEADER, town.home_care, from_on=today())
    assert make_year() == 0
    assert duty in Duty.objects.held_by(successor).open()
    assert duty not in Duty.objects.held_by(fresh(town.leader))


def test_duty_of_a_unit_that_is_closed_lapses(town: Town, made: Any) -> None:
    template = made(share=Share.UNIT, first_on=today() + timedelta(days=30))
    town.school.closed_on = today()
    town.school.save()
    Appointment.objects.filter(unit=town.school).update(to_on=today() - DAY)
    make_year()
    assert holders(template) == ["Leder i Hjemmeplejen Nord"]


def test_what_was_handed_on_stays_with_the_colleague(town: Town, made: Any) -> None:
    template = made(first_on=today() + timedelta(days=30))
    duty = Duty.objects.get(template=template, holder=town.leader)
    hand_on(duty, town.employee, by=fresh(town.leader))
    Appointment.objects.filter(person=town.leader, role=Role.LEADER).update(to_on=today() - DAY)
    make_year()
    assert holders(template) == ["Mette Medarbejder", "Svend Skoleleder"]


def test_duty_dropped_by_hand_is_not_made_again(town: Town, made: Any) -> None:
    template = made(first_on=today() + timedelta(days=30))
    drop(Duty.objects.get(holder=town.leader), by=fresh(town.gdpr), note="Enheden har ingen systemer.")
    appoint(town.teacher, Role.LEADER, make_unit("Ny enhed", town.health))
    make_year()
    assert holders(template) == ["Lars Lærer", "Svend Skoleleder"]


def test_shared_duty_is_made_anew_for_another_role(town: Town, made: Any) -> None:
    template = made(role=Role.GDPR_UNIT, share=Share.ROLE, first_on=today() + timedelta(days=30))
    change(template, town.gdpr, role=Role.DPO)
    make_year()
    assert holders(template) == [Role.DPO.label]


def test_duty_of_each_becomes_one_that_is_shared(town: Town, made: Any) -> None:
    template = made(role=Role.GDPR_UNIT, first_on=today() + timedelta(days=30))
    change(template, town.gdpr, share=Share.ROLE)
    make_year()
    assert holders(template) == ["GDPR-enheden"]


@pytest.mark.parametrize("share", list(Share))
def test_duty_that_lapsed_with_the_stop_comes_again_with_the_start(town: Town, made: Any, share: Share) -> None:
    template = made(share=share, first_on=today() + timedelta(days=30))
    before = holders(template)
    template = stop_template(template, by=fresh(town.gdpr), seen=template.revision, open_too=True)
    assert holders(template) == []
    start_template(template, by=fresh(town.gdpr), seen=template.revision)
    make_year()
    assert holders(template) == before


@pytest.mark.parametrize("share", [Share.ROLE, Share.UNIT])
def test_shared_duty_of_one_who_took_it_and_left_the_role_is_shared_again(town: Town, made: Any, share: Share) -> None:
    template = made(share=share, first_on=today() + timedelta(days=30))
    duty = Duty.objects.get(template=template, holder_unit=town.home_care if share == Share.UNIT else None)
    hand_on(duty, fresh(town.leader), by=fresh(town.leader))
    appoint(town.employee, Role.LEADER, town.home_care, to_on=today() + 99 * DAY)  # beside her, for a while
    make_year()
    duty.refresh_from_db()
    assert duty.holder == town.leader, "she still has the role"
    Appointment.objects.filter(person=town.leader, role=Role.LEADER).update(to_on=today() - DAY)
    Duty.objects.update(created_at=timezone.now() - timedelta(days=9))
    make_year()
    duty.refresh_from_db()
    assert (duty.holder, duty.state, duty.remind_on) == (None, State.OPEN, today())
    assert duty in Duty.objects.held_by(fresh(town.employee))
    sentences = [entry.sentence for entry in duty.entries.all()]
    assert sentences[1:] == ["Lene Leder har ikke længere rollen »Leder«. Opgaven er fælles igen."]


def test_shared_duty_given_to_a_colleague_without_the_role_stays_with_her(town: Town, made: Any) -> None:
    template = made(share=Share.ROLE, first_on=today() + timedelta(days=30))
    hand_on(Duty.objects.get(template=template), fresh(town.teacher), by=fresh(town.leader))
    appoint(town.employee, Role.LEADER, make_unit("Ny enhed", town.health))
    appoint(town.teacher, Role.LEADER, make_unit("En anden", town.health), from_on=today() + 9 * DAY)
    make_year()
    assert holders(template) == ["Lars Lærer"]


@pytest.mark.parametrize("share", [Share.PERSON, Share.UNIT])
def test_another_unit_lets_go_of_those_outside_it_alone(town: Town, made: Any, share: Share) -> None:
    template = made(share=share, first_on=today() - timedelta(days=3), recurrence=Recurrence.WEEKLY, on_closed="keep")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=10)):
        late = Duty.objects.late().get(planned_on=template.next_on - timedelta(weeks=13), holder_unit=town.home_care)
        change(template, town.gdpr, unit=town.health)
        make_year()
        late.refresh_from_db()
        assert late.state == State.OPEN, "hers is as late as before"
        assert set(Duty.objects.open().values_list("holder_unit", flat=True)) == {town.home_care.pk}
        change(template, town.gdpr, unit=None, seen=None)
        make_year()
        assert set(Duty.objects.open().values_list("holder_unit", flat=True)) == {town.home_care.pk, town.school.pk}
        assert not Duty.objects.late().filter(holder_unit=town.school).exists()
    gone = {
        Share.PERSON: "Bortfaldet: Svend Skoleleder har ikke længere rollen »Leder« i Center for Sundhed.",
        Share.UNIT: "Bortfaldet: Skovskolen hører ikke under Center for Sundhed.",
    }
    assert Duty.objects.filter(state=State.DROPPED).first().entries.get().sentence == gone[share]


def test_shared_duty_goes_with_the_fixed_one_to_another_unit(town: Town, made: Any) -> None:
    template = made(share=Share.ROLE, first_on=today() + timedelta(days=30))
    duty = Duty.objects.get()
    change(template, town.gdpr, unit=town.children)
    make_year()
    duty.refresh_from_db()
    assert (duty.state, duty.holder_unit) == (State.OPEN, town.children)
    assert Duty.objects.count() == 1


def test_duties_of_one_who_moves_are_seen_by_those_who_lead_her_now(town: Town, made: Any) -> None:
    template = made(role=Role.EMPLOYEE, first_on=today() + timedelta(days=30))
    duty = Duty.objects.get(template=template, holder=town.employee)
    assert duty in Duty.objects.visible_to(fresh(town.leader))
    Appointment.objects.filter(person=town.employee).update(to_on=today() - DAY)
    appoint(town.employee, Role.EMPLOYEE, town.school, from_on=today())
    assert make_year() == 0
    assert duty in Duty.objects.visible_to(fresh(town.school_leader))
    assert duty not in Duty.objects.visible_to(fresh(town.leader))
    assert Duty.objects.filter(template=template).count() == Duty.objects.open().filter(template=template).count()


@pytest.mark.parametrize("share", [Share.PERSON, Share.UNIT])
def test_unit_that_is_closed_while_somebody_still_has_the_role_has_nothing_to_do(
    town: Town, made: Any, share: Share
) -> None:
    template = made(share=share, first_on=today() + timedelta(days=30))
    town.school.closed_on = today()
    town.school.save()
    make_year()
    assert set(Duty.objects.open().values_list("holder_unit", flat=True)) == {town.home_care.pk}
    appoint(town.teacher, Role.LEADER, make_unit("Ny enhed", town.health), from_on=today())
    make_year()
    assert Duty.objects.filter(template=template, state=State.DROPPED).count() == 1, "it was made and lapsed once"


def test_only_the_keepers_of_the_year_change_it(town: Town, made: Any) -> None:
    template = made()
    for act in (
        lambda: create_template(by=fresh(town.leader), title="x", role=Role.LEADER, first_on=today()),
        lambda: change(template, town.leader, title="x"),
        lambda: stop_template(template, by=fresh(town.dpo), seen=template.revision, open_too=True),
        lambda: start_template(template, by=fresh(town.director), seen=template.revision),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert AuditEntry.objects.filter(action="template.create").count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "//evil.example/"}, {"url": "https://evil.example/"}, {"url": "javascript:alert(1)"},
        {"url": "/\t/evil.example/"}, {"url": "/\\evil.example/"}, {"url": "/a b/"}, {"url": "/\x00"},
        {"by_week": True, "recurrence": Recurrence.MONTHLY}, {"until_on": date(2020, 1, 1)},
        {"remind_days": 4000}, {"escalate_days": 0}, {"escalate_days": 251},
        {"opens_days": 91},
    ],
)  # fmt: skip
def test_senseless_template_is_refused(town: Town, make_template: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_template(**fields)
    assert not DutyTemplate.objects.exists()


def test_first_day_in_the_past_begins_with_the_next_one(town: Town, make_template: Any) -> None:
    template = make_template(first_on=date(2020, 3, 29))
    assert template.next_on is not None
    assert template.next_on >= today()
    assert (template.next_on.month, template.next_on.day) == (3, 29)
