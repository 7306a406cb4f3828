"""The pages where hearings and decisions are written in: what is refused says why, and what was typed stays."""

from datetime import date, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from glostrup_isms.kit.files import StoredFile
from meetings.enums import Outcome
from meetings.models import Decision, DecisionFile
from policy import actions
from policy.enums import State
from policy.models import Hearing, HearingPart, Version
from roles.enums import Role
from roles.models import User, today
from tests.desk import Desk, days_pass, fresh
from tests.factories import appoint
from tests.policy.pages import hidden, signed_in, text_of

DAY = timedelta(days=1)
WHAT = ("anbefal", "beslut", "allerede", "godkend-igen", "traek-tilbage")


def url_of(version: Version, what: str) -> str:
    return f"{version.get_absolute_url()}beslutning/{what}/"


def minutes(name: str = "referat.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "Punkt 9: Tiltrådt.".encode())


def answers(version: Version, **changed: Any) -> dict[str, Any]:
    sent = {"decided_on": today().isoformat(), "reference": "Punkt 9", "text": "Tiltrådt.", "statement": "Følger § 2."}
    return {**sent, "seen": version.seen, **changed}


def send(person: User, version: Version, what: str, **changed: Any) -> Any:
    return signed_in(person).post(url_of(version, what), answers(version, **changed))


# ── Writing in ───────────────────────────────────────────────────────────────────────────────────
def test_recommendation_and_decision_are_written_in(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    assert send(desk.committee, version, "anbefal")["Location"] == version.get_absolute_url()
    version = fresh(version)
    assert version.state == State.RECOMMENDED
    page = text_of(signed_in(desk.director).get(url_of(version, "beslut")))
    assert version.sha256 in page
    assert "Kommunaldirektøren" in page
    assert send(desk.director, version, "beslut", effective_on="").status_code == 302
    version = fresh(version)
    assert version.decision is not None
    assert (version.state, version.effective_on, version.decision.text) == (State.IN_FORCE, today(), "Tiltrådt.")
    assert (version.decision.reference, version.decision.statement) == ("Punkt 9", "Følger § 2.")


def test_decision_that_is_to_apply_later_waits(desk: Desk) -> None:
    version = desk.recommended(desk.policy())
    later = today() + 9 * DAY
    assert send(desk.secretariat, version, "beslut", effective_on=later.isoformat(), files=minutes()).status_code == 302
    assert (fresh(version).state, fresh(version).effective_on) == (State.DECIDED, later)


def test_decision_of_the_council_comes_with_its_minutes(desk: Desk) -> None:
    version = desk.recommended(desk.policy())
    answer = send(desk.secretariat, version, "beslut")
    assert answer.status_code == 422
    assert "Vedhæft referatet" in text_of(answer)
    assert "Tiltrådt." in text_of(answer)
    assert fresh(version).state == State.RECOMMENDED
    assert send(desk.secretariat, version, "beslut", files=minutes()).status_code == 302
    assert Decision.objects.get(outcome=Outcome.APPROVED).files.count() == 1


def test_text_decided_before_the_portal_is_written_in(desk: Desk) -> None:
    version = desk.policy()
    assert send(desk.secretariat, version, "allerede", decided_on="2023-06-14").status_code == 302
    version = fresh(version)
    assert (version.state, version.effective_on) == (State.IN_FORCE, date(2023, 6, 14))
    assert version.document.next_review_on == date(2024, 6, 14)
    assert "Revurdering mangler" in text_of(signed_in(desk.writer).get(version.get_absolute_url()))


def test_yearly_approval_is_written_in(desk: Desk) -> None:
    version = desk.adopted(desk.make())
    assert "Skriv årlig godkendelse ind" in text_of(signed_in(desk.committee).get(version.get_absolute_url()))
    assert "Skriv årlig godkendelse ind" not in text_of(signed_in(desk.writer).get(version.get_absolute_url()))
    assert send(desk.committee, version, "godkend-igen").status_code == 302
    assert actions.reviews(version).count() == 1
    assert not fresh(version).document.is_due


def test_withdrawal_is_written_in_with_its_reason(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    refused = send(desk.director, version, "traek-tilbage", text=" ")
    assert refused.status_code == 422
    assert "Skriv hvorfor." in text_of(refused)
    assert send(desk.director, version, "traek-tilbage", text="Forældet.").status_code == 302
    assert (fresh(version).state, fresh(version).withdrawn_why) == (State.WITHDRAWN, "Forældet.")


def test_numbers_of_citizens_are_masked(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    cpr = "010170-1234"
    assert send(desk.director, version, "beslut", reference=cpr, text=cpr, statement=cpr).status_code == 302
    decision = Decision.objects.get(outcome=Outcome.APPROVED)
    assert cpr not in decision.reference + decision.text + decision.statement


# ── Refused ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"decided_on": ""}, "Vælg den dag, beslutningen blev truffet."),
        ({"decided_on": "31-02-2026"}, "dag"),
        ({"decided_on": "2199-01-01"}, "ligger i fremtiden"),
        ({"decided_on": "2001-01-01"}, "blev først anbefalet"),
        ({"effective_on": "2001-01-01"}, "ikke gælde fra før den dag"),
        ({"reference": " "}, "Skriv sagsnummeret eller dagsordenspunktet."),
        ({"reference": "x" * 201}, "1 tegn for lang"),
    ],
)
def test_decision_that_cannot_be_comes_back_with_what_was_typed(
    desk: Desk, changed: dict[str, str], sentence: str
) -> None:
    version = desk.recommended(desk.policy())
    response = send(desk.secretariat, version, "beslut", text="Ordene i referatet.", files=minutes(), **changed)
    page = text_of(response)
    assert response.status_code == 422
    assert sentence in page
    assert "Ordene i referatet." in page
    assert 'id="error-summary"' in page
    assert fresh(version).state == State.RECOMMENDED
    assert not Decision.objects.filter(outcome=Outcome.APPROVED).exists()


def test_guideline_without_its_statement_comes_back(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    response = send(desk.director, version, "beslut", statement=" ")
    assert response.status_code == 422
    assert "Skriv, hvordan teksten stemmer med politikken." in text_of(response)


def test_stale_page_approves_nothing_and_keeps_what_was_typed(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    seen = version.seen
    actions.take_back(version, by=desk.writer, note="Ret afsnit 2.")
    actions.save_text(fresh(version), "En helt anden tekst.", title="T", by=desk.writer, revision=1)
    version = desk.recommended(fresh(version))
    decisions = Decision.objects.count()
    response = send(desk.director, version, "beslut", seen=seen, text="Ordene i referatet.")
    page = text_of(response)
    assert response.status_code == 409
    assert "Udgaven er ændret, mens du skrev. Se det nye, og prøv igen." in page
    assert "Ordene i referatet." in page
    assert Decision.objects.count() == decisions
    assert fresh(version).state == State.RECOMMENDED
    assert hidden(page, "seen") == version.seen
    assert send(desk.director, version, "beslut", seen=hidden(page, "seen")).status_code == 302


def test_second_press_decides_nothing_more(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    first, second = (send(desk.director, version, "beslut") for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 409)
    assert Decision.objects.filter(outcome=Outcome.APPROVED).count() == 1


def test_what_cannot_be_decided_now_says_so_before_anything_is_typed(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    sentence = "Informationssikkerhedsudvalget skal anbefale teksten først."
    client = signed_in(desk.director)
    assert sentence in text_of(client.get(url_of(version, "beslut")))
    assert sentence in text_of(client.get(version.get_absolute_url()))
    response = send(desk.director, version, "beslut", text="Ordene.")
    assert response.status_code == 409
    assert sentence in text_of(response)
    assert "Ordene." in text_of(response)
    assert not Decision.objects.exists()


def test_body_that_does_not_decide_is_told_who_does(desk: Desk) -> None:
    version = desk.recommended(desk.policy())
    response = send(desk.director, version, "beslut")
    assert response.status_code == 409
    assert "Beslutningen træffes af Kommunalbestyrelsen" in text_of(response)
    for person in (desk.director, desk.committee, desk.executive):
        assert "Beslutningen træffes af" in text_of(signed_in(person).get(url_of(version, "beslut")))
    assert fresh(version).state == State.RECOMMENDED


@pytest.mark.parametrize("what", WHAT)
def test_only_those_who_write_decisions_in_get_the_page(desk: Desk, what: str) -> None:
    version = desk.in_force(desk.make())
    for person in (desk.writer, desk.dpo, desk.lawyer):
        for response in (signed_in(person).get(url_of(version, what)), send(person, version, what)):
            assert response.status_code == 403
            assert "Beslutninger skrives ind af sekretariatet" in text_of(response)
    assert send(desk.employee, version, what).status_code == 403  # the text is public, writing in is not
    assert send(desk.employee, desk.make(title="Kladde"), what).status_code == 404


def test_page_that_is_not_there_is_not_found(desk: Desk) -> None:
    version = desk.submitted(desk.make("template", "En skabelon"))
    client = signed_in(desk.director)
    assert client.get(url_of(version, "noget-andet")).status_code == 404
    assert client.get(url_of(version, "anbefal")).status_code == 404  # nobody recommends templates
    assert client.get(url_of(version, "beslut")).status_code == 200


def test_author_is_told_why_she_cannot_approve(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    places = desk.writer.appointments.model.objects.filter(role=Role.DIRECTOR)
    places.update(person=desk.writer)
    page = text_of(signed_in(desk.writer).get(url_of(version, "beslut")))
    assert "Du kan ikke godkende en tekst, du selv har skrevet i." in page
    assert send(desk.writer, version, "beslut").status_code == 409


# ── Minutes ──────────────────────────────────────────────────────────────────────────────────────
def test_minutes_are_kept_with_the_decision_and_with_a_form_that_comes_back(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    refused = send(desk.director, version, "beslut", statement="", files=[minutes()])
    page = text_of(refused)
    assert refused.status_code == 422
    assert "referat.txt" in page
    assert not DecisionFile.objects.exists()
    response = send(desk.director, version, "beslut", kept_files=[hidden(page, "kept_files")])
    assert response.status_code == 302
    row = DecisionFile.objects.get()
    assert row.decision.outcome == Outcome.APPROVED
    assert row.stored.kept_until is None
    assert "referat.txt" in text_of(signed_in(desk.writer).get(version.get_absolute_url()))


def test_refused_file_says_why_and_nothing_is_decided(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    response = send(desk.director, version, "beslut", files=[SimpleUploadedFile("referat.exe", b"MZ\x90\x00" * 40)])
    assert response.status_code == 422
    assert fresh(version).state == State.RECOMMENDED
    assert not StoredFile.objects.exists()


# ── Hearings ─────────────────────────────────────────────────────────────────────────────────────
def hear(client: Client, version: Version, **changed: Any) -> Any:
    sent = {
        "roles": ["lawyer", "dpo", "gdpr_unit"], "due_on": (today() + 9 * DAY).isoformat(), "seen": version.seen,
        "message": "Se på afsnit 2.", "left_out_why": "",
    }  # fmt: skip
    return client.post(f"{version.get_absolute_url()}hoering/", {**sent, **changed})


def test_hearing_asks_the_lawyers_the_dpo_and_the_gdpr_unit_unless_changed(desk: Desk) -> None:
    version = desk.make()
    client = signed_in(desk.writer)
    page = client.get(f"{version.get_absolute_url()}hoering/")
    assert page.context["form"]["roles"].value() == ["lawyer", "dpo", "gdpr_unit"]
    assert page.context["form"]["due_on"].value() == today() + 21 * DAY
    assert hear(client, version).status_code == 302
    assert fresh(version).state == State.HEARING
    assert set(HearingPart.objects.values_list("role", flat=True)) == {"lawyer", "dpo", "gdpr_unit"}


@pytest.mark.parametrize(
    ("changed", "sentence", "status"),
    [
        ({"roles": []}, "Vælg, hvem der skal spørges.", 422),
        ({"roles": ["lawyer"]}, "Skriv, hvorfor jurister eller DPO ikke bliver spurgt.", 422),
        ({"roles": ["lawyer", "dpo", "external"]}, "Vælg noget på listen.", 422),
        ({"due_on": ""}, "Vælg en svarfrist.", 422),
        ({"due_on": "2020-01-01"}, "Svarfristen skal ligge efter i dag.", 422),
        ({"seen": "draft-0-"}, "Udgaven er ændret, mens du skrev", 409),
    ],
)
def test_hearing_that_cannot_be_comes_back_with_what_was_typed(
    desk: Desk, changed: dict[str, Any], sentence: str, status: int
) -> None:
    version = desk.make()
    response = hear(signed_in(desk.writer), version, **changed)
    page = text_of(response)
    assert response.status_code == status
    assert sentence in page
    assert "Se på afsnit 2." in page
    assert not Hearing.objects.exists()


def test_asked_role_answers_on_the_page(desk: Desk) -> None:
    version = desk.hear(desk.make())
    part = HearingPart.objects.get(role=Role.LAWYER)
    url = f"{version.get_absolute_url()}hoering/svar/"
    client = signed_in(desk.lawyer)
    assert "Svar som »Jurist«" in text_of(client.get(version.get_absolute_url()))
    for sent, sentence in (
        ({"has_remarks": "ja", "text": " "}, "Skriv dine bemærkninger"),
        ({"text": "Mit svar."}, "Svar ja eller nej."),
    ):
        response = client.post(url, {"part": part.pk, **sent})
        assert response.status_code == 422
        assert sentence in text_of(response)
    assert client.post(url, {"part": part.pk, "has_remarks": "ja", "text": "Afsnit 2 er uklart."}).status_code == 302
    assert HearingPart.objects.get(pk=part.pk).text == "Afsnit 2 er uklart."
    for odd in (HearingPart.objects.get(role=Role.DPO).pk, "", "x", 10**30):
        assert client.post(url, {"part": odd, "has_remarks": "nej"}).status_code == 404
    actions.take_back(version, by=desk.writer, note="Igen.")
    late = client.post(url, {"part": part.pk, "has_remarks": "ja", "text": "Skrevet imens."})
    assert late.status_code == 422
    assert "Høringen er afsluttet" in text_of(late)
    assert "Skrevet imens." in text_of(late)
    assert HearingPart.objects.get(pk=part.pk).text == "Afsnit 2 er uklart."


def test_whoever_is_asked_in_two_roles_answers_in_each(desk: Desk) -> None:
    appoint(desk.lawyer, Role.DPO, desk.town.administration)
    version = desk.hear(desk.make())
    part = HearingPart.objects.get(role=Role.LAWYER)
    sent = {"part": part.pk, "text": "Kun som jurist."}
    page = signed_in(desk.lawyer).post(f"{version.get_absolute_url()}hoering/svar/", sent)
    assert page.status_code == 422
    soup = BeautifulSoup(page.content, "html.parser")
    ids = [one["id"] for one in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    typed = {one["id"]: one.text.strip() for one in soup.select('textarea[id^="id_answer_"]')}
    assert len(typed) == 2
    assert [where for where, words in typed.items() if words] == [f"id_answer_{part.pk}_text"]


def test_answer_that_comes_too_late_is_not_lost(desk: Desk, time_machine: Any) -> None:
    version = desk.hear(desk.make())
    part = HearingPart.objects.get(hearing__version=version, role=Role.DPO)
    days_pass(time_machine, 30)
    actions.end_hearing(version, by=desk.writer)
    sent = {"part": part.pk, "has_remarks": "ja", "text": "Tre sider med bemærkninger."}
    response = signed_in(desk.dpo).post(f"{version.get_absolute_url()}hoering/svar/", sent)
    assert response.status_code == 422
    assert "Høringen er afsluttet" in text_of(response)
    assert "Tre sider med bemærkninger." in text_of(response)
