"""What every test of meetings needs."""

import pytest

from meetings import agenda, effects
from tests.factories import make_whole_town
from tests.meetings.hall import Hall


@pytest.fixture
def hall(db: object) -> Hall:
    """A town with somebody in every role, and three members on the committee."""
    return Hall(make_whole_town())


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> dict[str, agenda.Source]:
    """No source but those that the test registers."""
    monkeypatch.setattr(agenda, "_sources", {})
    return agenda._sources


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[object, effects.Effect]:
    """No effects but those that the test registers."""
    monkeypatch.setattr(effects, "_effects", {})
    return effects._effects
