"""Addresses of the front and of a person's own pages."""

from django.conf import settings
from django.urls import path

from glostrup_isms.home import health, views

app_name = "home"
urlpatterns = [
    path("", views.front, name="front"),
    path("indbakke/", views.inbox, name="inbox"),
    path("min-profil/", views.profile, name="profile"),
    path("drift/", views.operations, name="operations"),
    path("opgaver/<int:pk>/udfoert/", views.duty_done, name="duty_done"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
if settings.DEMO:
    urlpatterns.append(path("demo/log-ind-som/", views.demo_sign_in, name="demo_sign_in"))
