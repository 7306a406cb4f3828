"""A case shows and keeps the action plan that applied when it was reported (P-74)."""

import pytest
from django.test import Client

from policy.actions import start_version
from policy.enums import Confidentiality, Kind
from policy.models import Version
from tests.desk import Desk


@pytest.fixture
def plan(desk: Desk) -> Version:
    version = desk.make(
        Kind.ACTION_PLAN, "Handlingsplan for brud", is_breach_plan=True, confidentiality=Confidentiality.INTERNAL
    )
    return desk.adopted(version)


def page(desk: Desk, who: str, url: str) -> str:
    client = Client()
    client.force_login(getattr(desk, who))
    return client.get(url).content.decode()


def test_case_keeps_the_plan_in_force_when_it_was_reported(desk: Desk, plan: Version) -> None:
    breach = desk.town.report(by=desk.employee).breach
    assert breach.plan == plan
    newer = desk.in_force(start_version(plan.document, by=desk.writer))
    breach.refresh_from_db()
    assert breach.plan == plan
    assert desk.town.report(by=desk.employee).breach.plan == newer


def test_case_before_any_plan_has_none(desk: Desk) -> None:
    desk.make(Kind.ACTION_PLAN, "Handlingsplan for brud", is_breach_plan=True)  # a draft is no plan
    breach = desk.town.report(by=desk.employee).breach
    assert breach.plan is None
    assert "Handlingsplan" not in page(desk, "gdpr_unit", breach.get_absolute_url())


@pytest.mark.parametrize("who", ["gdpr_unit", "leader", "employee"])
def test_page_leads_to_the_plan_that_applied(desk: Desk, plan: Version, who: str) -> None:
    breach = desk.town.report(by=desk.employee).breach
    shown = page(desk, who, breach.get_absolute_url())
    assert f'href="{plan.get_absolute_url()}"' in shown
    assert "Den gælder, og den gjaldt, da sagen blev meldt." in shown
    desk.in_force(start_version(plan.document, by=desk.writer))
    assert "Se, hvad der gælder nu" in page(desk, who, breach.get_absolute_url())


def test_partner_who_may_not_read_the_plan_is_not_led_to_it(desk: Desk, plan: Version) -> None:
    breach = desk.town.report(by=desk.external).breach
    assert breach.plan == plan
    assert "Handlingsplan" not in page(desk, "external", breach.get_absolute_url())
