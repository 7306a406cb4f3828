"""Addresses under `/politik/`: the policy, for everybody. All are answered by one view, from what is published."""

from django.urls import path, re_path

from policy.views import public

app_name = "public"
DAY = r"(?P<day>\d{4}-\d{2}-\d{2})"

urlpatterns = [
    path("", public.page, name="policy"),
    path("versioner/", public.page, name="archive"),
    re_path(r"^versioner/(?P<number>\d{1,6})/$", public.page, name="version"),
    re_path(r"^versioner/(?P<number>\d{1,6})/politik\.pdf$", public.page, name="version_pdf"),
    re_path(r"^sammenlign/(?P<old>\d{1,6})/(?P<new>\d{1,6})/$", public.page, name="compare"),
    path("sammenlign/", public.ask_pair, name="ask_pair"),
    path("paa-dato/", public.ask_day, name="ask_day"),
    re_path(rf"^paa-dato/{DAY}/$", public.page, name="on_day"),
    path("politik.pdf", public.page, name="pdf"),
    path("politik.json", public.page, name="json"),
    path("feed.atom", public.page, name="feed"),
    path("indlejret/", public.embedded, name="embedded"),
]
