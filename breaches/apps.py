"""The app of breach reports."""

from django.apps import AppConfig


class BreachesConfig(AppConfig):
    name = "breaches"
    verbose_name = "Brud"

    def ready(self) -> None:
        from breaches import explain, notifications, receivers
        from breaches.agenda import of_breaches as on_agenda
        from breaches.facts import of_breaches
        from breaches.holdings import CASES
        from breaches.panels import open_cases
        from breaches.permissions import DELEGABLE, RIGHTS
        from glostrup_isms.kit import outbox
        from meetings import agenda
        from policy import facts
        from roles import explain as explanations
        from roles import holdings, panels, rights

        rights.register(*RIGHTS)
        rights.register_delegable(*DELEGABLE)
        outbox.recheck("breach_", notifications.may_still_have)
        explanations.register(explain.CASES)
        holdings.register(CASES)
        panels.register("brud", open_cases)
        facts.register("brud", of_breaches)
        agenda.register_source("brud", on_agenda)
        receivers.connect()
