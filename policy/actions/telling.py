"""Telling everyone whom a document binds that it applies (P-82). Until the awareness work hears the signal and asks
for receipts, it is a note in the inbox."""

from django.db import transaction
from django.utils import timezone

from policy import notifications
from policy.enums import State
from policy.models import Version


def tell_due(at_once: int = notifications.TOLD_AT_ONCE) -> int:
    """Write the notes of every version in force whose people have not been told; answers how many notes. It may run
    any number of times, and be cut off anywhere: each note has its key, so nobody gets it twice."""
    count = 0
    for version in Version.objects.filter(state=State.IN_FORCE, told_at=None).select_related("document"):
        last = 0
        while people := list(notifications.bound_people(version).filter(pk__gt=last)[:at_once]):
            with transaction.atomic():
                count += notifications.tell_bound(version, people)
            last = people[-1].pk
        Version.objects.filter(pk=version.pk, told_at=None).update(told_at=timezone.now())
    return count
