"""»Hvorfor kan jeg (ikke) se dette?«: the page, and what is said of units and of people."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.html import escape

from glostrup_isms.kit import dates
from glostrup_isms.kit.audit import AuditEntry
from roles import explain, explainers
from roles.actions import delegate
from roles.enums import PersonKind, Role
from roles.models import Absence, Appointment, Unit, UnitGrant, User, today
from roles.permissions import APPOINT, DELEGABLE
from tests.factories import Town, appoint, make_town, make_unit, make_user
from tests.random_town import make_random_town

pytestmark = pytest.mark.django_db
URL = "/organisation/hvorfor/"
YESTERDAY, TOMORROW = today() - timedelta(days=1), today() + timedelta(days=1)


@pytest.fixture
def town() -> Town:
    return make_town()


@pytest.fixture
def admin(client: Client, town: Town) -> Client:
    client.force_login(town.administrator)
    return client


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def ask(client: Client, person: str, om: str, status: int = 200) -> str:
    answer = client.get(URL, {"person": person, "om": om})
    assert answer.status_code == status
    return answer.content.decode()


def reasons(person: User, obj: object, permission: str = APPOINT) -> list[str]:
    words = explain.Words("alle enheder", "og den hører til linjen", "men den ligger uden for linjen", "som det er")
    return [line.text for line in explain.by_rights(fresh(person), permission, obj, words)]


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["employee", "leader", "director", "dpo", "mayor"])
def test_only_the_administrator_and_the_gdpr_unit_look_up(client: Client, town: Town, name: str) -> None:
    client.force_login(getattr(town, name))
    answer = client.get(URL, {"person": "lene", "om": "Skovskolen"})
    assert answer.status_code == 403
    assert "Kun administratoren og GDPR-enheden" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="rights.explain").exists()


def test_administrator_and_gdpr_unit_get_the_form(client: Client, town: Town) -> None:
    for person in (town.administrator, town.gdpr):
        client.force_login(person)
        page = client.get(URL)
        assert page.status_code == 200
        assert "2026-0012" in page.content.decode(), "the help says what may be written"
        assert client.post(URL).status_code == 405


def test_answer_names_the_person_and_tells_why_not_and_what_would(admin: Client) -> None:
    page = ask(admin, "svend", "Hjemmeplejen Nord")
    assert "Svend Skoleleder kan se Hjemmeplejen Nord." in page
    assert "Svend Skoleleder kan ikke udpege folk til roller i Hjemmeplejen Nord." in page
    assert "Svend Skoleleder er leder for Skovskolen siden" in page
    assert "men Hjemmeplejen Nord ligger uden for den linje." in page
    assert "Det ville Svend Skoleleder kunne, hvis:" in page
    assert "var leder, centerchef eller kommunaldirektør for en enhed, som Hjemmeplejen Nord hører under" in page


def test_every_look_up_leaves_a_line_in_the_audit_trail(admin: Client, town: Town) -> None:
    ask(admin, "svend", "Skovskolen")
    found = AuditEntry.objects.filter(action="rights.explain").get()
    assert (found.actor_id, found.object_type, found.object_id) == (
        town.administrator.pk, "roles.unit", str(town.school.pk),
    )  # fmt: skip
    assert found.data["details"] == {
        "person": "Svend Skoleleder", "person_id": town.school_leader.pk, "about": "Skovskolen",
    }  # fmt: skip
    ask(admin, "svend", "2026-9999", status=422)
    missed = AuditEntry.objects.filter(action="rights.explain").latest("seq")
    assert (missed.object_id, missed.data["details"]["about"]) == ("", "2026-9999")


def test_look_up_changes_nothing_and_can_be_linked_to(admin: Client, town: Town) -> None:
    page = ask(admin, "svend skole", "skovskolen")
    link = re.search(r'<a href="http://testserver([^"]*hvorfor[^"]*)"', page)
    assert link
    again = admin.get(link[1].replace("&amp;", "&"))
    assert again.status_code == 200
    assert "Svend Skoleleder kan se Skovskolen." in again.content.decode()


def test_several_people_are_shown_to_choose_among_and_nobody_is_picked_silently(admin: Client, town: Town) -> None:
    other = make_user("svend2", "Svend Andersen")
    page = ask(admin, "svend", "Skovskolen")
    assert "Hvem mener du?" in page
    assert 'type="radio"' in page
    assert "kan se" not in page
    assert "Svend Andersen (svend2), Ingen enhed" in page
    assert f'value="{town.school_leader.get_absolute_url()}"' in page
    assert 'value="Skovskolen"' in page, "what was typed beside it is kept"
    assert "Svend Andersen kan ikke se Skovskolen." in ask(admin, other.get_absolute_url(), "Skovskolen")


def test_several_units_are_shown_to_choose_among(admin: Client, town: Town) -> None:
    second = make_unit("Skovskolen", town.health)
    page = ask(admin, "svend", "skovskolen")
    assert "Hvad mener du?" in page
    assert "Skovskolen under Center for Sundhed" in page
    assert "Skovskolen under Center for Børn" in page
    assert "kan se Skovskolen" in ask(admin, "svend", second.get_absolute_url())


def test_closed_account_can_be_asked_of(admin: Client, town: Town) -> None:
    User.objects.filter(pk=town.leader.pk).update(is_active=False)
    page = ask(admin, "lene", "Hjemmeplejen Nord")
    assert "Lene Leder kan ikke se Hjemmeplejen Nord." in page
    assert "Kontoen er lukket." in page
    assert "kontoen blev åbnet igen" in page


@pytest.mark.parametrize("text", ["Åse", "åse chef", "administration_chief"])
def test_person_is_found_by_name_and_user_name_whatever_the_case(admin: Client, text: str) -> None:
    assert "Åse Chef kan se Skovskolen." in ask(admin, text, "Skovskolen")


@pytest.mark.parametrize(
    "text", ["/organisation/enheder/{pk}/", "http://testserver/organisation/enheder/{pk}/udpeg/?rolle=leder"]
)
def test_pasted_address_of_a_unit_is_understood(admin: Client, town: Town, text: str) -> None:
    assert "Åse Chef kan se Skovskolen." in ask(admin, "åse", text.format(pk=town.school.pk))


@pytest.mark.parametrize(
    "text",
    ["Findes Ikke", "/organisation/enheder/999999999/", "/organisation/enheder/99999999999999999999/", "/drift/",
     "http://[", "2026-9999", "\x00", "/organisation/personer/abc/", "x" * 5000, "<script>"],
)  # fmt: skip
def test_unknown_thing_is_said_kindly_with_help_and_the_text_kept(admin: Client, text: str) -> None:
    page = ask(admin, "åse", text, status=422)
    assert "Vi kender ikke det, du har skrevet" in page or "Skriv et sagsnummer" in page
    assert "for eksempel 2026-0012" in page
    assert 'value="åse"' in page
    assert "<script>" not in page.replace("<script src", "")


def test_unknown_person_is_said_kindly(admin: Client) -> None:
    page = ask(admin, "Findes Ikke", "Skovskolen", status=422)
    assert escape("Vi kender ingen, der hedder »Findes Ikke«.") in page
    assert "Skriv navnet på den, det handler om." in ask(admin, "", "Skovskolen", status=422)


def test_too_many_people_of_a_name_are_not_listed(admin: Client) -> None:
    for n in range(25):
        make_user(f"jens{n}", f"Jens {n}")
    page = ask(admin, "jens", "Skovskolen", status=422)
    assert "Skriv mere af navnet." in page
    assert "jens7" not in page


def test_refusals_say_who_can_look_up_why(client: Client, town: Town) -> None:
    client.force_login(town.employee)
    for path, status in (("/brud/2026-9999/", 404), (URL, 403)):
        answer = client.get(path)
        assert answer.status_code == status
        assert "Din administrator kan slå op, hvorfor" in answer.content.decode()


# ── The reasons ──────────────────────────────────────────────────────────────────────────────────


def test_role_says_since_when(town: Town) -> None:
    since = dates.da_date(today() - timedelta(days=400))
    assert reasons(town.leader, town.home_care) == [
        f"Lene Leder er leder for Hjemmeplejen Nord siden {since}, og den hører til linjen."
    ]
    assert reasons(town.gdpr, town.home_care) == [
        f"Grethe GDPR har rollen »GDPR-enheden« i Center for Organisation siden {since}, "
        "og den rolle gælder alle enheder."
    ]


def test_role_without_the_right_and_no_role_at_all(town: Town) -> None:
    assert reasons(town.teacher, town.school) == ["Rollen »Medarbejder« i Skovskolen giver ikke ret til det."]
    assert reasons(make_user("ny", "Nye Nina"), town.school) == ["Nye Nina har ingen rolle i dag."]


def test_appointment_that_ended_or_has_not_begun(town: Town) -> None:
    Appointment.objects.filter(person=town.leader).update(to_on=YESTERDAY)
    appoint(town.leader, Role.LEADER, town.health, from_on=TOMORROW)
    assert reasons(town.leader, town.home_care) == [
        "Lene Leder har ingen rolle i dag.",
        f"Udpegningen som leder for Center for Sundhed begynder først {dates.da_date(TOMORROW)}.",
        f"Udpegningen som leder for Hjemmeplejen Nord sluttede {dates.da_date(YESTERDAY)}.",
    ]
    assert reasons(town.leader, town.school) == ["Lene Leder har ingen rolle i dag."], "it would give nothing there"


def test_deputy_of_one_who_is_here_and_of_one_who_is_away(town: Town) -> None:
    other = "Rollen »Medarbejder« i Hjemmeplejen Nord giver ikke ret til det."
    post = "Stine Stedfortræder er stedfortræder for Lene Leder"
    assert reasons(town.deputy, town.home_care) == [
        other, f"{post} (leder for Hjemmeplejen Nord), men Lene Leder er ikke væk i dag.",
    ]  # fmt: skip
    absence = Absence.objects.create(person=town.leader, from_on=today(), to_on=TOMORROW)
    acting = f"{post}, som er væk i dag og er leder for Hjemmeplejen Nord, og den hører til linjen."
    assert reasons(town.deputy, town.home_care) == [acting, other]
    absence.deputy = town.employee
    absence.save()
    assert reasons(town.deputy, town.home_care) == [
        other, f"{post} (leder for Hjemmeplejen Nord), men Lene Leder har valgt en anden stedfortræder imens.",
    ]  # fmt: skip
    assert (
        "Mette Medarbejder er stedfortræder for Lene Leder, som er væk i dag"
        in reasons(town.employee, town.home_care)[0]
    )
    Absence.objects.update(from_on=TOMORROW)
    period = f"fra {dates.da_date(TOMORROW)} til {dates.da_date(TOMORROW)}"
    assert reasons(town.employee, town.home_care)[-1] == (
        f"Mette Medarbejder er kun stedfortræder for Lene Leder (leder for Hjemmeplejen Nord) {period}."
    )


def test_deputy_of_one_who_has_left_or_whose_role_has_ended(town: Town) -> None:
    Absence.objects.create(person=town.leader, from_on=today(), to_on=TOMORROW)
    Appointment.objects.filter(person=town.leader).update(to_on=YESTERDAY)
    assert reasons(town.deputy, town.home_care)[-1].endswith(f"men den udpegning sluttede {dates.da_date(YESTERDAY)}.")
    User.objects.filter(pk=town.leader.pk).update(is_active=False)
    assert reasons(town.deputy, town.home_care)[-1].endswith("men Lene Leder er ikke længere i kommunen.")


def test_delegation_in_force_and_every_way_that_it_ends(town: Town) -> None:
    until = today() + timedelta(days=20)
    grant = delegate(town.leader, to=town.teacher, what=DELEGABLE[0], unit=town.home_care, to_on=until)
    task = f"opgaven »{grant.label}« i Hjemmeplejen Nord"

    def last() -> str:
        return reasons(town.teacher, town.home_care)[-1]

    def first() -> str:
        return reasons(town.teacher, town.home_care)[0]

    assert first() == (
        f"Lene Leder har overladt Lars Lærer {task} til og med {dates.da_date(until)}, og den hører til linjen."
    )
    task = task.capitalize().replace("hjemmeplejen nord", "Hjemmeplejen Nord").replace("»v", "»V")
    places = Appointment.objects.filter(person=town.leader)
    places.update(to_on=YESTERDAY)
    when = dates.da_date(YESTERDAY)
    assert last() == f"{task} gælder ikke, fordi udpegningen for Lene Leder, som gav den, sluttede {when}."
    places.update(to_on=None, unit=town.administration)
    assert last() == f"{task} gælder ikke mere, fordi enheden ikke længere hører under Lene Leder, som gav den."
    places.update(unit=town.home_care, role=Role.SYSTEM_OWNER)
    assert last() == f"{task} gælder ikke, fordi rollen for Lene Leder, som gav den, ikke giver ret til det."
    places.update(role=Role.LEADER)
    User.objects.filter(pk=town.leader.pk).update(is_active=False)
    assert last() == f"{task} gælder ikke mere, fordi Lene Leder, som gav den, ikke længere er i kommunen."
    User.objects.filter(pk=town.leader.pk).update(is_active=True)
    UnitGrant.objects.update(from_on=TOMORROW)
    assert last() == f"{task} begynder først {dates.da_date(TOMORROW)}."
    UnitGrant.objects.update(from_on=YESTERDAY, to_on=YESTERDAY)
    assert last() == f"{task} sluttede {when}."
    grant.delete()
    assert last() == f"{task} blev stoppet {dates.da_date(today())}."


# ── The same verdict as the check ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(4))
def test_reasons_agree_with_the_check_in_random_towns(seed: int) -> None:
    """Of units and of people: a way that gives it is named when, and only when, the check says yes."""
    make_random_town(seed)
    partner = make_user("partner", kind=PersonKind.EXTERNAL)
    appoint(partner, Role.EXTERNAL, Unit.objects.get(name="Enhed 2"))
    asker = User.objects.order_by("pk")[0]
    wrong, count = [], 0
    for person in User.objects.all():
        for unit in Unit.objects.all():
            see, fill = explainers.why_unit(person, unit, asker)
            assert see.can == Unit.objects.visible_to(person).filter(pk=unit.pk).exists()
            assert fill.can == person.has_perm(APPOINT, unit)
            wrong += [answer.verdict for answer in (see, fill) if answer.can != any(r.gives for r in answer.lines)]
            wrong += [answer.verdict for answer in (see, fill) if not answer.reasons]
            count += 2
        for other in User.objects.all():
            (see,) = explainers.why_person(person, other, asker)
            assert see.can == User.objects.visible_to(person).filter(pk=other.pk).exists()
            if see.can != any(line.gives for line in see.lines) or not see.reasons:
                wrong.append(see.verdict)
            count += 1
    assert not wrong, "\n".join(wrong)
    assert count >= 250
