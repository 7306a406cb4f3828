"""What somebody wrote in a duty stands on the page that refuses it, whatever has happened to the duty meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from duties.actions import create_duty, finish_duty, hand_on
from duties.enums import Kind
from duties.models import Duty
from duties.views import duties as views
from glostrup_isms.kit import files
from glostrup_isms.kit.audit import AuditEntry
from roles.enums import Role
from roles.models import User, today
from tests.factories import Town

pytestmark = pytest.mark.django_db
WORDS = "Et langt svar, »æøå«"


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def as_(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def read(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.content, "lxml").get_text(" ").split())


def ask(town: Town, **fields: Any) -> Duty:
    values = {"due_on": today() + timedelta(days=9), "dedup_key": "a", "kind": Kind.YEAR, "is_discreet": False}
    who = {} if "role" in fields else {"holder": town.leader}
    return create_duty("Gennemgå nøglelisten", **(values | who | fields))


def proof() -> SimpleUploadedFile:
    return SimpleUploadedFile("bevis.txt", b"Gennemgang", "text/plain")


def finish_meanwhile(duty: Duty) -> None:
    finish_duty(duty, by=duty.holder)


def drop_meanwhile(duty: Duty) -> None:
    finish_duty(duty, by=None)


@pytest.mark.parametrize(
    ("meanwhile", "what", "data", "status"),
    [
        (finish_meanwhile, "udfoert", {"text": WORDS}, 409),
        (finish_meanwhile, "udskyd", {"note": WORDS, "due_on": "2099-01-01"}, 409),
        (finish_meanwhile, "udskyd", {"note": WORDS, "due_on": "i morgen"}, 422),
        (finish_meanwhile, "giv-videre", {"text": WORDS, "person_search": "Mette"}, 422),
        (drop_meanwhile, "skriv", {"text": WORDS}, 422),
        (drop_meanwhile, "udfoert", {"text": WORDS}, 409),
    ],
)
def test_words_sent_to_a_closed_step_stand_on_the_page(
    town: Town, meanwhile: Callable[[Duty], None], what: str, data: dict[str, str], status: int
) -> None:
    duty = ask(town)
    seen = duty.revision
    meanwhile(duty)
    answer = as_(town.leader).post(f"{duty.get_absolute_url()}{what}/", data | {"seen": seen})
    assert answer.status_code == status
    page = BeautifulSoup(answer.content, "lxml")
    assert WORDS in page.select_one("#error-summary").get_text()
    assert not page.select('#error-summary a[href^="#"]'), "no link to a field that is not there"


def test_files_sent_to_a_closed_step_are_named(town: Town) -> None:
    duty = ask(town)
    seen = duty.revision
    finish_meanwhile(duty)
    data = {"text": WORDS, "seen": seen, "files": proof()}
    answer = as_(town.leader).post(f"{duty.get_absolute_url()}udfoert/", data)
    assert "bevis.txt" in read(answer)


def test_words_of_one_who_may_see_but_no_longer_act_stand_on_the_page(town: Town) -> None:
    duty = ask(town, role=Role.GDPR_UNIT)
    seen = duty.revision
    hand_on(duty, fresh(town.gdpr), by=fresh(town.gdpr))
    client = as_(town.gdpr2)
    answer = client.post(f"{duty.get_absolute_url()}udfoert/", {"text": WORDS, "seen": seen, "files": proof()})
    assert answer.status_code == 409
    assert WORDS in read(answer)
    assert "Du kan se opgaven, men ikke gøre det." in read(answer)
    assert Duty.objects.open().exists()
    assert not files.StoredFile.objects.exists(), "nothing is stored of one who may not"
    assert AuditEntry.objects.filter(action="access.denied", actor_id=town.gdpr2.pk).exists()
    assert client.post(f"{duty.get_absolute_url()}udfoert/").status_code == 403, "without words"


def test_words_to_a_duty_that_is_no_longer_hers_stand_on_a_page_that_says_nothing_of_it(town: Town) -> None:
    from tests.factories import appoint

    for person in (town.teacher, town.employee):
        appoint(person, Role.LAWYER, town.administration)
    duty = ask(town, role=Role.LAWYER)
    hand_on(duty, fresh(town.teacher), by=fresh(town.teacher))
    client = as_(town.employee)
    for path in (duty.get_absolute_url(), "/opgaver/987654/"):
        for what, name in (("udfoert", "text"), ("udskyd", "note"), ("skriv", "text")):
            answer = client.post(f"{path}{what}/", {name: WORDS})
            assert answer.status_code == 404
            assert WORDS in read(answer)
            assert "nøglelisten" not in read(answer)
    assert client.post(f"{duty.get_absolute_url()}udfoert/").status_code == 404
    assert AuditEntry.objects.filter(action="access.denied", actor_id=town.employee.pk).exists()


def test_file_that_was_used_meanwhile_is_refused_with_the_words_kept(town: Town, monkeypatch: Any) -> None:
    """In another window, between reading the form and writing it."""
    duty = ask(town)
    real = views._act

    def use_and_act(*args: Any) -> None:
        files.StoredFile.objects.update(kept_until=None)
        real(*args)

    monkeypatch.setattr(views, "_act", use_and_act)
    for what in ("udfoert", "skriv"):
        answer = as_(town.leader).post(f"{duty.get_absolute_url()}{what}/", {"text": WORDS, "files": proof()})
        assert answer.status_code == 422
        assert "Vælg den igen." in read(answer)
        assert not BeautifulSoup(answer.content, "lxml").select("input[name=kept_files]")
        assert WORDS in answer.content.decode()
    assert Duty.objects.open().exists()


def test_comment_sent_twice_is_written_once(town: Town, time_machine: Any) -> None:
    duty = ask(town)
    client, url = as_(town.leader), f"{duty.get_absolute_url()}skriv/"
    for _ in range(2):
        assert client.post(url, {"text": WORDS, "files": proof()}).status_code == 302
    assert duty.entries.get().files.count() == 1
    client.post(url, {"text": WORDS, "files": SimpleUploadedFile("glemt.txt", b"abc", "text/plain")})
    assert duty.entries.count() == 2, "a file that was forgotten is no repetition"
    as_(town.health_chief).post(url, {"text": WORDS})
    assert duty.entries.count() == 3, "nor what another says"
    time_machine.move_to(duty.created_at + timedelta(minutes=5))
    client.post(url, {"text": WORDS})
    assert duty.entries.count() == 4, "nor what is said again later"


def test_day_of_the_law_is_not_dropped(town: Town) -> None:
    duty = ask(town, is_statutory=True)
    client = as_(town.gdpr)
    assert "Lad bortfalde" not in read(client.get(duty.get_absolute_url()))
    answer = client.post(f"{duty.get_absolute_url()}bortfald/", {"note": WORDS, "seen": duty.revision})
    assert answer.status_code == 409
    assert "kan ikke bortfalde" in read(answer)
    assert WORDS in read(answer)
    assert Duty.objects.open().exists()


def test_late_duty_may_be_moved_to_the_day_that_the_refusal_names(town: Town) -> None:
    duty = ask(town, due_on=today() - timedelta(days=3))
    client, url = as_(town.leader), f"{duty.get_absolute_url()}udskyd/"
    from glostrup_isms.kit.dates import da_date

    yesterday = (today() - timedelta(days=1)).isoformat()
    assert f"Vælg {da_date(today())} eller en senere dag." in read(client.post(url, {"due_on": yesterday, "note": "x"}))
    assert client.post(url, {"due_on": today().isoformat(), "note": "x"}).status_code == 302


def test_none_done_of_those_chosen_is_no_success(town: Town) -> None:
    duty = ask(town)
    Duty.objects.update(needs_result=True)
    answer = as_(town.leader).post("/opgaver/", {"handling": "udfoert", "valgt": [duty.pk]}, follow=True)
    assert "Ingen opgaver er sat som udført" in read(answer)
    assert "0 opgaver" not in read(answer)
    assert [message.level_tag for message in answer.context["messages"]] == ["warning", "warning"]
