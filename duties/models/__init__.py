"""What somebody must do by a date: templates, dated duties, what was said of them, reminders, calendars."""

from duties.enums import State
from duties.models.calendars import CalendarFeed
from duties.models.duties import Duty, DutyQuerySet
from duties.models.entries import DutyEntry, DutyFile
from duties.models.reminders import Notice, ReminderSettings
from duties.models.templates import DutyTemplate

__all__ = [
    "CalendarFeed", "Duty", "DutyEntry", "DutyFile", "DutyQuerySet", "DutyTemplate", "Notice", "ReminderSettings",
    "State",
]  # fmt: skip
