"""The papers as PDF: what is left out and where it is read, the files of a point, what came after they were sent."""

import io
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.safestring import mark_safe

from glostrup_isms.kit import files, pdf
from meetings import actions, papers
from meetings import pdf as meetings_pdf
from meetings.models import AgendaItem, Meeting
from meetings.pdf import pack_pdf
from roles.models import Unit
from tests.meetings.hall import Hall, about, first


def reader_of(meeting: Meeting) -> pypdf.PdfReader:
    items = list(AgendaItem.objects.filter(meeting=meeting).prefetch_related("files__stored"))
    return pypdf.PdfReader(io.BytesIO(pack_pdf(meeting, items)))


def text_of(meeting: Meeting) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in reader_of(meeting).pages)


def printed(monkeypatch: pytest.MonkeyPatch, size: int, brief: str = "Læs den i portalen.") -> None:
    """Each unit's text is so many characters, and is known already when there is a brief of it."""
    monkeypatch.setattr(papers, "_papers", {Unit: lambda unit: mark_safe(f"<p>Helt fra {'x ' * (size // 2)}</p>")})
    monkeypatch.setattr(papers, "_briefs", {Unit: lambda unit: mark_safe(f"<p>{brief}</p>") if brief else ""})


@pytest.mark.parametrize(("size", "brief", "is_whole"), [
    (2_000, "Læs den i portalen.", True), (60_000, "Læs den i portalen.", False), (60_000, "", True),
])  # fmt: skip
def test_long_text_that_the_body_knows_is_not_printed_again(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, size: int, brief: str, is_whole: bool
) -> None:
    printed(monkeypatch, size, brief)
    meeting = hall.plan()
    about(first(meeting), hall.town.school)
    text = text_of(meeting)
    assert ("Helt fra" in text, "Læs den i portalen." in text) == (is_whole, not is_whole)


def test_many_short_texts_are_printed_while_there_is_room(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    printed(monkeypatch, 2_000)
    monkeypatch.setattr(meetings_pdf, "ROOM", 5_000)
    meeting = hall.plan()
    for item in meeting.items.all()[:4]:
        about(item, hall.town.school)
    text = text_of(meeting)
    assert (text.count("Helt fra"), text.count("Læs den i portalen.")) == (2, 2)


def test_papers_that_are_too_many_say_where_they_are_read(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    printed(monkeypatch, 5_000, brief="")
    monkeypatch.setattr(pdf, "HTML_MAX", 1_000)
    meeting = hall.plan()
    with pytest.raises(pdf.PdfTooLarge, match="på mødets side"):
        pack_pdf(meeting, list(meeting.items.all()))


def test_each_file_of_a_point_is_fetched_by_its_link(hall: Hall) -> None:
    meeting = hall.plan()
    stored = files.store(SimpleUploadedFile("bilag.txt", b"Tal"), keep_for=files.KEEP)
    item = actions.add_item(meeting, title="Temadag", uploads=[stored], by=hall.gdpr_unit)
    assert "Vedhæftede filer hentes i portalen" in text_of(meeting)
    links = [str(one) for page in reader_of(meeting).pages for one in page.get("/Annots", [])]
    found = [page["/Annots"] for page in reader_of(meeting).pages if "/Annots" in page]
    addresses = [note.get_object()["/A"]["/URI"] for notes in found for note in notes if "/A" in note.get_object()]
    assert links
    assert any(address.endswith(f"{item.page}filer/{stored.pk}/") for address in addresses)


def test_what_is_changed_after_the_papers_were_sent_says_so(hall: Hall, time_machine: Any) -> None:
    time_machine.move_to(timezone.now(), tick=True)
    meeting = hall.plan()
    edited, withdrawn, filed, same = meeting.items.all()[:4]
    meeting = hall.call(meeting)
    new_file = files.store(SimpleUploadedFile("bilag.txt", b"Tal"), keep_for=files.KEEP)
    actions.edit_item(edited, title="En anden titel", by=hall.gdpr_unit)
    actions.withdraw_item(withdrawn, by=hall.gdpr_unit, note="Uaktuel.")
    actions.edit_item(filed, title=filed.title, text=filed.text, uploads=[new_file], by=hall.gdpr_unit)
    actions.edit_item(same, title=same.title, text=same.text, by=hall.gdpr_unit)
    late = actions.add_item(meeting, title="Haster", by=hall.gdpr_unit)
    items = list(meeting.items.prefetch_related("files__stored"))
    papers.mark_changed(meeting, items)
    said = {item.pk: item.since for item in items}  # type: ignore[attr-defined]
    assert said[edited.pk] == said[filed.pk] == "Rettet efter udsendelsen"
    assert said[withdrawn.pk] == "Trukket efter udsendelsen"
    assert said[same.pk] == said[late.pk] == ""
    assert "En anden titel (rettet efter udsendelsen)" in text_of(meeting)
