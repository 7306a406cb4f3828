"""Saying who approves what (P-45, P-77). Nobody but the council can be given the policy itself (P-81)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from glostrup_isms.kit import audit
from policy.actions.shared import ask_body, lock, settle_duties
from policy.enums import State
from policy.models import ApprovalRoute, Version
from policy.permissions import CHANGE_ROUTE
from roles.models import User

BEFORE_A_BODY = (State.SUBMITTED, State.RECOMMENDED)
FIELDS = ("needs_hearing", "recommended_by", "decided_by", "needs_statement", "reviewed_by")


def change_route(route: ApprovalRoute, *, by: User, **fields: Any) -> ApprovalRoute:
    """Change how documents of the kind are approved, from now on: what is on its way follows the new route.
    Raises PermissionDenied, ValidationError."""
    if not by.has_perm(CHANGE_ROUTE, route):
        raise PermissionDenied("Kun kommunaldirektøren ændrer, hvem der godkender hvad.")
    with transaction.atomic():
        route = ApprovalRoute.objects.select_for_update(of=("self",), no_key=True).get(pk=route.pk)
        asked = (route.recommended_by, route.decided_by)
        for name in FIELDS:
            setattr(route, name, fields[name])
        route._history_user = by
        route.full_clean()
        route.save()
        if asked != (route.recommended_by, route.decided_by):
            _ask_anew(route, by)
        audit.record("policy.route", by=by, obj=route, **{name: fields[name] for name in FIELDS})
    return route


def _ask_anew(route: ApprovalRoute, by: User) -> None:
    """Texts before a body are before the one that the route names now."""
    waiting = Version.objects.filter(document__kind=route.kind, state__in=BEFORE_A_BODY)
    versions = [lock(version) for version in waiting.order_by("document")]  # all of them before anything is written
    for version in versions:
        if version.state in BEFORE_A_BODY:  # neither decided nor taken back meanwhile
            settle_duties(version, by)
            ask_body(version, version.before_body, "Tag stilling til")
