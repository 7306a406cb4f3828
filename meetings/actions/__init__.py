"""What is done with bodies, meetings and decisions: planned, filled, called, held, voted on, minuted, decided."""

from meetings.actions.decisions import (
    WrongDecision,
    body_named,
    decisions_on,
    record_decision,
    void_decisions,
)

# What `meetings.effects` and other apps need of this package stands above; the rest leans on it.
from meetings.actions.agenda import (  # isort: skip
    add_item,
    edit_item,
    fill_agenda,
    postpone_item,
    reopen_item,
    shift_item,
    withdraw_item,
)
from meetings.actions.holding import (  # isort: skip
    ask,
    close_meeting,
    conclude,
    open_meeting,
    recuse,
    set_attendance,
    take_back_recusal,
    use_new_text,
    write_words,
)
from meetings.actions.minutes import approve_minutes, remark, send_minutes  # isort: skip
from meetings.actions.planning import (  # isort: skip
    call_meeting,
    cancel_meeting,
    change_body,
    move_meeting,
    plan_meeting,
    prepare_meetings,
)
from meetings.actions.shared import Changed  # isort: skip
from meetings.actions.voting import ask_for_meeting, close_due_votes, close_votes, vote  # isort: skip

__all__ = [
    "Changed", "WrongDecision", "add_item", "approve_minutes", "ask", "ask_for_meeting", "body_named", "call_meeting",
    "cancel_meeting", "change_body", "close_due_votes", "close_meeting", "close_votes", "conclude", "decisions_on",
    "edit_item", "fill_agenda", "move_meeting", "open_meeting", "plan_meeting", "postpone_item", "prepare_meetings",
    "record_decision", "recuse", "remark", "reopen_item", "send_minutes", "set_attendance", "shift_item",
    "take_back_recusal", "use_new_text", "void_decisions", "vote", "withdraw_item", "write_words",
]  # fmt: skip
