"""The app of governed documents."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "policy"
    verbose_name = "Politik og dokumenter"

    def ready(self) -> None:
        from glostrup_isms.kit import outbox
        from policy import notifications
        from policy.panels import clauses_of
        from policy.permissions import RIGHTS
        from roles import clauses, rights

        rights.register(*RIGHTS)
        clauses.register(clauses_of)
        outbox.recheck("policy_", notifications.may_still_have)
