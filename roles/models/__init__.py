"""People, organisation units, roles and appointments: who answers for what. Owns User."""

from roles.models.absences import Absence
from roles.models.appointments import Appointment
from roles.models.days import today
from roles.models.grants import DatedGrant, UnitGrant
from roles.models.people import Office, User
from roles.models.scim import ScimAccount, ScimGroup
from roles.models.syncs import SyncChange, SyncRun
from roles.models.units import Unit

__all__ = [
    "Absence",
    "Appointment",
    "DatedGrant",
    "Office",
    "ScimAccount",
    "ScimGroup",
    "SyncChange",
    "SyncRun",
    "Unit",
    "UnitGrant",
    "User",
    "today",
]
