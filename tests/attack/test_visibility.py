"""Who may see a case, attacked: the list and the page must agree, and access must end when its reason ends."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from breaches.actions import take_due_steps, write_entry
from breaches.enums import EntryKind, LeaderChoice
from breaches.models import Breach
from breaches.permissions import VIEW
from duties.models import Duty
from glostrup_isms.kit import files
from glostrup_isms.kit.outbox import Message
from roles.enums import Role
from roles.models import Absence, Appointment, UnitGrant, User, today
from tests.factories import Town, appoint, make_town
from tests.random_town import make_random_town, sees_by_the_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def away(person: User) -> Absence:
    return Absence.objects.create(person=person, from_on=today(), to_on=today() + timedelta(days=3))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sees(user: User, breach: Breach) -> bool:
    """Asked in both ways, which must agree."""
    user, breach = fresh(user), Breach.objects.get(pk=breach.pk)
    listed = Breach.objects.visible_to(user).filter(pk=breach.pk).exists()
    opened = signed_in(user).get(breach.get_absolute_url()).status_code == 200
    assert listed == opened
    return listed


@pytest.mark.parametrize("seed", range(8))
def test_list_and_permission_agree_in_random_towns(seed: int) -> None:
    """With each other, and with the rule written row by row."""
    make_random_town(seed)
    wrong = []
    for person in User.objects.all():
        for breach in Breach.objects.all():
            listed = Breach.objects.visible_to(person).filter(pk=breach.pk).exists()
            allowed = person.has_perm(VIEW, breach) or (breach.reporter_id == person.pk and person.is_active)
            ruled = sees_by_the_rule(person, breach)
            if not listed == allowed == ruled:
                wrong.append(f"{person} {breach}: listed {listed}, allowed {allowed}, by the rule {ruled}")
            kept_out = person.pk in breach.excluded_ids and breach.reporter_id != person.pk
            if kept_out and (listed or allowed):
                wrong.append(f"{person} is kept out of {breach} and sees it")
    assert not wrong, "\n".join(wrong)


def test_random_towns_have_people_who_see_by_delegation_alone() -> None:
    """So that the towns above try it, and also its being kept out by the giver or by the one it is given to."""
    by_delegation, kept_out = 0, 0
    for seed in range(8):
        with transaction.atomic():
            make_random_town(seed)
            for person in User.objects.all():
                mine = [scope for scope in person.scopes_for(VIEW) if isinstance(scope.source, UnitGrant)]
                for breach in Breach.objects.all() if mine else ():
                    others = [scope for scope in person.scopes_for(VIEW) if scope not in mine]
                    if not any(scope.covers(breach) for scope in others):
                        by_delegation += any(scope.covers(breach) for scope in mine)
                        kept_out += any(replace(scope, people=frozenset()).covers(breach) for scope in mine)
            transaction.set_rollback(True)
    assert by_delegation >= 10
    assert kept_out - by_delegation >= 3


def test_excluded_leader_does_not_come_back_as_deputy_of_her_chief(town: Town) -> None:
    Appointment.objects.filter(person=town.health_chief).update(deputy=town.leader)
    away(town.health_chief)
    breach = town.report(by=town.employee, leader_choice=LeaderChoice.ABOUT_LEADER).breach
    assert breach.excluded_ids == {town.leader.pk}
    assert not sees(town.leader, breach)


def test_excluded_leader_does_not_come_back_as_deputy_in_the_gdpr_unit(town: Town) -> None:
    Appointment.objects.filter(person=town.gdpr).update(deputy=town.leader)
    away(town.gdpr)
    breach = town.report(by=town.employee, leader_choice=LeaderChoice.ABOUT_LEADER).breach
    assert not sees(town.leader, breach)
    assert not Message.objects.filter(recipient=town.leader).exists()


def test_excluded_leader_in_the_gdpr_unit_hears_nothing_in_any_way(town: Town, time_machine) -> None:
    appoint(town.leader, Role.GDPR_UNIT, town.administration)
    Appointment.objects.filter(person=town.health_chief).delete()
    breach = town.report(by=town.employee, leader_choice=LeaderChoice.ABOUT_LEADER).breach
    write_entry(breach, EntryKind.ADDITION, "Mere", by=town.employee, token="t" * 20)
    for hours in (3, 5, 7, 9, 11, 13, 80):
        time_machine.move_to(breach.reported_at + timedelta(hours=hours))
        take_due_steps()
    assert not Message.objects.filter(recipient=town.leader).exists()
    assert not sees(town.leader, breach)
    page = signed_in(town.leader).get("/").content.decode()
    assert breach.number not in page, "her own case stands among the unit's duties"


def test_duty_about_a_case_is_hidden_from_whom_it_is_about(town: Town) -> None:
    appoint(town.leader, Role.GDPR_UNIT, town.administration)
    for person in (town.health_chief, town.director):
        Appointment.objects.filter(person=person).update(to_on=today() - timedelta(days=1))
    breach = town.report(by=town.employee, leader_choice=LeaderChoice.ABOUT_LEADER).breach
    duty = Duty.objects.get(dedup_key=f"leader-missing:{breach.pk}")
    client = signed_in(town.leader)
    assert breach.number not in client.get("/").content.decode()
    assert client.post(f"/opgaver/{duty.pk}/udfoert/").status_code == 404


def test_acting_leader_whom_the_case_is_about_is_kept_out_too(town: Town, time_machine) -> None:
    """The reporter was told »din nærmeste leder er Stine«; it is Stine she means."""
    away(town.leader)
    Appointment.objects.filter(person=town.health_chief).delete()
    appoint(town.deputy, Role.CENTRE_CHIEF, town.health)
    breach = town.report(by=town.employee, leader_choice=LeaderChoice.ABOUT_LEADER).breach
    for hours in (3, 5, 7, 9):
        time_machine.move_to(breach.reported_at + timedelta(hours=hours))
        take_due_steps()
    assert not Message.objects.filter(recipient=town.deputy).exists()
    assert not sees(town.deputy, breach)


def test_leader_who_left_the_post_no_longer_sees_its_cases(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    client = signed_in(town.leader)
    assert client.get(breach.get_absolute_url()).status_code == 200
    Appointment.objects.filter(person=town.leader).update(to_on=today() - timedelta(days=1))
    assert client.get(breach.get_absolute_url()).status_code == 404
    assert breach.number not in client.get("/brud/").content.decode()


def test_person_who_left_the_gdpr_unit_no_longer_sees_the_register(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    client = signed_in(town.gdpr2)
    assert client.get(breach.get_absolute_url()).status_code == 200
    Appointment.objects.filter(person=town.gdpr2).update(role=Role.EMPLOYEE)
    assert client.get(breach.get_absolute_url()).status_code == 404


def test_deputys_access_ends_with_the_absence(town: Town, time_machine) -> None:
    away(town.leader)
    breach = town.report(by=town.employee).breach
    assert sees(town.deputy, breach)
    time_machine.move_to(timezone.now() + timedelta(days=6))
    assert not sees(town.deputy, breach)
    assert sees(town.leader, breach)


def test_nothing_is_sent_to_one_who_may_no_longer_see_the_case(town: Town, time_machine) -> None:
    breach = town.report(by=town.employee).breach
    Appointment.objects.filter(person=town.leader).update(to_on=today() - timedelta(days=1))
    User.objects.filter(pk=town.gdpr2.pk).update(is_active=False)
    before = Message.objects.filter(recipient__in=[town.leader, town.gdpr2]).count()
    write_entry(breach, EntryKind.ADDITION, "Mere", by=town.employee, token="t" * 20)
    time_machine.move_to(breach.reported_at + timedelta(hours=3))
    take_due_steps()
    assert Message.objects.filter(recipient__in=[town.leader, town.gdpr2]).count() == before


def test_file_of_an_internal_note_is_hidden_from_the_reporter(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    note = SimpleUploadedFile("intern-vurdering.txt", b"Kun til os.", "text/plain")
    data = {"text": "Se filen.", "kind": "note", "files": note}
    assert signed_in(town.gdpr).post(f"{breach.get_absolute_url()}skriv/", data).status_code == 302
    client, file = signed_in(town.employee), breach.files.get()
    assert "intern-vurdering" not in client.get(breach.get_absolute_url()).content.decode()
    assert client.get(f"{breach.get_absolute_url()}filer/{file.stored_id}/").status_code == 404
    assert signed_in(town.leader).get(f"{breach.get_absolute_url()}filer/{file.stored_id}/").status_code == 200


def test_file_of_a_question_is_shown_to_the_reporter(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    question = SimpleUploadedFile("skema.txt", b"Er det dette skema?", "text/plain")
    data = {"text": "Er det dette?", "kind": "question", "files": question}
    signed_in(town.gdpr).post(f"{breach.get_absolute_url()}skriv/", data)
    assert "skema.txt" in signed_in(town.employee).get(breach.get_absolute_url()).content.decode()


def test_moved_unit_takes_its_cases_along(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    assert sees(town.health_chief, breach)
    town.home_care.parent = town.children
    town.home_care.save()
    assert sees(town.children_chief, breach)
    assert not sees(town.health_chief, breach)


def test_session_of_a_deactivated_person_ends_at_once(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    client = signed_in(town.gdpr)
    User.objects.filter(pk=town.gdpr.pk).update(is_active=False)
    for path in ("/brud/", breach.get_absolute_url(), "/indbakke/", "/brud/?eksport=csv"):
        assert client.get(path).status_code == 302, path
    assert client.post(f"{breach.get_absolute_url()}trin/", {"step": "triage"}).status_code == 302
    assert not Breach.objects.exclude(state="reported").exists()


def test_kept_file_token_attaches_once_only(town: Town) -> None:
    kept = files.store(SimpleUploadedFile("a.txt", b"abc", "text/plain"), keep_for=files.KEEP)
    token = files.sign(kept)
    town.report(by=town.employee, uploads=[kept])
    assert files.unsign(token) is None


def test_form_of_another_person_sent_again_shows_no_receipt_and_adds_nothing(town: Town) -> None:
    """Back button on a shared machine: the token of a form is no key to somebody else's case."""
    token = "a-token-of-the-first-one-who-sent"
    first = town.report(by=town.employee, token=token)
    second = town.report(by=town.teacher, token=token, description="Noget andet")
    assert second.breach != first.breach
    assert second.code != first.code
    assert second.breach.reporter == town.teacher
    assert not first.breach.entries.exists()


def test_councillor_sees_no_case_that_is_not_hers(town: Town) -> None:
    town.report(by=town.employee)
    assert not Breach.objects.visible_to(fresh(town.mayor)).exists()
