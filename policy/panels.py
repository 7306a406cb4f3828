"""What the pages of the organisation show of the policy."""

from policy.enums import Kind, State
from policy.models import Clause
from policy.text.blocks import plain
from roles.clauses import Applied
from roles.enums import Role


def clauses_of(role: Role) -> list[Applied]:
    """The clauses of the policy in force that bind the role; the policy is public. One query."""
    rows = Clause.objects.filter(version__state=State.IN_FORCE, version__document__kind=Kind.POLICY).exclude(number="")
    return [
        Applied(clause.number, plain(clause.text), f"/politik/#punkt-{clause.number.replace('.', '-')}")
        for clause in rows.order_by("position")
        if role in clause.roles
    ]
