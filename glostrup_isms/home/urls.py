"""Addresses of the front and of a person's own pages."""

from django.conf import settings
from django.urls import path

from glostrup_isms.home import health, operations, views
from glostrup_isms.home.wheel import calendar
from glostrup_isms.home.wheel import views as wheel

app_name = "home"
urlpatterns = [
    path("", views.front, name="front"),
    path("indbakke/", views.inbox, name="inbox"),
    path("min-profil/", views.profile, name="profile"),
    path("drift/", operations.overview, name="operations"),
    path("drift/job/", operations.job_list, name="jobs"),
    path("drift/post/", operations.mail_log, name="mail_log"),
    path("aarshjul/", wheel.wheel, name="wheel"),
    path("aarshjul/aarshjul.pdf", wheel.wheel_pdf, name="wheel_pdf"),
    path("aarshjul/kalender/", calendar.page, name="calendar"),
    path("aarshjul/kalender/<slug:token>.ics", calendar.feed, name="calendar_feed"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
if settings.DEMO:
    urlpatterns.append(path("demo/log-ind-som/", views.demo_sign_in, name="demo_sign_in"))
