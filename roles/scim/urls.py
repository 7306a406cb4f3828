"""Addresses under `/scim/v2/`, as the protocol names them. Without SCIM_TOKEN none of them is there."""

from django.urls import re_path

from roles.scim import views

app_name = "scim"
KEY = r"/(?P<key>[^/]+)/?$"

urlpatterns = [
    re_path(r"^(?:Users/|Groups/)?(?P<what>\.search|Bulk|Me)/?$", views.optional, name="optional"),
    re_path(r"^Users/?$", views.users, name="users"),
    re_path(rf"^Users{KEY}", views.user, name="user"),
    re_path(r"^Groups/?$", views.group_list, name="groups"),
    re_path(rf"^Groups{KEY}", views.group, name="group"),
    re_path(r"^ServiceProviderConfig/?$", views.provider_config, name="config"),
    re_path(r"^Schemas/?$", views.schemas, name="schemas"),
    re_path(rf"^Schemas{KEY}", views.schema, name="schema"),
    re_path(r"^ResourceTypes/?$", views.resource_types, name="resource_types"),
    re_path(rf"^ResourceTypes{KEY}", views.resource_type, name="resource_type"),
    re_path(r"", views.unknown, name="unknown"),
]
