"""What every app leans on."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "glostrup_isms.kit"
    label = "kit"
    verbose_name = "Fælles"

    def ready(self) -> None:
        from glostrup_isms.kit import audit_receivers, checks  # noqa: F401 - registers itself

        audit_receivers.connect()
