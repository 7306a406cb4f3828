"""Who approves what: changed by the municipal director alone, and the policy is the council's."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from duties.models import Duty
from glostrup_isms.kit.audit import AuditEntry
from meetings.enums import BodyKind
from policy import actions
from policy.enums import Kind, State
from policy.models import ApprovalRoute
from roles.enums import Role
from tests.desk import Desk, fresh
from tests.policy.pages import signed_in, text_of

ONLY_THE_COUNCIL = "Kun kommunalbestyrelsen kan godkende informationssikkerhedspolitikken."
URL = "/dokumenter/godkendelsesveje/"


def of(kind: Kind) -> ApprovalRoute:
    return ApprovalRoute.objects.get(kind=kind)


def values(route: ApprovalRoute, **changed: Any) -> dict[str, Any]:
    names = ("needs_hearing", "recommended_by", "decided_by", "needs_statement", "reviewed_by")
    return {name: getattr(route, name) for name in names} | changed


def sent(route: ApprovalRoute, **changed: Any) -> dict[str, Any]:
    """As a browser sends it: a box that is not ticked is not there."""
    return {name: value for name, value in values(route, **changed).items() if value is not False}


def test_every_kind_has_its_route_from_the_beginning(desk: Desk) -> None:
    """P-45, P-56, P-77, P-78, P-81."""
    routes = {route.kind: route for route in ApprovalRoute.objects.all()}
    assert set(routes) == set(Kind)
    assert routes[Kind.POLICY].decided_by == BodyKind.COUNCIL
    assert {route.decided_by for kind, route in routes.items() if kind != Kind.POLICY} == {BodyKind.DIRECTOR}
    assert {route.reviewed_by for route in routes.values()} == {BodyKind.COMMITTEE}
    assert all(route.needs_hearing for route in routes.values())


def test_only_the_director_changes_a_route(desk: Desk) -> None:
    route = of(Kind.GUIDELINE)
    for name in desk.town.holders:
        if name == "director":
            continue
        with pytest.raises(PermissionDenied, match="Kun kommunaldirektøren"):
            actions.change_route(route, by=getattr(desk, name), **values(route, needs_hearing=False))
    assert of(Kind.GUIDELINE).needs_hearing
    actions.change_route(route, by=desk.director, **values(route, needs_hearing=False))
    assert not of(Kind.GUIDELINE).needs_hearing
    assert route.history.first().history_user == desk.director
    assert AuditEntry.objects.filter(action="policy.route", actor_id=desk.director.pk).count() == 1


@pytest.mark.parametrize("body", [kind for kind in BodyKind if kind != BodyKind.COUNCIL])
def test_policy_is_given_to_nobody_but_the_council(desk: Desk, body: BodyKind) -> None:
    route = of(Kind.POLICY)
    with pytest.raises(ValidationError):
        actions.change_route(route, by=desk.director, **values(route, decided_by=body))
    with pytest.raises(IntegrityError, match="only_the_council_decides_the_policy"), transaction.atomic():
        ApprovalRoute.objects.filter(kind=Kind.POLICY).update(decided_by=body)
    assert of(Kind.POLICY).decided_by == BodyKind.COUNCIL


def test_page_says_that_only_the_council_decides_the_policy(desk: Desk) -> None:
    route = of(Kind.POLICY)
    response = signed_in(desk.director).post(f"{URL}{route.pk}/", sent(route, decided_by=BodyKind.DIRECTOR))
    assert response.status_code == 422
    assert ONLY_THE_COUNCIL in text_of(response)
    assert of(Kind.POLICY).decided_by == BodyKind.COUNCIL


def test_director_changes_a_route_on_its_page(desk: Desk) -> None:
    route = of(Kind.RULE)
    client = signed_in(desk.director)
    assert client.get(f"{URL}{route.pk}/").status_code == 200
    response = client.post(f"{URL}{route.pk}/", sent(route, recommended_by="", needs_hearing=False))
    assert (response.status_code, response["Location"]) == (302, URL)
    assert "Sikkerhedsregel" in text_of(client.get(URL))
    assert (of(Kind.RULE).recommended_by, of(Kind.RULE).needs_hearing) == ("", False)


def test_page_of_a_route_refuses_what_is_not_on_its_lists(desk: Desk) -> None:
    route = of(Kind.RULE)
    for body in (BodyKind.DPR, "anybody", ""):
        response = signed_in(desk.director).post(f"{URL}{route.pk}/", sent(route, decided_by=body))
        assert response.status_code == 422
    assert of(Kind.RULE).decided_by == BodyKind.DIRECTOR


def test_those_who_work_with_documents_see_the_routes_and_cannot_change_them(desk: Desk) -> None:
    route = of(Kind.RULE)
    page = text_of(signed_in(desk.writer).get(URL))
    assert f"{URL}{route.pk}/" not in page
    assert f"{URL}{route.pk}/" in text_of(signed_in(desk.director).get(URL))
    refused = signed_in(desk.writer).post(f"{URL}{route.pk}/", sent(route))
    assert refused.status_code == 403
    assert "Kun kommunaldirektøren" in text_of(refused)
    for person in (desk.employee, desk.leader, desk.administrator):
        assert signed_in(person).get(URL).status_code == 404
        assert signed_in(person).get(f"{URL}{route.pk}/").status_code == 404


def test_page_names_the_body_that_has_the_duty(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    route = of(Kind.GUIDELINE)
    actions.change_route(route, by=desk.director, **values(route, recommended_by=BodyKind.EXECUTIVE))
    about = Duty.objects.open().get(object_id=str(version.pk))
    assert about.holder_role == Role.EXECUTIVE
    assert fresh(version).before_body == BodyKind.EXECUTIVE
    assert "Direktionen" in text_of(signed_in(desk.lawyer).get(version.get_absolute_url()))


def test_what_is_on_its_way_follows_the_new_route(desk: Desk) -> None:
    version = desk.heard(desk.make())
    route = of(Kind.GUIDELINE)
    actions.change_route(
        route,
        by=desk.director,
        **values(route, recommended_by="", decided_by=BodyKind.COMMITTEE, needs_statement=False),
    )
    version = fresh(actions.submit(version, by=desk.writer))
    assert Duty.objects.open().get(object_id=str(version.pk)).holder_role == Role.COMMITTEE
    decided = actions.decide(version, by=desk.committee, decided_on=version.submitted_at.date())  # type: ignore[union-attr]
    assert decided.state == State.IN_FORCE
