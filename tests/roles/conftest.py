"""Fixtures of the organisation's tests."""

from typing import Any

import pytest

from tests.roles.scim import TOKEN, Scim


@pytest.fixture
def scim(db: None, settings: Any) -> Scim:
    """The identity provider, with the right token."""
    settings.SCIM_TOKEN = TOKEN
    return Scim()
