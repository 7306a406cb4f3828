"""The small pieces that every page shows many of: icons, status badges and moments.

Tags instead of included templates, because a page may have a hundred of them.
"""

import html
from collections.abc import Iterable
from datetime import datetime

from django import template
from django.utils.safestring import SafeString, mark_safe

from glostrup_isms.kit import dates

register = template.Library()

ARROW = '<path d="M12 4 10.6 5.4l5.6 5.6H4v2h12.2l-5.6 5.6L12 20l8-8-8-8Z"/>'
ICONS = {
    "check": '<path d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.4 14.6-4.2-4.2 1.4-1.4 2.8 2.8 5.6-5.7 1.4 1.4-7 7.1Z"/>',
    "warning": '<path d="M12 2.5 1.5 21h21L12 2.5Zm1 15.5h-2v-2h2v2Zm0-4h-2V9h2v5Z"/>',
    "info": '<path d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm1 15h-2v-6h2v6Zm0-8h-2V7h2v2Z"/>',
    "clock": '<path d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16Zm1-13h-2v6l4.6 3 1.1-1.7-3.7-2.4V7Z"/>',
    "report": '<path d="M12 1 3 4.5V11c0 5.5 3.8 10.3 9 12 5.2-1.7 9-6.5 9-12V4.5L12 1Zm1 16h-2v-2h2v2Zm0-4h-2V7h2v6Z"/>',
    "inbox": '<path d="M19 3H5a2 2 0 0 0-2 2v14c0 1.1.9 2 2 2h14a2 2 0 0 0 2-2V5a2 2 0 0 0-2-2Zm0 12h-4a3 3 0 0 1-6 0H5V5h14v10Z"/>',
    "person": '<path d="M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm0 2c-4 0-9 2-9 5.5V21h18v-1.5c0-3.5-5-5.5-9-5.5Z"/>',
    "menu": '<path d="M3 5h18v2H3V5Zm0 6h18v2H3v-2Zm0 6h18v2H3v-2Z"/>',
    "search": '<path d="M10 3a7 7 0 1 0 4.2 12.6l5.1 5.1 1.4-1.4-5.1-5.1A7 7 0 0 0 10 3Zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10Z"/>',
    "key": '<path d="M7 7a5 5 0 1 0 4.6 7H14v3h3v-3h2v3h3v-5H11.6A5 5 0 0 0 7 7Zm0 3a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z"/>',
    "copy": '<path d="M16 1H5a2 2 0 0 0-2 2v13h2V3h11V1Zm3 4H9a2 2 0 0 0-2 2v14c0 1.1.9 2 2 2h10a2 2 0 0 0 2-2V7a2 2 0 0 0-2-2Zm0 16H9V7h10v14Z"/>',
    "file": '<path d="M14 2H6a2 2 0 0 0-2 2v16c0 1.1.9 2 2 2h12a2 2 0 0 0 2-2V8l-6-6Zm-1 7V3.5L18.5 9H13Z"/>',
    "list": '<path d="M3 5h3v3H3V5Zm5 .5h13v2H8v-2ZM3 10.5h3v3H3v-3Zm5 .5h13v2H8v-2ZM3 16h3v3H3v-3Zm5 .5h13v2H8v-2Z"/>',
}
# State colours never stand alone: each has its shape, and its word.
SHAPES = {
    "done": '<path d="M4.5 10 .7 6.2 2.1 4.8l2.4 2.4 5.4-5.5 1.4 1.4Z"/>',
    "waiting": '<circle cx="6" cy="6" r="5"/>',
    "due": '<path d="M6 .8 11.7 11H.3Z"/>',
    "late": '<path d="M1 1h10v10H1Z"/>',
    "closed": '<path d="M1 4.5h10v3H1Z"/>',
}


def escape(value: object) -> str:
    """Django's own works out each time whether its argument is a lazy one, which a list asks hundreds of times."""
    return html.escape(str(value))


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside words that say the same; hidden from those who listen."""
    drawn = ICONS.get(name, ARROW)
    return mark_safe(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{drawn}</svg>')  # nosec: made of our own pieces and escaped text


@register.simple_tag
def badge(tone: str, text: object) -> SafeString:
    """A state: shape, colour and word."""
    tone = tone if tone in SHAPES else "closed"
    shape = f'<svg viewBox="0 0 12 12" aria-hidden="true">{SHAPES[tone]}</svg>'
    return mark_safe(f'<span class="status tone-{tone}">{shape}{escape(text)}</span>')  # nosec: made of our own pieces and escaped text


@register.simple_tag
def options(pairs: Iterable[tuple[object, object]], chosen: object) -> SafeString:
    """The options of a `<select>`, from pairs of value and text."""
    drawn = (
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in pairs
    )
    return mark_safe("".join(drawn))  # nosec: made of our own pieces and escaped text


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A moment in words, with the machine's spelling beside it."""
    if not at:
        return ""
    return mark_safe(f'<time datetime="{dates.local(at).isoformat()}">{escape(dates.da_datetime(at))}</time>')  # nosec: made of our own pieces and escaped text
