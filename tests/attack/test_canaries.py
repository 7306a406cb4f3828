"""A unique word in every text field and file of two branches; each role reads everything it can reach, and finds no
word, number or count of another's. What is open by design stands in `readers.ALLOWED`; the rest is forbidden, and so is
every new field until a line there allows it."""

import csv
import inspect
import io
import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from openpyxl import load_workbook
from pypdf import PdfReader

from breaches.actions import write_entry
from breaches.enums import EntryKind
from breaches.models import Breach, BreachFile
from duties.models import Duty, DutyFile, DutyTemplate
from glostrup_isms.kit.files import StoredFile
from meetings.models import AgendaFile, AgendaItem, Body, Decision, DecisionFile, FollowUp, Meeting
from policy.models import ApprovalRoute, Document, Version
from roles.enums import OWNER_ROLES, Role
from roles.models import Appointment, ScimGroup, SyncRun, Unit, UnitGrant, User
from tests.access_matrix import OBJECTS, OPERATES, PAGES, STRANGERS
from tests.access_objects import sign_in
from tests.asked import DRAWN, READ, patterns, swept_by
from tests.attack.planting import TOKEN, WORD, Garden, is_key, our_models, plant, text_fields
from tests.attack.readers import DOCUMENTS, FOLLOWS, KNOWS, READERS, READS_DOCUMENTS, REPORTED, Reader, may_read
from tests.factories import make_whole_town

pytestmark = pytest.mark.django_db
LINKS_MAX = 25  # pages that only a link led to
LISTS_MAX = 4  # of them, lists in another order, filter or layout than `from_table` asks for
LINKS = re.compile(r'(?:href|src|action|hx-get)="([^"]*)"')
POSTED = re.compile(r'<form[^>]*method="post"([^>]*)>(.*?)</form>', re.DOTALL)
TYPED = re.compile(r'<(?:textarea|input[^>]*type="(?:text|search)")[^>]*name="(\w+)"|<textarea[^>]*name="(\w+)"')
KEY_OF = {
    "case": (Breach, "number"), "file": (StoredFile, "pk"), "unit": (Unit, "pk"), "person": (User, "pk"),
    "officer": (User, "pk"), "place": (Appointment, "pk"), "office": (Appointment, "pk"), "grant": (UnitGrant, "pk"),
    "duty": (Duty, "pk"), "task": (Duty, "pk"), "fixed": (DutyTemplate, "pk"),
    "run": (SyncRun, "pk"), "group": (ScimGroup, "pk"), "edition": (Version, "number"),
    **dict.fromkeys(("public", "document", "draft", "hearing"), (Document, "number")), "body": (Body, "slug"),
    "route": (ApprovalRoute, "pk"),
}  # fmt: skip
CLOSED = {"faelles", "organ", "kladde", "fortrolig", "moede", "lukket"}  # lines in which only some may look


@pytest.fixture(scope="module")
def planted(ground: Path) -> Garden:
    return plant(make_whole_town())


@pytest.fixture
def garden(planted: Garden) -> Garden:
    return deepcopy(planted)


# ── Where to begin ───────────────────────────────────────────────────────────────────────────────
def keys_of(garden: Garden, name: str) -> list[str]:
    """The keys of every planted object of a kind; of a role, every role."""
    if name == "role":
        return [role.slug for role in Role]
    model, attribute = KEY_OF[name]
    rows = model._default_manager.filter(pk__in=garden.planted[model._meta.label])
    return list(dict.fromkeys(str(getattr(row, attribute)).lower() for row in rows))


def first_addresses(garden: Garden) -> list[str]:
    """Every address of the resolver, with the key of every planted object in it, and every search of those without. A
    file through another's case has a test of its own."""
    views = dict(patterns())
    found: dict[str, None] = {}
    for page in PAGES:
        names = [name for name in OBJECTS if f"{{{name}}}" in page.path]
        if "file" in names:
            keys = [{"case": row.breach.number, "file": row.stored_id} for row in BreachFile.objects.all()]
        elif "proof" in names:
            keys = [{"task": row.entry.duty_id, "proof": row.stored_id} for row in DutyFile.objects.all()]
        elif "minutes" in names:
            keys = [{"decision": row.decision_id, "minutes": row.stored_id} for row in DecisionFile.objects.all()]
        elif {"meeting", "held", "ballot"} & set(names):
            keys = keys_of_meetings(garden, names)
        else:
            keys = [dict(zip(names, some, strict=True)) for some in product(*(keys_of(garden, name) for name in names))]
        found |= dict.fromkeys(page.path.format(**some) for some in keys)
        if not names:
            asked = READ.findall(inspect.getsource(inspect.unwrap(views[page.name].callback)))
            for name, value in product(dict.fromkeys(asked), [WORD, *keys_of(garden, "unit")]):
                found[f"{page.path}?{urlencode({name: value})}"] = None
    things = [*garden.cases.values(), *Unit.objects.filter(pk__in=keys_of(garden, "unit"))]
    for person, thing in product(keys_of(garden, "person")[:2], things):
        query = {"person": f"/organisation/personer/{person}/", "om": thing.get_absolute_url()}
        found[f"/organisation/hvorfor/?{urlencode(query)}"] = None
    return list(found)


def keys_of_meetings(garden: Garden, names: list[str]) -> list[dict[str, str]]:
    """Each planted meeting, point or paper, by its own address."""
    if "paper" in names:
        rows: Any = AgendaFile.objects.all()
        points = [(row.item, {"paper": row.stored_id}) for row in rows.select_related("item__meeting__body")]
    elif "asked" in names:
        asked = FollowUp.objects.select_related("item__meeting__body")
        points = [(row.item, {"asked": row.pk}) for row in asked]
    elif {"point", "secret", "question"} & set(names):
        points = [(item, {}) for item in AgendaItem.objects.select_related("meeting__body")]
    else:
        points = [(AgendaItem(meeting=meeting), {}) for meeting in Meeting.objects.select_related("body")]
    return [
        {"body": item.meeting.body.slug, **own}
        | dict.fromkeys(("meeting", "held", "ballot"), item.meeting_id)
        | dict.fromkeys(("point", "secret", "question"), item.pk)
        for item, own in points
    ]


def from_table(address: str, table: Any) -> Iterator[str]:
    """What a list can be asked for: the page and both files with all columns, and each filter."""
    every = ",".join(column.key for column in table.columns)
    yield from (f"{address}?antal=100&kolonner={every}{more}" for more in ("", "&eksport=csv", "&eksport=xlsx"))
    for one in table.filters:
        options = [value for value, _ in one.options(table.request)] if one.kind == "choice" else [WORD, "ja"]
        yield from (f"{address}?{urlencode({one.key: value})}" for value in options[:4])


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def readable(response: Any) -> str:
    body = b"".join(response) if response.streaming else response.content
    kind = response.get("Content-Type", "")
    heads = "\n".join(f"{name}: {value}" for name, value in response.items())
    if "spreadsheet" in kind:
        book = load_workbook(io.BytesIO(body))
        cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
        return "\n".join([heads, *cells])
    if "pdf" in kind:
        return "\n".join([heads, *(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)])
    return f"{heads}\n{unescape(body.decode('utf-8', 'replace'))}"


def posts_of(address: str, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each form of the page that something can be typed in, with the planted word typed: POST searches too."""
    if "?" in address:
        return  # the same forms as without
    for head, body in POSTED.findall(text):
        action = re.search(r'action="([^"]*)"', head)
        typed = [one or other for one, other in TYPED.findall(body)]
        if typed:
            sent = dict.fromkeys(DRAWN.findall(body), "") | dict.fromkeys(typed, WORD)
            yield urljoin(address, action[1] if action else ""), sent


def crawl(client: Client, start: list[str]) -> Iterator[tuple[str, int, str]]:
    """(address, status, what can be read) of the first addresses and of what they lead to."""
    waiting, seen, lists, linked = list(start), set(start), 0, 0
    while waiting:
        address = waiting.pop(0)
        response = client.get(address)
        text = readable(response)
        yield address, response.status_code, text
        if response.status_code == 302:
            onward: Iterable[str] = [urljoin(address, response["Location"])]
        elif response.status_code == 200 and "html" in response.get("Content-Type", ""):
            table = (response.context or {}).get("table")
            if table is not None and "?" not in address:
                asked = list(from_table(address, table))
                waiting += [one for one in asked if one not in seen]
                seen.update(asked)
            if "q=" in address or "under=" in address or (table is not None and "?" not in address):
                yield from pieces(client, address, table)
            for where, sent in posts_of(address, text):
                with transaction.atomic():
                    answer = client.post(where, sent)
                    yield where, answer.status_code, readable(answer)
                    transaction.set_rollback(True)
            onward = [urljoin(address, link) for link in LINKS.findall(text)]
        else:
            onward = []
        for link in onward:
            link = link.partition("#")[0]
            if link in seen or urlsplit(link).netloc or link.startswith(("/static/", "/log-ud", "data:", "mailto:")):
                continue
            lists, linked = lists + ("?" in link), linked + 1
            if response.status_code == 302 or (linked <= LINKS_MAX and ("?" not in link or lists <= LISTS_MAX)):
                seen.add(link)
                waiting.append(link)


def pieces(client: Client, address: str, table: Any) -> Iterator[tuple[str, int, str]]:
    """The same as HTMX asks for it."""
    target = {"HTTP_HX_TARGET": table.id} if table is not None else {}
    response = client.get(address, HTTP_HX_REQUEST="true", **target)
    yield address, response.status_code, readable(response)


def page_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


def person_of(garden: Garden, name: str) -> User | None:
    town = garden.town
    others = {"other_chief": town.children_chief, "teacher": town.teacher, "acting_deputy": town.deputy}
    return None if name in STRANGERS else others.get(name) or town.holders[name]


def reads(garden: Garden, name: str) -> tuple[Reader, Client]:
    person = person_of(garden, name)
    if name in ("other_chief", "teacher"):
        client = Client()
        client.force_login(person)
    else:
        client = sign_in(garden.town, name)
    return Reader(name, person), client


def leaks_to(garden: Garden, name: str, start: list[str]) -> tuple[list[str], set[str], int]:
    """(leaks, every word that was met, how many answers were read)."""
    leaks, met, answers = [], set(), 0
    judged: dict[tuple[str, str], bool] = {}
    with transaction.atomic():
        reader, client = reads(garden, name)
        for address, status, text in crawl(client, start):
            answers += 1
            assert status < 500 or "/readyz" in address, f"{status} {address}"
            page = page_of(address)
            for word in set(TOKEN.findall(text)) & garden.words.keys():
                met.add(word)
                planted, question = garden.words[word], (word, page)
                if question not in judged:
                    judged[question] = may_read(reader, planted, page)
                if word not in address and not judged[question]:
                    leaks.append(f"{name}: {planted.where} of {planted.line} ({word}) on {page}: {status} {address}")
        counts_are_her_own(garden, reader, client)
        transaction.set_rollback(True)
    return leaks, met, answers


# ── The rules ────────────────────────────────────────────────────────────────────────────────────
def test_every_model_with_text_is_planted(garden: Garden) -> None:
    """In both branches, or where only some may look: a model without a row would prove nothing."""
    missing = []
    for model in our_models():
        fields = [one.name for one in text_fields(model) if not is_key(model, one.name)]
        lines = {word.line for word in garden.words.values() if word.model == model._meta.label}
        if fields and not (lines >= {"pleje", "skole"} or lines & CLOSED):
            missing.append(f"{model._meta.label}: {', '.join(fields)}")
    assert not missing, "Plant a row of these in both branches (tests/attack/planting.py):\n" + "\n".join(missing)


def test_every_page_is_begun_at() -> None:
    assert {name for name, _ in patterns()} == {page.name for page in PAGES}


@pytest.mark.parametrize("name", swept_by(READERS))
def test_no_page_list_export_or_file_shows_what_is_anothers(garden: Garden, name: str) -> None:
    """And to those who keep the portal running, not one word of any case: only the number of one whose message is
    stuck."""
    leaks, met, answers = leaks_to(garden, name, first_addresses(garden))
    assert not leaks, f"{len(leaks)} leaks\n" + "\n".join(dict.fromkeys(leaks))
    assert answers > 200
    if name in OPERATES:
        words = [garden.words[word] for word in met if garden.words[word].line not in (*DOCUMENTS, "moede", "lukket")]
        of_cases = {word.where for word in words if word.model.startswith(("breaches.", "file"))}
        assert of_cases <= {"breaches.Breach.number"}
        files_read = [word.row.pk for word in words if word.where == "kit.StoredFile.original_name"]
        assert not BreachFile.objects.filter(stored__in=files_read).exists()


def counts_are_her_own(garden: Garden, reader: Reader, client: Client) -> None:
    documents_are_her_own(reader, client)
    if reader.person is None:
        return
    wanted = len({*FOLLOWS.get(reader.name, ()), *REPORTED.get(reader.name, ())} & garden.cases.keys())
    page = client.get("/brud/?nulstil=1")
    assert page.context["table"].count == wanted, reader.name
    assert len(re.findall(r'id="raekke-\d+"', page.content.decode())) == wanted
    export = b"".join(client.get("/brud/?eksport=csv&kolonner=nummer")).decode()
    assert len(list(csv.reader(io.StringIO(export), delimiter=";"))) == wanted + 1
    for figure in client.get("/").context.get("figures", []):
        assert int(figure["value"]) <= (of_documents(reader) if "dokumenter" in figure["label"] else wanted)
    for line, unit in (("pleje", garden.town.home_care), ("skole", garden.town.school)):
        page = client.get(unit.get_absolute_url())
        panels = page.context.get("panels", ()) if page.status_code == 200 else ()
        shown = [panel.count for panel in panels if panel.key == "brud"]
        lines = {line, "omleder"} if line == "pleje" else {line}
        assert shown in ([], [len(lines & set(FOLLOWS.get(reader.name, ())))]), f"{reader.name} {line}"
    if reader.name in KNOWS:
        assert client.get("/organisation/personer/?nulstil=1").context["table"].count == people_known(reader)


def of_documents(reader: Reader) -> int:
    """How many documents she may list: the next version of one is in the document that it will replace."""
    return len(set(READS_DOCUMENTS[reader.name]) - {"naeste"})


def documents_are_her_own(reader: Reader, client: Client) -> None:
    """In the list, the export and the filters; one whose next version she may not see has no next version for her."""
    page = client.get("/dokumenter/?nulstil=1")
    if reader.name in STRANGERS:
        assert len(re.findall(r'<li><a class="thing"', page.content.decode())) == of_documents(reader)
        return
    assert page.context["table"].count == of_documents(reader), reader.name
    export = b"".join(client.get("/dokumenter/?eksport=csv&kolonner=nummer")).decode()
    assert len(list(csv.reader(io.StringIO(export), delimiter=";"))) == of_documents(reader) + 1
    sees = {"naeste", "kladde"} & set(READS_DOCUMENTS[reader.name])
    assert client.get("/dokumenter/?tilstand=kladde").context["table"].count == len(sees), reader.name


def people_known(reader: Reader) -> int:
    """How many a leader, or an office, may list: counted one by one, also those who left lately."""
    if len(KNOWS[reader.name]) == 2 and reader.name != "director":
        return User.objects.count()
    heads = {"centre_chief": "Center for Sundhed", "other_chief": "Center for Børn", "director": "Prøvekøbing Kommune"}
    heads |= {"leader": "Hjemmeplejen Nord", "acting_deputy": "Hjemmeplejen Nord", "other_leader": "Skovskolen"}
    branch, found = Unit.objects.get(name=heads[reader.name]).pk, {reader.person.pk}  # type: ignore[union-attr]
    stands: dict[int, list[Appointment]] = {}
    for place in Appointment.objects.exclude(role__in=OWNER_ROLES).select_related("unit"):
        stands.setdefault(place.person_id, []).append(place)
    for person, places in stands.items():  # where she stands today; of one who stands nowhere, where she stood
        today_only = [place for place in places if place.is_in_force] or places
        if any(branch in place.unit.line for place in today_only):
            found.add(person)
    return len(found)


def test_those_who_may_see_do_see(garden: Garden) -> None:
    """The crawl reaches the words where they may be read: a crawl that finds nothing would prove nothing."""
    start = first_addresses(garden)
    _, met, _ = leaks_to(garden, "gdpr_unit", start)
    unread = {word.where for word in garden.words.values() if word.word not in met}
    read = {garden.words[word].where for word in met}
    wanted = {
        *(f"breaches.Breach.{name}" for name in (
            "number", "description", "where_text", "system_text", "persons_count_text", "measures_text", "leader_text",
            "reporter_name", "reporter_contact", "leader_reason")),
        "breaches.Entry.text", "breaches.Event.sentence", "breaches.Told.reason", "kit.StoredFile.original_name",
        "file.shown", "file.note", "roles.Unit.name", "roles.User.name", "roles.User.username", "roles.User.email",
        "roles.SyncRun.file_name", "roles.SyncRun.notes", "roles.SyncChange.subject", "roles.SyncChange.before",
        "roles.ScimGroup.display_name", "file.minutes", "policy.Event.sentence", "policy.Clause.text",
        *(f"policy.Document.{name}" for name in ("number", "title", "journal_number", "policy_section")),
        *(f"policy.Version.{name}" for name in ("title", "text", "change_note")),
        *(f"policy.Hearing.{name}" for name in ("message", "left_out_why")), "policy.HearingPart.text",
        *(f"policy.Comment.{name}" for name in ("text", "answer", "quote")), "policy.Posting.url",
        *(f"meetings.Decision.{name}" for name in ("text", "statement", "reference", "void_reason", "sha256")),
    }  # fmt: skip
    assert wanted <= read
    of_some = {
        "roles.User.email", "roles.User.username", "breaches.Breach.reporter_name",  # not where another stands
        "policy.Hearing.message", "policy.Hearing.left_out_why",  # not once another hearing has come
        "policy.Clause.text",  # headings bind nobody
    }  # fmt: skip
    assert not wanted & unread - of_some, "some words of a field were not met"
    _, met, _ = leaks_to(garden, "leader", start)
    read = {garden.words[word].where for word in met if garden.words[word].line == "pleje"}
    assert {"breaches.Entry.text", "roles.User.username", "roles.Appointment.title", "duties.Duty.title"} <= read
    read = {(garden.words[word].where, garden.words[word].line) for word in met}
    assert {("policy.Version.text", line) for line in READS_DOCUMENTS["leader"]} <= read
    assert {("policy.Comment.text", "hoering"), ("policy.HearingPart.text", "hoering")} <= read
    assert ("policy.Clause.text", "aabent") in read, "what the policy asks of a leader"


def test_everybody_reads_the_policy(garden: Garden) -> None:
    _, met, _ = leaks_to(garden, "anonymous", first_addresses(garden))
    read = {garden.words[word].where for word in met if garden.words[word].line == "aabent"}
    assert {f"policy.Version.{name}" for name in ("title", "text", "change_note", "sha256")} <= read
    assert {"policy.Document.number", "policy.Posting.url", "meetings.Decision.reference"} <= read


def test_reporter_reads_own_words_but_nothing_internal(garden: Garden) -> None:
    _, met, _ = leaks_to(garden, "employee", first_addresses(garden))
    words = [garden.words[word] for word in met]
    own = {word.where for word in words if word.line == "pleje"}
    assert {"breaches.Breach.description", "breaches.Entry.text", "file.shown"} <= own
    notes = [word for word in words if word.model == "breaches.Entry" and word.row.kind == EntryKind.NOTE]
    assert not notes
    assert "file.note" not in own


def test_code_opens_one_case_without_anything_internal(garden: Garden) -> None:
    receipt = garden.town.report(unit=garden.town.home_care, description="kanari-egen")
    write_entry(receipt.breach, EntryKind.NOTE, "kanari-intern", by=garden.town.gdpr, token="n" * 20)
    text = Client().post("/brud/opfoelgning/", {"code": receipt.code}).content.decode()
    assert receipt.breach.number in text
    assert "kanari-intern" not in text
    assert not set(TOKEN.findall(text)) & garden.words.keys()


def test_no_stored_file_is_reached_but_through_its_case(garden: Garden) -> None:
    """By its path or its key under any folder, through another's case or decision, signed in as anybody (G3)."""
    rows = [*BreachFile.objects.select_related("stored"), *DecisionFile.objects.select_related("stored")]
    of_cases, of_decisions = BreachFile.objects.select_related("breach"), DecisionFile.objects.all()
    guessed = [
        f"/{folder}/{name}"
        for folder in ("media", "files", "filer", "uploads", "data/files", "data/pdf", "static", "brud/filer")
        for row in rows
        for name in (row.stored.path_name, row.stored.pk, row.stored.original_name)
    ]
    through_others = [
        *(f"/brud/{breach.number}/filer/{row.stored_id}/" for breach, row in product(garden.cases.values(), of_cases)
          if row.breach != breach),
        *(f"/moeder/beslutninger/{one.pk}/filer/{row.stored_id}/"
          for one, row in product(Decision.objects.all(), of_decisions) if row.decision != one),
        *(f"/moeder/beslutninger/{one.pk}/filer/{row.stored_id}/"
          for one, row in product(Decision.objects.all(), of_cases)),
        *(f"/brud/{breach.number}/filer/{row.stored_id}/"
          for breach, row in product(garden.cases.values(), of_decisions)),
    ]  # fmt: skip
    for name in ("gdpr_unit", "leader", "employee", "administrator", "anonymous"):
        with transaction.atomic():
            _, client = reads(garden, name)
            for address in guessed + through_others:
                wanted = 302 if name == "anonymous" and address in through_others else 404
                assert client.get(address).status_code == wanted, f"{name} {address}"
            transaction.set_rollback(True)
