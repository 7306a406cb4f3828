"""What happens to duties: made, done, handed on, reminded of; and finding what is left without an owner."""

from duties.actions.digests import change_reminders, redraw, send_due_notices
from duties.actions.making import create_duty, finish_duties, finish_duty
from duties.actions.ownerless import ask_for_successor, find_ownerless
from duties.actions.reminders import remind
from duties.actions.steps import Changed, drop, finish, hand_on, postpone, reopen, write
from duties.actions.templates import change_template, create_template, start_template, stop_template
from duties.actions.welcome import welcome, welcome_new_holders
from duties.actions.year import make_year

__all__ = [
    "Changed", "ask_for_successor", "change_reminders", "change_template", "create_duty", "create_template", "drop",
    "find_ownerless", "finish", "finish_duties", "finish_duty", "hand_on", "make_year", "postpone", "redraw",
    "remind", "reopen", "send_due_notices", "start_template", "stop_template", "welcome", "welcome_new_holders",
    "write",
]  # fmt: skip
