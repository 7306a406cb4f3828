"""The kit's models live beside what uses them; Django looks for them here."""

from glostrup_isms.kit.audit import AuditEntry, AuditPayload
from glostrup_isms.kit.files import StoredFile
from glostrup_isms.kit.jobs import JobRun
from glostrup_isms.kit.limits import RateCount
from glostrup_isms.kit.numbers import NumberSeries
from glostrup_isms.kit.outbox import Message
from glostrup_isms.kit.saved_views import SavedView

__all__ = ["AuditEntry", "AuditPayload", "JobRun", "Message", "NumberSeries", "RateCount", "SavedView", "StoredFile"]
