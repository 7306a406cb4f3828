"""Where everything stands on the wheel: a year laid round a clock face, with a gap at the top for the rings' numbers.

Geometry alone. Units are those of the drawing, 1000 across with the middle at 0; angles in degrees, clockwise from the
top. What comes out is text, because a template would write numbers with a Danish comma.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians, sin

from django.conf import settings

from glostrup_isms.home.wheel.entries import Bundle, Entry, Ring, Standing, Year
from glostrup_isms.kit.dates import MONTHS

GAP = 12.0
STEP = (360 - GAP) / 12  # of a month
OUTER, BAND = 496, 52  # the edge, and how much of it the months' names take
HAIR = 0.25  # between the months
RIM = OUTER - BAND - 7  # the thin line that the year has run along
RINGS_FROM, HOLE, THICKEST = RIM - 8, 116, 74
POINT = 38  # along the ring, for a mark that is a link: 24 px where the drawing is 640 px wide
CELL = 50  # for the larger marks of a phone, where the drawing may be 290 px wide

Wanted = list[tuple[float, list[Entry]]]  # a place along the ring, and what belongs there


@dataclass(frozen=True)
class Mark:
    """A shape at a place; `x` and `y` of its middle."""

    x: str
    y: str
    bundle: Bundle


@dataclass(frozen=True)
class Month:
    """A sector: a link to the month in the list, with the marks in it in order of their days."""

    number: int
    name: str
    label: str
    sector: str
    band: str  # its part of the edge, where its name stands
    text: str
    is_now: bool
    marks: Sequence[Mark]
    cells: Sequence[Mark]  # the same, fewer and larger: for phones


@dataclass(frozen=True)
class Band:
    """A ring, its number at the gap."""

    number: int
    ring: Ring
    path: str
    y: str


@dataclass(frozen=True)
class Wheel:
    year: int
    description: str
    rings: Sequence[Band]
    months: Sequence[Month]
    spokes: Sequence[str]
    closed: Sequence[str]  # when no duty is due
    rim: str
    elapsed: str  # of the rim, up to today
    today: str  # a line across the rings, and its end at the rim
    hand: str
    is_now: bool


def draw(year: int, content: Year, today: date) -> Wheel:
    """The wheel of the year."""
    rings = content.rings
    thickness = min(THICKEST, (RINGS_FROM - HOLE) / max(1, len(rings)))
    middles = {ring: RINGS_FROM - (len(rings) - at - 0.5) * thickness for at, ring in enumerate(rings)}
    hole, half = RINGS_FROM - len(rings) * thickness, thickness / 2 - 1.5  # a hair between the rings
    anchors = {id(entry): f"punkt-{number}" for number, entry in enumerate(content.entries, 1)}
    start, end = GAP / 2, 360 - GAP / 2
    is_now = today.year == year
    now = angle(today) if is_now else end if year < today.year else start
    late = f", {content.late} over fristen" if content.late else ""
    return Wheel(
        year=year,
        description=(
            f"{len(content.entries)} punkter i {year}{late}. Året går med uret fra toppen; hver ring er dem, der har "
            "opgaverne. De samme punkter står i listen."
        ),
        rings=[
            Band(number, ring, sector(middle - half, middle + half, start, end), f"{-middle:.1f}")
            for number, (ring, middle) in enumerate(middles.items(), 1)
        ],
        months=[
            _month(month, entries, middles, hole, anchors, is_now and month == today.month)
            for month, entries in content.months
        ],
        spokes=[line(hole, RINGS_FROM, start + STEP * number) for number in range(13)],
        closed=[sector(hole, RINGS_FROM, *ends) for ends in _closed(year)],
        rim=arc(RIM, start, end),
        elapsed=arc(RIM, start, now) if now - start > 0.1 else "",
        today=line(hole - 8, RIM, now),
        hand=f"translate({' '.join(at(RIM, now))})",
        is_now=is_now,
    )  # fmt: skip


def _month(
    number: int,
    entries: Sequence[Entry],
    middles: dict[Ring, float],
    hole: float,
    anchors: dict[int, str],
    is_now: bool,
) -> Month:
    start = GAP / 2 + STEP * (number - 1)
    turn = start + STEP / 2
    x, y = at(OUTER - BAND / 2, turn)
    upright = turn + 180 if 90 < turn < 270 else turn
    late = sum(entry.standing == Standing.LATE for entry in entries)
    words = f"{MONTHS[number - 1].capitalize()}: {len(entries)} {'punkt' if len(entries) == 1 else 'punkter'}"
    return Month(
        number=number,
        name=MONTHS[number - 1],
        label=f"{words}, {late} over fristen" if late else words,
        sector=sector(hole, OUTER, start, start + STEP),
        band=sector(OUTER - BAND, OUTER, start + HAIR, start + STEP - HAIR),
        text=f"translate({x} {y}) rotate({upright:.2f})",
        is_now=is_now,
        marks=_marks(entries, middles, anchors, start, POINT),
        cells=_marks(entries, middles, anchors, start, CELL),
    )


def _marks(
    entries: Sequence[Entry], middles: dict[Ring, float], anchors: dict[int, str], start: float, width: float
) -> list[Mark]:
    """The marks of a month, in order of their days: what falls on one day of a ring is one, and so is what the ring has
    no room to show side by side."""
    found: list[tuple[date, Mark]] = []
    for ring, radius in middles.items():
        days: dict[date, list[Entry]] = {}
        for entry in entries:
            if entry.ring == ring:
                days.setdefault(entry.day, []).append(entry)
        length = radians(STEP) * radius
        wanted = [(part_of_month(day) * length, some) for day, some in sorted(days.items())]
        for place, some in spread(wanted, length, width):
            x, y = at(radius, start + place / length * STEP)
            found.append((some[0].day, Mark(x, y, Bundle(some, anchors[id(some[0])]))))
    return [mark for _, mark in sorted(found, key=lambda one: one[0])]


def spread(wanted: Wanted, length: float, width: float) -> Wanted:
    """Places between 0 and `length`, at least `width` apart and half of it from the ends, as near the wanted ones (in
    order) as can be. The nearest are put together until the rest have room."""
    found = list(wanted)
    most = max(1, int(length // width))
    while len(found) > most:
        near = min(range(len(found) - 1), key=lambda one: found[one + 1][0] - found[one][0])
        (first, some), (second, others) = found[near : near + 2]
        middle = (first * len(some) + second * len(others)) / (len(some) + len(others))
        found[near : near + 2] = [(middle, [*some, *others])]
    margin = min(width, length) / 2
    places, edge = [], margin
    for place, _ in found:
        places.append(max(place, edge))
        edge = places[-1] + width
    edge = length - margin
    for number in reversed(range(len(places))):
        places[number] = min(places[number], edge)
        edge = places[number] - width
    return [(place, some) for place, (_, some) in zip(places, found, strict=True)]


# ── Angles and paths ─────────────────────────────────────────────────────────────────────────────


def part_of_month(day: date) -> float:
    """0 at the beginning of the month, 1 at its end; a day is its noon."""
    return (day.day - 0.5) / monthrange(day.year, day.month)[1]


def angle(day: date) -> float:
    return GAP / 2 + STEP * (day.month - 1 + part_of_month(day))


def at(radius: float, turn: float) -> tuple[str, str]:
    """The point as text."""
    return f"{radius * sin(radians(turn)):.1f}", f"{-radius * cos(radians(turn)):.1f}"


def line(inner: float, outer: float, turn: float) -> str:
    return f"M{' '.join(at(inner, turn))}L{' '.join(at(outer, turn))}"


def arc(radius: float, start: float, end: float) -> str:
    return f"M{' '.join(at(radius, start))}{_curve(radius, start, end, 1)}"


def sector(inner: float, outer: float, start: float, end: float) -> str:
    """The closed shape between two radii and two angles."""
    inside, back = " ".join(at(inner, end)), _curve(inner, end, start, 0)
    return f"{arc(outer, start, end)}L{inside}{back}Z"


def _curve(radius: float, start: float, end: float, clockwise: int) -> str:
    far = 1 if abs(end - start) > 180 else 0
    return f"A{radius:.1f} {radius:.1f} 0 {far} {clockwise} {' '.join(at(radius, end))}"


def _closed(year: int) -> Iterable[tuple[float, float]]:
    """The closed periods of the year, as angles from the morning of the first day to the evening of the last."""
    for (first_month, first_day), (last_month, last_day) in settings.CLOSED_PERIODS:
        days = monthrange(year, last_month)[1]
        begin = (first_day - 1) / monthrange(year, first_month)[1]
        yield (
            GAP / 2 + STEP * (first_month - 1 + begin),
            GAP / 2 + STEP * (last_month - 1 + min(last_day, days) / days),
        )
