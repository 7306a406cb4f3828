"""What is done with a case, each action a verb with an actor, in one transaction."""

from breaches.actions.cases import acknowledge, mark_read, set_awareness, set_unit, set_verdict, take_step, write_entry
from breaches.actions.reports import Receipt, Report, find_by_code, report_breach, who_will_be_told
from breaches.actions.steps import take_due_steps

__all__ = [
    "Receipt",
    "Report",
    "acknowledge",
    "find_by_code",
    "mark_read",
    "report_breach",
    "set_awareness",
    "set_unit",
    "set_verdict",
    "take_due_steps",
    "take_step",
    "who_will_be_told",
    "write_entry",
]
