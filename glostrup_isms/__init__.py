"""The Glostrup ISMS portal: the project that knows every app."""

from glostrup_isms.celery import app as celery_app

__all__ = ["celery_app"]
