"""What stands in a meeting's papers: of the things its points concern (each app registers how its own are printed), and
what has happened to the points since the papers went out."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.safestring import SafeString

from meetings.enums import ItemState
from meetings.models import AgendaItem, Meeting

Paper = Callable[[Any], SafeString | str]
_papers: dict[type[models.Model], Paper] = {}
_briefs: dict[type[models.Model], Paper] = {}
SHOWN = ("title", "text", "proposal", "is_confidential")  # of a point


def register_paper(model: type[models.Model], paper: Paper, brief: Paper | None = None) -> None:
    """`paper(thing)` answers its text as safe HTML with headings from h3 down, as it is today. `brief(thing)` a few
    lines that stand for a long one which the body knows already; empty when it must be there in full."""
    _papers[model] = paper
    if brief:
        _briefs[model] = brief


def paper_of(thing: Any) -> SafeString | str:
    """Empty when there is nothing to print of it."""
    paper = _papers.get(type(thing))
    return paper(thing) if paper else ""


def brief_of(thing: Any) -> SafeString | str:
    brief = _briefs.get(type(thing))
    return brief(thing) if brief else ""


def mark_changed(meeting: Meeting, items: list[AgendaItem]) -> None:
    """Say of each point (`since`) whether it is another one than the members have in their papers. One query."""
    sent_at, then = meeting.called_at, {}
    if sent_at and not meeting.is_written:
        then = {row.pk: row for row in AgendaItem.history.as_of(sent_at).filter(meeting=meeting)}
    for item in items:
        is_in_papers = sent_at and item.pk in then and not item.is_added_late
        item.since = _since(item, then[item.pk], sent_at) if is_in_papers else ""  # type: ignore[attr-defined,arg-type]


def _since(item: AgendaItem, before: AgendaItem, sent_at: datetime) -> str:
    if item.state == ItemState.WITHDRAWN and before.state != ItemState.WITHDRAWN:
        return "Trukket efter udsendelsen"
    has_new_file = any(file.stored.created_at > sent_at for file in item.files.all())
    is_other = any(getattr(item, name) != getattr(before, name) for name in SHOWN)
    return "Rettet efter udsendelsen" if is_other or has_new_file else ""
