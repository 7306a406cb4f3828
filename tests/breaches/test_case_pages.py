"""The case page and list: what each may see and do, and that two who write at once lose nothing."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from breaches.actions import set_unit, set_verdict, take_step
from breaches.models import Breach, Entry, Told
from breaches.tables import clock_text, clock_tone
from breaches.views.cases import clock
from duties.models import Duty
from glostrup_isms.kit import files
from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.outbox import Message
from roles.models import Absence, Appointment, today
from tests.factories import Town, make_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def test_leader_opens_the_case_and_it_counts_as_read(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    page = text_of(signed_in(town.leader).get(breach.get_absolute_url()))
    assert breach.description in page
    assert Told.objects.get(person=town.leader).read_at is not None
    assert Message.objects.get(recipient=town.leader).read_at is not None
    assert AuditEntry.objects.filter(action="breach.read", actor_id=town.leader.pk).count() == 1


def test_received_is_one_press(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    client = signed_in(town.leader)
    assert "Modtaget" in text_of(client.get(breach.get_absolute_url()))
    assert client.post(f"{breach.get_absolute_url()}modtaget/").status_code == 302
    assert Told.objects.get(person=town.leader).acknowledged_at is not None
    assert "Du har kvitteret" in text_of(client.get(breach.get_absolute_url()))


def test_reporter_sees_status_and_adds_to_the_case_but_no_notes(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    signed_in(town.gdpr).post(
        f"{breach.get_absolute_url()}skriv/", {"text": "Kun for os.", "token": "t" * 20, "kind": "note"}
    )
    client = signed_in(town.employee)
    page = text_of(client.get(breach.get_absolute_url()))
    assert "Kun for os." not in page
    assert "venter på at blive vurderet" in page
    client.post(f"{breach.get_absolute_url()}skriv/", {"text": "Mailen er trukket tilbage.", "token": "u" * 20})
    assert Entry.objects.get(kind="addition").author == town.employee
    assert Message.objects.filter(kind="breach_entry", recipient=town.leader).exists()


def test_question_reaches_the_reporter_and_the_reply_is_an_answer(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    url = f"{breach.get_absolute_url()}skriv/"
    signed_in(town.gdpr).post(url, {"text": "Hvem fik mailen?", "token": "q" * 20, "kind": "question"})
    assert Message.objects.filter(kind="breach_entry", recipient=town.employee).count() == 1
    assert "Hvem fik mailen?" in text_of(signed_in(town.employee).get(breach.get_absolute_url()))
    signed_in(town.employee).post(url, {"text": "En borger.", "token": "a" * 20})
    assert Entry.objects.get(text="En borger.").kind == "answer"


def test_same_entry_sent_twice_is_written_once(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    for _ in range(2):
        signed_in(town.employee).post(f"{breach.get_absolute_url()}skriv/", {"text": "Mere.", "token": "d" * 20})
    assert Entry.objects.count() == 1


def test_empty_entry_comes_back_with_a_sentence(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    response = signed_in(town.employee).post(f"{breach.get_absolute_url()}skriv/", {"text": " ", "token": "d" * 20})
    assert response.status_code == 422
    assert "Skriv en tekst" in text_of(response)


def test_file_is_served_through_the_case_only(town: Town) -> None:
    stored = files.store(SimpleUploadedFile("brev.txt", "Kære æ".encode()), keep_for=files.KEEP)
    breach = town.report(by=town.employee, uploads=[stored]).breach
    url = f"{breach.get_absolute_url()}filer/{stored.pk}/"
    response = signed_in(town.leader).get(url)
    assert b"".join(response.streaming_content) == "Kære æ".encode()
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    other = town.report(by=town.teacher).breach
    assert signed_in(town.gdpr).get(f"{other.get_absolute_url()}filer/{stored.pk}/").status_code == 404
    for person in (town.school_leader, town.administrator, town.teacher):
        assert signed_in(person).get(url).status_code == 404


def test_second_saver_gets_a_conflict_with_own_text_kept(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    url = f"{breach.get_absolute_url()}vurdering/"
    first = signed_in(town.gdpr).post(url, {"verdict": "yes", "reason": "Ja.", "version": breach.version})
    second = signed_in(town.gdpr2).post(url, {"verdict": "no", "reason": "Min egen tekst.", "version": breach.version})
    assert (first.status_code, second.status_code) == (302, 409)
    assert "Min egen tekst." in text_of(second)
    assert "ændret af en anden" in text_of(second)
    assert Breach.objects.get().is_personal_data_breach == "yes"


def test_awareness_moved_on_the_page_moves_the_deadline(town: Town) -> None:
    breach = town.report(by=town.employee, noticed_at=timezone.now() - timedelta(hours=5)).breach
    later = timezone.localtime() - timedelta(hours=1)
    response = signed_in(town.gdpr).post(
        f"{breach.get_absolute_url()}bekendt/",
        {
            "noticed_on": later.date().isoformat(),
            "noticed_time": f"{later:%H:%M}",
            "reason": "Nu sikkert.",
            "version": breach.version,
        },
    )
    assert response.status_code == 302
    assert Breach.objects.get().deadline_at > breach.deadline_at


def test_step_without_its_reason_keeps_the_page_and_says_so(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    data = {"step": "reject", "note": "", "version": breach.version}
    response = signed_in(town.gdpr).post(f"{breach.get_absolute_url()}trin/", data)
    assert response.status_code == 409
    assert "Skriv en begrundelse" in text_of(response)


def test_unknown_step_is_refused(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    data = {"step": "x", "note": "", "version": breach.version}
    assert signed_in(town.gdpr).post(f"{breach.get_absolute_url()}trin/", data).status_code == 403


def test_dpo_sees_everything_and_handles_nothing(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    client = signed_in(town.dpo)
    page = text_of(client.get(breach.get_absolute_url()))
    assert breach.description in page
    assert "Begynd vurderingen" not in page
    assert client.post(f"{breach.get_absolute_url()}trin/", {"step": "triage"}).status_code == 403


def test_list_shows_each_only_what_is_theirs(town: Town) -> None:
    town.report(by=town.employee, description="Kanariefugl nord")
    town.report(by=town.teacher, description="Kanariefugl skole")
    seen = {
        person.username: {
            word for word in ("nord", "skole") if f"Kanariefugl {word}" in text_of(signed_in(person).get("/brud/"))
        }
        for person in (
            town.leader,
            town.school_leader,
            town.health_chief,
            town.director,
            town.gdpr,
            town.dpo,
            town.administrator,
            town.deputy,
        )
    }
    assert seen == {
        "leader": {"nord"},
        "school_leader": {"skole"},
        "health_chief": {"nord"},
        "director": {"nord", "skole"},
        "gdpr": {"nord", "skole"},
        "dpo": {"nord", "skole"},
        "administrator": set(),
        "deputy": set(),
    }


def test_export_holds_what_is_seen_and_leaves_a_trace(town: Town) -> None:
    town.report(by=town.employee, description="=HYPERLINK(1)")
    town.report(by=town.teacher)
    response = signed_in(town.leader).get("/brud/?eksport=csv")
    text = b"".join(response).decode("utf-8-sig")
    assert text.count("\r\n") == 2
    assert "'=HYPERLINK" in text
    assert AuditEntry.objects.filter(action="list.export", actor_id=town.leader.pk).count() == 1


@pytest.mark.parametrize("query", [
    "frist=loeber", "frist=overskredet", "tilstand=indberettet", "aaben=ja", "q=nord", "sorter=-frist", "sorter=state",
    "sorter=reporter__password", "side=999999999999", "kolonner=nummer,slags", "q=%00", "meldt_fra=9999-99-99",
    "_connector=OR",
])  # fmt: skip
def test_list_answers_every_address(town: Town, query: str) -> None:
    town.report(by=town.employee)
    assert signed_in(town.gdpr).get(f"/brud/?{query}").status_code == 200


def test_list_takes_the_same_queries_for_one_row_and_for_thirty(town: Town, django_assert_max_num_queries) -> None:
    client = signed_in(town.gdpr)
    town.report(by=town.employee)
    client.get("/brud/")
    for _ in range(29):
        town.report(by=town.employee)
    with django_assert_max_num_queries(12):
        client.get("/brud/?antal=50")


def test_case_page_takes_the_same_queries_however_much_was_written(town: Town, django_assert_max_num_queries) -> None:
    breach = town.report(by=town.employee).breach
    client = signed_in(town.gdpr)
    for i in range(12):
        client.post(f"{breach.get_absolute_url()}skriv/", {"text": "Note", "token": f"{i:020}", "kind": "note"})
    with django_assert_max_num_queries(30):
        client.get(breach.get_absolute_url())


def test_clock_in_words(town: Town) -> None:
    aware = timezone.now() - timedelta(hours=70)
    breach = town.report(by=town.employee, noticed_at=aware).breach
    shown = clock(breach)
    assert shown is not None
    assert shown["tone"] == "late"
    assert not shown["passed"]
    assert "72 timer fra kommunen blev bekendt" in shown["why"]
    assert clock(breach, aware + timedelta(hours=73))["passed"]
    assert clock(breach, aware + timedelta(hours=1))["tone"] == "waiting"


def decided(town: Town, hours_ago: int, verdict: str = "yes") -> Breach:
    breach = town.report(by=town.employee, noticed_at=timezone.now() - timedelta(hours=hours_ago)).breach
    breach = take_step(breach, "triage", by=town.gdpr)
    breach = set_verdict(breach, verdict, by=town.gdpr, reason="Vurderet.")
    return take_step(breach, "decide", by=town.gdpr, note="Afgjort.")


def panel(town: Town, breach: Breach) -> str:
    page = text_of(signed_in(town.gdpr).get(breach.get_absolute_url()))
    return page[page.index('<div class="clock') : page.index('id="now-title"')]


@pytest.mark.parametrize(("hours_ago", "when"), [(10, "inden"), (80, "efter")])
def test_notified_case_says_when_and_never_how_late_it_is_since(
    town: Town, time_machine, hours_ago: int, when: str
) -> None:
    moment = datetime(2026, 11, 3, 13, 30, tzinfo=UTC)
    time_machine.move_to(moment, tick=False)
    breach = take_step(decided(town, hours_ago), "notify", by=town.gdpr, note="Reference 1.")
    time_machine.move_to(moment + timedelta(days=400), tick=False)
    shown = panel(town, breach)
    assert "Uret er stoppet" in shown
    assert f"Anmeldt 3. november 2026 kl. 14.30, {when} fristen." in shown
    assert "tilbage" not in shown
    assert "overskredet" not in shown
    assert "tone-late" not in shown
    assert (clock_text(breach), clock_tone(breach)) == ("", "closed")


def test_stopped_clock_says_what_stopped_it(town: Town) -> None:
    harmless = decided(town, 80, verdict="no")
    assert "Det er ikke et brud på persondatasikkerheden." in panel(town, harmless)
    closed = take_step(decided(town, 80), "close", by=town.gdpr, note="Risikoen er usandsynlig.")
    assert "Sagen er lukket uden anmeldelse til Datatilsynet." in panel(town, closed)
    rejected = take_step(town.report(by=town.employee).breach, "reject", by=town.gdpr, note="Øvelse.")
    assert "fordi det ikke er en hændelse" in panel(town, rejected)
    for breach in (harmless, closed, rejected):
        assert "Frist:" not in panel(town, breach)
        assert "overskredet" not in panel(town, breach)


def test_case_informed_of_but_not_notified_is_shown_as_late(town: Town) -> None:
    breach = take_step(decided(town, 80), "inform", by=town.gdpr, note="Ringet op.")
    assert "Fristen er overskredet med" in panel(town, breach)
    assert f"Sag {breach.number}: fristen er overskredet" in text_of(signed_in(town.gdpr).get("/"))
    take_step(breach, "notify", by=town.gdpr, note="Reference 1.")
    assert f"Sag {breach.number}: fristen er overskredet" not in text_of(signed_in(town.gdpr).get("/"))


def test_stale_step_is_refused_with_the_note_kept(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    url = f"{breach.get_absolute_url()}trin/"
    data = {"step": "reject", "note": "Min egen begrundelse.", "version": breach.version}
    assert signed_in(town.gdpr2).post(url, {"step": "triage", "version": breach.version}).status_code == 302
    response = signed_in(town.gdpr).post(url, data)
    assert response.status_code == 409
    page = text_of(response)
    assert "ændret af en anden" in page
    assert page.count("Min egen begrundelse.") == 1
    assert Breach.objects.get().state == "triage"
    fresh = Breach.objects.get().version
    assert f'name="version" value="{fresh}"' in page
    assert signed_in(town.gdpr).post(url, data | {"version": fresh}).status_code == 302


def test_note_of_a_step_that_is_gone_is_kept_too(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    url = f"{breach.get_absolute_url()}trin/"
    data = {"step": "reject", "note": "Min egen begrundelse.", "version": breach.version}
    assert signed_in(town.gdpr2).post(url, data | {"note": "Øvelse."}).status_code == 302
    response = signed_in(town.gdpr).post(url, data)
    assert response.status_code == 409
    assert text_of(response).count("Min egen begrundelse.") == 1


def test_step_without_a_version_is_refused(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    response = signed_in(town.gdpr).post(f"{breach.get_absolute_url()}trin/", {"step": "triage"})
    assert response.status_code == 422
    assert Breach.objects.get().state == "reported"


HIDDEN = "Vi har skjult de sidste fire cifre i et CPR-nummer."


@pytest.mark.parametrize(
    ("end", "data"),
    [
        ("trin", {"step": "reject", "note": "Om 010190-1234."}),
        ("vurdering", {"verdict": "yes", "reason": "Om 010190-1234."}),
        ("bekendt", {"noticed_on": "2026-11-01", "noticed_time": "10:00", "reason": "Om 010190-1234."}),
        ("skriv", {"kind": "note", "text": "Om 010190-1234."}),
        ("skriv", {"kind": "note", "text": "Om 010190\x00-1234."}),
    ],
)
def test_hidden_number_is_told_to_whoever_wrote_it(town: Town, end: str, data: dict[str, str]) -> None:
    breach = town.report(by=town.employee).breach
    client, url = signed_in(town.gdpr), f"{breach.get_absolute_url()}{end}/"
    page = text_of(client.post(url, data | {"version": breach.version}, follow=True))
    assert HIDDEN in page
    assert "010190-xxxx" in page
    assert "010190-1234" not in page


def test_nothing_is_said_of_hiding_where_nothing_was_hidden(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    client, data = signed_in(town.gdpr), {"kind": "note", "text": "Om 12345678.", "step": "reject", "note": "Nej."}
    for end in ("skriv", "trin"):
        answer = client.post(f"{breach.get_absolute_url()}{end}/", data | {"version": breach.version}, follow=True)
        assert HIDDEN not in text_of(answer)


def test_conflict_says_nothing_of_hiding_since_nothing_was_stored(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    data = {"step": "reject", "note": "Om 010190-1234.", "verdict": "yes", "reason": "Om 010190-1234.", "version": 99}
    for end in ("trin", "vurdering"):
        response = signed_in(town.gdpr).post(f"{breach.get_absolute_url()}{end}/", data)
        assert response.status_code == 409
        assert HIDDEN not in text_of(response)


def test_leader_who_reported_answers_as_reporter(town: Town) -> None:
    breach = town.report(by=town.leader).breach
    url = f"{breach.get_absolute_url()}skriv/"
    signed_in(town.gdpr).post(url, {"text": "Hvem fik mailen?", "token": "q" * 20, "kind": "question"})
    client = signed_in(town.leader)
    page = text_of(client.get(breach.get_absolute_url()))
    assert "Svar eller tilføj som melder" in page
    assert "Gem som intern note" in page
    assert "Send til den, der meldte" not in page
    client.post(url, {"text": "En borger.", "token": "a" * 20, "kind": "answer"})
    assert Entry.objects.get(text="En borger.").kind == "answer"
    client.post(url, {"text": "Mailen er slettet.", "token": "b" * 20, "kind": "answer"})
    assert Entry.objects.get(text="Mailen er slettet.").kind == "addition"
    client.post(url, {"text": "Til os selv.", "token": "c" * 20, "kind": "note"})
    assert Entry.objects.get(text="Til os selv.").kind == "note"


def test_dpo_who_reported_answers_but_writes_no_notes(town: Town) -> None:
    breach = town.report(by=town.dpo).breach
    client = signed_in(town.dpo)
    page = text_of(client.get(breach.get_absolute_url()))
    assert "Svar eller tilføj som melder" in page
    assert "Gem som intern note" not in page
    client.post(f"{breach.get_absolute_url()}skriv/", {"text": "Mere.", "token": "a" * 20, "kind": "note"})
    assert Entry.objects.get().kind == "addition"


def test_whoever_did_not_report_cannot_answer_as_reporter(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    client = signed_in(town.leader)
    page = text_of(client.get(breach.get_absolute_url()))
    assert "Svar eller tilføj som melder" not in page
    assert "Send til den, der meldte" in page
    client.post(f"{breach.get_absolute_url()}skriv/", {"text": "Som melder.", "token": "a" * 20, "kind": "answer"})
    assert Entry.objects.get().kind == "note"


def test_note_is_told_to_the_others_once_each(town: Town) -> None:
    breach = town.report(by=town.leader).breach  # her own leader is told; she is not, as the one who reported
    reported = set(Message.objects.filter(recipient__isnull=False).values_list("recipient", flat=True))
    data = {"text": "Min afdeling er det ikke.", "token": "n" * 20, "kind": "note"}
    for _ in range(2):
        signed_in(town.health_chief).post(f"{breach.get_absolute_url()}skriv/", data)
    told = list(Message.objects.filter(kind="breach_entry").values_list("recipient", flat=True))
    assert sorted(told) == sorted(reported - {town.health_chief.pk, town.leader.pk})
    assert town.gdpr.pk in told
    assert "afdeling" not in "".join(Message.objects.values_list("body", flat=True))


def test_note_is_not_told_to_the_reporter_nor_to_those_who_may_no_longer_see_it(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    Appointment.objects.filter(person=town.leader).update(to_on=today() - timedelta(days=1))
    signed_in(town.gdpr).post(
        f"{breach.get_absolute_url()}skriv/", {"text": "Kun for os.", "token": "n" * 20, "kind": "note"}
    )
    told = Message.objects.filter(kind="breach_entry")
    assert [message.recipient for message in told] == [town.gdpr2]


def test_photo_alone_is_an_entry(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    file = SimpleUploadedFile("brev.txt", b"abc", "text/plain")
    response = signed_in(town.employee).post(
        f"{breach.get_absolute_url()}skriv/", {"text": "", "token": "d" * 20, "files": file}
    )
    assert response.status_code == 302
    entry = Entry.objects.get()
    assert entry.text == "Filer vedlagt."
    assert entry.files.get().stored.original_name == "brev.txt"


def test_file_that_was_taken_away_again_is_no_entry(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    kept = files.sign(files.store(SimpleUploadedFile("brev.txt", b"abc"), keep_for=files.KEEP))
    client, url = signed_in(town.employee), f"{breach.get_absolute_url()}skriv/"
    data = {"text": "", "token": "d" * 20, "kept_files": kept}
    assert client.post(url, data | {"drop_file": kept}).status_code == 422
    assert not Entry.objects.exists()
    assert client.post(url, data).status_code == 302
    assert Entry.objects.get().files.exists()


def test_inbox_is_ones_own(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    assert breach.number in text_of(signed_in(town.leader).get("/indbakke/"))
    assert breach.number not in text_of(signed_in(town.school_leader).get("/indbakke/"))


def test_my_page_shows_the_case_that_waits(town: Town) -> None:
    breach = town.report(by=town.employee).breach
    assert f"Sag {breach.number}" in text_of(signed_in(town.leader).get("/"))
    assert f"Sag {breach.number}" in text_of(signed_in(town.gdpr).get("/"))
    assert breach.number not in text_of(signed_in(town.school_leader).get("/"))


def test_gdpr_unit_places_a_case_and_its_leader_is_told(town: Town) -> None:
    breach = town.report(unit_text="Skolen ved skoven").breach
    duty = Duty.objects.held_by(town.gdpr).get()
    response = signed_in(town.gdpr).post(
        f"{breach.get_absolute_url()}enhed/", {"unit": town.school.pk, "version": breach.version}
    )
    assert response.status_code == 302
    assert Told.objects.filter(breach=breach, person=town.school_leader).exists()
    assert breach.number in text_of(signed_in(town.school_leader).get("/brud/"))
    duty.refresh_from_db()
    assert duty.state == "done"


def test_excluded_leader_is_not_told_when_the_case_is_placed(town: Town) -> None:
    breach = town.report(by=town.employee, leader_choice="about_leader").breach
    signed_in(town.gdpr).post(
        f"{breach.get_absolute_url()}enhed/", {"unit": town.home_care.pk, "version": breach.version}
    )
    assert not Told.objects.filter(breach=breach, person=town.leader).exists()


def test_leader_meant_in_a_report_without_unit_is_kept_out_when_the_case_is_placed(town: Town) -> None:
    """Also her deputy while she is away, and also in the unit of a second try; the unit above is told."""
    breach = town.report(leader_choice="about_leader", is_anonymous=True).breach
    Absence.objects.create(person=town.leader, from_on=today(), to_on=today())
    set_unit(breach, town.home_care, by=town.gdpr)
    set_unit(breach, town.school, by=town.gdpr)
    told = set(Told.objects.filter(breach=breach, track="leader").values_list("person__username", flat=True))
    assert told == {"health_chief", "children_chief"}
    for kept_out in (town.leader, town.deputy, town.school_leader):
        assert not Breach.objects.visible_to(kept_out).exists()
        assert signed_in(kept_out).get(breach.get_absolute_url()).status_code == 404
    assert "holdes ude af sagen" in text_of(signed_in(town.gdpr).get(breach.get_absolute_url()))


def test_leader_of_a_new_unit_is_told_when_the_report_named_its_own(town: Town) -> None:
    breach = town.report(by=town.employee, leader_choice="about_leader").breach
    set_unit(breach, town.school, by=town.gdpr)
    assert Told.objects.filter(breach=breach, person=town.school_leader).exists()


@pytest.mark.parametrize("end", ["vurdering", "bekendt", "enhed"])
def test_each_decision_has_a_page_for_the_gdpr_unit_only(town: Town, end: str) -> None:
    breach = town.report(by=town.employee).breach
    response = signed_in(town.gdpr).get(f"{breach.get_absolute_url()}{end}/")
    assert response.status_code == 200
    assert re.search(rf'name="version"[^>]* value="{breach.version}"', text_of(response))
    assert signed_in(town.leader).get(f"{breach.get_absolute_url()}{end}/").status_code == 403
