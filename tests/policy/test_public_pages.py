"""The public pages as a reader meets them: built for screen readers, safe whatever was written, right in a frame."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client

from meetings.models import Decision
from policy import actions
from policy.enums import Evidence, Kind
from policy.models import Posting, Version
from policy.publication import addresses
from roles.enums import Role
from roles.models import today
from tests.desk import Desk, fresh
from tests.policy.payloads import PAYLOADS

TEXT = """Indledning før første afsnit.

## Formål

Teksten er [på hjemmesiden](https://www.eksempel.dk/a), [meldes her](/brud/meld/) og [her](/politik/versioner/1/).

### Nærmere

- Et punkt
  - under det
    - og under det igen
- Et til

## Frister

| Hvad | Hvornår |
| --- | --- |
| Brud | Straks |

## Til sidst

Se [punkt 1.1](#punkt-1-1).
"""
OURS = {"html", "head", "meta", "title", "link", "body", "a", "header", "div", "img", "span", "svg", "path", "main",
        "nav", "ol", "ul", "li", "article", "h1", "h2", "h3", "p", "footer", "strong", "em", "code", "br", "table",
        "caption", "thead", "tbody", "tr", "th", "td", "section", "form", "label", "input", "button", "details",
        "summary", "select", "option", "ins", "del", "circle", "rect", "g", "polygon", "line"}  # fmt: skip


def soup(client: Client, path: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == status, path
    return BeautifulSoup(answer.content, "html.parser")


def pages() -> list[str]:
    return [path for path in addresses() if path.endswith("/")]


@pytest.fixture
def published(desk: Desk) -> Version:
    """Two versions of the policy, the first before the portal, and a guideline."""
    first = desk.adopted(desk.policy())
    draft = actions.start_version(first.document, by=desk.writer)
    draft = actions.save_text(
        draft, TEXT, title=draft.title, by=desk.writer, revision=draft.revision, change_note="Frister."
    )
    version = desk.in_force(fresh(draft))
    actions.record_posting(version, "https://www.eksempel.dk/politik", today(), by=desk.writer)
    desk.in_force(desk.make(text=TEXT))
    return version


DAYS = ("/politik/sammenlign/", "/politik/paa-dato/", "/politik/paa-dato/1999-01-01/", "/politik/paa-dato/9999-12-31/")


# ── Built for everybody ──────────────────────────────────────────────────────────────────────────
def test_every_page_says_what_it_is(published: Version, client: Client) -> None:
    titles: dict[str, str] = {}
    for path in [*pages(), *DAYS, f"/politik/paa-dato/{today()}/"]:
        page = soup(client, path)
        assert page.html["lang"] == "da"
        (heading,) = page.find_all("h1")
        assert heading.get_text().strip()
        assert page.title.get_text().strip().endswith("Glostrup Kommune")
        titles[path] = page.title.get_text()
        assert len(page.find_all("main")) == 1
        assert heading in page.main.descendants
        levels = [int(tag.name[1]) for tag in page.find_all(re.compile("^h[1-6]$"))]
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), (path, levels)
        ids = [tag["id"] for tag in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), path
        for nav in page.find_all("nav"):
            named_by = page.find(id=nav.get("aria-labelledby"))
            assert nav.get("aria-label") or named_by.get_text(), path
        for image in page.find_all("img"):
            assert image.has_attr("alt")
        if path != "/politik/indlejret/":
            assert page.find("a", class_="skip")["href"] == "#main"
            assert len(page.find_all("footer", class_="page-foot")) == 1
            assert page.find("header", class_="topbar")
    same = {
        "/politik/",
        "/politik/versioner/2/",
        "/politik/indlejret/",
        "/dokumenter/pol-001/",
    }  # one text, more ways in
    others = [title for path, title in titles.items() if path not in same]
    assert len(others) == len(set(others)), titles


def test_no_page_has_script_or_style_of_its_own(published: Version, client: Client) -> None:
    for path in [*pages(), *DAYS]:
        page = soup(client, path)
        assert not page.find_all(["script", "style"])
        assert not [tag for tag in page.find_all(True) if tag.has_attr("style")]


def test_every_link_leads_somewhere(published: Version, client: Client) -> None:
    for path in [*pages(), *DAYS]:
        page = soup(client, path)
        for link in page.find_all("a", href=True):
            address = link["href"].removeprefix("http://testserver")
            if address.startswith("#"):
                assert page.find(id=address[1:]), (path, address)
            elif address.startswith("/"):
                assert client.get(address).status_code in (200, 302), (path, address)


def test_tables_and_lists_are_what_they_look_like(published: Version, client: Client) -> None:
    text = soup(client, "/politik/").find("div", class_="reading")
    table = text.find("table")
    assert [head["scope"] for head in table.find_all("th")] == ["col", "col"]
    assert table.caption.get_text() == "2.1"
    assert (
        text.find("li").find("ul").find("li").find("ul").find("li").get_text(strip=True).endswith("og under det igen")
    )


def test_contents_name_every_section(published: Version, client: Client) -> None:
    page = soup(client, "/politik/")
    links = page.find("nav", class_="reading-contents").find_all("a")
    assert [link.get_text(" ", strip=True) for link in links] == ["1 Formål", "2 Frister", "3 Til sidst"]
    for link in links:
        assert page.find(id=link["href"][1:]).name == "h2"


def test_page_says_who_decided_and_when(published: Version, client: Client) -> None:
    text = soup(client, "/politik/").get_text(" ", strip=True)
    for said in ("POL-001 · udgave 2", "Gældende fra", "Godkendt af Kommunalbestyrelsen", "(Sag 12)", published.sha256,
                 "https://www.eksempel.dk/politik"):  # fmt: skip
        assert said in text


def test_comparison_says_in_words_what_is_changed(published: Version, client: Client) -> None:
    page = soup(client, "/politik/sammenlign/1/2/")
    labels = {label.get_text(strip=True) for label in page.find_all(class_="diff-label")}
    assert {"Nyt punkt", "Slettet punkt"} <= labels
    marked = page.find_all(["ins", "del"])
    for mark in marked:  # a whole block has its label, words within one have hidden words around them
        row = mark.find_parent(class_="diff-row")
        hidden = [one.get_text() for one in mark.find_all(class_="visually-hidden")]
        assert row.find(class_="diff-label").get_text(strip=True) in ("Nyt punkt", "Slettet punkt", "Nyt afsnit",
            "Slettet afsnit", "Ny overskrift", "Slettet overskrift") or len(hidden) == 2  # fmt: skip
    assert marked
    summary = page.find("p", class_="lead").get_text()
    assert "punkter" in summary


def test_pages_of_the_portal_are_linked_to_at_the_portal(published: Version, client: Client, settings: Any) -> None:
    """The same bytes may stand on another web server, which has nothing but the public pages."""
    for path in ("/politik/", "/politik/indlejret/", "/dokumenter/ret-001/"):
        links = {
            link.get_text(): link["href"] for link in soup(client, path).find("div", class_="reading").find_all("a")
        }
        assert links["meldes her"] == "http://testserver/brud/meld/"
        assert links["her"] == "/politik/versioner/1/"
        assert links["på hjemmesiden"] == "https://www.eksempel.dk/a"


# ── Whom each clause binds ───────────────────────────────────────────────────────────────────────
def bind(desk: Desk, version: Version, roles: list[Role]) -> Version:
    """Every clause of the draft, with something that shows that it is kept."""
    said = {clause.key: (roles, [Evidence.ACCESS]) for clause in version.clauses.all()}
    actions.bind_clauses(version, said, by=desk.writer, revision=version.revision)
    return fresh(version)


def test_everybody_reads_whom_each_clause_binds_and_not_what_shows_it(desk: Desk, client: Client) -> None:
    for draft in (desk.policy(text=TEXT), desk.make(text=TEXT)):
        desk.in_force(bind(desk, draft, [Role.DIRECTOR, Role.LAWYER]))
    for path in ("/politik/", "/politik/versioner/1/", f"/politik/paa-dato/{today()}/", "/politik/indlejret/",
                 "/dokumenter/pol-001/", "/dokumenter/ret-001/"):  # fmt: skip
        text = soup(client, path).find("div", class_="reading")
        lines = text.find_all(class_="binds")
        assert {line.get_text() for line in lines} == {"Gælder for: Kommunaldirektør, Jurist"}, path
        assert len(lines) == len(text.find_all(class_="clause")) == 8
        table = text.find(class_="table-scroll")
        assert table.find_next_sibling() == lines[6]
        assert Evidence.ACCESS.label not in text.get_text()


def test_clause_that_binds_nobody_has_no_line(published: Version, client: Client) -> None:
    assert not soup(client, "/politik/").find_all(class_="binds")


def test_each_version_shows_its_own_bindings_of_the_same_text(desk: Desk, client: Client) -> None:
    first = desk.adopted(bind(desk, desk.policy(text=TEXT), [Role.DIRECTOR]))
    client.get("/politik/")
    second = bind(desk, fresh(actions.start_version(first.document, by=desk.writer)), [Role.LAWYER])
    assert desk.in_force(second).text == first.text
    for number, label in ((1, "Kommunaldirektør"), (2, "Jurist")):
        lines = soup(client, f"/politik/versioner/{number}/").find_all(class_="binds")
        assert {line.get_text() for line in lines} == {f"Gælder for: {label}"}


# ── In a frame ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("sites", [[], ["https://www.eksempel.dk", "https://intra.eksempel.dk"]])
def test_only_the_embedded_page_may_be_framed_and_only_there(
    published: Version, client: Client, settings: Any, sites: list[str]
) -> None:
    settings.EMBED_SITES = sites
    for path in [*addresses(), *DAYS, "/politik/versioner/99/"]:
        answer = client.get(path)
        policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
        if path == "/politik/indlejret/":
            assert "X-Frame-Options" not in answer
            assert policy["frame-ancestors"].split() == ["'self'", *sites]
            not_modified = client.get(path, headers={"If-None-Match": "*"})
            assert "X-Frame-Options" not in not_modified
        else:
            assert answer["X-Frame-Options"] == "DENY", path
            assert policy["frame-ancestors"] == "'none'"


def test_links_in_the_frame_open_outside_it(published: Version, client: Client) -> None:
    for link in soup(client, "/politik/indlejret/").find_all("a"):
        assert (link.get("target") == "_top") == (not link["href"].startswith("#")), link


def test_frame_says_so_when_nothing_applies(desk: Desk, client: Client) -> None:
    assert "gælder ingen" in soup(client, "/politik/indlejret/").main.get_text()
    assert "gælder ingen" in soup(client, "/politik/").main.get_text()


# ── Odd addresses ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "path",
    [
        "/politik/versioner/0/", "/politik/versioner/000001/", "/politik/versioner/01/", "/politik/versioner/999999/",
        "/politik/versioner/1234567/", "/politik/versioner/99999999999999999999/", "/politik/versioner/-1/",
        "/politik/versioner/\uff11/", "/politik/versioner/1 /", "/politik/versioner/1%00/", "/politik/versioner/1.0/",
        "/politik/versioner/000002/politik.pdf", "/politik/versioner/7/politik.pdf", "/politik/sammenlign/1/1/",
        "/politik/sammenlign/1/9/", "/politik/sammenlign/0/1/", "/politik/sammenlign/1/02/",
        "/politik/paa-dato/2026-02-30/",
        "/politik/paa-dato/0000-01-01/", "/politik/paa-dato/2026-13-01/", "/politik/paa-dato/2026-1-1/",
        "/politik/paa-dato/20260101/", "/politik/paa-dato/\uff12\uff10\uff12\uff16-01-01/", "/politik/politik.PDF",
        "/dokumenter/ret-000/", "/dokumenter/ret-0001/", "/dokumenter/RET-001/", "/dokumenter/ret-001/dokument.PDF",
        "/dokumenter/xyz-001/", "/dokumenter/ret-999999/dokument.pdf", "/politik/findes-ikke/",
    ],
)  # fmt: skip
def test_what_is_not_there_answers_like_anything_else_that_is_not(
    published: Version, client: Client, path: str
) -> None:
    answer, missing = client.get(path), client.get("/politik/versioner/99/")
    assert answer.status_code in (404, 302)
    if answer.status_code == 302:  # an address that the portal does not know asks strangers to sign in
        assert answer["Location"].startswith("/log-ind/")
    else:
        assert answer.content == missing.content


# ── Whatever was written ─────────────────────────────────────────────────────────────────────────
def hrefs(page: BeautifulSoup) -> Iterator[str]:
    for tag in page.find_all(True):
        for name in ("href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset"):
            if tag.has_attr(name):
                yield str(tag[name])


def refuse(page: BeautifulSoup, path: str) -> None:
    """Only our own elements, no handler of events, and no address that runs or fetches something."""
    strange = {tag.name for tag in page.find_all(True)} - OURS
    assert not strange, (path, strange)
    for tag in page.find_all(True):
        assert isinstance(tag, Tag)
        bad = [name for name in tag.attrs if name.startswith("on") or name in ("style", "srcdoc", "background")]
        assert not bad, (path, tag)
    for address in hrefs(page):
        assert re.match(r"(https?://[\w\[]|mailto:\w|/(?![/\\])|#)", address), (path, address)
    for tag in page.find_all(["img", "link", "form", "input", "button"]):
        for name in ("src", "href", "action"):
            assert str(tag.get(name, "/static/")).startswith(("/static/", "/politik/", "http://testserver/politik/")), (
                tag
            )


@pytest.mark.parametrize("start", range(4))
def test_nothing_that_was_written_runs(desk: Desk, client: Client, start: int) -> None:
    """In the text, title, change note, reference, reason of withdrawal and posted address, of all public pages."""
    payloads = [payload.replace("\x00", "") for payload in PAYLOADS[start::4]]  # forms refuse NUL
    text = "\n\n".join(["## Et", *payloads, "- " + "\n- ".join(payloads[:5]), "| a | b |\n|-|-|\n| x | y |"])
    joined = " ".join(payloads * 3)
    version = desk.make(Kind.POLICY, payloads[0][:190].strip() or "x", text=text)
    Version.objects.filter(pk=version.pk).update(title=joined[:200], change_note=joined[200:700])
    version = desk.adopted(fresh(version))
    desk.in_force(desk.make(title=joined[300:490], text=text))
    draft = actions.start_version(version.document, by=desk.writer)
    Version.objects.filter(pk=draft.pk).update(title=joined[400:600], change_note=joined[-500:])
    newest = desk.decide(desk.recommended(fresh(draft)), reference=joined[100:300])
    Decision.objects.filter(pk=version.decision_id).update(reference=joined[200:400])
    for number, payload in enumerate(payloads[:10]):
        Posting.objects.create(
            version=newest, url=f"{payload[:280]}{number}", published_on=today(), recorded_by=desk.writer
        )
    actions.shared.public_site_changed()
    paths = pages()
    assert len(paths) == 9
    for path in paths:
        refuse(soup(client, path), path)
    actions.withdraw(newest, by=desk.secretariat, note=joined[:500], reference="Sag 9", decided_on=today())
    for path in (*pages(), f"/politik/paa-dato/{today() - timedelta(days=30)}/"):
        refuse(soup(client, path), path)
