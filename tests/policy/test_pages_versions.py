"""The editor, the clauses, the comments and the steps of a version: what is typed is never lost, nor written over."""

import re
from html import escape
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from policy import actions
from policy.enums import State
from policy.models import EditDraft, Version
from roles.enums import Role
from roles.models import User
from tests.desk import TEXT, Desk, fresh
from tests.policy.pages import hidden, signed_in, text_of
from tests.policy.payloads import PAYLOADS
from tests.policy.texts import Page, long_text

EVIL = "\n\n".join(PAYLOADS)


def save(person: User, version: Version, text: str, **fields: Any) -> Any:
    sent = {"title": version.title, "text": text, "revision": version.revision, **fields}
    return signed_in(person).post(f"{version.get_absolute_url()}tekst/", sent)


def step(person: User, version: Version, key: str, note: str = "", seen: str = "") -> Any:
    sent = {"step": key, "note": note, "seen": seen or version.seen}
    return signed_in(person).post(f"{version.get_absolute_url()}trin/", sent)


# ── The version's page ───────────────────────────────────────────────────────────────────────────
def test_page_takes_the_same_queries_however_much_was_written(desk: Desk) -> None:
    def queries(version: Version) -> int:
        client = signed_in(desk.writer)
        client.get(version.get_absolute_url())
        with CaptureQueriesContext(connection) as found:
            assert client.get(version.get_absolute_url()).status_code == 200
        return len(found)

    few, many = desk.hear(desk.make()), desk.make(title="Lang", text=long_text(120))
    actions.comment(few, "Hvad med det?", by=desk.dpo)
    actions.bind_clauses(many, {one.key: ([Role.DPO], []) for one in many.clauses.all()}, by=desk.writer, revision=1)
    many = desk.hear(fresh(many))
    for number in range(15):
        made = actions.comment(many, f"Nummer {number}", by=desk.dpo if number % 2 else desk.lawyer)
        if number % 3:
            actions.close_comment(made, "Rettet.", by=desk.it_chief)
    assert queries(many) == queries(few)


def test_text_is_shown_escaped_everywhere(desk: Desk) -> None:
    version = desk.make(title="<script>alert(1)</script>", text=EVIL)
    actions.comment(version, "<script>alert(2)</script>", by=desk.lawyer)
    url = version.get_absolute_url()
    pages = [url, f"{url}tekst/", f"{url}punkter/", f"{url}forloeb/", version.document.get_absolute_url()]
    for page in pages:
        shown = Page(signed_in(desk.writer).get(page).content.decode().partition("<main")[2])
        assert {"script", "iframe", "img", "object", "embed", "style"}.isdisjoint(tag for tag, _ in shown.tags)
        assert not [name for _, attrs in shown.tags for name in attrs if name.startswith("on")], page
        assert not [one for one in shown.values("href") if re.match(r"\s*(javascript|data|vbscript):", one, re.I)], page
    preview = signed_in(desk.writer).post(f"{url}tekst/vis/", {"text": EVIL}).content.decode()
    assert "<script" not in preview
    assert escape("<script>") in preview


def test_strangers_and_colleagues_do_not_find_a_draft(desk: Desk) -> None:
    url = desk.make().get_absolute_url()
    for path in ("", "tekst/", "punkter/", "hoering/", "beslutning/beslut/", "forloeb/", "rettelser/"):
        assert signed_in(desk.employee).get(url + path).status_code == 404
    for path in ("trin/", "kommentar/", "tekst/kladde/", "tekst/vis/", "kommentar/luk/", "hoering/svar/"):
        assert signed_in(desk.employee).post(url + path).status_code == 404


def test_those_who_only_follow_see_no_door_to_the_text(desk: Desk) -> None:
    version = desk.make()
    url = version.get_absolute_url()
    page = text_of(signed_in(desk.dpo).get(url))
    assert f"{url}tekst/" not in page
    for path in ("tekst/", "punkter/", "hoering/"):
        response = signed_in(desk.dpo).get(url + path)
        assert response.status_code == 403
        assert "skriver i dokumenterne" in text_of(response)


# ── The editor ───────────────────────────────────────────────────────────────────────────────────
def test_text_is_saved(desk: Desk) -> None:
    version = desk.make()
    assert f'value="{version.revision}"' in text_of(signed_in(desk.writer).get(f"{version.get_absolute_url()}tekst/"))
    response = save(desk.writer, version, "## Nyt\r\n\r\nEn sætning.", change_note="Alt er nyt.")
    assert response["Location"] == version.get_absolute_url()
    version = fresh(version)
    assert (version.text, version.change_note) == ("## Nyt\n\nEn sætning.", "Alt er nyt.")


def test_second_saver_sees_both_texts_and_what_differs_and_saves_again(desk: Desk) -> None:
    version = desk.make()
    theirs, mine = TEXT.replace("straks", "inden en time"), TEXT + "\nMin egen sætning.\n"
    assert save(desk.writer, version, theirs).status_code == 302
    response = save(desk.gdpr_unit, version, mine)
    page = text_of(response)
    assert response.status_code == 409
    assert "To tekster på én gang" in page
    assert page.count("Alle melder brud inden en time.") >= 1
    assert "Min egen sætning." in page
    assert re.search(r"<ins[ >]", page)
    assert re.search(r"<del[ >]", page)
    assert fresh(version).text == theirs
    newer = hidden(page, "revision")
    merged = theirs + "\nMin egen sætning.\n"
    assert save(desk.gdpr_unit, version, merged, revision=newer).status_code == 302
    assert fresh(version).text == merged


@pytest.mark.parametrize("state", [State.HEARING, State.SUBMITTED, State.IN_FORCE])
def test_text_that_is_locked_meanwhile_keeps_what_was_typed(desk: Desk, state: State) -> None:
    version = desk.at(state)
    before = version.text
    assert signed_in(desk.writer).get(f"{version.get_absolute_url()}tekst/").status_code == 302
    response = save(desk.writer, version, "Min lange tekst.")
    page = text_of(response)
    assert response.status_code == 409
    assert f"Teksten er »{version.get_state_display()}« og kan ikke rettes nu" in page
    assert "Min lange tekst." in page
    assert fresh(version).text == before


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"title": " "}, "Skriv en titel."), ({"change_note": "x" * 501}, "1 tegn for lang"), ({"revision": "x"}, "tal")],
)
def test_text_that_cannot_be_saved_comes_back(desk: Desk, fields: dict[str, str], sentence: str) -> None:
    version = desk.make()
    response = save(desk.writer, version, "Min lange tekst.", **fields)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert "Min lange tekst." in text_of(response)
    assert fresh(version).text == TEXT


def test_words_are_kept_as_they_are_typed_and_stand_there_again(desk: Desk) -> None:
    version = desk.make()
    url = f"{version.get_absolute_url()}tekst/"
    client = signed_in(desk.writer)
    response = client.post(f"{url}kladde/", {"text": "Halv sætning\x00", "revision": "1"})
    assert response.status_code == 200
    assert response.json()["behind"] is False
    assert "Din kladde er gemt kl." in response.json()["sentence"]
    page = text_of(client.get(url))
    assert "Halv sætning" in page
    assert "som ikke er gemt i dokumentet endnu" in page
    assert "Halv sætning" not in text_of(signed_in(desk.gdpr_unit).get(url))
    assert fresh(version).text == TEXT
    client.post(url, {"drop": "1"})
    assert "Halv sætning" not in text_of(client.get(url))
    assert not EditDraft.objects.exists()


def test_kept_words_that_are_behind_say_so_and_end_in_a_comparison(desk: Desk) -> None:
    version = desk.make()
    url = f"{version.get_absolute_url()}tekst/"
    save(desk.gdpr_unit, version, "Andres tekst.")
    client = signed_in(desk.writer)
    kept = client.post(f"{url}kladde/", {"text": "Min tekst.", "revision": "1"}).json()
    assert kept["behind"] is True
    assert "En anden har gemt teksten imens" in kept["sentence"]
    revision = hidden(text_of(client.get(url)), "revision")
    assert revision == "1"
    assert save(desk.writer, version, "Min tekst.", revision=revision).status_code == 409
    assert fresh(version).text == "Andres tekst."


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 5000, "1.5"])
def test_kept_words_without_a_sensible_revision_are_refused(desk: Desk, revision: str) -> None:
    response = signed_in(desk.writer).post(
        f"{desk.make().get_absolute_url()}tekst/kladde/", {"text": "x", "revision": revision}
    )
    assert response.status_code == 422
    assert response.json()["sentence"] == "Kladden kunne ikke gemmes."


def test_editor_shows_the_open_comments(desk: Desk) -> None:
    version = desk.make()
    actions.close_comment(actions.comment(version, "Afsluttet.", by=desk.dpo), "", by=desk.dpo)
    actions.comment(version, "Hvem er alle?", by=desk.dpo, clause_number="2.3")
    page = text_of(signed_in(desk.writer).get(f"{version.get_absolute_url()}tekst/"))
    assert "Hvem er alle?" in page
    assert "om punkt 2.3" in page
    assert "Afsluttet." not in page


# ── Steps ────────────────────────────────────────────────────────────────────────────────────────
def test_step_is_taken_on_the_page(desk: Desk) -> None:
    version = desk.heard(desk.make())
    assert "Send til behandling" in text_of(signed_in(desk.writer).get(version.get_absolute_url()))
    response = step(desk.writer, version, "submit")
    assert response["Location"] == version.get_absolute_url()
    assert fresh(version).state == State.SUBMITTED
    assert "Venter på: <strong>Informationssikkerhedsudvalget" in text_of(
        signed_in(desk.writer).get(version.get_absolute_url())
    )


def test_stale_page_takes_no_step_and_keeps_the_reason(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    response = step(desk.writer, version, "take_back", note="Min begrundelse.", seen="draft-1-")
    page = text_of(response)
    assert response.status_code == 409
    assert "Udgaven er ændret, mens du skrev" in page
    assert "Min begrundelse." in page
    assert fresh(version).state == State.SUBMITTED


def test_step_without_its_reason_or_with_too_long_a_one_is_refused(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    refused = step(desk.writer, version, "take_back", note=" ")
    assert refused.status_code == 409
    assert "Skriv en begrundelse" in text_of(refused)
    too_long = step(desk.writer, version, "take_back", note="Begrundelse. " * 200)
    assert too_long.status_code == 422
    assert "tegn for lang" in text_of(too_long)
    assert "Vælg et af trinene" not in text_of(too_long)
    areas = BeautifulSoup(too_long.content, "html.parser").select('textarea[name="note"]')
    assert any("Begrundelse. Begrundelse." in area.text for area in areas)
    assert fresh(version).state == State.SUBMITTED


@pytest.mark.parametrize(
    "key", ["decide", "recommend", "adopt", "enter_force", "supersede", "withdraw", "hear", "x", ""]
)
def test_steps_that_ask_more_are_not_taken_by_a_bare_press(desk: Desk, key: str) -> None:
    version = desk.recommended(desk.make())
    for person in (desk.director, desk.writer):
        assert step(person, version, key, note="Nu.").status_code == 422
    assert fresh(version).state == State.RECOMMENDED


def test_step_of_others_is_forbidden(desk: Desk) -> None:
    version = desk.submitted(desk.make())
    assert step(desk.director, version, "take_back", note="Nu.").status_code == 403
    assert step(desk.writer, version, "return", note="Nu.").status_code == 403
    assert step(desk.secretariat, version, "return", note="Nu.").status_code == 409
    assert fresh(version).state == State.SUBMITTED


# ── Comparing ────────────────────────────────────────────────────────────────────────────────────
def test_two_versions_are_compared_when_both_may_be_seen(desk: Desk) -> None:
    first = desk.adopted(desk.make())
    second = actions.start_version(first.document, by=desk.writer)
    actions.save_text(second, TEXT.replace("straks", "inden en time"), title="T", by=desk.writer, revision=1)
    url = f"{first.document.get_absolute_url()}sammenlign/1/2/"
    page = text_of(signed_in(desk.writer).get(url))
    assert "inden en time" in page
    assert re.search(r"<del[ >]", page)
    assert signed_in(desk.employee).get(url).status_code == 404
    assert signed_in(desk.writer).get(url.replace("/2/", "/9/")).status_code == 404


# ── Every save, and what it changed ──────────────────────────────────────────────────────────────
def test_each_save_shows_its_writer_and_what_it_changed(desk: Desk) -> None:
    version = desk.make()
    second = actions.save_text(version, f"{TEXT}\n- Alle låser skærmen.\n", title="Mail", by=desk.it_chief, revision=1)
    clause = second.clauses.exclude(number="").first()
    assert clause is not None
    actions.bind_clauses(second, {clause.key: ([Role.DPO], [])}, by=desk.writer, revision=2)
    desk.hear(fresh(second))  # a step changes no word, and is no save
    url, client = f"{version.get_absolute_url()}rettelser/", signed_in(desk.dpo)

    newest = text_of(client.get(url))
    assert [f"Rettelse {number}," in newest for number in (1, 2, 3, 4)] == [True, True, True, False]
    assert f"Ansvar for punkt {clause.number}" in newest
    assert "Teksten er den samme." in newest

    shown = client.get(f"{url}?rettelse=2").content.decode()
    assert str(desk.it_chief) in shown
    assert "<ins" in shown
    assert "Alle låser skærmen." in shown.partition('id="aendret"')[2]
    first = text_of(client.get(f"{url}?rettelse=1"))
    assert "Politikken beskytter borgernes oplysninger." in first.partition("Det ændrede rettelse 1")[2]
    for odd in ("", "0", "99", "x", "1' OR 1=1", "9" * 40):
        assert "Det ændrede rettelse 3" in text_of(client.get(url, {"rettelse": odd}))


def test_saves_are_listed_in_the_same_queries_however_many(desk: Desk) -> None:
    version, client = desk.make(), signed_in(desk.writer)
    counts = []
    client.get(f"{version.get_absolute_url()}rettelser/")
    for _ in range(2):
        for number in range(5):
            version = actions.save_text(
                version,
                f"{version.text}\nTilføjet {number}.\n",
                title="Mail",
                by=desk.writer,
                revision=version.revision,
            )
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"{version.get_absolute_url()}rettelser/").status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]
