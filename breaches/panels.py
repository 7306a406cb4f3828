"""What a unit's page shows of its cases."""

from typing import Any

from breaches.models import Breach
from breaches.permissions import VIEW
from roles.models import Unit
from roles.panels import Line, Panel

SHOWN = 5


def open_cases(unit: Unit, user: Any) -> Panel | None:
    """Open cases of the unit and the units below it that the reader may see; None for who sees none there by office."""
    if not user.has_perm(VIEW, unit):
        return None
    cases = Breach.objects.visible_to(user).open().filter(unit__path__startswith=unit.path)
    count = cases.count()
    lines = [
        Line(f"{case.number} {case.headline}", case.get_absolute_url(), case.tone, case.get_state_display())
        for case in cases.order_by("-reported_at")[:SHOWN]
    ]
    more = f"/brud/?aaben=ja&enhed={unit.pk}" if count > SHOWN else ""
    return Panel("brud", "Åbne brud og trusler", lines, count, more, "Der er ingen åbne sager i enheden.")
