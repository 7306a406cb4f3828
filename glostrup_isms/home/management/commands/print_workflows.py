"""`manage.py print_workflows`: the workflow tables as Markdown, for auditors; docs/workflows.md is made by it."""

from typing import Any

from django.core.management.base import BaseCommand

from breaches.enums import State
from breaches.models import Breach
from breaches.workflow import BREACH_FLOW
from duties.enums import State as DutyState
from duties.models import Duty
from duties.workflow import DUTY_FLOW
from glostrup_isms.kit.workflow import Flow
from meetings.enums import ItemState, MeetingState
from meetings.models import AgendaItem, Meeting
from meetings.workflow import ITEM_FLOW, MEETING_FLOW
from policy.enums import ReviewState
from policy.enums import State as VersionState
from policy.models import Review, Version
from policy.workflow import REVIEW_FLOW, VERSION_FLOW
from roles import rights
from roles.enums import Role

HEAD = """# Workflows

Printed from the tables in the code by `manage.py print_workflows > docs/workflows.md`; a test compares the two.
A state has one door: the step. Conditions bind everybody.
"""


def table(title: str, flow: Flow, states: Any) -> str:
    """One flow: each step with where it leads from and to, who may take it, and what it asks for."""
    labels = dict(states.choices)
    lines = [f"## {title}", "", "| step | from | to | permission | conditions | reason |", "|---|---|---|---|---|---|"]
    for step in flow.steps.values():
        sources = ", ".join(labels[source] for source in states.values if source in step.sources)
        rules = ", ".join(condition.__name__ for condition in step.conditions) or "–"
        reason = "required" if step.needs_note else "–"
        lines.append(f"| {step.label} | {sources} | {labels[step.target]} | `{step.permission}` | {rules} | {reason} |")
    return "\n".join(lines) + "\n"


def rights_table() -> str:
    """Which role holds which permission, and how far it reaches."""
    lines = ["## Permissions by role", "", "| role | permission | reach |", "|---|---|---|"]
    for role in Role:
        for right in rights.of(role):
            reach = "everywhere" if right.reach == rights.EVERYWHERE else "own unit and the units below"
            lines.append(f"| {role.label} | `{right.permission}` | {reach} |")
    return "\n".join(lines) + "\n"


def delegations_table() -> str:
    """What a holder may let a colleague do in a unit until a day, and what that gives."""
    lines = ["## What may be let to a colleague", "", "| what | gives | by |", "|---|---|---|"]
    for one in rights.all_delegable():
        gives = ", ".join(f"`{permission}`" for permission in one.gives)
        by = ", ".join(role.label for role in Role if one in rights.delegable_by(role))
        lines.append(f"| {one.label} | {gives} | {by} |")
    return "\n".join(lines) + "\n"


def document() -> str:
    """The whole page."""
    flows = (
        table(f"{Breach._meta.verbose_name} (breach)", BREACH_FLOW, State),
        table(f"{Version._meta.verbose_name} (version of a document)", VERSION_FLOW, VersionState),
        table(f"{Duty._meta.verbose_name} (duty)", DUTY_FLOW, DutyState),
        table(f"{Review._meta.verbose_name} (yearly review)", REVIEW_FLOW, ReviewState),
        table(f"{Meeting._meta.verbose_name} (meeting)", MEETING_FLOW, MeetingState),
        table(f"{AgendaItem._meta.verbose_name} (point of an agenda)", ITEM_FLOW, ItemState),
    )
    return "\n".join([HEAD, *flows, rights_table(), delegations_table()])


class Command(BaseCommand):
    help = "Print the workflow tables as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(document(), ending="")
