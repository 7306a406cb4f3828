"""Who may do what with governed documents, by role (P-26, P-43 … P-47, P-55 … P-57, P-77, P-81)."""

from meetings.permissions import FOLLOWERS
from policy.models.documents import VIEW_DRAFTS
from roles.enums import Role
from roles.rights import EVERYWHERE, Right

ADD = "policy.add_document"
CHANGE = "policy.change_version"
RECOMMEND = "policy.recommend_version"
DECIDE = "policy.decide_version"
RETURN = "policy.return_version"
POST = "policy.post_version"
RUN = "policy.run_version"  # held by nobody: what the portal does by itself when the day comes
CHANGE_ROUTE = "policy.change_route"

WRITERS = (
    Role.IT_COORDINATOR,
    Role.IT_CHIEF,
    Role.GDPR_UNIT,
)  # P-55; the GDPR unit assesses the need of changes (P-47)
RECORDERS = (Role.SECRETARIAT, Role.DIRECTOR, Role.EXECUTIVE, Role.COMMITTEE)
RIGHTS = (
    *(Right(VIEW_DRAFTS, role, EVERYWHERE) for role in FOLLOWERS),
    *(Right(permission, role, EVERYWHERE) for role in WRITERS for permission in (ADD, CHANGE, POST)),
    Right(POST, Role.SECRETARIAT, EVERYWHERE),
    *(Right(RECOMMEND, role, EVERYWHERE) for role in RECORDERS),
    *(Right(permission, role, EVERYWHERE) for role in RECORDERS for permission in (DECIDE, RETURN)),
    Right(CHANGE_ROUTE, Role.DIRECTOR, EVERYWHERE),
)
