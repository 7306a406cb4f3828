"""The Celery application, nothing else."""

from celery import Celery

app = Celery("glostrup_isms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
