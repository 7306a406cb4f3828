"""Addresses under `/opgaver/`."""

from django.urls import path

from duties.views import duties, templates

app_name = "duties"
urlpatterns = [
    path("", duties.duty_list, name="list"),
    path("enhed/", duties.duty_list, {"whose": "enhed"}, name="of_unit"),
    path("alle/", duties.duty_list, {"whose": "alle"}, name="all"),
    path("paamindelser/", templates.reminders, name="reminders"),
    path("faste/", templates.template_list, name="templates"),
    path("faste/ny/", templates.template_new, name="template_new"),
    path("faste/<int:pk>/", templates.template_detail, name="template"),
    path("faste/<int:pk>/ret/", templates.template_change, name="template_change"),
    path("faste/<int:pk>/stop/", templates.template_stop, name="template_stop"),
    path("<int:pk>/", duties.duty_detail, name="detail"),
    path("<int:pk>/filer/<uuid:file_id>/", duties.duty_file, name="file"),
    path("<int:pk>/<slug:what>/", duties.duty_step, name="step"),
]
