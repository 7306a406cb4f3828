"""Reports: the text can be read out again, they are tagged and archivable, and nothing a person wrote is fetched."""

import ast
import io
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import psutil
import pypdf
import pytest
from django.conf import settings as portal
from django.template import engines

from glostrup_isms.kit import pdf

SECRET = "hemmelig-fra-en-fil-7431"
PAGE = """{% extends "kit/pdf/frame.html" %}{% block content %}
<h2>Hændelsen</h2><p class="written">{{ text }}</p>{{ raw|safe }}
<table><caption>Frister</caption><thead><tr><th scope="col">Hvad</th><th scope="col">Hvornår</th></tr></thead>
<tbody>{% for row in rows %}<tr><td>{{ row }}</td><td>i dag</td></tr>{% endfor %}</tbody></table>{% endblock %}"""


@pytest.fixture
def render(monkeypatch):
    """render(text=…, raw=…): a page as apps write them; `raw` stands unescaped, as if an app had erred."""

    def from_text(name: str, context: dict) -> str:
        return engines["django"].from_string(PAGE).render(context)

    monkeypatch.setattr(pdf, "render_to_string", from_text)

    def draw(title: str = "Sag 2026-0042", drawings=None, keep=False, **context):
        return pdf.render_pdf("page.html", context, title=title, drawings=drawings, keep=keep)

    return draw


def read(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_frame_names_sender_title_page_and_date(render, time_machine_on_the_day):
    pages = read(render(title="Sag 2026-0042: Blåbærgrød", rows=range(60)))
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert portal.MUNICIPALITY in text
        assert "Sag 2026-0042: Blåbærgrød" in text
        assert f"Side {number} af {len(pages)}" in text
        assert "Udskrevet 24. november 2026" in text


@pytest.fixture
def time_machine_on_the_day() -> Iterator[None]:
    import time_machine

    with time_machine.travel("2026-11-24T23:30:00+01:00"):
        yield


def test_text_is_read_out_as_it_was_written(render):
    text = " ".join("".join(read(render(text="Æblegrød på ærø <b>& mere</b>\n🙂 привет \x00\u202eslut"))).split())
    assert "Æblegrød på ærø <b>& mere</b> □ привет" in text
    assert "slut" in text


def test_report_is_tagged_titled_and_danish(render):
    with pikepdf.open(io.BytesIO(render(title="Sag <1> & 2"))) as document:
        root = document.Root
        assert str(root.Lang) == "da"
        assert bool(root.MarkInfo.Marked)
        assert "/StructTreeRoot" in root
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        metadata = root.Metadata.read_bytes().decode()
    assert metadata.count("<rdf:RDF") == 1
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert re.search(r"pdfaid:part(>|=\")3", metadata)
    assert re.search(r"pdfaid:conformance(>|=\")A", metadata)
    assert "Sag &lt;1&gt; &amp; 2" in metadata


class Canary:
    """A web server that should never be called."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(0.1)
        self.port = self.server.getsockname()[1]
        self.stopped = False
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while not self.stopped:
            try:
                line, _ = self.server.accept()
            except TimeoutError:
                continue
            with line:
                self.calls.append(line.recv(100))
                line.sendall(b"HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n")

    def close(self) -> None:
        self.stopped = True
        self.thread.join()
        self.server.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


def payloads(web: str, file: str) -> list[str]:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">'
    bomb = "data:image/svg+xml," + svg.replace('"', "'") + "<rect width='9' height='9'/></svg>"
    found = []
    for url in (web, file):
        found += [
            f'<img src="{url}" alt="x">',
            f'<img srcset="{url} 2x" alt="x">',
            f'<link rel="stylesheet" href="{url}">',
            f'<link rel="attachment" href="{url}">',
            f'<a rel="attachment" href="{url}">x</a>',
            f'<style>@import url("{url}");</style>',
            f'<style>@font-face {{ font-family: f; src: url("{url}") }} p {{ font-family: f }}</style>',
            f'<style>@page {{ background: url("{url}") }}</style>',
            f'<style>@page {{ @top-center {{ content: url("{url}") }} }}</style>',
            f'<style>p::before {{ content: url("{url}") }}</style>',
            f'<p style="background-image: url({url})">x</p>',
            f'<p style="list-style-image: url({url}); display: list-item">x</p>',
            f'<p style="border-image-source: url({url})">x</p>',
            f'<object data="{url}">x</object>',
            f'<embed src="{url}">',
            f'<iframe src="{url}"></iframe>',
            f'<base href="{url}"><img src="/x" alt="x">',
            f'{svg}<image href="{url}" width="9" height="9"/></svg>',
            f'{svg}<use xlink:href="{url}#a"/></svg>',
            f'{svg}<style>@import url("{url}");</style></svg>',
            f'<video poster="{url}"></video>',
            f'<body background="{url}"><table background="{url}"><tr><td>x</td></tr></table>',
        ]
    return [
        *found,
        f'<img src="{bomb}" alt="x">',
        '<img src="data:image/png;base64,iVBORw0KGgo=" alt="x">',
        '<link rel="attachment" href="data:text/plain,hej">',
        '<a rel="attachment" href="data:text/plain,hej">x</a>',
        "<meta http-equiv='refresh' content='0;url=" + web + "'>",
        "<script src='" + web + "'></script>",
        "<img src='portal:font/regular' alt='x'>",
        "<link rel='attachment' href='ftp://127.0.0.1/x'>",
        "<img src='//127.0.0.1/x' alt='x'><img src='../../etc/passwd' alt='x'><img src='jar:x' alt='x'>",
    ]


COUNT = len(payloads("w", "f"))


@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "raw"])
def test_nothing_is_fetched_read_or_attached(render, canary, tmp_path, monkeypatch, escaped):
    secret = tmp_path / "secret.svg"
    secret.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{SECRET}</text></svg>')
    opened = []

    def watch(event: str, args: tuple) -> None:
        if watching and event == "open" and str(args[0]).startswith((str(tmp_path), "/etc/passwd")):
            opened.append(args[0])
        if watching and event == "socket.connect":
            opened.append(args[1])

    watching = True
    sys.addaudithook(watch)
    try:
        assert COUNT >= 40
        for payload in payloads(f"http://127.0.0.1:{canary.port}/x", secret.as_uri()):
            content = render(**{"text" if escaped else "raw": payload})
            with pikepdf.open(io.BytesIO(content)) as document:
                assert not document.attachments
                assert "/EmbeddedFiles" not in document.Root.get("/Names", {})
                assert not any("/EF" in item for item in document.objects if isinstance(item, pikepdf.Dictionary))
            assert SECRET not in "".join(read(content))
    finally:
        watching = False
    assert canary.calls == []
    assert opened == []


def test_drawing_that_the_caller_brings_is_shown_and_fetches_nothing(render, canary, tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{SECRET}</text></svg>')
    inside = "".join(f'<image href="{url}"/>' for url in (f"http://127.0.0.1:{canary.port}/x", secret.as_uri()))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90"><text y="50">Tegnet</text>{inside}</svg>'
    pictures = '<img src="portal:drawing/a" alt="En tegning"><img src="portal:drawing/b" alt="Findes ikke">'
    content = render(raw=pictures, drawings={"portal:drawing/a": svg})
    assert "Tegnet" in (text := "".join(read(content)))
    assert SECRET not in text
    assert canary.calls == []
    with pikepdf.open(io.BytesIO(content)) as document:
        said = [str(one.Alt) for one in document.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one]
    assert "En tegning" in said
    assert "Tegnet" not in "".join(read(render(raw=pictures)))  # of the next report no more


def test_kept_report_with_another_drawing_is_another_file(render, settings, tmp_path):
    settings.PDF_DIR = tmp_path / "pdf"
    picture = '<img src="portal:drawing/a" alt="En tegning">'
    for word in ("Før", "Efter"):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90"><text y="50">{word}</text></svg>'
        assert word in "".join(read(render(raw=picture, keep=True, drawings={"portal:drawing/a": svg})))
    assert len(list(settings.PDF_DIR.iterdir())) == 2


def test_long_report_is_refused_with_a_sentence(render):
    with pytest.raises(pdf.PdfTooLarge, match="for lang"):
        render(text="x" * (pdf.HTML_MAX + 1))


def test_long_report_is_made_within_time_and_memory(render):
    before, started = psutil.Process().memory_info().rss, time.monotonic()
    render(rows=range(400))
    assert time.monotonic() - started < 30
    assert psutil.Process().memory_info().rss - before < 512 * 1024 * 1024


@pytest.mark.parametrize("fault", [ImportError, OSError])
def test_missing_pango_gives_a_sentence(render, monkeypatch, fault):
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name == "weasyprint":
                raise fault("cannot load library 'libpango-1.0-0'")

    pdf._weasyprint.cache_clear()
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(pdf.PdfUnavailable, match="kontakt driften"):
        render()
    pdf._weasyprint.cache_clear()


def test_weasyprint_is_loaded_at_the_first_report_only():
    tree = ast.parse(Path(pdf.__file__).read_text())
    at_import = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert "weasyprint" not in ast.dump(ast.Module(at_import, []))


def test_only_the_wrapper_makes_pdfs():
    root = Path(portal.BASE_DIR)
    sources = [
        path
        for path in root.rglob("*.py")
        if not {".venv", "node_modules", "build", "data", "tests"} & set(path.relative_to(root).parts)
    ]
    assert Path(pdf.__file__) in sources
    callers = {
        path
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in {"write_pdf", "render_to_pdf"})
        or (isinstance(node, ast.Import) and any(name.name.startswith("weasyprint") for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("weasyprint"))
    }
    assert callers == {Path(pdf.__file__)}
