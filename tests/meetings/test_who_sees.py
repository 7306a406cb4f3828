"""Who sees which meetings and points: members and preparers all of their own, followers the open ones."""

from meetings import actions
from meetings.models import AgendaItem, Meeting
from meetings.permissions import FOLLOWERS, is_inside
from tests.meetings.hall import Hall

SEES_ALL_BODIES = {role.value for role in FOLLOWERS} | {"second"}
INSIDE = {
    "committee": {"director", "committee", "second", "gdpr_unit", "it_coordinator", "secretariat"},
    "dpr": {"dpr", "it_chief", "it_coordinator", "secretariat"},
    "council": {"mayor", "councillor", "secretariat"},
}


def test_meetings_are_seen_by_their_own_and_by_those_who_follow_the_work(hall: Hall) -> None:
    meetings = {
        "committee": hall.plan(), "dpr": hall.plan(kind="dpr", by=hall.it_chief),
        "council": hall.plan(kind="council", by=hall.secretariat),
    }  # fmt: skip
    for name in hall.town.holders:
        person = getattr(hall, name)
        for kind, meeting in meetings.items():
            sees = name in SEES_ALL_BODIES | INSIDE[kind]
            assert (meeting in Meeting.objects.visible_to(person)) is sees, (name, kind)
            assert is_inside(person, meeting.body) is (name in INSIDE[kind]), (name, kind)


def test_confidential_point_is_seen_by_the_bodys_own_alone(hall: Hall) -> None:
    for kind, by in (("committee", hall.gdpr_unit), ("dpr", hall.it_chief)):
        meeting = hall.plan(kind=kind, by=by)
        secret = actions.add_item(meeting, title="Personsag", is_confidential=True, by=by)
        plain = actions.add_item(meeting, title="Åbent", by=by)
        for name in hall.town.holders:
            seen = AgendaItem.objects.visible_to(getattr(hall, name))
            assert (secret in seen) is (name in INSIDE[kind]), (name, kind)
            assert (plain in seen) is (name in SEES_ALL_BODIES | INSIDE[kind]), (name, kind)


def test_acting_deputy_sees_what_the_member_sees_and_no_longer(hall: Hall) -> None:
    meeting = hall.plan()
    secret = actions.add_item(meeting, title="Personsag", is_confidential=True, by=hall.gdpr_unit)
    assert secret not in AgendaItem.objects.visible_to(hall.employee)
    hall.goes_away("second", hall.employee)
    assert secret in AgendaItem.objects.visible_to(hall.employee)


def test_names_of_points_that_others_read_hold_no_title(hall: Hall) -> None:
    """The audit trail and the timeline name a point by its number."""
    meeting = hall.plan()
    item = actions.add_item(meeting, title="Personsag", is_confidential=True, by=hall.gdpr_unit)
    actions.edit_item(item, title="Personsag", text="Mere", is_confidential=True, by=hall.gdpr_unit)
    actions.withdraw_item(item, by=hall.gdpr_unit, note="Uaktuel.")
    assert "Personsag" not in str(item)
    assert "Personsag" not in " ".join(meeting.events.values_list("sentence", flat=True))
