"""Addresses under `/brud/`. Wrong and foreign numbers answer alike."""

from django.urls import path, re_path

from breaches.views import cases, decisions, report

app_name = "breaches"
NUMBER = r"^(?P<number>\d{4}-\d{4,7})/"

urlpatterns = [
    path("", cases.breach_list, name="list"),
    path("meld/", report.report, name="report"),
    path("meld/hvem/", report.told_preview, name="told_preview"),
    path("meld/enheder/", report.unit_search, name="unit_search"),
    path("opfoelgning/", report.follow_up, name="follow_up"),
    re_path(NUMBER + r"$", cases.breach_detail, name="detail"),
    re_path(NUMBER + r"modtaget/$", cases.breach_acknowledge, name="acknowledge"),
    re_path(NUMBER + r"trin/$", cases.breach_step, name="step"),
    re_path(NUMBER + r"bekendt/$", decisions.breach_awareness, name="awareness"),
    re_path(NUMBER + r"vurdering/$", decisions.breach_verdict, name="verdict"),
    re_path(NUMBER + r"enhed/$", decisions.breach_unit, name="unit"),
    re_path(NUMBER + r"skriv/$", cases.breach_write, name="write"),
    re_path(NUMBER + r"filer/(?P<file_id>[0-9a-f-]{36})/$", cases.breach_file, name="file"),
]
