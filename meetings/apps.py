"""The app of bodies that decide."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = "Møder og beslutninger"

    def ready(self) -> None:
        from glostrup_isms.kit import outbox
        from meetings import agenda, notifications, sources
        from meetings.permissions import RIGHTS
        from roles import rights

        rights.register(*RIGHTS)
        agenda.register_source("opfoelgning", sources.follow_ups)
        agenda.register_source("opgaver", sources.late_duties)
        outbox.recheck("meeting_", notifications.may_still_have)
