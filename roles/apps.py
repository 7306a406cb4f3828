"""The app of people, units and roles."""

from django.apps import AppConfig


class RolesConfig(AppConfig):
    name = "roles"
    verbose_name = "Organisation"

    def ready(self) -> None:
        from roles import explain, explainers, rights
        from roles.permissions import DELEGABLE, RIGHTS

        rights.register(*RIGHTS)
        rights.register_delegable(*DELEGABLE)
        explain.register(explainers.UNITS, explainers.PEOPLE)
