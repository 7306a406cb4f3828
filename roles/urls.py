"""Addresses under `/organisation/`. Wrong and foreign keys answer alike."""

from django.urls import path

from roles.views import appointments, explain, handover, people, scim, sync, tree

app_name = "roles"

urlpatterns = [
    path("", tree.tree, name="tree"),
    path("find-person/", tree.person_search, name="person_search"),
    path("enheder/<int:pk>/", tree.unit_page, name="unit"),
    path("enheder/<int:pk>/udpeg/", appointments.unit_appoint, name="unit_appoint"),
    path("enheder/<int:pk>/overlad/", appointments.unit_delegate, name="unit_delegate"),
    path("overladt/<int:pk>/stop/", appointments.grant_stop, name="grant_stop"),
    path("udpegninger/<int:pk>/", appointments.place_page, name="place"),
    path("personer/", people.person_list, name="people"),
    path("personer/<int:pk>/", people.person_page, name="person"),
    path("personer/<int:pk>/konto/", people.person_close, name="person_close"),
    path("personer/<int:pk>/overdrag/", handover.person_hand_over, name="person_hand_over"),
    path("hvorfor/", explain.explain, name="explain"),
    path("grupper/", scim.scim_groups, name="scim_groups"),
    path("grupper/<str:pk>/", scim.scim_group, name="scim_group"),
    path("synkronisering/", sync.sync_list, name="sync_list"),
    path("synkronisering/ny/", sync.sync_new, name="sync_new"),
    path("synkronisering/<int:pk>/", sync.sync_detail, name="sync_detail"),
    path("synkronisering/<int:pk>/hent-ind/", sync.sync_apply, name="sync_apply"),
    path("roller/", tree.role_list, name="roles"),
    path("roller/<slug:slug>/", tree.role_page, name="role"),
]
