"""The app of bodies that decide."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = "Møder og beslutninger"

    def ready(self) -> None:
        from meetings.permissions import RIGHTS
        from roles import rights

        rights.register(*RIGHTS)
