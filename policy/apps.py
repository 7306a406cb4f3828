"""The app of governed documents."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "policy"
    verbose_name = "Politik og dokumenter"

    def ready(self) -> None:
        from glostrup_isms.kit import outbox
        from policy import facts, meetings, notifications
        from policy.panels import clauses_of
        from policy.permissions import RIGHTS
        from roles import clauses, rights

        rights.register(*RIGHTS)
        clauses.register(clauses_of)
        facts.register("politik", facts.of_policy)
        facts.register("tekst", facts.of_text)
        meetings.register()
        outbox.recheck("policy_", notifications.may_still_have)
