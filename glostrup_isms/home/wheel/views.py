"""`/aarshjul/`: the year as a wheel and a list, on screen and as PDF."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from glostrup_isms.home.wheel.drawing import draw
from glostrup_isms.home.wheel.entries import MOST, Standing, Year, lines_of, read_year
from glostrup_isms.home.wheel.filters import YEARS_AHEAD, YEARS_BACK, WheelFilters
from glostrup_isms.kit.pdf import render_pdf
from glostrup_isms.kit.templatetags.danish import da_number
from policy.views.public import or_no_pdf
from roles.models import today


@require_safe
def wheel(request: HttpRequest) -> HttpResponse:
    return render(request, "home/wheel.html", _context(WheelFilters(request)))


@require_safe
@or_no_pdf
def wheel_pdf(request: HttpRequest) -> HttpResponse:
    """`/aarshjul/aarshjul.pdf`: the same, to print and to hand out."""
    context = _context(WheelFilters(request))
    drawings = {"portal:drawing/wheel": render_to_string("home/pdf/wheel.svg", context)}
    content = render_pdf("home/pdf/wheel.html", context, title=f"Årshjul {context['year']}", drawings=drawings)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="aarshjul-{context["year"]}.pdf"'
    return response


def _context(filters: WheelFilters) -> dict[str, Any]:
    asked, day = filters.asked(), today()
    content = read_year(asked)
    drawn = draw(asked.year, content, day)
    anchors = {id(entry): f"punkt-{number}" for number, entry in enumerate(content.entries, 1)}  # the marks lead there
    return {
        "year": asked.year,
        "today": day,
        "filters": filters,
        "content": content,
        "sentence": _sentence(content),
        "more_sentence": f"Der er flere opgaver eller dokumenter i {asked.year}, end hjulet kan vise. Her er {MOST} af "
        "hver slags. Vælg en rolle eller en enhed for at se flere.",
        "wheel": drawn,
        "months": [
            {
                "number": month.number,
                "name": month.name,
                "is_now": (day.year, day.month) == (asked.year, month.number),
                "lines": [
                    {"line": line, "anchors": [anchors[id(entry)] for entry in line.entries]}
                    for line in lines_of(entries)
                ],
            }
            for month, (_, entries) in zip(drawn.months, content.months, strict=True)
        ],
        "rings": [
            {"number": band.number, "label": band.ring.label, "url": filters.of_ring(band.ring)} for band in drawn.rings
        ],
        "standings": list(Standing),
        "before": filters.address(aar=asked.year - 1) if asked.year > day.year - YEARS_BACK else "",
        "after": filters.address(aar=asked.year + 1) if asked.year < day.year + YEARS_AHEAD else "",
        "this_year": filters.address(aar=None) if asked.year != day.year else "",
    }


def _sentence(content: Year) -> str:
    """ "42 punkter, 3 over fristen"."""
    count = len(content.entries)
    words = f"{da_number(count)} {'punkt' if count == 1 else 'punkter'}"
    return f"{words}, {content.late} over fristen" if content.late else words
