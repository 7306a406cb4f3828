"""Who sees others' duties and decides on the year's fixed ones. What a holder may do with her own is said by the duty.

A leader sees, hands on and postpones what those she leads hold; the GDPR unit sees all, also what is about a case or a
draft, for it sees those too (P-43, P-44, P-60).
"""

from duties.models.duties import VIEW, VIEW_DISCREET
from roles.enums import LEADING_ROLES, Role
from roles.rights import EVERYWHERE, UNIT_AND_BELOW, Right

FINISH = "duties.finish_duty"
REOPEN = "duties.reopen_duty"
HAND_ON = "duties.hand_on_duty"
POSTPONE = "duties.postpone_duty"
WRITE = "duties.write_duty"
DROP = "duties.drop_duty"
RUN = "duties.run_duty"  # held by nobody: the work was done where it belongs, or its cause is gone
CHANGE_TEMPLATE = "duties.change_template"

KEEPERS = (Role.GDPR_UNIT, Role.IT_COORDINATOR)  # of the year's fixed duties (P-55)
SEE_ALL = (*KEEPERS, Role.DIRECTOR, Role.DPO, Role.COMMITTEE)
RIGHTS = (
    *(Right(VIEW, role, UNIT_AND_BELOW) for role in LEADING_ROLES if role not in SEE_ALL),
    *(Right(VIEW, role, EVERYWHERE) for role in SEE_ALL),
    Right(VIEW_DISCREET, Role.GDPR_UNIT, EVERYWHERE),
    *(Right(permission, role, UNIT_AND_BELOW) for role in LEADING_ROLES for permission in (HAND_ON, POSTPONE, WRITE)),
    *(
        Right(permission, role, EVERYWHERE)
        for role in KEEPERS
        for permission in (CHANGE_TEMPLATE, HAND_ON, POSTPONE, WRITE, DROP)
    ),
)
