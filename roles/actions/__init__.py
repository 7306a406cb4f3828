"""What is done in the organisation: each action a verb with an actor, in one transaction."""

from roles.actions.absences import cancel_absence, register_absence, set_deputy
from roles.actions.appointments import (
    Changed,
    appoint,
    check_place,
    deactivate,
    end_appointment,
    reactivate,
    stop_appointment,
)
from roles.actions.grants import delegate, grant_for, revoke, revoke_for
from roles.actions.leaders import NearestLeader, absences_of, deputy_today, nearest_leader, primary_unit

__all__ = [
    "Changed",
    "NearestLeader",
    "absences_of",
    "appoint",
    "cancel_absence",
    "check_place",
    "deactivate",
    "delegate",
    "deputy_today",
    "end_appointment",
    "grant_for",
    "nearest_leader",
    "primary_unit",
    "reactivate",
    "register_absence",
    "revoke",
    "revoke_for",
    "set_deputy",
    "stop_appointment",
]
