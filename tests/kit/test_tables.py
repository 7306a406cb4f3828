"""The list component: its state is in the address, nothing in the address reaches the database unlisted, the number of
queries does not follow the rows, views show each only their own rows."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import path
from openpyxl import load_workbook

from glostrup_isms.kit.audit import AuditEntry
from glostrup_isms.kit.filters import danish_slug
from glostrup_isms.kit.tables import (
    BooleanFilter,
    BulkAction,
    ChoiceFilter,
    Column,
    DateRangeFilter,
    SavedView,
    Table,
    TextFilter,
)
from roles.enums import PersonKind
from roles.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
START = datetime(2026, 11, 1, 11, tzinfo=UTC)


def switch_off(table: Table, rows) -> str:
    return f"{rows.count()} er valgt."


class PersonTable(Table):
    key = "personer"
    caption = "Personer"
    noun = ("person", "personer")
    default_sort = "brugernavn"
    empty_why = "Der er ingen personer endnu."
    empty_what = "Opret den første."
    columns = (
        Column("brugernavn", "Brugernavn", "username", order_by=("username",), kind="link", always=True,
               url=lambda person: f"/personer/{person.pk}/"),
        Column("navn", "Navn", "name", order_by=("name",)),
        Column("slags", "Slags", "get_kind_display", order_by=("kind", "username"), kind="badge",
               tone=lambda person: "done" if person.is_active else "closed"),
        Column("oprettet", "Oprettet", "date_joined", order_by=("date_joined",), kind="datetime"),
        Column("sidst", "Sidst set", "last_login", order_by=("last_login",), kind="datetime", default=False,
               nulls_last=True),
        Column("tegn", "Tegn", lambda person: len(person.name) * 1000, kind="number", default=False),
        Column("aktiv", "Aktiv", "is_active", kind="boolean", default=False),
    )  # fmt: skip
    filters = (
        TextFilter("q", "Søg", "username", "name"),
        ChoiceFilter("slags", "Slags", PersonKind, "kind"),
        ChoiceFilter("start", "Begynder med", lambda request: [("p", "P"), ("a", "A")],
                     lambda rows, letter: rows.filter(username__startswith=letter)),
        DateRangeFilter("oprettet", "Oprettet", "date_joined"),
        BooleanFilter("aktiv", "Kun aktive", "is_active"),
    )  # fmt: skip


class BulkTable(PersonTable):
    bulk_actions = (
        BulkAction("tael", "Tæl", switch_off),
        BulkAction("lukket", "Lukket trin", switch_off, is_open=lambda user: False),
    )


def page(table_class: type[Table]):
    def view(request: HttpRequest) -> HttpResponse:
        table = table_class(request, User.objects.exclude(username__startswith="hidden").exclude(pk=request.user.pk))
        answer = table.respond()
        if answer:
            return answer
        template = engines["django"].from_string(
            '{% for message in messages %}<p>{{ message }}</p>{% endfor %}{% include "kit/_table.html" %}'
        )
        response = HttpResponse(template.render({"table": table}, request))
        response.table = table
        return response

    return view


urlpatterns = [path("personer/", page(PersonTable)), path("trin/", page(BulkTable))]
URL = "/personer/"


def add_people(number: int, prefix: str = "p", **fields) -> None:
    def person(index: int) -> User:
        joined = START + timedelta(days=index % 20)
        return User(username=f"{prefix}{index:05}", name=f"Navn {index % 7}", date_joined=joined, **fields)

    User.objects.bulk_create(person(index) for index in range(number))


@pytest.fixture
def reader() -> User:
    return User.objects.create_user("reader", name="Rikke Reader")


@pytest.fixture
def client(reader) -> Client:
    client = Client()
    client.force_login(reader)
    return client


def usernames(response) -> list[str]:
    return [row.username for row in response.table.page_rows]


# ── State ────────────────────────────────────────────────────────────────────────────────────────


def test_filters_narrow_and_say_what_is_set_and_how_to_clear_it(client):
    add_people(3)
    add_people(2, "a", kind=PersonKind.COUNCILLOR, is_active=False)
    slug = danish_slug(PersonKind.COUNCILLOR.label)
    response = client.get(URL, {"slags": slug, "q": "navn 1"})
    assert usernames(response) == ["a00001"]
    text = response.content.decode()
    assert "1 person" in text
    assert f"Slags: {PersonKind.COUNCILLOR.label}" in text
    assert 'href="?q=navn+1"' in text
    assert f'href="?slags={slug}"' in text
    assert usernames(client.get(URL, {"aktiv": "ja"})) == ["p00000", "p00001", "p00002"]
    assert usernames(client.get(URL, {"start": "a"})) == ["a00000", "a00001"]


def test_a_day_in_a_date_filter_is_a_copenhagen_day_and_both_ends_count(client):
    moments = {"before": (2, 22, 59), "first": (2, 23, 0), "last": (3, 22, 59), "after": (3, 23, 0)}
    for name, (day, hour, minute) in moments.items():
        moment = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
        User.objects.create(username=name, name=name, date_joined=moment)
    response = client.get(URL, {"oprettet_fra": "2026-11-03", "oprettet_til": "2026-11-03"})
    assert usernames(response) == ["first", "last"]
    assert "fra 3. november 2026 til 3. november 2026" in response.content.decode()


def test_search_finds_danish_letters_in_any_case(client):
    User.objects.create(username="x", name="Ærø ØSTERÅ")
    for words in ("ærø", "ÆRØ", "Østerå", "østerå ærø"):
        assert usernames(client.get(URL, {"q": words})) == ["x"], words
    assert usernames(client.get(URL, {"q": "ærø%"})) == []


def test_sorting_turns_and_is_told_to_those_who_hear_it(client):
    add_people(3)
    response = client.get(URL, {"sorter": "-brugernavn"})
    assert usernames(response) == ["p00002", "p00001", "p00000"]
    text = response.content.decode()
    assert text.count("aria-sort") == 1
    assert 'aria-sort="descending"' in text
    assert 'href="?sorter=-navn"' not in text
    assert 'href="?sorter=navn"' in text


def test_empty_values_stay_last_both_ways(client):
    add_people(2)
    User.objects.filter(username="p00001").update(last_login=START)
    for sort in ("sidst", "-sidst"):
        assert usernames(client.get(URL, {"sorter": sort})) == ["p00001", "p00000"]


def test_columns_are_chosen_by_form_or_by_list_and_some_always_stay(client):
    add_people(1)
    for query in ("kolonner=navn,tegn", "kolonner=navn&kolonner=tegn", "kolonner=tegn,navn,password,__class__"):
        response = client.get(f"{URL}?{query}")
        assert [column.key for column in response.table.shown] == ["brugernavn", "navn", "tegn"]
        assert response.table.query == "kolonner=brugernavn,navn,tegn"
        assert "6.000" in response.content.decode()
    assert len(client.get(URL, {"kolonner": "x"}).table.shown) == 4


def test_every_row_once_however_many_share_a_value(client):
    add_people(137)
    for sort in ("navn", "-navn", "-oprettet", "sidst"):
        seen = [name for side in range(1, 7) for name in usernames(client.get(URL, {"sorter": sort, "side": side}))]
        assert len(seen) == len(set(seen)) == 137, sort
    newest = User.objects.filter(username__startswith="p").order_by("-date_joined", "-pk")
    seen = [name for side in range(1, 7) for name in usernames(client.get(URL, {"sorter": "-oprettet", "side": side}))]
    assert seen == [person.username for person in newest]


@pytest.mark.parametrize(
    ("side", "page"),
    [
        ("2", 2),
        ("0", 1),
        ("-1", 1),
        ("x", 1),
        ("1e3", 1),
        ("99999999999999999999", 3),
        ("9" * 4000, 3),
        ("٣", 1),
        ("", 1),
    ],
)
def test_any_page_number_gives_a_page(client, side, page):
    add_people(60)
    assert client.get(URL, {"side": side}).table.page == page


def test_a_page_far_in_holds_the_same_rows_as_the_whole_list(client):
    add_people(1300)
    for sort, fields in (("-oprettet", ("-date_joined", "-pk")), ("navn", ("name", "pk"))):
        whole = list(User.objects.filter(username__startswith="p").order_by(*fields).values_list("username", flat=True))
        for side in (5, 6, 7, 8, 12, 13):
            seen = usernames(client.get(URL, {"sorter": sort, "side": side, "antal": "100"}))
            assert seen == whole[(side - 1) * 100 : side * 100], (sort, side)


def test_page_sizes_are_bounded(client):
    for size, used in (("50", 50), ("100", 100), ("1000000", 25), ("-1", 25), ("\x00", 25)):
        assert client.get(URL, {"antal": size}).table.size == used


# ── Bad input ────────────────────────────────────────────────────────────────────────────────────

NASTY = (
    "\x00", "a\x00b", "' OR 1=1 --", '"; DROP TABLE roles_user; --', "1) UNION SELECT password FROM roles_user --",
    "{{ 7|add:7 }}", "{% debug %}", "%00", "\ud800".encode("utf-8", "surrogatepass"), "\uffff", "9" * 400,
    "-9223372036854775809", "x" * 20_000, "<script>alert(1)</script>", "password",
    "owner__password__startswith", "-pk", "?", "\u202e", "%", "_",
    "\\", "1 AND SLEEP(5)", "pg_sleep(5)", "2026-13-45", "0001-01-01", "9999-12-31", "æøå" * 50,
)  # fmt: skip


@pytest.mark.parametrize("value", NASTY)
def test_no_value_of_any_parameter_breaks_the_list(client, value):
    add_people(2)
    keys = (
        "q", "slags", "start", "oprettet_fra", "oprettet_til", "aktiv", "sorter", "kolonner", "side",
        "antal", "nulstil",
        "eksport",
    )  # fmt: skip
    for key in keys:
        response = client.get(f"{URL}?{urlencode({key: value})}")
        assert response.status_code == 200, key
        assert b"<script>alert" not in response.content
    doubled = "&".join(f"{key}={value}&{key}={value}" for key, value in ((key, "x") for key in keys))
    assert client.get(f"{URL}?{doubled}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "order_by=password", "sorter=password", "sorter=-owner__password", "sorter=tegn", "sorter=--navn", "sorter=?",
        "o=1", "password__startswith=pbkdf2", "_connector=OR", "username=p00000", "username__regex=.*", "_negated=1",
        "pk__in=1", "is_active__exact=0", "kind=councillor", "sorter=username", "sorter=navn,password",
        "annotate=1", "extra=1",
    ],
)  # fmt: skip
def test_parameters_outside_the_white_list_change_nothing(client, django_assert_num_queries, query):
    add_people(3)
    client.get(f"{URL}?nulstil=1")
    response = client.get(f"{URL}?{query}")
    assert usernames(response) == ["p00000", "p00001", "p00002"]
    assert response.table.query == ""
    assert str(response.table.rows.query) == str(client.get(f"{URL}?nulstil=1").table.rows.query)


def test_a_garbled_filter_is_left_out_with_a_sentence(client):
    add_people(2)
    for query in ({"slags": "x"}, {"oprettet_fra": "i går"}, {"oprettet_til": "9999-12-31"}, {"aktiv": "måske"},
                  {"oprettet_fra": "2026-11-03", "oprettet_til": "2026-11-01"}):  # fmt: skip
        response = client.get(URL, query)
        assert len(response.table.notes) == 1, query
        assert "ser bort fra" in response.content.decode()
        assert len(usernames(response)) == 2


def test_cells_and_filters_show_markup_as_text(client):
    User.objects.create(username="<b>x</b>", name='"><img src=x onerror=alert(1)>')
    text = client.get(URL, {"q": '"><img src=x onerror=alert(1)>'}).content.decode()
    assert "<b>x" not in text
    assert "<img" not in text


def test_a_link_cell_never_leaves_the_site(client):
    class Elsewhere(PersonTable):
        columns = (Column("navn", "Navn", "name", kind="link", url="name"),)

    add_people(1)
    for name in ("javascript:alert(1)", "//a.invalid/", "https://a.invalid/"):
        User.objects.filter(username="p00000").update(name=name)
        response = client.get(URL)
        drawn = Elsewhere(response.wsgi_request, User.objects.filter(username="p00000")).body[0]
        assert "<a " not in drawn


# ── Cost ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [1, 50, 500])
def test_queries_do_not_follow_the_rows(client, rf, reader, django_assert_num_queries, number):
    add_people(number)
    request = client.get(f"{URL}?nulstil=1").wsgi_request
    request.GET = request.GET.copy()
    request.GET["antal"] = "50"
    template = engines["django"].get_template("kit/_table.html")
    with django_assert_num_queries(3):
        text = template.render({"table": PersonTable(request, User.objects.filter(username__startswith="p"))}, request)
    assert text.count("<tr id=") == min(50, number)


# ── Saved views ──────────────────────────────────────────────────────────────────────────────────


def test_a_view_is_saved_replaced_and_deleted(client, reader):
    add_people(1)
    form = {"handling": "gem-visning", "navn": " Mine \x00 sager "}
    answer = client.post(f"{URL}?q=navn&side=3&evil=1", form, follow=True)
    assert "Visningen »Mine sager« er gemt." in answer.content.decode()
    view = SavedView.objects.get()
    assert (view.owner, view.table, view.name) == (reader, "personer", "Mine sager")
    assert (view.query, view.is_shared) == ("q=navn", False)
    assert 'href="?q=navn"' in client.get(f"{URL}?nulstil=1").content.decode()
    client.post(f"{URL}?q=x", {"handling": "gem-visning", "navn": "Mine sager", "delt": "ja"})
    view = SavedView.objects.get()
    assert (view.query, view.is_shared) == ("q=x", True)
    client.post(URL, {"handling": "slet-visning", "visning": view.pk})
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "\x00", "x" * 61])
def test_a_view_without_a_usable_name_is_refused_with_a_sentence(client, name):
    answer = client.post(f"{URL}?q=x", {"handling": "gem-visning", "navn": name}, follow=True)
    assert "navn" in answer.content.decode().split("<section")[0].lower()
    assert answer.redirect_chain == [(f"{URL}?q=x", 302)]
    assert not SavedView.objects.exists()


def test_a_shared_view_shows_the_query_and_only_the_viewers_own_rows(client):
    other = User.objects.create_user("hidden1", name="Ole Other")
    SavedView.objects.create(owner=other, table="personer", name="Fælles", query="q=navn", is_shared=True)
    SavedView.objects.create(owner=other, table="personer", name="Privat", query="q=hemmelig")
    SavedView.objects.create(owner=other, table="andre", name="Anden liste", query="q=1", is_shared=True)
    add_people(2)
    User.objects.create(username="hidden2", name="Navn skjult")
    text = client.get(f"{URL}?nulstil=1").content.decode()
    assert "Fælles" in text
    assert "Delt af Ole Other" in text
    assert "Privat" not in text
    assert "Anden liste" not in text
    assert usernames(client.get(f"{URL}?q=navn")) == ["p00000", "p00001"]


@pytest.mark.parametrize("pk", ["own", "x", "", "9" * 40, "\x00", "-1"])
def test_nobody_deletes_the_view_of_another(client, pk):
    other = User.objects.create_user("hidden1", name="Ole Other")
    view = SavedView.objects.create(owner=other, table="personer", name="Fælles", is_shared=True)
    answer = client.post(URL, {"handling": "slet-visning", "visning": view.pk if pk == "own" else pk}, follow=True)
    assert "ikke din" in answer.content.decode()
    assert SavedView.objects.count() == 1


def test_there_is_a_limit_to_the_views_of_one_person(client, reader):
    SavedView.objects.bulk_create(SavedView(owner=reader, table="personer", name=f"v{index}") for index in range(50))
    client.post(URL, {"handling": "gem-visning", "navn": "en mere"})
    client.post(f"{URL}?q=1", {"handling": "gem-visning", "navn": "v1"})
    assert SavedView.objects.count() == 50
    assert SavedView.objects.get(name="v1").query == "q=1"


def test_the_bare_address_opens_as_the_list_was_left(client):
    add_people(60)
    client.get(URL, {"q": "navn", "side": "2"})
    answer = client.get(URL)
    assert (answer.status_code, answer["Location"]) == (302, f"{URL}?q=navn&side=2")
    assert len(usernames(client.get(f"{URL}?nulstil=1"))) == 25
    assert client.get(URL).status_code == 200
    client.get(URL, {"q": "navn"})
    client.get(URL, {"q": "", "slags": ""})
    assert client.get(URL).status_code == 200


def test_an_unknown_step_changes_nothing(client):
    answer = client.post(URL, {"handling": "delete_all"}, follow=True)
    assert "findes ikke" in answer.content.decode()


# ── Export ───────────────────────────────────────────────────────────────────────────────────────


def test_an_export_is_what_is_filtered_in_the_columns_shown_on_all_pages(client):
    add_people(60)
    add_people(5, "a", is_active=False)
    query = "aktiv=ja&kolonner=navn,oprettet&sorter=-brugernavn&side=2"
    link = re.search(r'href="(\?[^"]*eksport=csv)"', client.get(f"{URL}?{query}").content.decode())
    answer = client.get(URL + link.group(1).replace("&amp;", "&"))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Brugernavn", "Navn", "Oprettet"]
    assert [row[0] for row in rows[1:]] == [f"p{index:05}" for index in reversed(range(60))]
    assert rows[-1] == ["p00000", "Navn 0", "01-11-2026 12:00"]
    book = load_workbook(io.BytesIO(b"".join(client.get(f"{URL}?{query}&eksport=xlsx").streaming_content)))
    assert [[cell.value for cell in row][0] for row in book.active.iter_rows(min_row=2)] == [row[0] for row in rows[1:]]


def test_an_export_leaves_a_trace_and_is_not_remembered(client, reader):
    add_people(3)
    client.get(f"{URL}?q=navn&eksport=csv")
    entry = AuditEntry.objects.get(action="list.export")
    assert entry.actor_id == reader.pk
    assert "q=navn" in entry.payload.text
    assert client.get(URL).status_code == 200


def test_too_many_rows_are_refused_with_the_limit(client, settings):
    settings.EXPORT_ROW_LIMIT = 20
    add_people(21)
    answer = client.get(f"{URL}?q=navn&eksport=csv", follow=True)
    assert answer.redirect_chain == [(f"{URL}?q=navn", 302)]
    assert "Det må højst få 20" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="list.export").exists()
    assert client.get(f"{URL}?q=p00001&eksport=csv")["Content-Type"].startswith("text/csv")


# ── Bulk steps, HTMX, markup ─────────────────────────────────────────────────────────────────────


def test_a_bulk_step_reaches_only_rows_that_may_be_seen(client):
    add_people(3)
    hidden = User.objects.create(username="hidden2", name="x")
    seen = User.objects.filter(username__in=["p00000", "p00001"])
    keys = [*(person.pk for person in seen), hidden.pk, "x", "9" * 50, -1, "\x00"]
    answer = client.post("/trin/?q=navn", {"handling": "tael", "valgt": keys}, follow=True)
    assert "2 er valgt." in answer.content.decode()
    assert answer.redirect_chain == [("/trin/?q=navn", 302)]
    assert "Vælg de rækker" in client.post("/trin/", {"handling": "tael"}, follow=True).content.decode()
    assert "findes ikke" in client.post("/trin/", {"handling": "lukket", "valgt": keys}, follow=True).content.decode()


def test_ticks_are_drawn_only_for_a_list_with_steps(client):
    add_people(1)
    with_steps = client.get("/trin/?nulstil=1").content.decode()
    without = client.get(f"{URL}?nulstil=1").content.decode()
    assert 'name="valgt"' in with_steps
    assert "Vælg p00000" in with_steps
    assert "Lukket trin" not in with_steps
    assert 'name="valgt"' not in without


def test_htmx_gets_the_piece_and_the_plain_address(client):
    add_people(3)
    headers = {"HX-Request": "true", "HX-Target": "liste-personer"}
    answer = client.get(f"{URL}?q=p00001&slags=&side=9&antal=25", headers=headers)
    assert answer["HX-Push-Url"] == f"{URL}?q=p00001"
    text = answer.content.decode()
    assert '<div hx-swap-oob="innerHTML:#liste-personer-antal">1 person</div>' in text
    assert "<section" not in text
    assert '<details class="list-more">' in text
    choosing = client.get(f"{URL}?q=p00001", headers={**headers, "HX-Trigger": "liste-personer-filtre"})
    assert '<details class="list-more" open>' in choosing.content.decode()
    whole = client.get(f"{URL}?q=p00001", headers={**headers, "HX-History-Restore-Request": "true"})
    assert "<section" in whole.content.decode()


def test_rows_have_anchors_headers_and_labels_for_cards(client):
    add_people(1)
    person = User.objects.get(username="p00000")
    text = client.get(f"{URL}?nulstil=1").content.decode()
    assert f'<tr id="raekke-{person.pk}"' in text
    assert '<th scope="row" role="rowheader" class="cell-link" data-title="Brugernavn">' in text
    assert f'<a href="/personer/{person.pk}/">p00000</a></th>' in text
    assert '<td role="cell" class="cell-datetime" data-title="Oprettet">' in text
    assert '<time datetime="2026-11-01T11:00:00+00:00">1. november 2026 kl.&nbsp;12.00</time>' in text
    assert "<caption" in text
    assert text.count('scope="col"') == 4
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert " style=" not in text
    assert " onclick=" not in text


def test_an_empty_list_says_why_and_what_to_do(client):
    text = client.get(f"{URL}?nulstil=1").content.decode()
    assert "Ingen personer" in text
    assert "Der er ingen personer endnu." in text
    assert "Opret den første." in text
    assert "<table" not in text
    text = client.get(f"{URL}?q=findes-ikke").content.decode()
    assert "passer til det, du har valgt" in text
    assert "Ryd alle filtre" in text


def test_a_column_of_an_unknown_kind_is_refused_at_start():
    with pytest.raises(ValueError, match="unknown kind"):
        Column("x", "X", kind="html")
