"""What the tests of the year's pages share."""

from typing import Any

import pytest
import time_machine

from tests.factories import WholeTown, make_whole_town
from tests.home.years import NOW


@pytest.fixture
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def town(on_the_day: Any, db: None) -> WholeTown:
    return make_whole_town()
