"""The app of breach reports."""

from django.apps import AppConfig


class BreachesConfig(AppConfig):
    name = "breaches"
    verbose_name = "Brud"

    def ready(self) -> None:
        from breaches.permissions import RIGHTS
        from roles import rights

        rights.register(*RIGHTS)
