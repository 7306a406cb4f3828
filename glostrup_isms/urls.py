"""Every address of the portal. Paths are Danish; sign-in is allauth's, with its names."""

from allauth.account import views as account
from django.urls import include, path
from django.views.decorators.http import require_http_methods

handler400 = "glostrup_isms.home.errors.bad_request"
handler403 = "glostrup_isms.home.errors.forbidden"
handler404 = "glostrup_isms.home.errors.not_found"
handler500 = "glostrup_isms.home.errors.server_error"

form_page = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns = [
    path("", include("glostrup_isms.home.urls")),
    path("opgaver/", include("duties.urls")),
    path("brud/", include("breaches.urls")),
    path("organisation/", include("roles.urls")),
    path("politik/", include("policy.public_urls")),
    path("dokumenter/", include("policy.urls")),
    path("moeder/", include("meetings.urls")),
    path("scim/v2/", include("roles.scim.urls")),
    path("log-ind/", form_page(account.login), name="account_login"),
    path("log-ud/", form_page(account.logout), name="account_logout"),
    path("min-profil/adgangskode/", form_page(account.password_change), name="account_change_password"),
    path("min-profil/adgangskode/ny/", form_page(account.password_set), name="account_set_password"),
    path("min-profil/bekraeft/", form_page(account.reauthenticate), name="account_reauthenticate"),
]
