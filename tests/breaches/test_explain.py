"""Why somebody can or cannot see a case: in full to those who see it, and nothing of it to those who do not."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from breaches import explain
from breaches.actions import write_entry
from breaches.enums import EntryKind, LeaderChoice
from breaches.models import Breach, Exclusion
from breaches.permissions import ACKNOWLEDGE, HANDLE, VIEW, grant_case
from glostrup_isms.kit.audit import AuditEntry
from roles.enums import Role
from roles.explain import Answer
from roles.models import Absence, Appointment, User, today
from tests.asked import swept_by
from tests.factories import Town, appoint, make_town, make_user
from tests.random_town import make_random_town, sees_by_the_rule

pytestmark = pytest.mark.django_db
URL = "/organisation/hvorfor/"


@pytest.fixture
def town() -> Town:
    return make_town()


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def why(person: User, breach: Breach, asker: User) -> list[Answer]:
    return explain.why_case(fresh(person), Breach.objects.get(pk=breach.pk), fresh(asker))


def see(person: User, breach: Breach, asker: User) -> Answer:
    return why(person, breach, asker)[0]


def page_for(asker: User, person: User, breach: Breach) -> str:
    """The page, less the tokens that differ each time."""
    client = Client()
    client.force_login(asker)
    answer = client.get(URL, {"person": person.get_absolute_url(), "om": breach.number})
    assert answer.status_code == 200
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())


# ── The same verdict as the check ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", swept_by(range(8), range(2)))
def test_explanation_agrees_with_the_check_in_random_towns(seed: int) -> None:
    """To one who sees the case: a way that gives the right is named when, and only when, the check says yes."""
    make_random_town(seed)
    asker = make_user("spoerger")
    appoint(asker, Role.GDPR_UNIT, Appointment.objects.earliest("pk").unit)
    wrong, count = [], 0
    for person in User.objects.all():
        for breach in Breach.objects.all():
            answers = why(person, breach, asker)
            checks = (
                Breach.objects.visible_to(fresh(person)).filter(pk=breach.pk).exists(),
                fresh(person).has_perm(ACKNOWLEDGE, breach),
                fresh(person).has_perm(HANDLE, breach),
            )
            assert checks[0] == sees_by_the_rule(person, breach)
            for answer, check in zip(answers, checks, strict=True):
                named = any(line.gives for line in answer.lines)
                if not (answer.can == check == named) or not answer.reasons:
                    wrong.append(f"{answer.verdict} check {check}, named {named}, {answer.reasons}")
                count += 1
    assert not wrong, "\n".join(wrong)
    assert count >= 200


@pytest.mark.parametrize("seed", swept_by(range(4), range(2)))
def test_administrator_is_told_of_roles_alone_in_random_towns(seed: int) -> None:
    """The verdict is that of the roles and delegations, as if the case had no grant, no exclusion and no reporter."""
    make_random_town(seed)
    asker = make_user("spoerger")
    appoint(asker, Role.ADMINISTRATOR, Appointment.objects.earliest("pk").unit)

    def answers() -> list[list[Answer]]:
        return [why(person, breach, asker) for person in User.objects.all() for breach in Breach.objects.all()]

    before = answers()
    Exclusion.objects.all().delete()
    for breach in Breach.objects.all():
        breach.breachuserobjectpermission_set.all().delete()
    Breach.objects.update(reporter=None)
    assert answers() == before
    for person, breach, told in zip(
        [person for person in User.objects.all() for _ in Breach.objects.all()],
        list(Breach.objects.all()) * User.objects.count(), before, strict=True,
    ):  # fmt: skip
        assert [answer.can for answer in told] == [
            fresh(person).has_perm(permission, breach) for permission in (VIEW, ACKNOWLEDGE, HANDLE)
        ]


# ── What the administrator must not learn ────────────────────────────────────────────────────────


def test_administrator_gets_the_same_page_of_the_reporter_and_of_anybody_else(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    theirs = page_for(town.administrator, town.employee, breach)
    Breach.objects.filter(pk=breach.pk).update(reporter=town.teacher)
    assert page_for(town.administrator, town.employee, breach) == theirs
    assert "Nej, efter rollerne alene" in theirs
    assert "Ingen rolle eller opgave giver Mette Medarbejder ret til at se sag" in theirs
    assert explain.NEUTRAL in theirs


def test_administrator_gets_the_same_page_of_the_leader_a_case_is_about(town: Town) -> None:
    about_her = town.report(by=town.employee, leader_choice=LeaderChoice.ABOUT_LEADER).breach
    assert about_her.excluded_ids == {town.leader.pk}
    theirs = page_for(town.administrator, town.leader, about_her)
    Exclusion.objects.all().delete()
    assert page_for(town.administrator, town.leader, about_her) == theirs
    assert "En rolle eller opgave giver Lene Leder ret til at se sag" in theirs
    assert explain.NEUTRAL in theirs


def test_administrator_gets_the_same_page_of_one_who_was_told(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    before = page_for(town.administrator, town.mayor, breach)
    grant_case(breach, [town.mayor])
    assert fresh(town.mayor).has_perm(VIEW, breach)
    assert page_for(town.administrator, town.mayor, breach) == before


def test_administrator_gets_the_same_page_of_a_deputy_whose_absent_leader_is_kept_out(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today() + timedelta(days=3))
    breach = town.report(by=town.employee).breach
    before = page_for(town.administrator, town.deputy, breach)
    Exclusion.objects.create(breach=breach, person=town.leader)
    assert page_for(town.administrator, town.deputy, breach) == before


def test_administrator_reads_neither_the_text_nor_the_unit_of_the_case(town: Town) -> None:
    breach = town.report(by=town.employee, description="Kanariefugl i teksten").breach
    for person in (town.school_leader, town.health_chief, town.gdpr, town.teacher):
        page = page_for(town.administrator, person, breach)
        for secret in ("Kanariefugl", "Hjemmeplejen Nord", "Mette"):
            assert secret not in page, (person, secret)
    assert "men sagen hører ikke til en enhed i den linje" in page_for(town.administrator, town.school_leader, breach)
    assert "og sagen hører til en enhed i den linje" in page_for(town.administrator, town.health_chief, breach)


def test_case_without_a_unit_reads_like_one_of_another_line(town: Town) -> None:
    elsewhere, nowhere = town.report(by=town.teacher).breach, town.report(by=None).breach
    assert nowhere.unit is None
    texts = [
        page_for(town.administrator, town.leader, one).replace(one.number, "").split("<form class=")[0]
        for one in (elsewhere, nowhere)
    ]
    assert texts[0] == texts[1]


def test_excluded_member_of_the_gdpr_unit_is_told_as_little_as_the_administrator(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    Exclusion.objects.create(breach=breach, person=town.gdpr)
    answer = see(town.employee, breach, town.gdpr)
    assert answer == see(town.employee, breach, town.administrator)
    assert answer.note == explain.NEUTRAL


def test_administrator_who_reported_the_case_is_told_as_little(town: Town) -> None:
    breach = town.report(by=town.administrator, unit=town.home_care).breach
    grant_case(breach, [town.mayor])
    assert see(town.mayor, breach, town.administrator).note == explain.NEUTRAL


def test_look_up_is_in_the_audit_trail_of_the_case(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    page_for(town.administrator, town.leader, breach)
    entry = AuditEntry.objects.get(action="rights.explain")
    assert (entry.actor_id, entry.object_type, entry.object_id) == (
        town.administrator.pk, "breaches.breach", str(breach.pk),
    )  # fmt: skip
    assert not breach.told.filter(read_at__isnull=False).exists(), "looking up is not reading"


# ── What the GDPR unit is told ───────────────────────────────────────────────────────────────────


def test_gdpr_unit_is_told_every_way(town: Town) -> None:
    breach = town.report(by=town.employee, unit=town.home_care).breach
    answer = see(town.leader, breach, town.gdpr)
    assert answer.verdict == f"Lene Leder kan se sag {breach.number}."
    assert len(answer.reasons) == 1
    assert answer.reasons[0].startswith("Lene Leder er leder for Hjemmeplejen Nord siden ")
    assert answer.reasons[0].endswith(", og sagen hører til Hjemmeplejen Nord.")
    assert see(town.employee, breach, town.gdpr).reasons == [
        "Mette Medarbejder har selv meldt sagen. Det giver ret til at læse og svare på sin egen melding."
    ]
    grant_case(breach, [town.mayor])
    assert see(town.mayor, breach, town.gdpr).reasons == [
        "Mogens Mayor har fået besked om sagen og dermed adgang til den."
    ]
    answer = see(town.school_leader, breach, town.gdpr)
    assert not answer.can
    assert answer.reasons[0].endswith(", men sagen hører til Hjemmeplejen Nord.")
    assert answer.wishes == [
        "Svend Skoleleder var leder, centerchef eller kommunaldirektør for en enhed, som sagen hører under",
        "Svend Skoleleder havde rollen »GDPR-enheden« eller »Databeskyttelsesrådgiver (DPO)«",
        "en leder for en enhed, som sagen hører under, overlod Svend Skoleleder opgaven "
        "»Følge enhedens brud og trusler«",
    ]


def test_gdpr_unit_is_told_who_is_kept_out(town: Town) -> None:
    breach = town.report(by=town.employee, leader_choice=LeaderChoice.ABOUT_LEADER).breach
    answer = see(town.leader, breach, town.gdpr)
    assert answer.verdict == f"Lene Leder kan ikke se sag {breach.number}."
    assert answer.reasons[0] == "Lene Leder er holdt ude af sagen, fordi den handler om Lene Leder."
    assert answer.wishes == []
    assert "Ingen rolle kan ændre det" in answer.note
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    assert any(
        reason.endswith("men Lene Leder er holdt ude.") for reason in see(town.deputy, breach, town.gdpr).reasons
    )


def test_seeing_acknowledging_and_handling_are_told_apart(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    assert [answer.can for answer in why(town.leader, breach, town.gdpr)] == [True, True, False]
    assert [answer.can for answer in why(town.dpo, breach, town.gdpr)] == [True, False, False]
    assert [answer.can for answer in why(town.gdpr, breach, town.gdpr2)] == [True, True, True]
    handle = why(town.leader, breach, town.gdpr)[2]
    assert handle.verdict == f"Lene Leder kan ikke behandle sag {breach.number}."
    assert handle.wishes == ["Lene Leder havde rollen »GDPR-enheden«"]


def test_nothing_is_said_of_who_wrote_an_anonymous_report(town: Town) -> None:
    """Not even that somebody did not: the portal does not know."""
    breach = town.report(by=None, unit=town.home_care, is_anonymous=True).breach
    write_entry(breach, EntryKind.ADDITION, "Mere", by=None, token="t" * 20)
    for person in User.objects.all():
        for asker in (town.gdpr, town.administrator):
            for answer in why(person, breach, asker):
                text = " ".join([answer.verdict, answer.note, *(line.text for line in answer.lines), *answer.wishes])
                assert "meldt" not in text


@pytest.mark.parametrize(
    "text", ["{n}", "sag {n}", " Sag {n} ", "/brud/{n}/", "http://testserver/brud/{n}/filer/abc/?x=1#y"]
)
def test_case_is_found_by_number_and_by_pasted_address(client: Client, town: Town, text: str) -> None:
    breach = town.report(by=town.employee).breach
    client.force_login(town.gdpr)
    answer = client.get(URL, {"person": "lene", "om": text.format(n=breach.number)})
    assert f"Lene Leder kan se sag {breach.number}." in answer.content.decode()
