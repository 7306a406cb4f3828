"""Reports of breaches and threats, who has been told, and the dated steps that follow."""

from breaches.models.cases import Breach, BreachQuerySet
from breaches.models.entries import BreachFile, BreachFileQuerySet, Entry, Event
from breaches.models.people import BreachUserObjectPermission, Exclusion, Told
from breaches.models.steps import DueStep

__all__ = [
    "Breach", "BreachFile", "BreachFileQuerySet", "BreachQuerySet", "BreachUserObjectPermission", "DueStep",
    "Entry", "Event", "Exclusion", "Told",
]  # fmt: skip
