"""Governed documents: their versions and clauses, hearings, routes of approval, and where they were published."""

from policy.models.clauses import Clause, Comment, Contribution, EditDraft
from policy.models.documents import ApprovalRoute, Document
from policy.models.hearings import Hearing, HearingPart
from policy.models.reviews import Review, ReviewFact, ReviewPart
from policy.models.versions import Event, Posting, PublicSite, Version

__all__ = [
    "ApprovalRoute",
    "Clause",
    "Comment",
    "Contribution",
    "Document",
    "EditDraft",
    "Event",
    "Hearing",
    "HearingPart",
    "Posting",
    "PublicSite",
    "Review",
    "ReviewFact",
    "ReviewPart",
    "Version",
]
