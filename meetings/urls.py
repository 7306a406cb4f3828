"""Addresses under `/moeder/`."""

from django.urls import path

from meetings.views import agenda, bodies, holding, meetings, minutes, voting

app_name = "meetings"
MEETING = "<slug:slug>/moede/<int:pk>/"
ITEM = f"{MEETING}punkter/<int:item>/"
urlpatterns = [
    path("", bodies.body_list, name="bodies"),
    path("beslutninger/<int:pk>/filer/<uuid:file_id>/", bodies.decision_file, name="file"),
    path("<slug:slug>/", bodies.body_detail, name="body"),
    path("<slug:slug>/indstillinger/", bodies.body_edit, name="body_edit"),
    path("<slug:slug>/moeder/", bodies.meeting_list, name="list"),
    path("<slug:slug>/nyt/", meetings.meeting_new, name="new"),
    path(MEETING, meetings.meeting_detail, name="meeting"),
    path(f"{MEETING}trin/", meetings.meeting_step, name="step"),
    path(f"{MEETING}flyt/", meetings.meeting_move, name="move"),
    path(f"{MEETING}fyld/", meetings.meeting_fill, name="fill"),
    path(f"{MEETING}fremmoede/", holding.attendance, name="attendance"),
    path(f"{MEETING}hold/", holding.hold, name="hold"),
    path(f"{MEETING}dagsorden.pdf", minutes.pack_file, name="pack"),
    path(f"{MEETING}referat/", minutes.minutes, name="minutes"),
    path(f"{MEETING}referat.pdf", minutes.minutes_file, name="minutes_pdf"),
    path(f"{MEETING}referat/bemaerkning/", minutes.minutes_remark, name="remark"),
    path(f"{MEETING}punkter/nyt/", agenda.item_new, name="item_new"),
    path(ITEM, agenda.item_edit, name="item"),
    path(f"{ITEM}trin/", agenda.item_step, name="item_step"),
    path(f"{ITEM}filer/<uuid:file_id>/", agenda.item_file, name="item_file"),
    path(f"{ITEM}referat/", holding.item_words, name="words"),
    path(f"{ITEM}beslut/", holding.item_decide, name="decide"),
    path(f"{ITEM}inhabil/", holding.item_recuse, name="recuse"),
    path(f"{ITEM}opfoelgning/", holding.item_ask, name="ask"),
    path(f"{ITEM}opfoelgning/<int:row>/", agenda.follow_up, name="follow_up"),
    path(f"{ITEM}stem/", voting.item_vote, name="vote"),
]
