"""The app of duties."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "duties"
    verbose_name = "Opgaver"

    def ready(self) -> None:
        from duties import receivers
        from duties.holdings import DUTIES
        from roles import holdings

        holdings.register(DUTIES)
        receivers.connect()
