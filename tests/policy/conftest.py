"""What every test of the documents needs."""

import pytest


@pytest.fixture(autouse=True)
def undrawn_public_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that another test has drawn is kept."""
    from policy.publication import Kept

    monkeypatch.setattr("policy.views.public.KEPT_HERE", Kept())
