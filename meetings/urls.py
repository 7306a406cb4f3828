"""Addresses under `/moeder/`."""

from django.urls import path

from meetings import views

app_name = "meetings"
urlpatterns = [
    path("", views.body_list, name="bodies"),
    path("beslutninger/<int:pk>/filer/<uuid:file_id>/", views.decision_file, name="file"),
    path("<slug:slug>/", views.body_detail, name="body"),
]
