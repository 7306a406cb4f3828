"""What the public reads is the same for everybody, asks for no cookie, and is never older than what was decided."""

import random
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.pdf import PdfTooLarge, PdfUnavailable
from policy import actions, publication
from policy.enums import PUBLISHED, Confidentiality, State
from policy.models import Posting, Version
from policy.publication import Kept, Page, addresses
from roles.models import today
from tests.desk import Desk, fresh

TAG = publication.Page(b"x", "text/html").etag


@pytest.fixture
def first(desk: Desk) -> Version:
    """The policy in its first version."""
    return desk.adopted(desk.policy())


@pytest.fixture
def policy(desk: Desk, first: Version) -> Version:
    """The policy in its second version."""
    return second(desk)


def second(desk: Desk) -> Version:
    document = Version.objects.get(document__kind="policy", state=State.IN_FORCE).document
    draft = actions.start_version(document, by=desk.writer)
    text = draft.text + "\nNyt punkt i næste udgave.\n"
    draft = actions.save_text(draft, text, title=draft.title, by=desk.writer, revision=draft.revision)
    return desk.in_force(fresh(draft))


# ── The same for everybody ───────────────────────────────────────────────────────────────────────
def test_everybody_gets_the_same_bytes_and_no_cookie(desk: Desk, policy: Version, client: Client) -> None:
    guide = desk.in_force(desk.make())
    with_cookies, signed_in = Client(), Client()
    with_cookies.cookies.load({"sessionid": "x" * 32, "csrftoken": "y" * 32})
    signed_in.force_login(desk.writer)
    paths = [*addresses(), "/politik/paa-dato/2026-01-01/"]
    assert guide.document.get_absolute_url() in paths
    assert len(paths) >= 15
    for path in paths:
        readers = [client, with_cookies]
        if path.startswith("/politik/") or path.endswith(".pdf"):  # the rest of /dokumenter/ has a page for colleagues
            readers.append(signed_in)
        answers = [reader.get(path) for reader in readers]
        for answer in answers:
            assert answer.status_code == 200, path
            assert answer.content == answers[0].content, path
            assert answer["ETag"] == answers[0]["ETag"]
            assert not answer["ETag"].startswith("W/")
            assert answer["Cache-Control"] == "public, no-cache"
            assert not answer.cookies, path
            assert "Vary" not in answer, path


def test_what_is_no_page_is_not_guessed_at_and_says_so_to_caches(desk: Desk, policy: Version, client: Client) -> None:
    for path in addresses():
        answer = client.get(path)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        kind = {"pdf": "application/pdf", "json": "application/json", "atom": "application/atom+xml; charset=utf-8"}
        assert answer["Content-Type"] == kind.get(path.rpartition(".")[2], "text/html; charset=utf-8")


def test_missing_addresses_are_kept_by_no_cache(policy: Version, client: Client) -> None:
    answer = client.get("/politik/versioner/99/")
    assert answer.status_code == 404
    assert "no-store" in answer["Cache-Control"]
    assert "ETag" not in answer


# ── Whoever has it already ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("tags", ["{}", "W/{}", '"other", {}', '"other",W/{} , "third"', "*"])
def test_whoever_has_it_is_told_so(policy: Version, client: Client, method: str, tags: str) -> None:
    for path in ("/politik/", "/politik/politik.json", "/politik/politik.pdf", "/politik/indlejret/"):
        etag = client.get(path)["ETag"]
        client.cookies.load({"sessionid": "x" * 32})
        answer = getattr(client, method)(path, headers={"If-None-Match": tags.format(etag)})
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer["ETag"] == etag
        assert answer["Cache-Control"] == "public, no-cache"
        assert not answer.cookies
        assert "Vary" not in answer


@pytest.mark.parametrize("tags", ['"other"', "other", 'W/"other"', "", '"', TAG])
def test_whoever_has_something_else_gets_it_all(policy: Version, client: Client, tags: str) -> None:
    answer = client.get("/politik/", headers={"If-None-Match": tags})
    assert answer.status_code == 200
    assert b"<h1>" in answer.content


def test_tag_names_the_bytes(desk: Desk, first: Version, client: Client) -> None:
    before = client.get("/politik/")
    second(desk)
    after = client.get("/politik/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert after["ETag"] != before["ETag"]


def test_head_has_the_headers_of_get_and_no_body(policy: Version, client: Client) -> None:
    for path in addresses():
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert {**head.headers} == {**get.headers}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_here(policy: Version, client: Client, method: str) -> None:
    for path in ("/politik/", "/politik/politik.json", "/politik/indlejret/", "/politik/paa-dato/"):
        assert getattr(client, method)(path).status_code == 405


# ── What it costs ────────────────────────────────────────────────────────────────────────────────
def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_warm_page_costs_one_query_and_none_while_it_is_trusted(policy: Version, settings: Any) -> None:
    ContentType.objects.get_for_model(Version)  # asked once in the life of a process
    client = Client()
    assert queries(client, "/politik/") <= 5  # stamp, version, whom it binds, last yearly approval, where it was posted
    for path in addresses():
        client.get(path)
        assert queries(client, path) == 1, path
        assert queries(client, f"{path}?x={random.random()}") == 1, path
    settings.PUBLIC_SITE_TRUSTED_FOR = timedelta(hours=1)
    assert queries(client, "/politik/") == 0


def test_cost_does_not_grow_with_the_archive(desk: Desk, policy: Version) -> None:
    paths = ("/politik/", "/politik/versioner/", "/politik/politik.json", "/politik/feed.atom", "/dokumenter/")
    Client().get("/politik/feed.atom")

    def cold() -> list[int]:
        actions.shared.public_site_changed()
        return [queries(Client(), path) for path in paths]

    before = cold()
    draft = actions.start_version(policy.document, by=desk.writer)
    Version.objects.filter(pk=policy.pk).update(effective_on=today() - timedelta(days=9))
    desk.in_force(fresh(draft))
    assert cold() == before


# ── Never older than what was decided ────────────────────────────────────────────────────────────
class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


def test_other_processes_follow_within_the_time_they_trust(
    desk: Desk, first: Version, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_SITE_TRUSTED_FOR = timedelta(seconds=1)
    clock = Clock()
    monkeypatch.setattr(publication, "time", clock)
    one, other = Kept(), Kept()
    before = one.get("/politik/")
    assert other.get("/politik/") == before
    second(desk)
    clock.now += 0.9
    assert one.get("/politik/") == before
    clock.now += 0.1
    after = one.get("/politik/")
    assert after != before
    assert other.get("/politik/") == after


def test_page_drawn_for_an_old_stamp_is_not_kept_for_a_new_one(
    desk: Desk, first: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, draw = Kept(), publication.draw

    def slowly(path: str) -> Page | None:
        """While it is drawn, another version comes into force, and somebody else reads."""
        monkeypatch.setattr(publication, "draw", draw)
        page = draw(path)
        second(desk)
        assert kept.get(path) != page
        return page

    monkeypatch.setattr(publication, "draw", slowly)
    old = kept.get("/politik/")
    new = kept.get("/politik/")
    assert old is not None
    assert new is not None
    assert b"udgave 1" in old.body
    assert b"udgave 2" in new.body


def test_many_readers_at_once_never_read_what_was_before(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter stands for the database: whoever begins to read after a change reads it or a later one."""
    settings.PUBLIC_SITE_TRUSTED_FOR = timedelta(0)
    number, day, wrong, kept = [0], today(), [], Kept()

    def look() -> int:
        now = number[0]
        time.sleep(random.random() / 2000)
        return now

    monkeypatch.setattr(publication, "current_stamp", lambda: (str(look()), day))
    monkeypatch.setattr(publication, "draw", lambda path: Page(str(look()).encode(), "text/plain"))

    def read() -> None:
        for _ in range(300):
            before = number[0]
            page = kept.get(random.choice(["/a", "/b"]))
            if page is None or int(page.body) < before:
                wrong.append((before, page))

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    while any(reader.is_alive() for reader in readers):
        number[0] += 1
        time.sleep(0.001)
    assert not wrong
    assert number[0] > 20


def test_day_that_goes_is_a_change_too(desk: Desk, client: Client) -> None:
    """What applied »i dag« is another day's at midnight, without anybody doing anything."""
    desk.in_force(desk.policy())
    asked = today() + timedelta(days=3)
    for days, words in ((2, "ikke kommet endnu"), (3, "gælder i dag"), (4, "gjaldt")):
        with time_machine.travel(f"{today() + timedelta(days=days)}T12:00:00+01:00"):
            assert words in client.get(f"/politik/paa-dato/{asked}/").content.decode()


def test_public_is_not_told_that_an_approval_is_late(desk: Desk, client: Client) -> None:
    """That is the municipality's own work (decision 0013): no public page says so, nor its files."""
    version = desk.in_force(desk.policy())
    desk.in_force(desk.make())
    due = version.document.next_review_on
    assert due is not None
    with time_machine.travel(f"{due + timedelta(days=30)}T12:00:00+01:00"):
        actions.ask_for_reviews()
        for path in ("/politik/", "/politik/indlejret/", "/politik/versioner/", "/dokumenter/", "/dokumenter/ret-001/"):
            page = client.get(path).content.decode()
            for words in ("skulle være godkendt", "Revurdering", "ennemgang", "Mangler siden", da_date(due)):
                assert words not in page, (path, words)


def test_yearly_approval_shows_at_once(desk: Desk, policy: Version, client: Client) -> None:
    client.get("/politik/")
    actions.reapprove(policy, by=desk.committee, decided_on=today())
    assert "Godkendt igen uden ændringer" in client.get("/politik/").content.decode()


def test_where_it_was_posted_shows_at_once(desk: Desk, policy: Version, client: Client) -> None:
    client.get("/politik/")
    actions.record_posting(policy, "https://www.eksempel.dk/politik", today(), by=desk.writer)
    assert 'href="https://www.eksempel.dk/politik"' in client.get("/politik/").content.decode()


def test_only_the_pages_asked_for_last_are_kept(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(publication, "KEPT", 2)
    monkeypatch.setattr(publication, "draw", lambda path: drawn.append(path) or Page(path.encode(), "x"))
    kept = Kept()
    for path in "aababac":
        kept.get(path)
    kept.get("a")
    assert drawn == ["a", "b", "c"]
    assert len(kept.pages) == 2


def test_missing_addresses_take_no_place(policy: Version) -> None:
    kept = Kept()
    for number in range(900, 950):
        assert kept.get(f"/politik/versioner/{number}/") is None
    assert not kept.pages


# ── What is not public ───────────────────────────────────────────────────────────────────────────
def test_nothing_is_left_of_what_is_no_longer_public(desk: Desk, policy: Version, client: Client) -> None:
    guide = desk.in_force(desk.make(title="Hemmelig mail"))
    page = guide.document.get_absolute_url()
    paths = [page, f"{page}dokument.pdf"]
    assert set(paths) <= set(addresses())
    assert [client.get(path).status_code for path in paths] == [200, 200]
    actions.change_document(
        guide.document, by=desk.writer, revision=guide.document.revision, confidentiality=Confidentiality.INTERNAL
    )
    missing = client.get("/dokumenter/ret-999/").content
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.content == missing
    assert not set(paths) & set(addresses())
    for path in addresses():
        assert b"Hemmelig mail" not in client.get(path).content
    actions.change_document(
        fresh(guide).document, by=desk.writer, revision=fresh(guide).document.revision,
        confidentiality=Confidentiality.PUBLIC, make_public=True,
    )  # fmt: skip
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("state", [state for state in State if state not in (State.IN_FORCE,)])
def test_only_what_applies_of_a_document_is_public(desk: Desk, client: Client, state: State) -> None:
    """Of the policy there is an archive besides; of the others the public reads what applies."""
    version = desk.at(state, desk.make())
    page = version.document.get_absolute_url()
    expected = 200 if state == State.SUPERSEDED else 404  # a newer one applies
    assert client.get(page).status_code == expected
    assert client.get(f"{page}dokument.pdf").status_code == expected
    if expected == 200:
        assert f"udgave {version.number}<" not in client.get(page).content.decode()


@pytest.mark.parametrize("state", [state for state in State if state not in PUBLISHED])
def test_draft_of_the_policy_is_not_public(desk: Desk, client: Client, state: State) -> None:
    desk.at(state, desk.policy(text="Hemmelig kladde."))
    for path in (*addresses(), "/politik/versioner/1/", "/politik/versioner/1/politik.pdf", "/politik/politik.pdf"):
        answer = client.get(path)
        assert b"Hemmelig" not in answer.content
        assert answer.status_code == (404 if "1/" in path or path.endswith("pdf") else 200)


# ── No PDF ───────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(params=[PdfUnavailable("Der kan ikke laves pdf lige nu."), PdfTooLarge("For lang til pdf.")], ids=repr)
def no_pdf(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exception]:
    def fail(*args: Any, **options: Any) -> bytes:
        raise request.param

    monkeypatch.setattr("policy.pdf.render_pdf", fail)
    return request.param


def test_no_pdf_is_a_sentence(desk: Desk, policy: Version, client: Client, no_pdf: Exception) -> None:
    colleague = Client()
    colleague.force_login(desk.writer)
    sentences = (str(no_pdf), "for lang til at blive en pdf", "bliver lavet i baggrunden")
    own = policy.get_absolute_url()
    for reader, path in (
        (client, "/politik/politik.pdf"), (client, "/politik/versioner/1/politik.pdf"),
        (client, "/dokumenter/pol-001/dokument.pdf"), (colleague, f"{own}udgave.pdf"), (colleague, f"{own}forloeb.pdf"),
    ):  # fmt: skip
        answer = reader.get(path)
        assert answer.status_code == 503, path
        assert any(sentence in answer.content.decode().replace("&#x27;", "'") for sentence in sentences)
        assert "no-store" in answer["Cache-Control"]
    assert client.get("/politik/").status_code == 200


def test_pdf_comes_back_when_it_can_be_made(policy: Version, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> bytes:
        raise PdfUnavailable("Nej.")

    with monkeypatch.context() as patch:
        patch.setattr("policy.pdf.render_pdf", fail)
        assert client.get("/politik/politik.pdf").status_code == 503
    assert client.get("/politik/politik.pdf").status_code == 200


def test_planted_posting_is_no_link(desk: Desk, policy: Version, client: Client) -> None:
    Posting.objects.create(
        version=policy, url="javascript:alert(1)", published_on=date(2026, 1, 1), recorded_by=desk.writer
    )
    actions.shared.public_site_changed()
    assert b"javascript:" not in client.get("/politik/").content
