"""What is done with documents: each action a verb with an actor, in one transaction."""

from policy.actions.comments import close_comment, comment
from policy.actions.decisions import decide, recommend, withdraw
from policy.actions.documents import change_document, create_document, import_text, start_version
from policy.actions.hearings import ALWAYS_ASKED, answer_hearing, end_hearing, may_comment, open_hearing
from policy.actions.in_force import put_due_in_force, put_in_force
from policy.actions.publishing import record_posting, withdraw_posting
from policy.actions.review_answers import assess
from policy.actions.review_sweep import ask_for_reviews, open_reviews
from policy.actions.reviews import ask_for_change, last_approval, next_review, reapprove, reviews
from policy.actions.routes import change_route
from policy.actions.shared import Changed
from policy.actions.steps import discard, restore, send_back, submit, take_back
from policy.actions.telling import tell_due
from policy.actions.texts import TextChanged, TextLocked, bind_clauses, drop_draft, keep_draft, save_text

__all__ = [
    "ALWAYS_ASKED",
    "Changed",
    "TextChanged",
    "TextLocked",
    "answer_hearing",
    "ask_for_change",
    "ask_for_reviews",
    "assess",
    "bind_clauses",
    "change_document",
    "change_route",
    "close_comment",
    "comment",
    "create_document",
    "decide",
    "discard",
    "drop_draft",
    "end_hearing",
    "import_text",
    "keep_draft",
    "may_comment",
    "last_approval",
    "next_review",
    "open_reviews",
    "open_hearing",
    "put_due_in_force",
    "put_in_force",
    "reapprove",
    "recommend",
    "record_posting",
    "restore",
    "reviews",
    "save_text",
    "send_back",
    "start_version",
    "submit",
    "take_back",
    "tell_due",
    "withdraw",
    "withdraw_posting",
]
