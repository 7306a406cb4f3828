"""Nothing typed about a document is lost, whether the session has ended, the page is old or somebody came first."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from meetings.models import DecisionFile
from policy import actions
from policy.enums import Kind
from policy.models import Version
from roles.models import User, today
from tests.access_objects import ASKED, TEXT, holders_now, write
from tests.factories import make_whole_town

pytestmark = pytest.mark.django_db
Desk = tuple[dict[str, User], Version, Version]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def desk() -> Desk:
    """Who does what; a draft, and a text that is being heard and has a comment."""
    who = holders_now(make_whole_town())
    draft, heard = (write(who, Kind.PROCEDURE, title) for title in ("Nøgler", "Gæster"))
    actions.open_hearing(heard, ASKED, today() + timedelta(days=9), by=who["it_coordinator"])
    actions.comment(heard, "Hvem følger dem ud?", by=who["leader"])
    return who, draft, heard


LONG = "En lang tekst, »æøå«."
WRITTEN = {  # address: who writes there, what else the form sends, and the fields with words in them
    "tekst": ("it_coordinator", {"title": "Nøgler", "revision": "1"}, ("text", "change_note", "title")),
    "hoering": ("it_coordinator", {"roles": ["dpo"], "due_on": "x"}, ("message", "left_out_why")),
    "punkter": ("it_coordinator", {"revision": "1"}, ("roles-1",)),
    "kommentar": ("lawyer", {}, ("text",)),
    "kommentar/luk": ("it_coordinator", {"comment": "1"}, ("answer",)),
    "hoering/svar": ("lawyer", {"part": "1"}, ("text",)),
    "trin": ("it_coordinator", {"step": "take_back", "seen": "x"}, ("note",)),
    "beslutning/allerede": ("director", {"decided_on": "x", "seen": "x"}, ("text", "statement", "reference")),
}
FIELDS_OF_DOCUMENTS = [(end, name) for end, (_, _, names) in WRITTEN.items() for name in names]


@pytest.mark.parametrize(("end", "name"), FIELDS_OF_DOCUMENTS)
def test_words_about_a_document_sent_after_the_session_ended_stand_on_the_page(desk: Desk, end: str, name: str) -> None:
    _, draft, _ = desk
    _, more, _ = WRITTEN[end]
    answer = Client().post(f"{draft.get_absolute_url()}{end}/", more | {name: LONG})
    page = unescape(answer.content.decode())
    assert answer.status_code == 403
    assert LONG in page
    assert "Du er blevet logget ud" in page


@pytest.mark.parametrize(("end", "name"), FIELDS_OF_DOCUMENTS)
def test_stale_seal_keeps_the_words_about_a_document(desk: Desk, end: str, name: str) -> None:
    who, draft, _ = desk
    role, more, _ = WRITTEN[end]
    client = Client(enforce_csrf_checks=True)
    client.force_login(who[role])
    answer = client.post(f"{draft.get_absolute_url()}{end}/", more | {name: LONG})
    assert answer.status_code == 403
    assert LONG in unescape(answer.content.decode())


@pytest.mark.parametrize("name", ["title", "journal_number", "policy_section"])
def test_what_is_said_beside_the_text_stands_there_when_something_is_wrong(desk: Desk, name: str) -> None:
    who, draft, _ = desk
    new, edit = "/dokumenter/nyt/", f"{draft.document.get_absolute_url()}oplysninger/"
    for path in [new] if name == "title" else [new, edit]:
        answer = signed_in(who["it_coordinator"]).post(path, {name: "Ord, der ikke må tabes", "review_months": "99"})
        assert answer.status_code == 422
        assert "Ord, der ikke må tabes" in unescape(answer.content.decode()), path


def test_words_that_come_too_late_stand_on_the_page(desk: Desk) -> None:
    """Somebody else did it first, or ended it: what was typed comes back with why."""
    who, draft, heard = desk
    stale = {"seen": "draft-0-"}
    late = {
        f"{draft.get_absolute_url()}tekst/": ("it_coordinator", {"title": "Nøgler", "revision": "0", "text": LONG}),
        f"{heard.get_absolute_url()}tekst/": ("it_coordinator", {"title": "Gæster", "revision": "1", "text": LONG}),
        f"{heard.get_absolute_url()}trin/": ("it_coordinator", {"step": "take_back", "note": LONG, **stale}),
        f"{draft.get_absolute_url()}beslutning/allerede/": (
            "director", {"decided_on": today().isoformat(), "reference": "Sag 1", "text": LONG, **stale}),
        f"{draft.get_absolute_url()}hoering/": ("it_coordinator", {
            "roles": ["lawyer", "dpo"], "due_on": (today() + timedelta(days=9)).isoformat(), "message": LONG, **stale}),
    }  # fmt: skip
    for path, (role, sent) in late.items():
        answer = signed_in(who[role]).post(path, sent)
        assert answer.status_code == 409, path
        assert LONG in unescape(answer.content.decode()), path
    assert not Version.objects.exclude(text=TEXT).exists()


def test_text_of_a_draft_survives_everybodys_browser(desk: Desk) -> None:
    """Kept as it is typed, it stands in the editor again after the session ended, also when another saved meanwhile."""
    who, draft, _ = desk
    client = signed_in(who["it_chief"])
    client.post(f"{draft.get_absolute_url()}tekst/kladde/", {"text": LONG, "revision": "1"})
    actions.save_text(draft, "## Et andet\n\nSted.\n", title="Nøgler", by=who["it_coordinator"], revision=1)
    assert LONG in unescape(signed_in(who["it_chief"]).get(f"{draft.get_absolute_url()}tekst/").content.decode())
    assert LONG not in signed_in(who["it_coordinator"]).get(f"{draft.get_absolute_url()}tekst/").content.decode()


def test_minutes_are_kept_when_a_decision_comes_back(desk: Desk) -> None:
    who, draft, _ = desk
    client, address = signed_in(who["director"]), f"{draft.get_absolute_url()}beslutning/allerede/"
    file = SimpleUploadedFile("referat.txt", b"Punkt 4.", "text/plain")
    sent = {"decided_on": "i går", "reference": "Sag 1", "seen": draft.seen}
    answer = client.post(address, sent | {"files": file})
    assert answer.status_code == 422
    kept = re.search(r'name="kept_files" value="([^"]+)"', answer.content.decode())
    assert kept is not None
    sent |= {"decided_on": (today() - timedelta(days=9)).isoformat(), "kept_files": unescape(kept[1])}
    assert client.post(address, sent).status_code == 302
    assert DecisionFile.objects.get().stored.original_name == "referat.txt"
