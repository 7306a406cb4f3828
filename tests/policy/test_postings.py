"""Where a version stands on the website is written in, corrected, and taken away again, by those who may."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from glostrup_isms.kit.dates import da_date
from glostrup_isms.kit.models import AuditEntry
from policy import actions
from policy.models import Posting, Version
from roles.models import today
from tests.desk import Desk
from tests.policy.pages import signed_in, text_of

URL = "https://www.eksempel.dk/politik"


@pytest.fixture
def policy(desk: Desk) -> Version:
    return desk.adopted(desk.policy())


@pytest.fixture
def posting(desk: Desk, policy: Version) -> Posting:
    return actions.record_posting(policy, URL, today(), by=desk.writer)


def told(version: Version) -> list[str]:
    return [event.sentence for event in version.events.all() if URL in event.sentence]


def audited(version: Version) -> list[str]:
    entries = AuditEntry.objects.filter(action__startswith="version.posting", object_id=str(version.pk))
    return list(entries.order_by("seq").values_list("action", flat=True))


# ── The day ──────────────────────────────────────────────────────────────────────────────────────
def test_same_address_with_another_day_corrects_the_day(
    desk: Desk, policy: Version, posting: Posting, client: Client
) -> None:
    client.get("/politik/")
    day = today() - timedelta(days=3)
    again = actions.record_posting(policy, URL, day, by=desk.secretariat)
    assert (again.pk, policy.postings.get().published_on) == (posting.pk, day)
    sentence = f"{desk.secretariat}: Datoen for offentliggørelse på {URL} er rettet til {da_date(day)}"
    assert told(policy) == [f"{desk.writer}: Offentliggjort {da_date(today())} på {URL}", sentence]
    assert audited(policy) == ["version.posting"] * 2
    assert f"Offentliggjort {da_date(day)}" in text_of(client.get("/politik/"))  # at once


def test_same_address_and_day_is_told_once(desk: Desk, policy: Version, posting: Posting) -> None:
    assert actions.record_posting(policy, URL, today(), by=desk.writer) == posting
    assert len(told(policy)) == len(audited(policy)) == 1


def test_day_is_corrected_to_no_senseless_day(desk: Desk, policy: Version, posting: Posting) -> None:
    assert policy.effective_on is not None
    for day in (today() + timedelta(days=1), policy.effective_on - timedelta(days=1)):
        with pytest.raises(ValidationError):
            actions.record_posting(policy, URL, day, by=desk.writer)
    assert policy.postings.get().published_on == today()


# ── Taking it away ───────────────────────────────────────────────────────────────────────────────
def test_posting_is_taken_away_on_the_page(desk: Desk, policy: Version, posting: Posting, client: Client) -> None:
    assert URL in text_of(client.get("/politik/"))
    other = actions.record_posting(policy, "https://intra.eksempel.dk/", today(), by=desk.writer)
    reader = signed_in(desk.secretariat)
    page = BeautifulSoup(reader.get(policy.get_absolute_url()).content, "html.parser")
    button = page.find("button", attrs={"name": "fjern", "value": str(posting.pk)})
    assert URL in button.find_parent("details").find("summary").get_text()  # asked first, and by name
    answer = reader.post(button.find_parent("form")["action"], {"fjern": button["value"]}, follow=True)
    assert "Adressen er fjernet." in text_of(answer)
    assert list(policy.postings.all()) == [other]
    assert told(policy)[1:] == [f"{desk.secretariat}: Adressen {URL} er fjernet. Udgaven er ikke offentliggjort der."]
    assert audited(policy)[-1] == "version.posting_withdrawn"
    assert URL not in text_of(client.get("/politik/"))  # at once


def test_posting_is_taken_away_once(desk: Desk, policy: Version, posting: Posting) -> None:
    for _ in range(2):
        actions.withdraw_posting(posting, by=desk.writer)
    assert len(told(policy)) == len(audited(policy)) == 2
    actions.record_posting(policy, URL, today(), by=desk.writer)  # and may be written in again
    assert policy.postings.count() == 1


def test_others_take_nothing_away(desk: Desk, policy: Version, posting: Posting) -> None:
    with pytest.raises(PermissionDenied, match="Kun sekretariatet"):
        actions.withdraw_posting(posting, by=desk.leader)
    reader = signed_in(desk.leader)
    assert 'name="fjern"' not in text_of(reader.get(policy.get_absolute_url()))
    assert reader.post(f"{policy.get_absolute_url()}offentliggjort/", {"fjern": posting.pk}).status_code == 403
    assert policy.postings.get() == posting


def test_foreign_and_missing_postings_answer_alike(desk: Desk, policy: Version, posting: Posting) -> None:
    other = desk.in_force(desk.make())
    reader = signed_in(desk.writer)
    for wanted in (posting.pk, 999_999, "", "x", "9" * 40, "\x00"):
        answer = reader.post(f"{other.get_absolute_url()}offentliggjort/", {"fjern": wanted})
        assert answer.status_code == 404, wanted
    assert policy.postings.get() == posting
