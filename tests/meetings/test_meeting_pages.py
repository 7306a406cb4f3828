"""The pages of meetings: the whole way by forms, what comes back when something is wrong, and what nobody else sees."""

import io
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.safestring import mark_safe

from duties.models import Duty
from glostrup_isms.kit import dates
from meetings import actions, papers
from meetings.enums import Choice, ItemState, MeetingState, Outcome
from meetings.models import AgendaItem, Body, Decision, FollowUp, Meeting, Remark, Vote
from roles.models import Unit, User, today
from tests.meetings.hall import Hall, about, first, fresh

COMMITTEE = "/moeder/informationssikkerhedsudvalget/"
SECRET = "Personsagen Olsen"
Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
def own_pdf_dir(settings: Any, tmp_path: Path) -> None:
    settings.PDF_DIR = tmp_path / "pdf"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def get(user: User, path: str) -> str:
    response = signed_in(user).get(path)
    assert response.status_code == 200, (path, response.status_code)
    return text_of(response)


def post(user: User, path: str, status: int = 302, **data: Any) -> str:
    response = signed_in(user).post(path, data)
    assert response.status_code == status, text_of(response)[:3000]
    return text_of(response)


def pdf_text(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def when(days: float = 14) -> dict[str, str]:
    return {"day": (today() + timedelta(days=days)).isoformat(), "starts": "10.00", "ends": "11:30", "place": "Sal 1"}


# ── The whole way ────────────────────────────────────────────────────────────────────────────────
def test_meeting_is_planned_called_held_minuted_and_approved_by_its_pages(hall: Hall, registered: Any) -> None:
    by, chair = hall.gdpr_unit, hall.director
    assert "Der er ikke planlagt et møde" in get(by, COMMITTEE)
    post(by, f"{COMMITTEE}nyt/", **when())
    meeting = Meeting.objects.get()
    assert (meeting.starts_at, meeting.place) == (
        dates.parse_local(today() + timedelta(days=14), dates.time(10)), "Sal 1",
    )  # fmt: skip
    url = meeting.get_absolute_url()
    post(by, f"{url}punkter/nyt/", title="Årets temadag", text="Sagen", proposal="Holdes i maj",
         files=SimpleUploadedFile("bilag.txt", b"Tal"))  # fmt: skip
    page = get(by, url)
    assert "Årets temadag" in page
    assert "bilag.txt" in page
    post(by, f"{url}trin/", step="call", seen=meeting.seen)
    assert "Indkaldt" in get(chair, url)
    Meeting.objects.update(starts_at=hall.in_days(-0.01), ends_at=hall.in_days(0.1))
    sheet = {f"seat-{pk}": said for pk, said in hall.sheet(second="absent").items()}
    post(by, f"{url}fremmoede/", seen=fresh(meeting).seen, **sheet)
    assert "2 til stede." in get(by, f"{url}hold/")

    concerned = about(first(meeting), hall.town.school)
    page = get(by, f"{concerned.page}beslut/")
    assert "skrives ind af" in page  # the one who writes minutes is no member
    assert "Godkendt" in get(chair, f"{concerned.page}beslut/")
    post(
        chair, f"{concerned.page}beslut/", outcome="approved", words="Godkendt som skitseret.", seen=concerned.revision
    )
    assert Decision.objects.get().concerns == hall.town.school

    asked = meeting.items.get(title="Årets temadag")
    post(by, f"{asked.page}opfoelgning/", what="Find en sal", person_search="Lene", person_choice=str(hall.leader.pk),
         due_on=(today() + timedelta(days=9)).isoformat())  # fmt: skip
    assert Duty.objects.get(title="Find en sal").holder == hall.leader
    for item in meeting.items.open():
        post(by, f"{item.page}referat/", words="Taget til efterretning.", seen=item.revision, afslut="1")
    post(by, f"{url}trin/", step="close", seen=fresh(meeting).seen)
    assert "Udkast til referat" in get(hall.second, f"{url}referat/")
    post(hall.second, f"{url}referat/bemaerkning/", text="Jeg var der i ånden.")
    post(by, f"{url}trin/", step="send_minutes", seen=fresh(meeting).seen)
    post(chair, f"{url}trin/", step="approve", seen=fresh(meeting).seen)
    minutes = get(hall.lawyer, f"{url}referat/")
    assert "Godkendt som skitseret." in minutes
    assert "Find en sal" in minutes
    assert "i ånden" not in minutes  # remarks are the body's own
    assert fresh(meeting).state == MeetingState.CLOSED


def test_written_procedure_by_its_pages(hall: Hall) -> None:
    by = hall.gdpr_unit
    post(by, f"{COMMITTEE}nyt/?skriftlig=1", **when(5))
    meeting = Meeting.objects.get()
    url = meeting.get_absolute_url()
    post(by, f"{url}punkter/nyt/", title="Haster", text="Kort")
    post(by, f"{url}trin/", step="call", seen=meeting.seen)
    item = first(meeting)
    assert "Din stemme" in get(hall.committee, url)
    assert "Din stemme" not in get(by, url)
    post(hall.committee, f"{item.page}stem/", choice="for", words="Fint.")
    post(hall.committee, f"{item.page}stem/", choice="against")
    assert Vote.objects.get().choice == Choice.AGAINST
    assert "Vælg for, imod" in post(hall.second, f"{item.page}stem/", 422)
    assert "Kun medlemmerne" in post(by, f"{item.page}stem/", 403, choice="for")
    page = get(hall.lawyer, url)
    assert "Haster" in page
    assert "Imod: 1" not in page  # who votes what is the body's own
    post(hall.second, f"{item.page}stem/", moede="1")
    item.refresh_from_db()
    assert item.state == ItemState.POSTPONED
    assert "Der stemmes ikke om punktet" in post(hall.director, f"{item.page}stem/", 409, choice="for")


# ── What comes back ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"day": ""}, "Vælg dagen."), ({"starts": "ti"}, "Skriv klokkeslættet som 14.30."),
        ({"ends": "09.00"}, "efter begyndelsen"), ({"day": "2020-01-01"}, "Tiden er gået"),
        ({"day": "x"}, "Skriv datoen"),
        ({"day": "1800-01-01"}, "Årstallet"),
    ],
)  # fmt: skip
def test_wrong_time_comes_back_with_a_sentence(hall: Hall, wrong: dict[str, str], sentence: str) -> None:
    page = post(hall.gdpr_unit, f"{COMMITTEE}nyt/", 422, **{**when(), **wrong})
    assert sentence in page
    assert 'value="Sal 1"' in page
    assert not Meeting.objects.exists()


def test_meeting_moved_by_two_at_once_is_moved_once(hall: Hall) -> None:
    meeting = hall.called()
    url, seen = f"{meeting.get_absolute_url()}flyt/", meeting.seen
    assert "Alle medlemmer får besked" in get(hall.gdpr_unit, url)
    post(hall.gdpr_unit, url, **when(20), seen=seen)
    page = post(hall.secretariat, url, 409, **{**when(30), "place": "Mit sted"}, seen=seen)
    assert "er ændret, mens du skrev" in page
    assert "Mit sted" in page
    assert fresh(meeting).place == "Sal 1"


def test_second_writer_of_minutes_sees_both_texts(hall: Hall) -> None:
    item = first(hall.opened())
    seen = item.revision
    post(hall.gdpr_unit, f"{item.page}referat/", words="Hendes ord.", seen=seen)
    page = post(hall.secretariat, f"{item.page}referat/", 409, words="Hans ord.", seen=seen)
    assert "Hendes ord." in page
    assert "Hans ord." in page
    item.refresh_from_db()
    assert item.conclusion == "Hendes ord."
    post(hall.secretariat, f"{item.page}referat/", words="Begges ord.", seen=item.revision)


def test_words_of_all_points_are_saved_with_one(hall: Hall) -> None:
    first_, second_, third = hall.opened().items.all()[:3]
    drawn = {"item": [str(one.pk) for one in (first_, second_, third)], "seen": ["1", "1", "1"]}
    actions.write_words(third, "Hendes ord.", by=hall.secretariat, seen=1)
    post(hall.gdpr_unit, f"{first_.page}referat/", words=["Et.", "To.", ""], afslut="1", **drawn)
    said = [(one.conclusion, one.state) for one in AgendaItem.objects.filter(pk__in=drawn["item"])]
    assert said == [("Et.", "decided"), ("To.", "open"), ("Hendes ord.", "open")]  # nobody typed in the third
    page = post(hall.gdpr_unit, f"{second_.page}referat/", 409, words=["Et.", "To igen.", "Mine ord."],
                item=drawn["item"], seen=["2", "2", "1"])  # fmt: skip
    assert "Hendes ord." in page
    assert "Mine ord." in page
    second_.refresh_from_db()
    assert second_.conclusion == "To igen."


def test_refused_steps_keep_the_reason_that_was_typed(hall: Hall) -> None:
    meeting = hall.called()
    url = meeting.get_absolute_url()
    assert "Vælg et af trinene" in post(hall.gdpr_unit, f"{url}trin/", 422, step="findes-ikke")
    page = post(hall.gdpr_unit, f"{url}trin/", 409, step="cancel", note="Derfor.", seen="open-1")
    assert "Derfor." in page
    assert "er ændret, mens du skrev" in page
    page = post(hall.gdpr_unit, f"{first(meeting).page}trin/", 409, step="withdraw", note=" ")
    assert "Skriv en begrundelse" in page
    post(hall.gdpr_unit, f"{first(meeting).page}trin/", step="withdraw", note="Uaktuel.")
    page = get(hall.committee, url)
    assert "point-withdrawn" in page
    assert "Uaktuel." in page


def test_page_says_why_nothing_can_be_decided(hall: Hall) -> None:
    meeting = hall.opened(director="excused")
    item = first(meeting)
    assert "Formanden (Kommunaldirektør) er ikke til stede" in get(hall.gdpr_unit, f"{meeting.get_absolute_url()}hold/")
    page = post(hall.gdpr_unit, f"{item.page}referat/", 409, words="Vi gør det.", seen=item.revision, afslut="1")
    assert "Formanden" in page
    assert "Vi gør det." in page
    assert "Formanden" in get(hall.committee, f"{item.page}beslut/")
    post(hall.gdpr_unit, f"{item.page}trin/", step="postpone")


def test_conflict_of_interest_by_its_page(hall: Hall) -> None:
    item = first(hall.opened())
    url = f"{item.page}inhabil/"
    assert "Anders Anden" in get(hall.gdpr_unit, url)
    assert "Skriv, hvad inhabiliteten" in post(hall.gdpr_unit, url, 422, person=str(hall.second.pk))
    post(hall.gdpr_unit, url, person=str(hall.second.pk), reason="Hans bror.")
    row = item.recusals.get()
    assert "Hans bror." in get(hall.committee, item.meeting.get_absolute_url())
    assert "Hans bror." not in get(hall.lawyer, item.meeting.get_absolute_url())
    assert signed_in(hall.second).post(url, {"fjern": str(row.pk)}).status_code == 403
    post(hall.gdpr_unit, url, fjern=str(row.pk))
    assert not item.recusals.exists()


def test_asking_comes_back_with_sentences(hall: Hall) -> None:
    item = first(hall.opened())
    url = f"{item.page}opfoelgning/"
    assert "Giv opgaven" in get(hall.gdpr_unit, url)
    page = post(hall.gdpr_unit, url, 422, what="", due_on="")
    assert "Skriv, hvad der skal gøres." in page
    page = post(hall.gdpr_unit, url, 422, what="Gør det", due_on=today().isoformat())
    assert "Vælg en person eller en rolle" in page
    post(hall.gdpr_unit, url, what="Gør det", due_on=today().isoformat(), role="it_chief")
    assert FollowUp.objects.get().duty.holder_role == "it_chief"


def test_decision_refused_by_the_thing_comes_back_beside_its_field(hall: Hall, registered: Any) -> None:
    from meetings.effects import Effect

    def apply(thing: Any, ruling: Any) -> Any:
        raise actions.WrongDecision("statement", "Skriv, hvordan den stemmer.")

    registered[Unit] = Effect(lambda thing, body: [Outcome.APPROVED], apply, lambda thing, outcome: ["statement"])
    item = about(first(hall.opened()), hall.town.school)
    url = f"{item.page}beslut/"
    page = get(hall.committee, url)
    assert "stemmer teksten med" in page
    assert "Gælder fra" not in page
    page = post(hall.committee, url, 422, outcome="approved", words="Ja.", seen=item.revision)
    assert "Skriv, hvordan den stemmer." in page
    assert "Ja." in page


def test_quorum_and_standing_points_are_changed_on_the_bodys_page(hall: Hall) -> None:
    url = f"{COMMITTEE}indstillinger/"
    body = hall.body
    assert "Faste punkter" in get(hall.director, url)
    assert "mellem 1 og 99" in post(hall.director, url, 422, quorum="0", seen=body.revision)
    post(hall.director, url, quorum="2", meets_every_months="6", standing_items=["risks"], seen=body.revision)
    changed = Body.objects.get(pk=body.pk)
    assert (changed.quorum, changed.meets_every_months, changed.standing_items) == (2, 6, ["risks"])
    assert "er ændret" in post(hall.secretariat, url, 409, quorum="3", seen=body.revision)
    assert signed_in(hall.gdpr_unit).get(url).status_code == 403


def test_list_of_meetings_is_searched_and_belongs_to_its_readers(hall: Hall) -> None:
    hall.plan()
    hall.cancelled()
    assert "2 møder" in get(hall.lawyer, f"{COMMITTEE}moeder/")
    assert "1 møde" in get(hall.lawyer, f"{COMMITTEE}moeder/?tilstand=aflyst")
    assert signed_in(hall.employee).get(f"{COMMITTEE}moeder/").status_code == 404
    assert "Næste møde" in get(hall.lawyer, "/moeder/")
    assert "Næste møde" not in get(hall.employee, "/moeder/")


# ── What nobody else sees ────────────────────────────────────────────────────────────────────────
def test_confidential_point_leaks_nowhere(hall: Hall) -> None:
    """Lists, pages, minutes, both PDFs, mails, search, counts."""
    meeting = hall.opened()
    secret = actions.add_item(meeting, title=SECRET, text=f"Sagen: {SECRET}", is_confidential=True, by=hall.gdpr_unit,
                              uploads=[])  # fmt: skip
    actions.recuse(secret, hall.second, reason=SECRET, by=hall.gdpr_unit)
    actions.ask(secret, f"Tal om {SECRET}", due_on=today(), by=hall.gdpr_unit, holder=hall.it_chief)
    actions.conclude(secret, words=f"Om {SECRET}.", by=hall.gdpr_unit)
    hall.settle(meeting)
    actions.close_meeting(fresh(meeting), by=hall.gdpr_unit)
    actions.send_minutes(fresh(meeting), by=hall.gdpr_unit)
    actions.approve_minutes(fresh(meeting), by=hall.director)
    hall.plan()  # its follow-ups stand on the next agenda
    url = meeting.get_absolute_url()
    pages = [f"{url}", f"{url}referat/", "/moeder/", COMMITTEE, f"{COMMITTEE}moeder/", "/", "/indbakke/", "/opgaver/"]
    pages += [one.get_absolute_url() for one in Meeting.objects.ahead()]
    for path in pages:
        response = signed_in(hall.lawyer).get(path)
        if response.status_code == 200:
            assert SECRET not in text_of(response), path
    for name in ("dagsorden.pdf", "referat.pdf"):
        assert SECRET not in pdf_text(signed_in(hall.lawyer).get(f"{url}{name}").content), name
        assert SECRET in pdf_text(signed_in(hall.committee).get(f"{url}{name}").content), name
        assert SECRET not in pdf_text(signed_in(hall.committee).get(f"{url}{name}?del=aaben").content), name
    for page in (secret.page, f"{secret.page}beslut/", f"{secret.page}opfoelgning/"):
        assert signed_in(hall.lawyer).get(page).status_code == 404
    assert SECRET in get(hall.committee, f"{url}referat/")


def test_papers_are_served_by_the_points_permission(hall: Hall) -> None:
    meeting = hall.plan()
    post(hall.gdpr_unit, f"{meeting.get_absolute_url()}punkter/nyt/", title=SECRET, is_confidential="on",
         files=SimpleUploadedFile("bilag.txt", b"Tal"))  # fmt: skip
    item = AgendaItem.objects.get(title=SECRET)
    url = f"{item.page}filer/{item.files.get().stored_id}/"
    answer: Any = signed_in(hall.committee).get(url)
    assert b"".join(answer.streaming_content) == b"Tal"
    assert signed_in(hall.lawyer).get(url).status_code == 404
    other = first(meeting)
    assert signed_in(hall.committee).get(f"{other.page}filer/{item.files.get().stored_id}/").status_code == 404


def test_draft_minutes_are_the_bodys_own(hall: Hall) -> None:
    meeting = hall.in_minutes()
    url = meeting.get_absolute_url()
    assert signed_in(hall.lawyer).get(f"{url}referat/").status_code == 404
    assert signed_in(hall.lawyer).get(f"{url}referat.pdf").status_code == 404
    assert "Taget til efterretning." not in get(hall.lawyer, url)
    assert signed_in(hall.lawyer).get(f"{url}hold/").status_code == 403
    assert "Taget til efterretning." in get(hall.committee, url)
    assert signed_in(hall.committee).get(f"{hall.plan().get_absolute_url()}referat/").status_code == 404


def test_words_with_a_civil_registration_number_are_masked(hall: Hall) -> None:
    item = first(hall.opened())
    post(hall.gdpr_unit, f"{item.page}referat/", words="Om 070761-4285.", seen=item.revision)
    item.refresh_from_db()
    assert "4285" not in item.conclusion
    meeting = hall.in_minutes()
    post(hall.second, f"{meeting.get_absolute_url()}referat/bemaerkning/", text="Om 070761-4285.")
    assert "4285" not in Remark.objects.get().text


# ── As PDF ───────────────────────────────────────────────────────────────────────────────────────
def test_pack_holds_every_paper_and_says_what_came_late(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "_papers", {Unit: lambda unit: mark_safe("<h3>Teksten</h3><p>Skolen.</p>")})
    meeting = hall.plan()
    item = about(first(meeting), hall.town.school)
    actions.edit_item(item, title="Om skolen", text="Kort fortalt.", proposal="Godkendes.", by=hall.gdpr_unit)
    hall.call(meeting)
    actions.add_item(meeting, title="Haster", by=hall.gdpr_unit)
    text = pdf_text(signed_in(hall.committee).get(f"{meeting.get_absolute_url()}dagsorden.pdf").content)
    for words in ("1. Om skolen", "Kort fortalt.", "Godkendes.", "Haster (tilføjet efter udsendelsen)"):
        assert words in text
    assert "Teksten Skolen." in text


def test_minutes_as_pdf_say_that_they_are_a_draft_until_approved(hall: Hall) -> None:
    draft, final = hall.in_minutes(), hall.closed()
    text = pdf_text(signed_in(hall.committee).get(f"{draft.get_absolute_url()}referat.pdf").content)
    assert "Udkast: ikke godkendt" in text
    text = pdf_text(signed_in(hall.lawyer).get(f"{final.get_absolute_url()}referat.pdf").content)
    assert "Udkast" not in text
    assert "Dorte Direktør" in text


def test_validator_finds_nothing(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """PDF/UA-1 and PDF/A-3a by veraPDF."""
    from policy.text.blocks import parse
    from policy.text.html import render
    from tests import vera_pdf

    draw = lambda unit: render(parse("## Formål\n\n- Et\n- To\n\n| A | B |\n| - | - |\n| 1 | 2 |\n"))  # noqa: E731
    monkeypatch.setattr(papers, "_papers", {Unit: draw})
    meeting = hall.opened(second="absent")
    secret = actions.add_item(
        meeting, title="Fortroligt æøå", text="- en\n- to", is_confidential=True, by=hall.gdpr_unit
    )
    about(secret, hall.town.school)
    actions.recuse(first(meeting), hall.committee, reason="Naboen.", by=hall.gdpr_unit)
    actions.postpone_item(meeting.items.all()[1], by=hall.gdpr_unit, note="Tiden gik.")
    actions.withdraw_item(meeting.items.all()[2], by=hall.gdpr_unit, note="Uaktuel.")
    actions.postpone_item(first(meeting), by=hall.gdpr_unit)
    actions.ask(secret, "Ring", due_on=today(), by=hall.gdpr_unit, holder=hall.leader)
    actions.close_meeting(hall.settle(fresh(meeting)), by=hall.gdpr_unit)
    member, planned = signed_in(hall.committee), hall.plan(60)
    printed = {
        "pack": member.get(f"{meeting.get_absolute_url()}dagsorden.pdf").content,
        "pack of a plan": member.get(f"{planned.get_absolute_url()}dagsorden.pdf").content,
        "draft": member.get(f"{meeting.get_absolute_url()}referat.pdf").content,
        "minutes": member.get(f"{hall.closed().get_absolute_url()}referat.pdf").content,
    }
    found = vera_pdf.failures(printed)
    assert found == dict.fromkeys(found, [])
    assert len(found) == 2 * len(printed)


# ── Speed ────────────────────────────────────────────────────────────────────────────────────────
def test_pages_take_the_same_queries_for_few_points_and_for_many(
    hall: Hall, django_assert_max_num_queries: Any
) -> None:
    meeting = hall.opened()
    for number in range(30):
        item = actions.add_item(meeting, title=f"Nummer {number}", by=hall.gdpr_unit)
        actions.recuse(item, hall.second, reason="Nabo.", by=hall.gdpr_unit)
        actions.ask(item, "Gør det", due_on=today(), by=hall.gdpr_unit, holder=hall.leader)
    client = signed_in(hall.committee)
    url = meeting.get_absolute_url()
    for path in (url, f"{url}hold/", COMMITTEE, "/moeder/"):
        client.get(path)
        with django_assert_max_num_queries(32):
            client.get(path)
