"""Different work on the same rows at the same moment: nobody is thrown out because two waited for each other.

A row that points at another asks for that other one when it is committed, behind the audit trail's lock; so nobody may
hold a row as a key and then wait for that lock.
"""

from typing import Any

import pytest

from breaches.models import Breach
from policy import actions
from policy.actions import TextChanged
from policy.enums import Kind
from policy.models import Comment, Posting, Version
from roles.enums import Role
from roles.models import today
from tests.access_objects import adopt, holders_now, write
from tests.attack.test_at_once import at_once, people, sorted_out
from tests.factories import WholeTown, make_whole_town

pytestmark = pytest.mark.django_db(transaction=True)
EACH = 8


@pytest.fixture
def town() -> WholeTown:
    return make_whole_town()


def mixed(some: list[Any], others: list[Any]) -> list[Any]:
    return [act for pair in zip(some, others, strict=True) for act in pair]


def test_comments_and_saves_of_one_draft(town: WholeTown) -> None:
    version = write(holders_now(town), Kind.PROCEDURE, "Nøgler")
    writers = people(town, Role.IT_COORDINATOR, EACH)
    saves = [
        lambda one=one: actions.save_text(version, f"{one}.", title="Nøgler", by=one, revision=version.revision)
        for one in writers
    ]
    remarks = [lambda one=one: actions.comment(version, "Godt.", by=one) for one in writers]
    done, refused = sorted_out(at_once(mixed(saves, remarks)), TextChanged)
    assert (len(done), len(refused)) == (EACH + 1, EACH - 1)
    assert Comment.objects.count() == EACH


def test_reports_of_breaches_and_work_on_the_plan_that_they_keep(town: WholeTown) -> None:
    who = holders_now(town)
    plan = adopt(who, write(who, Kind.ACTION_PLAN, "Handlingsplan for brud", is_breach_plan=True))
    secretary = people(town, Role.SECRETARIAT, 1)[0]
    postings = [
        lambda number=number: actions.record_posting(plan, f"https://www.example.dk/{number}", today(), by=secretary)
        for number in range(EACH)
    ]
    reports = [lambda: town.report(by=town.employee) for _ in range(EACH)]
    done, _ = sorted_out(at_once(mixed(postings, reports)))
    assert len(done) == 2 * EACH
    assert Breach.objects.filter(plan=plan).count() == EACH
    assert Posting.objects.count() == EACH


def test_texts_from_files_and_saves_of_other_documents(town: WholeTown) -> None:
    who = holders_now(town)
    writers = people(town, Role.IT_COORDINATOR, EACH)
    applying = [adopt(who, write(who, Kind.PROCEDURE, f"Gælder {number}")) for number in range(EACH)]
    drafts = [write(who, Kind.PROCEDURE, f"Kladde {number}") for number in range(EACH)]
    imports = [
        lambda one=one, by=by: actions.import_text(one.document, "Ny", "## Nyt\n\nFra en fil.", by=by)
        for one, by in zip(applying, writers, strict=True)
    ]
    saves = [
        lambda one=one, by=by: actions.save_text(one, "Ny tekst.", title="T", by=by, revision=one.revision)
        for one, by in zip(drafts, writers, strict=True)
    ]
    done, _ = sorted_out(at_once(mixed(imports, saves)))
    assert len(done) == 2 * EACH
    assert Version.objects.filter(number=2).count() == EACH
