"""The app of duties."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "duties"
    verbose_name = "Opgaver"

    def ready(self) -> None:
        from duties import receivers
        from duties.actions import redraw
        from duties.holdings import DISCREET, DUTIES
        from duties.permissions import RIGHTS
        from glostrup_isms.kit import outbox
        from roles import holdings, rights

        rights.register(*RIGHTS)
        holdings.register(DUTIES, DISCREET)
        outbox.recheck("duty_", redraw)
        receivers.connect()
