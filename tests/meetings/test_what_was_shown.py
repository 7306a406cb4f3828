"""A body decides on the text that its papers showed: what is rewritten meanwhile is read anew, or waits."""

import io
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.actions import WrongDecision
from meetings.actions.agenda import unplaced
from meetings.enums import Choice, ItemState, MeetingState, Outcome
from meetings.models import AgendaItem, Decision, Meeting
from policy import actions as policy
from policy.enums import Kind, State
from policy.models import ApprovalRoute, Version
from roles.models import User, today
from tests import desk as texts
from tests.desk import Desk
from tests.meetings.hall import HOUR, Hall, fresh

FOR = Choice.FOR


@pytest.fixture
def desk(hall: Hall) -> Desk:
    """Procedures go to the committee alone."""
    ApprovalRoute.objects.filter(kind=Kind.PROCEDURE).update(
        recommended_by="", decided_by="committee", needs_hearing=False, needs_statement=False
    )
    return Desk(hall.town)


@pytest.fixture(autouse=True)
def own_pdf_dir(settings: Any, tmp_path: Path) -> None:
    settings.PDF_DIR = tmp_path / "pdf"


def submitted(desk: Desk) -> Version:
    version = desk.make(Kind.PROCEDURE, "Sådan låner vi ud")
    return texts.fresh(policy.submit(version, by=desk.writer))


def rewritten(desk: Desk, version: Version) -> Version:
    back = texts.fresh(policy.take_back(texts.fresh(version), by=desk.writer, note="Fejl i teksten."))
    said = policy.save_text(back, "## Nyt\n\nHelt andre ord.\n", title="Nyt", by=desk.writer, revision=back.revision)
    return texts.fresh(policy.submit(texts.fresh(said), by=desk.writer))


def point_about(version: Version) -> AgendaItem:
    return AgendaItem.objects.get(source_key=f"policy-version:{version.pk}")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(user: User, path: str) -> str:
    response = client_of(user).get(path)
    assert response.status_code == 200, (path, response.status_code)
    return unescape(response.content.decode())


# ── In a meeting ─────────────────────────────────────────────────────────────────────────────────
def test_text_rewritten_after_the_papers_went_out_is_not_decided_unread(hall: Hall, desk: Desk) -> None:
    version = submitted(desk)
    meeting = hall.begin(hall.called())
    item = point_about(version)
    decide = f"{item.page}beslut/"
    client = client_of(hall.committee)
    client.get(decide)
    given = {"outcome": "approved", "words": "Ja.", "seen": item.revision}
    rewritten(desk, version)
    answer = client.post(decide, given)  # the page from before
    assert answer.status_code == 409
    assert "Teksten er ændret, efter at dagsordenen blev sendt ud" in unescape(answer.content.decode())
    assert (Decision.objects.count(), texts.fresh(version).state) == (0, State.SUBMITTED)
    for path in (decide, meeting.get_absolute_url(), f"{meeting.get_absolute_url()}hold/"):
        assert "Teksten er ændret, efter at dagsordenen blev sendt ud" in page_of(hall.committee, path), path
    printed = pypdf.PdfReader(io.BytesIO(client.get(f"{meeting.get_absolute_url()}dagsorden.pdf").content))
    words = " ".join(" ".join(page.extract_text().split()) for page in printed.pages)
    assert "efter at dagsordenen blev sendt ud. Her står den nye." in words
    with pytest.raises(StepNotOpen, match="Teksten er ændret"):
        actions.conclude(item, words="Nej.", outcome="returned", open_words="For kort.", by=hall.committee)


def test_preparer_brings_the_new_text_to_the_meeting_and_the_point_says_so(hall: Hall, desk: Desk) -> None:
    version = submitted(desk)
    meeting = hall.begin(hall.called())
    item = point_about(version)
    step = f"{item.page}trin/"
    with pytest.raises(StepNotOpen, match="ikke nogen ny tekst"):
        actions.use_new_text(item, by=hall.gdpr_unit)
    seen = item.revision
    version = rewritten(desk, version)
    with pytest.raises(PermissionDenied, match="forberedes af"):
        actions.use_new_text(item, by=hall.committee)
    assert "Brug den nye tekst" not in page_of(hall.committee, meeting.get_absolute_url())
    assert "Brug den nye tekst" in page_of(hall.gdpr_unit, meeting.get_absolute_url())
    assert client_of(hall.gdpr_unit).post(step, {"step": "renew"}).status_code == 302
    assert "Ny tekst efter udsendelsen" in page_of(hall.committee, meeting.get_absolute_url())
    with pytest.raises(actions.Changed):  # the decide page from before
        actions.conclude(item, words="Ja.", outcome="approved", by=hall.committee, seen=seen)
    done = actions.conclude(item, words="Ja.", outcome="approved", by=hall.committee)
    assert done.decision.sha256 == version.sha256
    assert texts.fresh(version).state == State.IN_FORCE


def test_text_that_was_taken_back_and_sent_in_unchanged_is_decided(hall: Hall, desk: Desk) -> None:
    version = submitted(desk)
    hall.begin(hall.called())
    policy.take_back(version, by=desk.writer, note="Skal lige ses efter.")
    policy.submit(texts.fresh(version), by=desk.writer)
    done = actions.conclude(point_about(version), words="Ja.", outcome="approved", by=hall.committee)
    assert done.outcome == Outcome.APPROVED


def test_point_that_came_late_is_held_to_the_text_of_its_own_day(hall: Hall, desk: Desk) -> None:
    meeting = hall.called()
    version = submitted(desk)
    actions.fill_agenda(meeting)
    rewritten(desk, version)
    hall.begin(meeting)
    with pytest.raises(StepNotOpen, match="Teksten er ændret"):
        actions.conclude(point_about(version), words="Ja.", outcome="approved", by=hall.committee)


def test_rewritten_text_is_decided_at_the_next_meeting(hall: Hall, desk: Desk) -> None:
    version = submitted(desk)
    meeting = hall.begin(hall.called())
    rewritten(desk, version)
    actions.postpone_item(point_about(version), by=hall.gdpr_unit)
    actions.close_meeting(hall.settle(meeting), by=hall.gdpr_unit)
    following = hall.begin(hall.called(30))
    (item,) = following.items.filter(object_id=version.pk)
    assert actions.conclude(item, words="Ja.", outcome="approved", by=hall.committee).decision


# ── In a written procedure ───────────────────────────────────────────────────────────────────────
def vote_about(hall: Hall, version: Version) -> Meeting:
    meeting = hall.plan(7, is_written=True)
    page = f"{meeting.get_absolute_url()}punkter/nyt/"
    assert "Hvad handler punktet om?" in page_of(hall.gdpr_unit, page)
    given = {"title": "Haster", "about": f"policy-version:{version.pk}"}
    assert client_of(hall.gdpr_unit).post(page, given).status_code == 302
    return hall.call(fresh(meeting))


def carried(hall: Hall, meeting: Meeting) -> AgendaItem:
    item = meeting.items.get()
    hall.vote(item, director=FOR, committee=FOR, second=FOR)
    actions.close_votes(meeting, by=hall.gdpr_unit)
    return AgendaItem.objects.get(pk=item.pk)


def test_written_procedure_is_about_a_document_and_its_decision_is_written_in(hall: Hall, desk: Desk) -> None:
    version = submitted(desk)
    item = carried(hall, vote_about(hall, version))
    assert (item.concerns, item.url, item.state) == (version, version.get_absolute_url(), ItemState.OPEN)
    actions.conclude(item, words=item.conclusion, outcome="approved", by=hall.committee)
    assert texts.fresh(version).state == State.IN_FORCE


def test_text_rewritten_during_the_vote_is_not_written_in_and_is_put_off(hall: Hall, desk: Desk) -> None:
    version = submitted(desk)
    meeting = vote_about(hall, version)
    rewritten(desk, version)
    item = carried(hall, meeting)
    with pytest.raises(StepNotOpen, match="efter at den blev sendt til afstemning. Udsæt punktet"):
        actions.conclude(item, words="Ja.", outcome="approved", by=hall.committee)
    with pytest.raises(StepNotOpen, match="Udsæt punktet"):
        actions.use_new_text(item, by=hall.gdpr_unit)
    assert actions.postpone_item(item, by=hall.gdpr_unit).state == ItemState.POSTPONED


def test_carried_vote_about_a_text_that_was_taken_back_waits_for_somebody(hall: Hall, desk: Desk) -> None:
    version = submitted(desk)
    meeting = vote_about(hall, version)
    policy.take_back(version, by=desk.writer, note="Fejl.")
    assert carried(hall, meeting).state == ItemState.OPEN


def test_decision_of_a_vote_written_in_later_does_not_apply_backwards(
    hall: Hall, desk: Desk, time_machine: Any
) -> None:
    version = submitted(desk)
    item = carried(hall, vote_about(hall, version))
    time_machine.move_to(hall.in_days(5), tick=False)
    actions.conclude(item, words="Ja.", outcome="approved", by=hall.committee)
    version = texts.fresh(version)
    assert version.decision is not None
    assert (version.effective_on, version.decision.decided_on) == (today(), today() - timedelta(days=5))


def test_thing_stands_on_one_agenda_and_a_closed_one_on_a_closed_point(hall: Hall, desk: Desk) -> None:
    version = submitted(desk)
    version.document.confidentiality = "confidential"
    version.document.save()
    meeting, other = hall.plan(7, is_written=True), hall.plan(8, is_written=True)
    key = f"policy-version:{version.pk}"
    item = actions.add_item(meeting, title="Haster", about=key, by=hall.gdpr_unit)
    assert item.is_confidential
    assert unplaced(meeting) == unplaced(other) == []
    page = f"{other.get_absolute_url()}punkter/nyt/"
    assert "Hvad handler punktet om?" not in page_of(hall.gdpr_unit, page)
    with pytest.raises(ValidationError, match="allerede på en dagsorden"):
        actions.add_item(other, title="Igen", about=key, by=hall.gdpr_unit)
    assert not hall.plan(20).items.filter(object_id=version.pk).exists()


def test_decision_is_chosen_and_words_alone_is_a_choice(hall: Hall, desk: Desk) -> None:
    version = submitted(desk)
    hall.begin(hall.called())
    item = point_about(version)
    page = page_of(hall.committee, f"{item.page}beslut/")
    assert "checked" not in page
    client, seen = client_of(hall.committee), item.revision
    answer = client.post(f"{item.page}beslut/", {"words": "Drøftet.", "seen": seen})
    assert answer.status_code == 422
    assert "Vælg, hvad der blev besluttet, eller at der kun er ord." in unescape(answer.content.decode())
    given = {"outcome": "words", "words": "Drøftet.", "seen": seen}
    assert client.post(f"{item.page}beslut/", given).status_code == 302
    item.refresh_from_db()
    assert (item.state, item.outcome, item.decision, item.conclusion) == (ItemState.DECIDED, "", None, "Drøftet.")


@pytest.mark.parametrize("is_confidential", [True, False])
def test_sending_back_says_why_in_the_words_that_follow_the_decision(
    hall: Hall, desk: Desk, is_confidential: bool
) -> None:
    version = submitted(desk)
    hall.begin(hall.called())
    item = point_about(version)
    AgendaItem.objects.filter(pk=item.pk).update(is_confidential=is_confidential)
    with pytest.raises(WrongDecision, match="hvorfor det sendes tilbage") as caught:
        actions.conclude(item, words="Længe drøftet.", outcome="returned", by=hall.committee)
    assert caught.value.field == "open_words"
    given = {"outcome": "returned", "words": "Længe drøftet.", "seen": item.revision}
    answer = client_of(hall.committee).post(f"{item.page}beslut/", given)
    page = unescape(answer.content.decode())
    assert (answer.status_code, 'href="#id_open_words"' in page) == (422, True)
    actions.conclude(item, words="Længe drøftet.", outcome="returned", open_words="For kort.", by=hall.committee)
    assert Decision.objects.get().text == "For kort."
    assert "For kort." in page_of(hall.committee, item.meeting.get_absolute_url())


def test_time_of_a_vote_is_not_extended_after_it_has_run_out(hall: Hall) -> None:
    meeting = hall.voting()
    hall.vote(meeting.items.get(), director=FOR, committee=Choice.AGAINST)
    hall.time_is_up(meeting)
    later = hall.in_days(9)
    with pytest.raises(StepNotOpen, match="Fristen er gået"):
        actions.move_meeting(meeting, starts_at=later - HOUR, ends_at=later, by=hall.gdpr_unit)
    assert actions.close_due_votes() == 1
    assert fresh(meeting).state == MeetingState.MINUTES
