"""The exported folder is the portal's public side, byte for byte; a second run touches nothing, and only what an
earlier run wrote is ever removed."""

import fcntl
import hashlib
import json
import os
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.test import Client

from glostrup_isms.kit.pdf import PdfTooLarge, PdfUnavailable
from policy import actions, export
from policy.enums import Confidentiality, State
from policy.models import Version
from policy.publication import Page, addresses, draw
from roles.models import today
from tests.desk import Desk, fresh


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def published(desk: Desk) -> Version:
    """Two versions of the policy, and a public guideline."""
    first = desk.adopted(desk.policy())
    desk.in_force(fresh(actions.start_version(first.document, by=desk.writer)))
    return desk.in_force(desk.make())


def run(site: Path) -> str:
    out = StringIO()
    call_command("export_publication", str(site), stdout=out)
    return out.getvalue()


def files(site: Path) -> dict[str, tuple[int, int]]:
    """Each file, and what tells whether it was touched."""
    return {
        path.relative_to(site).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in site.rglob("*")
        if path.is_file()
    }


def manifest(site: Path) -> dict[str, Any]:
    return json.loads((site / "manifest.json").read_bytes())["files"]


# ── What is there ────────────────────────────────────────────────────────────────────────────────
def test_every_address_is_there_with_the_portals_bytes(published: Version, site: Path, client: Client) -> None:
    run(site)
    paths = list(addresses())
    assert len(paths) == 16
    for address in paths:
        path = site / (address[1:] + ("index.html" if address.endswith("/") else ""))
        assert path.read_bytes() == client.get(address).content, address
    known = {path.read_bytes() for path in site.rglob("*") if path.is_file() and "static" not in path.parts}
    assert len(known) <= len(paths) + 1  # and nothing more than that, but the manifest


def test_folder_stands_alone(published: Version, site: Path) -> None:
    run(site)
    asked = set()
    for page in site.rglob("*.html"):
        asked |= set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.read_text()))
    for style in site.rglob("*.css"):
        for name in re.findall(r'url\("?([^")]+)', style.read_text()):
            asked.add("/" + os.path.normpath(style.parent / name).removeprefix(f"{site}/"))
    assert {Path(name).suffix for name in asked} == {".css", ".svg", ".woff2"}
    for name in asked:
        assert (site / name[1:]).read_bytes() == Path(str(finders.find(name.removeprefix("/static/")))).read_bytes()
    there = {path.relative_to(site).as_posix() for path in (site / "static").rglob("*") if path.is_file()}
    assert there == {name[1:] for name in asked}


def test_forms_lead_to_the_portal(published: Version, site: Path, settings: Any) -> None:
    settings.BASE_URL = "https://isms.eksempel.dk"
    run(site)
    asked = re.findall(r'<form method="get" action="([^"]+)"', (site / "politik/versioner/index.html").read_text())
    assert asked == [f"{settings.BASE_URL}/politik/{name}/" for name in ("sammenlign", "paa-dato")]


def test_twenty_versions_are_compared_with_their_neighbours_and_the_newest(desk: Desk) -> None:
    """37 pages, and not 380; the portal answers the others too."""
    version = desk.adopted(desk.policy())
    assert version.effective_on is not None
    for number in range(2, 21):
        Version.objects.create(
            document=version.document, number=number, title=version.title, text=version.text, state=State.SUPERSEDED,
            decision=version.decision, effective_on=version.effective_on + timedelta(days=number), ended_on=today(),
            sha256=version.sha256,
            published_at=version.published_at, created_by=desk.writer,
        )  # fmt: skip
    pairs = [address for address in addresses() if address.startswith("/politik/sammenlign/")]
    with_newest = {(old, 20) for old in range(1, 20)}
    expected = with_newest | {(old, old + 1) for old in range(1, 20)}
    assert pairs == [f"/politik/sammenlign/{old}/{new}/" for old, new in sorted(expected)]
    assert len(pairs) == 37
    for others in ((20, 1), (3, 7), (7, 3)):
        assert draw("/politik/sammenlign/{}/{}/".format(*others)) is not None


def test_collected_files_keep_their_names(published: Version, site: Path, settings: Any, tmp_path: Path) -> None:
    """In production every static file has its checksum in its name, in pages and styles alike."""
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", "--noinput", "--verbosity", "0", "--ignore", "dkfds.min.css*")
    run(site)
    style = re.findall(r'href="/(static/css/portal\.[0-9a-f]{12}\.css)"', (site / "politik/index.html").read_text())
    text = (site / style[0]).read_text()
    fonts = re.findall(r'url\("([^"]+\.[0-9a-f]{12}\.woff2)"\)', text)
    assert fonts
    for font in fonts:
        assert (site / style[0]).parent.joinpath(font).is_file()


def test_manifest_tells_what_each_file_is(published: Version, site: Path, client: Client) -> None:
    run(site)
    listed = manifest(site)
    assert {*listed} == {*files(site)} - {"manifest.json"}
    for path, entry in listed.items():
        content = (site / path).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["size"] == len(content)
        if not path.startswith("static/") and not re.search(r"\.[0-9a-f]{12}\.", path):
            answer = client.get("/" + path.removesuffix("index.html"))
            assert (entry["etag"], entry["content_type"]) == (answer["ETag"], answer["Content-Type"])
    assert listed["static/css/reading.css"]["content_type"] == "text/css"


def test_pdfs_and_data_are_also_there_under_their_checksum(published: Version, site: Path) -> None:
    run(site)
    plain = [path for path in site.rglob("*") if path.suffix in (".pdf", ".json") and path.name.count(".") == 1]
    assert len(plain) == 6 + 1
    for path in plain:
        if path.name != "manifest.json":
            name = f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
            assert (path.parent / name).read_bytes() == path.read_bytes()


def test_folder_before_anything_is_published(desk: Desk, site: Path) -> None:
    desk.policy(text="Hemmelig kladde.")
    run(site)
    assert "gælder ingen" in (site / "politik/index.html").read_text()
    assert not any(b"Hemmelig" in path.read_bytes() for path in site.rglob("*") if path.is_file())


# ── Again ────────────────────────────────────────────────────────────────────────────────────────
def test_second_run_touches_nothing(published: Version, site: Path) -> None:
    first = run(site)
    before = files(site)
    assert f"{len(before) - 1} filer skrevet, 0 uændret, 0 fjernet." in first
    out = run(site)
    assert files(site) == before
    assert out == f"0 filer skrevet, {len(before) - 1} uændret, 0 fjernet.\n"


def test_only_what_has_changed_is_replaced(desk: Desk, published: Version, site: Path) -> None:
    run(site)
    before = files(site)
    draft = actions.start_version(published.document, by=desk.writer)
    Version.objects.filter(pk=published.pk).update(effective_on=today().replace(year=2020))
    desk.in_force(fresh(draft))
    out = run(site)
    changed = {path for path, stamp in files(site).items() if before.get(path) not in (None, stamp)}
    assert changed == {"dokumenter/ret-001/index.html", "dokumenter/ret-001/dokument.pdf", "manifest.json"}
    assert "skrevet  dokumenter/ret-001/index.html" in out
    assert "politik/index.html" not in out


def test_whoever_reads_while_it_is_replaced_reads_all_of_the_old(desk: Desk, published: Version, site: Path) -> None:
    run(site)
    path = site / "politik/versioner/index.html"
    with open(path, "rb") as open_before:
        size = os.fstat(open_before.fileno()).st_size
        policy = Version.objects.get(document__kind="policy", state="in_force")
        actions.withdraw(policy, by=desk.secretariat, note="En fejl.", reference="Sag 3", decided_on=today())
        run(site)
        assert len(open_before.read()) == size
    assert "En fejl." in path.read_text()
    assert not [name for name in files(site) if name.endswith(".ny")]


def test_what_is_no_longer_public_is_removed(desk: Desk, published: Version, site: Path) -> None:
    run(site)
    folder = site / "dokumenter/ret-001"
    assert folder.is_dir()
    document = published.document
    actions.change_document(
        document, by=desk.writer, revision=document.revision, confidentiality=Confidentiality.INTERNAL
    )
    out = run(site)
    assert not folder.exists()
    assert "fjernet  dokumenter/ret-001/dokument.pdf" in out
    assert not any(b"Mail og beskeder" in path.read_bytes() for path in site.rglob("*") if path.is_file())


def test_withdrawn_policy_is_removed_and_its_versions_stay(desk: Desk, published: Version, site: Path) -> None:
    run(site)
    policy = Version.objects.get(document__kind="policy", state="in_force")
    actions.withdraw(policy, by=desk.secretariat, note="En fejl.", reference="Sag 3", decided_on=today())
    run(site)
    assert not list((site / "politik").glob("*.pdf"))
    assert "En fejl." in (site / "politik/versioner/2/index.html").read_text()
    assert (site / "politik/versioner/2/politik.pdf").exists()


def test_nothing_else_in_the_folder_is_touched(desk: Desk, published: Version, site: Path) -> None:
    run(site)
    own = [site / "robots.txt", site / "dokumenter/ret-001/noter.txt", site / "andet/index.html", site / ".git/config"]
    for path in own:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("webmasterens")
    document = published.document
    actions.change_document(
        document, by=desk.writer, revision=document.revision, confidentiality=Confidentiality.INTERNAL
    )
    run(site)
    assert [path.read_text() for path in own] == ["webmasterens"] * 4
    assert [path.name for path in (site / "dokumenter/ret-001").iterdir()] == ["noter.txt"]


def test_export_that_was_broken_off_leaves_nothing_unknown(
    desk: Desk, published: Version, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after it wrote a guideline; when that is withdrawn before the next run, that run removes it."""
    put, written = export._put, []

    def breaks(folder: Path, path: str, content: bytes) -> bool:
        if len(written) > 12:
            raise KeyboardInterrupt
        written.append(path)
        return put(folder, path, content)

    with monkeypatch.context() as patch:
        patch.setattr(export, "_put", breaks)
        with pytest.raises(KeyboardInterrupt):
            run(site)
    assert written[0] == "manifest.json"
    document = published.document
    actions.change_document(
        document, by=desk.writer, revision=document.revision, confidentiality=Confidentiality.INTERNAL
    )
    run(site)
    assert {*files(site)} == {*manifest(site), "manifest.json"}
    assert not (site / "dokumenter/ret-001").exists()


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────
def refused(site: Path) -> str:
    with pytest.raises(CommandError) as refusal:
        run(site)
    return str(refusal.value)


def test_file_is_no_folder(desk: Desk, site: Path) -> None:
    site.write_text("et dokument")
    assert "er en fil. Vælg en mappe." in refused(site)
    assert site.read_text() == "et dokument"


def test_folder_that_cannot_be_written_in_is_named(desk: Desk, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Der kan ikke skrives i /proc/findes-ikke: " in refused(Path("/proc/findes-ikke"))
    site.mkdir()

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export.os, "fsync", full)
    assert refused(site).endswith("No space left on device.")


def test_directory_in_the_place_of_a_file_is_named(desk: Desk, site: Path) -> None:
    (site / "politik/index.html/x").mkdir(parents=True)
    assert "Der kan ikke skrives i" in refused(site)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{}", '{"files": []}', '{"files": {"../naboen.txt": {}}}', '{"files": {"/etc/passwd": {}}}',
        '{"files": {"a/../../naboen.txt": {}}}', '{"files": {"": {}}}', '{"files": {"a//b": {}}}', "\x00",
        '{"files": {"a\\u0000b": {}}}', '{"name": "En app", "icons": []}',
    ],
)  # fmt: skip
def test_manifest_of_somebody_else_is_refused(desk: Desk, site: Path, text: str) -> None:
    site.mkdir()
    neighbour = site.parent / "naboen.txt"
    neighbour.write_text("x")
    (site / "manifest.json").write_text(text)
    assert "ikke skrevet af portalen" in refused(site)
    assert [path.name for path in site.iterdir()] == ["manifest.json"]
    assert neighbour.exists()


def test_link_out_of_the_folder_is_not_followed(desk: Desk, published: Version, site: Path) -> None:
    elsewhere = site.parent / "andetsteds"
    elsewhere.mkdir()
    (elsewhere / "index.html").write_text("x")
    site.mkdir()
    (site / "politik").symlink_to(elsewhere)
    assert "fører ud af mappen" in refused(site)
    assert [path.name for path in elsewhere.iterdir()] == ["index.html"]


def test_two_exports_do_not_write_at_once(desk: Desk, site: Path) -> None:
    site.mkdir()
    handle = os.open(site, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert "En anden eksport" in refused(site)
    finally:
        os.close(handle)
    run(site)


def test_nothing_is_touched_when_no_pdf_can_be_made(
    desk: Desk, published: Version, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(site)
    before = files(site)

    def fail(*args: Any, **options: Any) -> bytes:
        raise PdfUnavailable("Der kan ikke laves pdf lige nu.")

    monkeypatch.setattr("policy.pdf.render_pdf", fail)
    assert "pdf lige nu" in refused(site)
    assert files(site) == before


def test_document_too_long_for_a_pdf_keeps_no_other_back(
    desk: Desk, published: Version, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = export.draw

    def too_long(address: str) -> Page | None:
        if address == "/dokumenter/ret-001/dokument.pdf":
            raise PdfTooLarge("For lang.")
        return draw(address)

    monkeypatch.setattr(export, "draw", too_long)
    assert "Resten er skrevet" in refused(site)
    assert (site / "dokumenter/ret-001/index.html").exists()
    assert not (site / "dokumenter/ret-001/dokument.pdf").exists()
    assert (site / "politik/politik.pdf").exists()


def test_change_while_it_is_drawn_is_drawn_again(
    desk: Desk, published: Version, site: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, times = export.draw, []

    def changes_once(address: str) -> Page | None:
        page = draw(address)
        if not times:
            actions.shared.public_site_changed()
        times.append(address)
        return page

    monkeypatch.setattr(export, "draw", changes_once)
    run(site)
    assert times.count("/politik/") == 2


def test_change_without_end_is_given_up(desk: Desk, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "current_stamp", lambda: object())
    assert "Prøv igen om lidt" in refused(site)
    assert not site.exists()
