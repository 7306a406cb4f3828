"""Nothing is left without an owner: the question goes to somebody who may answer it, and is put again when it must."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from duties.actions import (
    create_duty,
    find_ownerless,
    finish_duty,
    make_year,
    ownerless,
    remind,
    stop_template,
    welcome_new_holders,
)
from duties.enums import Recurrence, Share
from duties.models import Duty, State
from roles.actions import deactivate, reactivate
from roles.enums import PUBLIC_ROLES, Role
from roles.models import Appointment, User, today
from roles.permissions import why_not_appoint
from roles.signals import leaving
from tests.factories import Town, WholeTown, appoint, make_town, make_unit, make_user, make_whole_town

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def place_of(person: User) -> Appointment:
    return Appointment.objects.get(person=person)


def open_titles() -> list[str]:
    return list(Duty.objects.open().order_by("title").values_list("title", flat=True))


def seers(duty: Duty) -> list[User]:
    return [person for person in User.objects.all() if duty in Duty.objects.held_by(person)]


# ── Asked again ──────────────────────────────────────────────────────────────────────────────────


def test_leaver_is_asked_for_again_when_a_faulty_file_had_closed_her_account_before(town: Town) -> None:
    create_duty("Gennemgå nøglelisten", due_on=today(), dedup_key="d", holder=town.leader, is_discreet=False)
    asked = ["Find en ny: Leder i Hjemmeplejen Nord", "Fordel opgaver, som Lene Leder havde ansvaret for"]
    for _ in range(3):
        deactivate(town.leader, by=town.administrator)
        find_ownerless()
        assert open_titles() == [*asked, "Gennemgå nøglelisten"]
        reactivate(town.leader, by=town.administrator)
        find_ownerless()
        assert open_titles() == ["Gennemgå nøglelisten"]
    assert Duty.objects.filter(title__in=asked, state=State.DROPPED).count() == 6, "each stays as the record"


def test_place_that_a_human_says_is_not_to_be_filled_is_left_in_peace(town: Town) -> None:
    appoint(town.teacher, Role.SYSTEM_OWNER, town.school, to_on=today() - DAY)
    find_ownerless()
    finish_duty(Duty.objects.get(title="Find en ny: Systemejer i Skovskolen"), by=town.school_leader)
    for _ in range(2):
        find_ownerless()
    assert open_titles() == []


def test_what_somebody_left_is_asked_for_until_it_has_an_owner(town: Town) -> None:
    """To tick the duty off moves nothing."""
    own = create_duty("Gennemgå nøglelisten", due_on=today(), dedup_key="d", holder=town.employee, is_discreet=False)
    deactivate(town.employee, by=town.administrator)
    for times in (1, 2, 3):
        find_ownerless()
        find_ownerless()
        duty = Duty.objects.open().get(title__startswith="Fordel")
        assert Duty.objects.filter(title__startswith="Fordel").count() == times
        finish_duty(duty, by=town.leader)
    Duty.objects.filter(pk=own.pk).update(holder=town.leader)
    find_ownerless()
    assert open_titles() == ["Gennemgå nøglelisten"]


# ── Asked of somebody who may do it ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", PUBLIC_ROLES)
def test_empty_place_is_asked_of_those_who_may_fill_it(role: Role) -> None:
    town: WholeTown = make_whole_town()
    place = place_of(town.holders[role.value])
    Appointment.objects.filter(role=role, unit=place.unit).update(to_on=today() - DAY)
    find_ownerless()
    duty = Duty.objects.get(title=f"Find en ny: {role.label} i {place.unit}")
    people = seers(duty)
    assert people
    for person in people:
        assert why_not_appoint(person, None, role, place.unit) is None, person
        client = Client()
        client.force_login(person)
        page = client.get(duty.url).content.decode()
        assert f'<option value="{role.value}" selected>' in page


@pytest.mark.parametrize(
    ("role", "unit", "asked", "at"),
    [
        (Role.DPO, "administration", Role.GDPR_UNIT, None),
        (Role.GDPR_UNIT, "administration", Role.ADMINISTRATOR, None),
        (Role.DIRECTOR, "municipality", Role.GDPR_UNIT, None),
        (Role.CENTRE_CHIEF, "health", Role.DIRECTOR, "municipality"),
        (Role.LEADER, "home_care", Role.CENTRE_CHIEF, "health"),
        (Role.SYSTEM_OWNER, "home_care", Role.LEADER, "home_care"),
        (Role.CONTRACT_OWNER, "administration", Role.CENTRE_CHIEF, "administration"),
    ],
)
def test_empty_place_is_asked_of_the_nearest_who_may_fill_it(
    town: Town, role: Role, unit: str, asked: Role, at: str | None
) -> None:
    place = getattr(town, unit)
    Appointment.objects.filter(role=role, unit=place).update(to_on=today() - DAY)
    if not Appointment.objects.filter(role=role, unit=place).exists():
        appoint(town.teacher, role, place, to_on=today() - DAY)
    find_ownerless()
    duty = Duty.objects.get()
    assert (duty.holder_role, duty.holder_unit) == (asked, at and getattr(town, at))


def test_leader_of_a_second_kind_in_the_unit_is_not_asked_to_fill_the_first(town: Town) -> None:
    """Who leads a unit is said from above it."""
    appoint(town.teacher, Role.CENTRE_CHIEF, town.home_care)
    deactivate(town.leader, by=town.administrator)
    find_ownerless()
    assert Duty.objects.get().holder_unit == town.health


@pytest.mark.parametrize("stood", ["never", "long ago", "as an owner", "until her account was closed long ago"])
def test_things_of_one_who_stands_in_no_unit_are_left_to_the_gdpr_unit(town: Town, stood: str) -> None:
    """The leader could not open the page."""
    person = make_user("udenfor", "Uffe Udenfor")
    if stood != "never":
        role = Role.SYSTEM_OWNER if stood == "as an owner" else Role.EMPLOYEE
        place = appoint(person, role, town.home_care, from_on=today() - 3000 * DAY)
        Appointment.objects.filter(pk=place.pk).update(to_on=today() - 2000 * DAY if stood == "long ago" else None)
    create_duty("Gennemgå nøglelisten", due_on=today(), dedup_key="d", holder=person, is_discreet=False)
    deactivate(person, by=town.administrator)
    if stood.startswith("until"):
        User.objects.filter(pk=person.pk).update(closed_at=timezone.now() - 2000 * DAY)
    find_ownerless()
    duty = Duty.objects.get(title="Fordel opgaver, som Uffe Udenfor havde ansvaret for")
    assert (duty.holder_role, duty.holder_unit) == (Role.GDPR_UNIT, None)
    client = Client()
    client.force_login(town.gdpr)
    assert "Gennemgå nøglelisten" in client.get(duty.url).content.decode()


# ── Somebody says that she stops ─────────────────────────────────────────────────────────────────


def says(town: Town, person: User, last_day: date) -> Duty:
    leaving.send(Appointment, appointment=place_of(person), last_day=last_day, by=fresh(person))
    return Duty.objects.get(dedup_key=f"leaving:{place_of(person).pk}")


def test_holder_who_stops_gives_a_duty_to_whoever_may_fill_the_place(town: Town, time_machine) -> None:
    time_machine.move_to("2026-05-04T12:00:00+02:00")
    duty = says(town, town.leader, date(2026, 5, 29))
    assert duty.title == "Find en efterfølger: Leder i Hjemmeplejen Nord (stopper 29. maj 2026)"
    assert duty.due_on == date(2026, 5, 29)
    assert (duty.holder_role, duty.holder_unit) == (Role.CENTRE_CHIEF, town.health)
    assert duty.url == f"/organisation/personer/{town.leader.pk}/overdrag/?dag=2026-05-29"
    client = Client()
    client.force_login(town.health_chief)
    page = client.get(duty.url)
    assert page.context["form"].initial["last_day"] == date(2026, 5, 29)
    assert seers(duty) == [town.health_chief]
    assert duty.history.get().history_user == town.leader
    find_ownerless()
    assert open_titles() == [duty.title], "it stands"
    assert (says(town, town.dpo, today()).holder_role, says(town, town.gdpr, today()).holder_role) == (
        Role.GDPR_UNIT, Role.ADMINISTRATOR,
    )  # fmt: skip


def test_another_day_changes_the_open_duty(town: Town) -> None:
    duty = says(town, town.leader, today() + 9 * DAY)
    for _ in range(2):
        assert says(town, town.leader, today() + 20 * DAY) == duty
    duty.refresh_from_db()
    assert duty.due_on == today() + 20 * DAY
    assert duty.history.count() == 2
    assert says(town, town.leader, today() - DAY).due_on == today(), "a day that is over leaves today"


@pytest.mark.parametrize("what", ["ended", "deleted", "left", "successor", "coming successor"])
def test_duty_to_find_a_successor_is_done_when_nothing_is_left_to_find(town: Town, what: str) -> None:
    duty = says(town, town.leader, today() + 9 * DAY)
    mine = Appointment.objects.filter(person=town.leader)
    if what == "ended":
        mine.update(to_on=today() + 9 * DAY)
    elif what == "deleted":
        mine.delete()
    elif what == "left":
        deactivate(town.leader, by=town.administrator)
    else:
        begins = today() if what == "successor" else today() + 10 * DAY
        mine.update(to_on=today() + 30 * DAY)  # longer than she said: only the successor ends it
        find_ownerless()
        assert Duty.objects.open().filter(pk=duty.pk).exists()
        appoint(town.teacher, Role.LEADER, town.home_care, from_on=begins)
    find_ownerless()
    duty.refresh_from_db()
    assert duty.state == State.DROPPED


@pytest.mark.parametrize("other", ["colleague", "inactive", "other unit", "over"])
def test_one_who_does_not_succeed_her_leaves_the_duty_open(town: Town, other: str) -> None:
    """In the GDPR unit there are two already: that is no successor."""
    duty = says(town, town.gdpr, today() + 9 * DAY)
    if other != "colleague":
        unit = town.school if other == "other unit" else town.administration
        ends = today() if other == "over" else None
        place = appoint(town.teacher, Role.GDPR_UNIT, unit, from_on=today(), to_on=ends)
        if other == "over":
            Appointment.objects.filter(pk=place.pk).update(from_on=today() - 9 * DAY, to_on=today() - DAY)
        User.objects.filter(pk=town.teacher.pk).update(is_active=other != "inactive")
    find_ownerless()
    assert Duty.objects.open().filter(pk=duty.pk).exists()


def test_one_who_says_it_again_after_all_was_settled_is_asked_for_anew(town: Town) -> None:
    duty = says(town, town.leader, today() + 9 * DAY)
    Appointment.objects.filter(person=town.leader).update(to_on=today() + 9 * DAY)
    find_ownerless()
    Appointment.objects.filter(person=town.leader).update(to_on=None)
    assert says(town, town.leader, today() + 20 * DAY) != duty


def test_one_who_leads_the_unit_above_too_is_not_asked_for_her_own_successor(town: Town) -> None:
    place = appoint(town.health_chief, Role.LEADER, make_unit("Tom enhed", town.health))
    leaving.send(Appointment, appointment=place, last_day=today() + 9 * DAY, by=fresh(town.health_chief))
    assert seers(Duty.objects.get(dedup_key=f"leaving:{place.pk}")) == [town.director]


def test_one_who_says_it_again_after_the_duty_was_ticked_off_is_asked_for_anew(town: Town) -> None:
    duty = says(town, town.leader, today() + 9 * DAY)
    finish_duty(duty, by=town.health_chief)
    assert says(town, town.leader, today() + 20 * DAY).state == State.OPEN


def test_duty_whose_unit_nobody_leads_any_more_finds_another_leader(town: Town) -> None:
    deactivate(town.leader, by=town.administrator)
    find_ownerless()
    duty = Duty.objects.open().get(title__startswith="Find en ny: Leder")
    town.home_care.parent = town.children
    town.home_care.save()
    Appointment.objects.filter(unit=town.health).update(to_on=today() - DAY)
    find_ownerless()
    assert seers(Duty.objects.get(pk=duty.pk)) == [town.children_chief]


# ── The first duty of a holder ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", ["deleted", "ended"])
def test_welcome_to_a_place_that_is_no_more_is_done_and_not_said_again(town: Town, what: str) -> None:
    place = appoint(town.teacher, Role.SYSTEM_OWNER, town.school, from_on=today())
    welcome_new_holders()
    find_ownerless()
    assert len(open_titles()) == 1, "it stands while the place does"
    if what == "deleted":
        place.delete()
    else:
        Appointment.objects.filter(pk=place.pk).update(from_on=today() - 9 * DAY, to_on=today() - DAY)
    find_ownerless()
    welcome_new_holders()
    assert not any(title.startswith("Ny rolle") for title in open_titles())


def test_welcome_to_a_place_yet_to_come_stands(town: Town) -> None:
    from duties.actions import welcome

    welcome(appoint(town.teacher, Role.SYSTEM_OWNER, town.school, from_on=today() + 9 * DAY))
    find_ownerless()
    assert len(open_titles()) == 1


def test_old_welcome_of_a_leaver_is_not_left_to_be_shared_out(town: Town) -> None:
    place = appoint(town.teacher, Role.SYSTEM_OWNER, town.school, from_on=today())
    welcome_new_holders()
    Appointment.objects.filter(pk=place.pk).update(from_on=today() - 9 * DAY, to_on=today() - DAY)
    deactivate(town.teacher, by=town.administrator)
    find_ownerless()
    assert not any(title.startswith("Fordel") for title in open_titles())


# ── What somebody does meanwhile ─────────────────────────────────────────────────────────────────


def test_duty_that_is_done_while_the_sweep_looks_for_another_leader_stays_done(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    deactivate(town.leader, by=town.administrator)
    find_ownerless()
    duty = Duty.objects.open().get(title__startswith="Find en ny: Leder")
    Appointment.objects.filter(unit=town.health).update(to_on=today() - DAY)
    look = ownerless._forlorn

    def forlorn() -> Any:
        rows = look()
        rows.values_list = lambda *args, **kwargs: [duty.dedup_key]
        monkeypatch.setattr(ownerless, "_forlorn", look)
        finish_duty(duty, by=town.director)
        return rows

    monkeypatch.setattr(ownerless, "_forlorn", forlorn)
    find_ownerless()
    duty.refresh_from_db()
    assert (duty.state, duty.done_by) == (State.DONE, town.director)


def test_earlier_leaving_day_is_told_of_at_once(town: Town) -> None:
    duty = says(town, town.leader, today() + 90 * DAY)
    remind()
    duty.refresh_from_db()
    assert duty.remind_on > today() + 70 * DAY
    says(town, town.leader, today() + 9 * DAY)
    duty.refresh_from_db()
    assert (duty.remind_on, duty.remind_stage, duty.revision) == (today(), "new", 2)
    remind()
    told = duty.notices.filter(person=town.health_chief).order_by("pk").values_list("due_on", flat=True)
    assert list(told) == [today() + 90 * DAY, today() + 9 * DAY]


def test_whoever_leads_now_is_told_of_what_is_asked_of_her(town: Town) -> None:
    deactivate(town.leader, by=town.administrator)
    find_ownerless()
    remind()
    Appointment.objects.filter(unit=town.health).update(to_on=today() - DAY)
    find_ownerless()
    remind()
    duty = Duty.objects.open().get(title__startswith="Find en ny: Leder")
    assert duty.revision == 2
    assert set(duty.notices.values_list("person__username", flat=True)) == {"health_chief", "director"}


# ── A fixed duty whose role nobody has ───────────────────────────────────────────────────────────


def nobody_asked() -> list[str]:
    return list(Duty.objects.open().filter(title__startswith="Ingen har").values_list("title", flat=True))


def test_day_of_a_role_that_nobody_has_is_a_duty_of_the_gdpr_unit(town: Town, made: Any) -> None:
    template = made(role=Role.LAWYER, first_on=today() + 31 * DAY, opens_days=30)
    find_ownerless()
    assert nobody_asked() == [], "nobody could have begun it yet"
    with time_machine.travel(timezone.now() + DAY):
        for _ in range(2):
            make_year()
            find_ownerless()
        duty = Duty.objects.open().get()
        assert duty.title == "Ingen har rollen »Jurist«: Gennemgå adgangene"
        assert set(seers(duty)) == {town.gdpr, town.gdpr2}
        assert not duty.is_discreet
        assert duty.url == template.get_absolute_url()
        appoint(town.teacher, Role.LAWYER, town.administration)
        make_year()
        find_ownerless()
        duty.refresh_from_db()
        assert duty.state == State.DROPPED
        assert Duty.objects.open().get().holder == town.teacher


def test_each_day_of_a_role_that_nobody_has_is_asked_of_once(town: Town, made: Any) -> None:
    made(role=Role.LAWYER, recurrence=Recurrence.MONTHLY, first_on=today() + 2 * DAY, opens_days=5)
    find_ownerless()
    finish_duty(Duty.objects.open().get(), by=town.gdpr)
    find_ownerless()
    assert nobody_asked() == [], "she said that it is in order"
    with time_machine.travel(timezone.now() + 34 * DAY):  # nothing ran meanwhile
        make_year()
        find_ownerless()
        assert len(nobody_asked()) == 1


def test_role_that_is_left_by_its_last_holder_is_asked_of_but_not_for_what_she_did(town: Town, made: Any) -> None:
    lawyer = make_user("jurist")
    place = appoint(lawyer, Role.LAWYER, town.administration)
    template = made(role=Role.LAWYER, recurrence=Recurrence.WEEKLY, first_on=today() - DAY, opens_days=14)
    asked = Duty.objects.filter(template=template, opens_on__lte=today()).order_by("planned_on")
    assert len(asked) == 2
    finish_duty(asked[0], by=lawyer)
    Appointment.objects.filter(pk=place.pk).update(to_on=today() - DAY)
    make_year()
    find_ownerless()
    assert nobody_asked() == ["Ingen har rollen »Jurist«: Gennemgå adgangene"]
    stop_template(template, by=User.objects.get(pk=town.gdpr.pk), seen=None, open_too=False)
    find_ownerless()
    assert nobody_asked() == []


def test_role_held_outside_the_unit_of_the_fixed_duty_or_in_a_closed_one_is_held_by_nobody(
    town: Town, made: Any
) -> None:
    made(unit=town.administration)
    made(title="Ryd op", unit=town.children)
    made(title="Fælles", role=Role.LAWYER, share=Share.ROLE)
    find_ownerless()
    assert nobody_asked() == ["Ingen har rollen »Leder« i Center for Organisation: Gennemgå adgangene"]
    town.school.closed_on = today()
    town.school.save()
    make_year()
    find_ownerless()
    assert len(nobody_asked()) == 2


# ── What it costs ────────────────────────────────────────────────────────────────────────────────


def test_sweep_takes_as_many_queries_for_many_as_for_few(town: Town) -> None:
    def grow(number: int) -> None:
        person = make_user(f"ny{number}")
        appoint(person, Role.SYSTEM_OWNER, town.home_care, from_on=today() - 9 * DAY)
        create_duty("Gennemgå nøglelisten", due_on=today(), dedup_key=f"d{number}", holder=person)
        left = make_user(f"gammel{number}")
        appoint(left, Role.CONTRACT_OWNER, town.school, deputy=person)
        create_duty("Gennemgå nøglelisten", due_on=today(), dedup_key=f"g{number}", holder=left)
        leaving.send(Appointment, appointment=place_of(left), last_day=today() + 9 * DAY, by=left)
        deactivate(left, by=town.administrator)

    def queries() -> int:
        welcome_new_holders()
        find_ownerless()
        with CaptureQueriesContext(connection) as seen:
            find_ownerless()
        return len(seen)

    grow(0)
    few = queries()
    for number in range(1, 6):
        grow(number)
    assert queries() == few
