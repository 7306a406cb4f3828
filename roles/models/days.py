"""The day that appointments, absences and grants are held against."""

from datetime import date

from django.utils import timezone


def today() -> date:
    """Today's date in Copenhagen."""
    return timezone.localdate()
