"""Who may see bodies and decisions, and who writes a body's decisions in."""

from meetings.enums import RECORDERS, BodyKind
from meetings.models import Body
from roles.enums import Role
from roles.models import User
from roles.rights import EVERYWHERE, Right

VIEW_BODY = "meetings.view_body"
VIEW_DECISION = "meetings.view_decision"
RECORD = "meetings.record_decision"

FOLLOWERS = (
    Role.IT_COORDINATOR, Role.IT_CHIEF, Role.GDPR_UNIT, Role.DPO, Role.LAWYER, Role.COMMITTEE, Role.DIRECTOR,
    Role.EXECUTIVE, Role.SECRETARIAT,
)  # fmt: skip
RIGHTS = (
    *(Right(VIEW_BODY, role, EVERYWHERE) for role in Role if role != Role.EXTERNAL),
    *(Right(VIEW_DECISION, role, EVERYWHERE) for role in FOLLOWERS),
    *(Right(RECORD, role, EVERYWHERE) for role in Role if any(role in some for some in RECORDERS.values())),
)


def why_not_record(by: User, body: Body) -> str | None:
    """Why `by` cannot write the body's decisions in, as a Danish sentence; None when she can."""
    recorders = BodyKind(body.kind).recorders
    if by.has_role(*recorders):
        return None
    who = " eller ".join(role.label.lower() if role == Role.SECRETARIAT else role.label for role in recorders)
    return f"Beslutningen træffes af {body} og skrives ind af: {who}."


def acts_as(by: User, body: Body) -> set[int]:
    """Whose hands record: her own, or also the holder's when she sits there only as somebody's deputy."""
    offices = [office for office in by.offices if office.role in BodyKind(body.kind).recorders]
    if any(not office.as_deputy for office in offices):
        return {by.pk}
    return {by.pk, *(office.holder_id for office in offices)}
