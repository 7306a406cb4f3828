"""The papers of a meeting, and its minutes, as tagged PDF."""

from django.conf import settings
from django.db.models import prefetch_related_objects

from glostrup_isms.kit.pdf import PdfTooLarge, render_pdf
from meetings.enums import MeetingState
from meetings.models import AgendaItem, Meeting
from meetings.papers import brief_of, mark_changed, paper_of

LONG, ROOM = 25_000, 700_000  # characters of HTML, of one known text and of all: some 20 seconds to draw
TOO_LARGE = (
    "Sagerne fylder for meget til én pdf. Læs dem på mødets side. Dér er der et link til hver tekst, og hver tekst kan "
    "hentes som pdf for sig."
)


def pack_pdf(meeting: Meeting, items: list[AgendaItem]) -> bytes:
    """The agenda, then each point with its case, proposal and the text that it is about. `items`: what the reader may
    see. Raises PdfUnavailable, PdfTooLarge."""
    mark_changed(meeting, items)
    _put_papers(items)
    return _render("pack", "Dagsorden", meeting, items, keep=meeting.is_called)


def _put_papers(items: list[AgendaItem]) -> None:
    """What is to be decided in full; of what the body knows already, what is short and finds room."""
    prefetch_related_objects(items, "concerns")
    briefs = {item.pk: brief_of(item.concerns) for item in items}
    room = ROOM
    for item in sorted(items, key=lambda item: bool(briefs[item.pk])):
        full = paper_of(item.concerns)
        item.paper = briefs[item.pk] if len(full) > min(LONG, room) and briefs[item.pk] else full  # type: ignore[attr-defined]
        room -= len(item.paper)  # type: ignore[attr-defined]


def minutes_pdf(meeting: Meeting, items: list[AgendaItem]) -> bytes:
    """What was concluded; a draft says so on every page. Once approved it never changes again. Raises PdfUnavailable,
    PdfTooLarge."""
    is_final = meeting.state == MeetingState.CLOSED
    return _render("minutes", "Referat" if is_final else "Udkast til referat", meeting, items, keep=is_final)


def _render(name: str, what: str, meeting: Meeting, items: list[AgendaItem], *, keep: bool) -> bytes:
    context = {
        "meeting": meeting, "body": meeting.body, "items": items, "attendances": meeting.attendances.all(),
        "is_draft": meeting.state != MeetingState.CLOSED, "portal": settings.BASE_URL,
    }  # fmt: skip
    try:
        return render_pdf(f"meetings/pdf/{name}.html", context, title=f"{what}: {meeting}", keep=keep)
    except PdfTooLarge as error:
        raise PdfTooLarge(TOO_LARGE) from error
