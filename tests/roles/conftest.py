"""Fixtures of the organisation's tests."""

from datetime import timedelta
from typing import Any

import pytest

from roles.enums import SyncState
from roles.models import Appointment, User, today
from tests.roles.organisations import OrganisationIn, bring, small
from tests.roles.scim import TOKEN, Scim


@pytest.fixture
def scim(db: None, settings: Any) -> Scim:
    """The identity provider, with the right token."""
    settings.SCIM_TOKEN = TOKEN
    return Scim()


@pytest.fixture
def mette(scim: Scim) -> User:
    return scim.person("mette")


@pytest.fixture
def lone(scim: Scim) -> User:
    return scim.person("lone")


@pytest.fixture
def made(db: None) -> OrganisationIn:
    """Brought in already, some time ago."""
    organisation = small()
    assert bring(organisation).state == SyncState.APPLIED
    Appointment.objects.update(from_on=today() - timedelta(days=400))
    return organisation
