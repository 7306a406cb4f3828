"""Addresses under `/dokumenter/`. Wrong and foreign numbers answer alike."""

from django.urls import path, re_path

from policy.views import decisions, documents, hearings, importing, public, records, reviews, versions

app_name = "policy"
NUMBER = r"^(?P<number>[a-z]{3}-\d{3,6})/"
VERSION = NUMBER + r"udgaver/(?P<version>\d{1,6})/"

urlpatterns = [
    path("", documents.document_list, name="list"),
    path("nyt/", documents.document_new, name="new"),
    path("hent/", importing.document_import, name="import"),
    path("godkendelsesveje/", documents.route_list, name="routes"),
    path("godkendelsesveje/<int:pk>/", documents.route_edit, name="route"),
    re_path(NUMBER + r"$", documents.document_detail, name="document"),
    re_path(NUMBER + r"dokument\.pdf$", public.page, name="public_pdf"),
    re_path(NUMBER + r"oplysninger/$", documents.document_edit, name="edit"),
    re_path(NUMBER + r"gennemgang/$", reviews.review_detail, name="review"),
    re_path(NUMBER + r"gennemgang/svar/$", reviews.review_answer, name="assess"),
    re_path(NUMBER + r"udgaver/ny/$", documents.version_start, name="start"),
    re_path(NUMBER + r"sammenlign/(?P<old>\d{1,6})/(?P<new>\d{1,6})/$", versions.version_compare, name="compare"),
    re_path(VERSION + r"$", versions.version_detail, name="version"),
    re_path(VERSION + r"tekst/$", versions.version_text, name="text"),
    re_path(VERSION + r"tekst/kladde/$", versions.version_keep, name="keep"),
    re_path(VERSION + r"tekst/vis/$", versions.version_preview, name="preview"),
    re_path(VERSION + r"punkter/$", versions.version_clauses, name="clauses"),
    re_path(VERSION + r"kommentar/$", versions.version_comment, name="comment"),
    re_path(VERSION + r"kommentar/luk/$", versions.version_comment_close, name="comment_close"),
    re_path(VERSION + r"trin/$", versions.version_step, name="step"),
    re_path(VERSION + r"hoering/$", hearings.hearing_open, name="hear"),
    re_path(VERSION + r"hoering/svar/$", hearings.hearing_answer, name="answer"),
    re_path(VERSION + r"beslutning/(?P<what>[a-z-]{3,20})/$", decisions.decision_new, name="decide"),
    re_path(VERSION + r"offentliggjort/$", records.version_post, name="post"),
    re_path(VERSION + r"rettelser/$", records.version_edits, name="edits"),
    re_path(VERSION + r"forloeb/$", records.version_record, name="record"),
    re_path(VERSION + r"forloeb\.pdf$", records.version_record_pdf, name="record_pdf"),
    re_path(VERSION + r"udgave\.pdf$", records.version_as_pdf, name="pdf"),
]
