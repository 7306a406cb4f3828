"""The pages of the synchronisation: understand the difference, then say yes; and who may do which."""

import os
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from glostrup_isms.schedule import BEAT_SCHEDULE
from roles.enums import Role, SyncState
from roles.models import SyncChange, SyncRun, Unit, User
from roles.sync import keeping
from roles.tasks import clear_kept_sync_files, clear_old_sync_lines
from tests.factories import Town, appoint, make_town, make_user
from tests.roles.organisations import OrganisationIn, bring, look, small

pytestmark = pytest.mark.django_db
LIST, NEW = "/organisation/synkronisering/", "/organisation/synkronisering/ny/"


@pytest.fixture
def town() -> Town:
    town = make_town()
    appoint(make_user("koordinator"), Role.IT_COORDINATOR, town.administration)
    return town


@pytest.fixture
def admin(town: Town, client: Client) -> Client:
    client.force_login(town.administrator)
    return client


def send(client: Client, file: OrganisationIn | bytes, shape: str = "rollekatalog", name: str = "") -> HttpResponse:
    data = file.data(shape) if isinstance(file, OrganisationIn) else file
    answer: Any = client.post(NEW, {"file": SimpleUploadedFile(name or f"organisation.{shape}", data)})
    return answer


def text(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def last() -> SyncRun:
    return SyncRun.objects.latest("pk")


def apply_url(run: SyncRun) -> str:
    return f"{run.get_absolute_url()}hent-ind/"


# ── Who ──────────────────────────────────────────────────────────────────────────────────────────


def test_pages_do_not_exist_for_those_who_do_not_look_after_the_data(town: Town, client: Client) -> None:
    run = look(small()).run
    for person in (town.employee, town.leader, town.director, town.dpo, town.mayor):
        client.force_login(person)
        for url in (LIST, NEW, run.get_absolute_url(), apply_url(run), f"{LIST}999999/", f"{LIST}999999/hent-ind/"):
            assert client.get(url).status_code == 404
            assert client.post(url).status_code == 404


@pytest.mark.parametrize("who", ["gdpr", "koordinator"])
def test_those_who_may_see_but_not_bring_in_get_a_sentence(town: Town, admin: Client, client: Client, who: str) -> None:
    send(admin, small())
    run = last()
    client.force_login(User.objects.get(username=who))
    page = client.get(run.get_absolute_url())
    assert "venter på, at den tekniske administrator siger ja" in text(page)
    assert apply_url(run) not in page.content.decode()
    assert NEW not in client.get(LIST).content.decode()
    for url in (NEW, apply_url(run)):
        for method in (client.get, client.post):
            answer = method(url)
            assert answer.status_code == 403
            assert "Kun den tekniske administrator henter organisationen ind" in text(answer)
    assert User.objects.filter(source="sync").count() == 0


def test_missing_run_is_404(admin: Client) -> None:
    for url in (f"{LIST}999999/", f"{LIST}999999/hent-ind/", f"{LIST}99999999999999999999999/"):
        assert admin.get(url).status_code == 404
        assert admin.post(url).status_code == 404


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────


def test_empty_list_says_what_synchronising_is(admin: Client) -> None:
    page = text(admin.get(LIST))
    assert "Intet bliver ændret, før nogen siger ja" in page
    assert "Organisationen er ikke hentet ind fra en fil endnu" in page
    assert "Se en fil igennem" in page


@pytest.mark.parametrize("shape", ["rollekatalog", "os2sync", "csv"])
def test_file_is_looked_through_and_changes_nothing(admin: Client, shape: str) -> None:
    answer = send(admin, small(), shape)
    assert (answer.status_code, answer.url) == (302, last().get_absolute_url())
    page = text(admin.get(answer.url))
    assert "Det vil filen ændre" in page
    assert "10 personer kommer til" in page
    assert "4 enheder oprettes" in page
    assert "Lene Leder (leder)" in page
    assert "»Dorte Direktør« bliver kommunaldirektør" in page
    assert not User.objects.filter(source="sync").exists()
    assert "Set igennem" in text(admin.get(LIST))


def test_difference_is_filtered_by_kind(admin: Client) -> None:
    send(admin, small())
    page = admin.get(f"{last().get_absolute_url()}?slags=ny-enhed")
    assert "4 ændringer" in text(page)
    assert "Center for Børn" in text(page)
    assert "(hjaelper1)" not in text(page)
    assert "28 ændringer" in text(admin.get(last().get_absolute_url()))  # what was chosen is not remembered


def test_refused_file_shows_row_and_reason_and_no_yes(admin: Client) -> None:
    made = small()
    made.people[4].name = ""
    answer = send(admin, made, "csv")
    page = text(admin.get(answer.url))
    assert "Afvist" in page
    assert "Række 10" in page
    assert "Navnet mangler" in page
    assert "Hent ind" not in page
    assert last().kept_as == ""
    assert "1 fejl" in text(admin.get(LIST))
    again = admin.get(apply_url(last()), follow=True)
    assert "kan ikke hentes ind mere" in text(again)


def test_file_that_changes_nothing_says_so(admin: Client) -> None:
    bring(small())
    page = text(admin.get(send(admin, small()).url))
    assert "Portalen passer allerede med filen" in page
    assert last().kept_as == ""


@pytest.mark.parametrize(("data", "reason"), [(b"", "Filen er tom"), (None, "Vælg en fil")])
def test_no_file_is_422_with_a_sentence(admin: Client, data: bytes | None, reason: str) -> None:
    answer = admin.post(NEW, {} if data is None else {"file": SimpleUploadedFile("x.json", data)})
    assert answer.status_code == 422
    assert reason in text(answer)
    assert not SyncRun.objects.exists()


def test_too_large_a_file_is_422(admin: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    answer = send(admin, b"{" + b" " * 1024 * 1024)
    assert answer.status_code == 422
    assert "Den må højst fylde 1 MB" in text(answer)


def test_hostile_texts_are_shown_and_not_run(admin: Client) -> None:
    made = small()
    made.people[4].name = "<script>alert(1)</script>"
    made.units[3].name = '"><img src=x onerror=alert(1)>'
    page = admin.get(send(admin, made, name="<b>fil</b>.json").url).content.decode()
    for bad in ("<script>alert", "<img src=x", "<b>fil"):
        assert bad not in page


# ── What is kept meanwhile ───────────────────────────────────────────────────────────────────────


def test_what_waits_is_out_of_reach_and_holds_no_cpr_number(admin: Client, own_data_dir: Path) -> None:
    file = small().os2sync()
    for user in file["Users"]:
        user["Person"]["Cpr"] = "0101901234"
    import json

    send(admin, json.dumps(file).encode())
    kept = list((own_data_dir / "sync").iterdir())
    assert [path.name for path in kept] == [last().kept_as]
    assert re.fullmatch("[0-9a-f]{64}", kept[0].name)
    assert oct(kept[0].stat().st_mode)[-3:] == "600"
    assert "0101901234" not in kept[0].read_text()
    assert "0101901234" not in admin.get(last().get_absolute_url()).content.decode()


def test_what_nobody_said_yes_to_is_gone_after_a_day(admin: Client) -> None:
    send(admin, small())
    run = last()
    path = keeping.folder() / run.kept_as
    clear_kept_sync_files()
    assert path.exists()
    old = time.time() - keeping.KEEP.total_seconds() - 60
    os.utime(path, (old, old))
    page = text(admin.get(run.get_absolute_url()))
    assert "kan ikke hentes ind herfra mere" in page
    assert "kan ikke hentes ind mere" in text(admin.post(apply_url(run), follow=True))
    clear_kept_sync_files()
    assert not path.exists()
    assert not User.objects.filter(source="sync").exists()
    assert BEAT_SCHEDULE["clear-kept-sync-files"]["task"] == clear_kept_sync_files.name


def test_lines_of_what_was_never_brought_in_are_deleted_after_a_month(admin: Client, settings: Any) -> None:
    bring(small())
    made = small()
    del made.people[7:]
    bring(made)  # too large a loss
    look(small().data("csv"), "csv")
    send(admin, made)
    applied, refused, empty, looked_at = SyncRun.objects.order_by("pk")
    SyncRun.objects.update(started_at=timezone.now() - settings.SYNC_UNUSED_KEPT_FOR + timedelta(minutes=1))
    clear_old_sync_lines()
    assert all(run.changes.exists() for run in (applied, refused, looked_at))
    SyncRun.objects.update(started_at=timezone.now() - settings.SYNC_UNUSED_KEPT_FOR - timedelta(minutes=1))
    clear_old_sync_lines()
    clear_old_sync_lines()
    assert set(SyncChange.objects.values_list("run", flat=True)) == {applied.pk}
    for run in (refused, looked_at):
        answer = admin.get(run.get_absolute_url())
        assert "Linjerne er slettet, fordi filen ikke blev hentet ind, og der er gået 30 dage" in text(answer)
        assert "3 personer lukkes" in text(answer)
        assert "Der er ingen forskel" not in text(answer)
        assert "?slags=" not in answer.content.decode()
    assert "Portalen passer allerede med filen" in text(admin.get(empty.get_absolute_url()))
    assert "Linjerne er slettet" not in text(admin.get(applied.get_absolute_url()))
    assert BEAT_SCHEDULE["clear-old-sync-lines"]["task"] == clear_old_sync_lines.name


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 64])
def test_only_what_was_kept_is_opened(name: str) -> None:
    assert not keeping.is_there(name)
    keeping.forget(name)


def test_kept_file_comes_back_as_it_was() -> None:
    made = small()
    made.people[4].places[0] = (made.units[3], "Vikar", "2020-01-01", "2027-01-01")
    found = look(made)
    assert found.organisation is not None
    kept = keeping.fetch(keeping.keep(found.organisation))
    for unit in found.organisation.units:
        unit.manager = None  # said by `leaders`
    assert kept == found.organisation


# ── Saying yes ───────────────────────────────────────────────────────────────────────────────────


def test_yes_is_asked_for_with_the_numbers_and_brings_in(admin: Client, town: Town) -> None:
    bring(small())
    made = small()
    gone = made.people.pop()
    made.units[3].parent = made.units[2]
    send(admin, made)
    run = last()
    page = text(admin.get(apply_url(run)))
    assert "Skal filen hentes ind?" in page
    assert "1 person lukkes" in page
    assert "1 enhed flyttes" in page
    answer = admin.post(apply_url(run), follow=True)
    assert "Organisationen er hentet ind. 1 person er lukket, 1 udpegning er sluttet, 1 enhed er flyttet." in text(
        answer
    )
    run.refresh_from_db()
    assert run.state == SyncState.APPLIED
    assert not User.objects.get(username=gone.user_id).is_active
    assert User.history.filter(history_user=town.administrator, username=gone.user_id).exists()
    assert not (keeping.folder() / run.kept_as).exists()
    assert "kan ikke hentes ind mere" in text(admin.post(apply_url(run), follow=True))


def test_large_loss_wants_a_tick_of_its_own(admin: Client) -> None:
    bring(small())
    made = small()
    del made.people[7:]
    send(admin, made)
    run = last()
    assert "3 af de 10 personer" in text(admin.get(run.get_absolute_url()))
    answer = admin.post(apply_url(run))
    assert answer.status_code == 422
    assert "Sæt kryds, hvis det er rigtigt" in text(answer)
    assert User.objects.filter(source="sync", is_active=True).count() == 10
    assert "3 personer er lukket" in text(admin.post(apply_url(run), {"allow": "on"}, follow=True))
    assert User.objects.filter(source="sync", is_active=True).count() == 7


def test_changed_organisation_is_looked_at_again_before_a_yes(admin: Client) -> None:
    bring(small())
    made = small()
    made.people.pop()
    send(admin, made)
    run = last()
    other = small()
    other.people[4].name = "Nyt Navn"
    bring(other)
    answer = admin.post(apply_url(run), follow=True)
    page = text(answer)
    assert "forskellen er en anden nu" in page
    assert "Intet er hentet ind" in page
    run.refresh_from_db()
    fresh = last()
    assert (run.state, fresh.state) == (SyncState.REFUSED, SyncState.LOOKED_AT)
    assert fresh.counts == {"person_changed": 1, "person_left": 1, "place_ended": 1}
    assert User.objects.filter(source="sync", is_active=True).count() == 10
    assert "1 person er lukket" in text(admin.post(apply_url(fresh), follow=True))


def test_change_that_does_not_touch_the_difference_is_no_hindrance(admin: Client) -> None:
    send(admin, small())
    run = last()
    Unit.objects.create(name="Et helt andet sted")
    admin.post(apply_url(run))
    run.refresh_from_db()
    assert run.state == SyncState.APPLIED


def test_nobody_makes_herself_a_leader_by_a_file(admin: Client, town: Town) -> None:
    made = small()
    made.units[0].manager = made.person(town.administrator.username, "Anna Administrator", made.units[0])
    send(admin, made)
    run = last()
    page = text(admin.post(apply_url(run), follow=True))
    assert "Ingen udpeger sig selv" in page
    assert not User.objects.get(pk=town.administrator.pk).has_role(Role.DIRECTOR)
    run.refresh_from_db()
    assert run.state == SyncState.LOOKED_AT  # another administrator may say yes


def test_get_changes_nothing(admin: Client) -> None:
    send(admin, small())
    admin.get(apply_url(last()))
    assert last().state == SyncState.LOOKED_AT
    assert not User.objects.filter(source="sync").exists()


def test_pages_take_the_same_queries_for_few_and_many(admin: Client, django_assert_max_num_queries: Any) -> None:
    from tests.roles.organisations import large

    send(admin, large(400))
    with django_assert_max_num_queries(16):
        admin.get(last().get_absolute_url())
    for _ in range(8):
        look(small())
    with django_assert_max_num_queries(16):
        admin.get(LIST)
