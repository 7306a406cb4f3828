"""The page of a review: who sees it, what it says at each place, how it is answered, and the ways that lead to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from duties.actions import finish_duties
from glostrup_isms.kit.dates import da_date
from policy import actions
from policy.actions import ask_for_reviews
from policy.enums import NeedsChange, ReviewState
from policy.models import Document, Review, ReviewPart
from roles.enums import Role
from roles.models import Appointment, today
from tests.desk import Desk, days_pass, fresh
from tests.policy.pages import hidden, signed_in, text_of

PAGE, ANSWER = "/dokumenter/ret-001/gennemgang/", "/dokumenter/ret-001/gennemgang/svar/"
CHANGE = "/dokumenter/ret-001/udgaver/1/beslutning/skal-aendres/"
FOLLOWS = {
    "it_coordinator", "it_chief", "gdpr_unit", "dpo", "lawyer", "committee", "director", "executive", "secretariat",
}  # fmt: skip


def reviewed(desk: Desk, time_machine: Any, days: int = 300, **fields: Any) -> Review:
    version = desk.in_force(desk.make(**fields))
    days_pass(time_machine, days)
    ask_for_reviews()
    return Review.objects.open().select_related("document", "version__document").get(document=version.document_id)


def page_of(desk: Desk, name: str, path: str = PAGE) -> Any:
    return signed_in(getattr(desk, name)).get(path)


def sent(desk: Desk, name: str, review: Review, **fields: Any) -> Any:
    part = review.parts.get(asked_role=name)
    filled = {"part": part.pk, "needs_change": "no", "changes": "Intet er ændret.", "text": "", "seen": "", **fields}
    return signed_in(getattr(desk, name)).post(ANSWER, filled)


def test_review_is_seen_by_those_who_follow_and_those_who_are_asked(desk: Desk, time_machine: Any) -> None:
    reviewed(desk, time_machine, owner_role=Role.SYSTEM_OWNER)
    for name in desk.town.holders:
        status = page_of(desk, name).status_code
        assert status == (200 if name in FOLLOWS | {"system_owner"} else 403), name
    assert Client().get(PAGE).status_code == 302


def test_review_of_what_one_may_not_read_is_not_there(desk: Desk, time_machine: Any) -> None:
    reviewed(desk, time_machine, confidentiality="confidential")
    assert page_of(desk, "employee").status_code == 404
    assert page_of(desk, "committee", "/dokumenter/ret-999/gennemgang/").status_code == 404


def test_document_without_a_review_says_when_the_first_one_opens(desk: Desk) -> None:
    document = desk.in_force(desk.make()).document
    page = text_of(page_of(desk, "committee"))
    assert "Der har ikke været en gennemgang endnu. Den næste åbner af sig selv" in page
    assert document.next_review_on is not None
    desk.make(title="Kladde")
    assert "Den kommer, når dokumentet gælder." in text_of(
        page_of(desk, "committee", "/dokumenter/ret-002/gennemgang/")
    )


def test_owner_answers_on_the_page_and_everybody_who_follows_reads_it(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine, owner_role=Role.SYSTEM_OWNER)
    page = text_of(page_of(desk, "system_owner"))
    assert "Hvad er ændret: lov, risici, fund" in page
    assert 'id="forloeb"' not in page, "the timeline is for those who follow"
    response = sent(desk, "system_owner", review, needs_change="yes", changes="Ny lov.", text="Kapitel 2.")
    assert (response.status_code, response["Location"]) == (302, PAGE)
    review.refresh_from_db()
    assert review.state == ReviewState.ASSESSED
    page = text_of(page_of(desk, "committee"))
    assert "Lov, risici, fund: Ny lov." in page
    assert "Skal ændres" in page
    assert "Skriv årlig godkendelse ind" in page
    assert "Skriv ind, at teksten skal ændres" in page
    assert "»Ny lov.« »Kapitel 2.«" in page, "the timeline"
    assert "Ret svaret for »Systemejer«" in text_of(page_of(desk, "system_owner"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"changes": " "}, "Skriv, hvad der er ændret. Er intet ændret, så skriv det."),
        ({"needs_change": "yes"}, "Skriv, hvad der skal ændres, eller hvad du er i tvivl om."),
        ({"needs_change": ""}, "Vælg et af svarene."),
        ({"needs_change": "maaske"}, "Vælg et af svarene."),
        ({"text": "x" * 4001}, "1 tegn for lang"),
    ],
)
def test_answer_that_cannot_be_taken_comes_back_with_its_words(
    desk: Desk, time_machine: Any, fields: dict[str, str], sentence: str
) -> None:
    review = reviewed(desk, time_machine)
    response = sent(desk, "it_coordinator", review, **{"changes": "Mange ord.", **fields})
    page = text_of(response)
    assert response.status_code == 422
    assert page.index("error-summary") < page.index(sentence)
    assert fields.get("changes", "Mange ord.").strip() in page
    assert not review.parts.exclude(answered_at=None).exists()


def test_stale_answer_is_refused_and_sent_again_if_it_still_counts(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine)
    sent(desk, "it_coordinator", review)
    response = sent(desk, "it_coordinator", review, changes="Mine ord.")
    page = text_of(response)
    assert response.status_code == 409
    assert "En anden har svaret, mens du skrev." in page
    assert "Mine ord." in page
    again = sent(desk, "it_coordinator", review, changes="Mine ord.", seen=hidden(page, "seen"))
    assert again.status_code == 302
    assert review.parts.get().changes == "Mine ord."


def test_answer_after_the_decision_is_refused_and_its_words_stand_there(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine)
    actions.reapprove(fresh(review.version), by=desk.committee, decided_on=today())
    response = sent(desk, "it_coordinator", review, changes="Mine ord.", text="Og flere.")
    assert response.status_code == 422
    assert "tager ikke imod flere svar" in text_of(response)
    assert "Mine ord." in text_of(response)
    assert "Og flere." in text_of(response)


@pytest.mark.parametrize("part", ["", "0", "999999", "x", "\x00", "9" * 40])
def test_answer_to_nothing_or_for_others_is_not_found(desk: Desk, time_machine: Any, part: str) -> None:
    review = reviewed(desk, time_machine)
    assert signed_in(desk.it_coordinator).post(ANSWER, {"part": part}).status_code == 404
    theirs = {"part": review.parts.get().pk, "needs_change": "no", "changes": "Intet."}
    refused = signed_in(desk.lawyer).post(ANSWER, theirs)
    assert (refused.status_code, "Kun »It-sikkerhedskoordinator« svarer her." in text_of(refused)) == (422, True)
    assert not review.parts.exclude(answered_at=None).exists()
    assert signed_in(desk.it_coordinator).get(ANSWER)["Location"] == PAGE


def test_number_of_a_person_in_an_answer_is_masked(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine)
    sent(desk, "it_coordinator", review, needs_change="yes", changes="Sag om 070761-4285.", text="070761-4285")
    part = review.parts.get()
    assert "4285" not in part.changes + part.text


def test_owner_who_sees_no_drafts_learns_of_none(desk: Desk, time_machine: Any) -> None:
    """That a version is on its way is for those who follow the work, also as a fact of the review."""
    review = reviewed(desk, time_machine, owner_role=Role.SYSTEM_OWNER)
    actions.start_version(review.document, by=desk.writer)
    days_pass(time_machine, 1)
    ask_for_reviews()
    assert "Udgave 2 er på vej" in text_of(page_of(desk, "committee"))
    page = text_of(page_of(desk, "system_owner"))
    assert "Udgave 2" not in page


def test_number_of_breaches_is_for_those_who_follow_the_work(desk: Desk, time_machine: Any) -> None:
    """One who is merely asked would see single cases come and go in a number without a floor."""
    reviewed(desk, time_machine, owner_role=Role.SYSTEM_OWNER)
    for name in desk.town.holders:
        page = text_of(page_of(desk, name))
        assert ("meldt brud eller trusler" in page) == (name in FOLLOWS), name


@pytest.mark.parametrize("change", ["the sweep asks another", "the owner is another", "her place ends"])
def test_words_of_one_who_is_asked_no_more_come_back_to_her(desk: Desk, time_machine: Any, change: str) -> None:
    version = desk.in_force(desk.policy(owner_role=Role.SYSTEM_OWNER))
    days_pass(time_machine, 300)
    ask_for_reviews()
    part = ReviewPart.objects.get(role=Role.SYSTEM_OWNER)
    client = signed_in(desk.system_owner)
    if change == "her place ends":
        Appointment.objects.filter(role=Role.SYSTEM_OWNER).update(to_on=today() - timedelta(days=1))
    elif change == "the owner is another":
        Document.objects.update(owner_role=Role.LAWYER)
        ask_for_reviews()
        assert not ReviewPart.objects.filter(pk=part.pk).exists()
    else:
        ReviewPart.objects.filter(pk=part.pk).update(asked_role=Role.GDPR_UNIT)
    address = f"{version.document.get_absolute_url()}gennemgang/svar/"
    filled = {"part": part.pk, "needs_change": "yes", "changes": "En lov på mange ord.", "text": "Kapitel 2, æøå."}
    response = client.post(address, filled)
    page = text_of(response)
    assert response.status_code == 422
    assert page.index("error-summary") < page.index("Du bliver ikke spurgt mere")
    assert "En lov på mange ord." in page
    assert "Kapitel 2, æøå." in page
    assert "Hvad er ændret siden sidst" not in page
    assert "har ikke svaret" not in page.lower(), "she sees the review no more"
    assert client.post(address, {"part": part.pk}).status_code == 404
    assert not ReviewPart.objects.exclude(answered_at=None).exists()


def test_owner_of_before_who_is_still_asked_keeps_what_she_wrote_as_the_owner(desk: Desk, time_machine: Any) -> None:
    version = desk.in_force(desk.policy(owner_role=Role.GDPR_UNIT))
    days_pass(time_machine, 300)
    ask_for_reviews()
    part = ReviewPart.objects.get(role=Role.GDPR_UNIT)
    Document.objects.update(owner_role=Role.LAWYER)
    ask_for_reviews()
    filled = {"part": part.pk, "needs_change": "no", "changes": "Ingen ny lov.", "text": ""}
    address = f"{version.document.get_absolute_url()}gennemgang/svar/"
    assert signed_in(desk.gdpr_unit).post(address, filled).status_code == 302
    part.refresh_from_db()
    assert (part.changes, part.is_owner) == ("Ingen ny lov.", False)


def test_page_says_that_the_director_has_it_only_while_she_has(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine)
    says = "Kommunaldirektøren har det som opgave"
    days_pass(time_machine, 100)
    page = text_of(page_of(desk, "committee"))
    assert "Dagen er gået" in page
    assert says not in page, "the scheduler has not been there yet"
    ask_for_reviews()
    assert says in text_of(page_of(desk, "committee"))
    finish_duties(f"review-late:{review.pk}", by=None)
    assert says not in text_of(page_of(desk, "committee"))


def test_body_asks_for_a_new_version_on_the_page(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine)
    client = signed_in(desk.committee)
    form = text_of(client.get(CHANGE))
    assert "Informationssikkerhedsudvalget har set på teksten og bedt om en ny udgave" in form
    filled = {"decided_on": today().isoformat(), "reference": "Punkt 4", "text": "", "seen": hidden(form, "seen")}
    response = client.post(CHANGE, filled)
    assert response.status_code == 422
    assert "Skriv, hvad der skal ændres." in text_of(response)
    response = client.post(CHANGE, filled | {"text": "Skriv kapitel 2 om. " * 40})
    assert response.status_code == 302, "a decision may be long"
    review.refresh_from_db()
    assert review.change_asked is not None
    page = text_of(client.get(PAGE))
    assert "Informationssikkerhedsudvalget har bedt om en ny udgave" in page
    assert "Skriv ind, at teksten skal ændres" not in page
    assert "ingen åben gennemgang, som venter" in text_of(client.get(CHANGE))
    assert 'name="changes"' not in text_of(page_of(desk, "it_coordinator"))


def test_only_the_body_is_offered_its_decisions(desk: Desk, time_machine: Any) -> None:
    reviewed(desk, time_machine)
    for name in FOLLOWS:
        offered = "skal-aendres" in text_of(page_of(desk, name))
        assert offered == (name in ("committee", "director")), name


def test_late_review_says_so_on_every_page_of_the_portal_and_nowhere_else(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine)
    pages = (PAGE, "/dokumenter/ret-001/", "/dokumenter/ret-001/udgaver/1/")
    open_until = "Gennemgang åben til"
    for path in pages[1:]:
        page = text_of(page_of(desk, "committee", path))
        assert open_until in page
        assert PAGE in page
        assert open_until not in text_of(page_of(desk, "employee", path)), "she is not asked"
    before = Client().get("/dokumenter/ret-001/").content
    assert "ennemgang" not in before.decode()
    days_pass(time_machine, 100)
    ask_for_reviews()
    for path in pages:
        assert "Revurdering mangler" in text_of(page_of(desk, "committee", path)), path
    read_by_all = text_of(Client().get("/dokumenter/ret-001/"))
    for words in ("Revurdering mangler", "godkendt igen senest", "skulle være", da_date(review.due_on)):
        assert words not in read_by_all
    actions.reapprove(fresh(review.version), by=desk.committee, decided_on=today())
    for path in pages:
        assert "Revurdering mangler</span>" not in text_of(page_of(desk, "committee", path)), path


def test_older_reviews_are_read_again(desk: Desk, time_machine: Any) -> None:
    first = reviewed(desk, time_machine)
    sent(desk, "it_coordinator", first, changes="Det første år.")
    actions.reapprove(fresh(first.version), by=desk.committee, decided_on=today())
    days_pass(time_machine, 300)
    ask_for_reviews()
    page = text_of(page_of(desk, "committee"))
    assert "Det første år." not in page.split('id="forloeb"')[0]
    assert f'href="?vis={first.pk}"' in page
    old = text_of(page_of(desk, "committee", f"{PAGE}?vis={first.pk}"))
    assert "Det første år." in old
    assert "Godkendt igen uden ændringer" in old
    assert page_of(desk, "committee", f"{PAGE}?vis=x").status_code == 200


def test_list_shows_the_documents_under_review(desk: Desk, time_machine: Any) -> None:
    reviewed(desk, time_machine)
    desk.in_force(desk.make(title="Nyt"))
    client = signed_in(desk.committee)
    assert client.get("/dokumenter/?nulstil=1").context["table"].count == 2
    response = client.get("/dokumenter/?gennemgang=ja")
    assert response.context["table"].count == 1
    assert "Har en åben gennemgang" in text_of(response)


@pytest.mark.parametrize("name", ["employee", "leader", "system_owner"])
def test_list_does_not_tell_others_which_documents_are_under_review(desk: Desk, time_machine: Any, name: str) -> None:
    reviewed(desk, time_machine)
    desk.in_force(desk.make(title="Nyt"))
    client = signed_in(getattr(desk, name))
    response = client.get("/dokumenter/?gennemgang=ja")
    assert response.context["table"].count == 2
    assert "Har en åben gennemgang" not in text_of(response)


def test_page_asks_the_same_however_much_was_said(desk: Desk, time_machine: Any) -> None:
    review = reviewed(desk, time_machine)
    client = signed_in(desk.committee)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for role in (Role.DPO, Role.LAWYER, Role.IT_CHIEF, Role.GDPR_UNIT):
        ReviewPart.objects.create(review=review, role=role, asked_role=role)
    for _ in range(3):
        actions.assess(review.parts.get(role=Role.LAWYER), NeedsChange.NO, by=desk.lawyer)
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)
    assert len(many) == len(few)


def test_two_holders_of_a_role_see_one_question(desk: Desk, time_machine: Any) -> None:
    """One answers for all; the other sees that it is answered."""
    review = reviewed(desk, time_machine, owner_role=Role.GDPR_UNIT)
    sent(desk, "gdpr_unit", review)
    page = text_of(signed_in(desk.town.gdpr2).get(PAGE))
    assert "har svaret. Sender du et nyt svar" in page
    assert 'class="button button-secondary" href="#svar-' in page
