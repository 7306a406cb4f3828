"""The papers of a meeting, and its minutes, as tagged PDF."""

from glostrup_isms.kit.pdf import render_pdf
from meetings.enums import MeetingState
from meetings.models import AgendaItem, Meeting
from meetings.papers import paper_of


def pack_pdf(meeting: Meeting, items: list[AgendaItem]) -> bytes:
    """The agenda, then each point with its case, proposal and the text that it is about. `items`: what the reader may
    see. Raises PdfUnavailable, PdfTooLarge."""
    for item in items:
        item.paper = paper_of(item.concerns) if item.content_type_id else ""  # type: ignore[attr-defined]
    return _render("pack", "Dagsorden", meeting, items, keep=meeting.is_called)


def minutes_pdf(meeting: Meeting, items: list[AgendaItem]) -> bytes:
    """What was concluded; a draft says so on every page. Once approved it never changes again. Raises PdfUnavailable,
    PdfTooLarge."""
    is_final = meeting.state == MeetingState.CLOSED
    return _render("minutes", "Referat" if is_final else "Udkast til referat", meeting, items, keep=is_final)


def _render(name: str, what: str, meeting: Meeting, items: list[AgendaItem], *, keep: bool) -> bytes:
    context = {
        "meeting": meeting, "body": meeting.body, "items": items, "attendances": meeting.attendances.all(),
        "is_draft": meeting.state != MeetingState.CLOSED,
    }  # fmt: skip
    return render_pdf(f"meetings/pdf/{name}.html", context, title=f"{what}: {meeting}", keep=keep)
