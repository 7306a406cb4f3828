"""Pages that read from all apps."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "glostrup_isms.home"
    label = "home"
    verbose_name = "Forside"
