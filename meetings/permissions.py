"""Who may see bodies, meetings and decisions, who prepares a body's meetings, and who writes its decisions in."""

from collections.abc import Sequence
from typing import Any

from meetings.enums import CHAIRS, MEMBERS, PREPARERS, RECORDERS, BodyKind
from meetings.models import Body, Meeting
from meetings.models.meetings import attended_by
from roles.enums import Role
from roles.models import User
from roles.rights import EVERYWHERE, Right

VIEW_BODY = "meetings.view_body"
CHANGE_BODY = "meetings.change_body"
VIEW_DECISION = "meetings.view_decision"
RECORD = "meetings.record_decision"
VIEW_MEETING = "meetings.view_meeting"  # of every body, without the confidential points
PREPARE = "meetings.prepare_meeting"
TAKE_PART = "meetings.take_part"
CONCLUDE = "meetings.conclude_item"

FOLLOWERS = (
    Role.IT_COORDINATOR, Role.IT_CHIEF, Role.GDPR_UNIT, Role.DPO, Role.LAWYER, Role.COMMITTEE, Role.DIRECTOR,
    Role.EXECUTIVE, Role.SECRETARIAT,
)  # fmt: skip


def _any_of(table: dict[BodyKind, tuple[Role, ...]]) -> list[Role]:
    return [role for role in Role if any(role in some for some in table.values())]


# Of which body, the conditions of `workflow.py` say.
RIGHTS = (
    *(Right(VIEW_BODY, role, EVERYWHERE) for role in Role if role != Role.EXTERNAL),
    *(Right(VIEW_DECISION, role, EVERYWHERE) for role in FOLLOWERS),
    *(Right(RECORD, role, EVERYWHERE) for role in _any_of(RECORDERS)),
    *(Right(VIEW_MEETING, role, EVERYWHERE) for role in FOLLOWERS),
    *(Right(PREPARE, role, EVERYWHERE) for role in _any_of(PREPARERS)),
    *(Right(TAKE_PART, role, EVERYWHERE) for role in _any_of(MEMBERS)),
    *(Right(CONCLUDE, role, EVERYWHERE) for role in Role if role in {*_any_of(PREPARERS), *_any_of(MEMBERS)}),
    *(Right(CHANGE_BODY, role, EVERYWHERE) for role in (Role.DIRECTOR, Role.SECRETARIAT)),
)


def in_words(roles: Sequence[Role]) -> str:
    """»GDPR-enheden, It-sikkerhedskoordinator eller sekretariat«."""
    names = [role.label.lower() if role == Role.SECRETARIAT else str(role.label) for role in roles]
    return " eller ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def why_not_record(by: User, body: Body) -> str | None:
    """Why `by` cannot write the body's decisions in, as a Danish sentence; None when she can."""
    recorders = BodyKind(body.kind).recorders
    if by.has_role(*recorders):
        return None
    who = " eller ".join(role.label.lower() if role == Role.SECRETARIAT else role.label for role in recorders)
    return f"Beslutningen træffes af {body} og skrives ind af: {who}."


def why_not_prepare(by: Any, body: Body) -> str | None:
    """Why `by` cannot plan and prepare the body's meetings, as a Danish sentence; None when she can. The portal can."""
    if by.pk is None or by.has_role(*body.body_kind.preparers):
        return None
    return f"Møder i {body} forberedes af: {in_words(body.body_kind.preparers)}."


def is_inside(user: Any, of: Body | Meeting) -> bool:
    """A member of the body, or one who prepares its meetings, and of a meeting also whoever was there: sees its
    confidential points."""
    kind = of.body_kind if isinstance(of, Body) else of.body.body_kind
    if user.has_role(*kind.members, *kind.preparers):
        return True
    return isinstance(of, Meeting) and attended_by(user).filter(meeting=of).exists()


def may_chair(user: Any, meeting: Meeting) -> bool:
    """The body's chair (P-46: the municipal director chairs the committee), or her deputy while she is away; and
    whoever really chaired the meeting. Where no role chairs the body, any member does."""
    chair = CHAIRS.get(meeting.body.body_kind)
    if user.has_role(chair) if chair else meeting.body.has_member(user):
        return True
    return meeting.attendances.filter(person=user, is_chairing=True).exists()


def acts_as(by: User, body: Body) -> set[int]:
    """Whose hands record: her own, or also the holder's when she sits there only as somebody's deputy."""
    offices = [office for office in by.offices if office.role in BodyKind(body.kind).recorders]
    if any(not office.as_deputy for office in offices):
        return {by.pk}
    return {by.pk, *(office.holder_id for office in offices)}
