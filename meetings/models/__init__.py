"""Bodies that decide, their meetings, and what they decided."""

from meetings.models.agenda import AgendaFile, AgendaItem, FollowUp, Recusal, Vote
from meetings.models.bodies import Body, Seat
from meetings.models.decisions import Decision, DecisionFile
from meetings.models.meetings import Attendance, Meeting, MeetingEvent, Remark

__all__ = [
    "AgendaFile", "AgendaItem", "Attendance", "Body", "Decision", "DecisionFile", "FollowUp", "Meeting",
    "MeetingEvent", "Recusal", "Remark", "Seat", "Vote",
]  # fmt: skip
