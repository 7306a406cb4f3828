"""Making, finishing and handing on duties, and finding what is left without an owner."""

from duties.actions.making import create_duty, finish_duties, finish_duty
from duties.actions.ownerless import ask_for_successor, find_ownerless
from duties.actions.welcome import welcome, welcome_new_holders

__all__ = [
    "ask_for_successor", "create_duty", "find_ownerless", "finish_duties", "finish_duty", "welcome",
    "welcome_new_holders",
]  # fmt: skip
