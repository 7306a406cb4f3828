"""What a body asks somebody to do: of a confidential point nobody else reads it, and no minutes are approved unseen."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from duties.models import Duty
from glostrup_isms.kit.workflow import StepNotOpen
from meetings import actions
from meetings.models import AgendaItem, FollowUp, Meeting
from roles.models import User, today
from tests.meetings.hall import Hall, first, fresh

WORDS = "Tal med Olsen om sagen"
HELD_BY = "it_operations"  # has nothing to do with the body


def of_council(hall: Hall) -> Meeting:
    """A meeting of the DPR that is on."""
    by = hall.it_chief
    meeting = actions.call_meeting(hall.plan(0.01, kind="dpr", by=by), by=by)
    return actions.open_meeting(meeting, {hall.dpr.pk: "present"}, by=by, chairing=hall.dpr.pk)


def ask(hall: Hall, *, is_confidential: bool) -> FollowUp:
    by = hall.it_chief
    item = actions.add_item(of_council(hall), title="Personsag", is_confidential=is_confidential, by=by)
    return actions.ask(item, WORDS, due_on=today(), by=by, holder=getattr(hall, HELD_BY))


def read(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    answer: Any = client.get(path)
    return unescape(answer.content.decode()) if answer.status_code == 200 else str(answer.status_code)


def pages_of(row: FollowUp) -> Iterator[str]:
    yield from ("/opgaver/", "/opgaver/alle/", f"/opgaver/{row.duty_id}/", "/")


@pytest.mark.parametrize("is_hidden_later", [False, True])
def test_what_a_confidential_point_asks_is_read_behind_the_point_alone(hall: Hall, is_hidden_later: bool) -> None:
    row = ask(hall, is_confidential=not is_hidden_later)
    if is_hidden_later:
        actions.edit_item(row.item, title="Personsag", is_confidential=True, by=hall.it_chief)
    duty = Duty.objects.get(pk=row.duty_id)
    assert duty.title.startswith("Opfølgning fra Digitaliserings- og Porteføljerådet, ")
    assert (duty.url, duty.is_discreet) == (row.page, True)
    assert duty in Duty.objects.visible_to(hall.gdpr_unit)  # who looks after all duties
    for path in pages_of(row):
        assert WORDS not in read(hall.gdpr_unit, path), path
    assert read(hall.gdpr_unit, row.page) == read(hall.lawyer, row.page) == "404"
    for name in (HELD_BY, "dpr", "it_chief"):
        assert WORDS in read(getattr(hall, name), row.page), name


def test_what_an_open_point_asks_stands_on_the_duty(hall: Hall) -> None:
    row = ask(hall, is_confidential=False)
    assert row.duty is not None
    assert (row.duty.title, row.duty.is_discreet) == (WORDS, False)
    assert read(hall.lawyer, row.page) == "404"  # the minutes are not approved yet
    assert WORDS in read(getattr(hall, HELD_BY), row.page)


def test_minutes_that_ask_for_more_are_sent_again_before_they_are_approved(hall: Hall) -> None:
    meeting = fresh(actions.send_minutes(hall.in_minutes(), by=hall.gdpr_unit))
    item = AgendaItem.objects.filter(meeting=meeting)[0]
    actions.ask(item, "Skriv til skolerne", due_on=today(), by=hall.gdpr_unit, holder=hall.leader)
    with pytest.raises(StepNotOpen, match="Send først udkastet"):
        actions.approve_minutes(meeting, by=hall.director)
    actions.send_minutes(meeting, by=hall.gdpr_unit)
    actions.approve_minutes(meeting, by=hall.director)


def test_follow_up_is_found_by_its_own_point_alone(hall: Hall) -> None:
    row = ask(hall, is_confidential=True)
    other = first(row.item.meeting)
    assert read(hall.it_chief, row.page.replace(f"/{row.item_id}/", f"/{other.pk}/")) == "404"
