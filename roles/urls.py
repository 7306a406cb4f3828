"""Addresses under `/organisation/`. Wrong and foreign keys answer alike."""

from django.urls import URLPattern

app_name = "roles"

urlpatterns: list[URLPattern] = []
