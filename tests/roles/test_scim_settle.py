"""What a mapped group gives follows the calendar too: other appointments end and begin, units close and open."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from glostrup_isms.kit.audit import AuditEntry, sentence
from glostrup_isms.kit.outbox import Message
from glostrup_isms.schedule import BEAT_SCHEDULE
from roles.enums import Role, Source
from roles.models import Appointment, User, today
from roles.scim.places import map_group
from roles.tasks import settle_scim_groups
from tests.factories import Town, appoint, make_town
from tests.roles.scim import Scim


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


@pytest.fixture
def mette(scim: Scim) -> User:
    return scim.person("mette")


def day(number: int) -> date:
    return today() + timedelta(days=number)


def holds(person: User, on: int = 0, role: Role = Role.GDPR_UNIT) -> list[Source]:
    """By which sources she holds the role so many days from now."""
    return [Source(place.source) for place in Appointment.objects.in_force(day(on)).filter(person=person, role=role)]


def settled() -> list[AuditEntry]:
    """The lines of a run of the job some days from now; there are none when nothing was to be done."""
    seen = AuditEntry.objects.count()
    lines = Appointment.history.count()
    settle_scim_groups()
    new = list(AuditEntry.objects.order_by("seq")[seen:])
    assert bool(new) == (Appointment.history.count() > lines)
    return new


@pytest.mark.parametrize("source", [Source.HAND, Source.SYNC])
def test_member_whose_own_place_ends_gets_the_role_by_the_group_the_day_after(
    scim: Scim, town: Town, mette: User, source: Source
) -> None:
    own = appoint(mette, Role.GDPR_UNIT, town.administration, to_on=day(7), source=source)
    map_group(scim.group("GDPR", mette), Role.GDPR_UNIT, town.administration, by=town.administrator)
    assert (holds(mette), holds(mette, 8), settled()) == ([source], [], [])
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        (entry,) = settled()
        assert (entry.action, entry.actor_id) == ("scim.group_settle", None)
        assert sentence(entry) == f"Systemet lod rollen GDPR-enheden i {town.administration} følge grupperne"
        assert entry.data["details"]["began"] == ["Mette"]
        assert (holds(mette), holds(mette, 400)) == ([Source.SCIM], [Source.SCIM])
        assert Message.objects.filter(kind="role_appointed", recipient=mette).count() == 1
        assert settled() == []
    before = own.to_on
    own.refresh_from_db()
    assert own.to_on == before


@pytest.mark.parametrize("lasts", [None, 20])
def test_member_whose_own_place_begins_later_has_the_role_until_then(
    scim: Scim, town: Town, mette: User, lasts: int | None
) -> None:
    to_on = day(30 + lasts) if lasts else None
    own = appoint(mette, Role.GDPR_UNIT, town.administration, from_on=day(30), to_on=to_on)
    group = scim.group("GDPR", mette)
    map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    assert [holds(mette, on) for on in (0, 29, 30)] == [[Source.SCIM], [Source.SCIM], [Source.HAND]]
    assert settled() == []
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        assert (settled(), holds(mette)) == ([], [Source.HAND])
    if lasts:
        with time_machine.travel(timezone.now() + timedelta(days=51)):
            assert len(settled()) == 1
            assert holds(mette) == [Source.SCIM]
        return
    own.delete()  # never came to be
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        assert len(settled()) == 1
        assert holds(mette, 400) == [Source.SCIM]
    scim.patch_group(group, {"op": "remove", "path": "members"})
    assert holds(mette) == []


def test_closed_unit_gives_nothing_and_gives_again_when_it_opens(scim: Scim, town: Town, mette: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=9)):
        map_group(scim.group("Systemejere", mette), Role.SYSTEM_OWNER, town.school, by=town.administrator)
    town.school.closed_on = day(3)
    town.school.save()
    assert (settled(), holds(mette, role=Role.SYSTEM_OWNER)) == ([], [Source.SCIM])
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        (entry,) = settled()
        assert entry.data["details"]["ended"] == ["Mette"]
        assert (holds(mette, role=Role.SYSTEM_OWNER), settled()) == ([], [])
        town.school.closed_on = None
        town.school.save()
        assert len(settled()) == 1
        assert (holds(mette, role=Role.SYSTEM_OWNER), settled()) == ([Source.SCIM], [])


def test_group_that_gives_nothing_is_passed_over(scim: Scim, town: Town, mette: User) -> None:
    scim.group("GDPR", mette)
    assert settled() == []
    assert not mette.appointments.exists()


def test_who_mapped_the_group_gets_no_role_by_the_calendar_either(scim: Scim, town: Town) -> None:
    scim.create("administrator", displayName="Anna Administrator")
    group = scim.group("GDPR")
    map_group(group, Role.GDPR_UNIT, town.administration, by=town.administrator)
    group.members.add(town.administrator)
    assert settled() == []
    assert holds(town.administrator) == []


def test_groups_are_settled_every_ten_minutes() -> None:
    job = BEAT_SCHEDULE["settle-scim-groups"]
    assert (job["task"], job["schedule"]) == (settle_scim_groups.name, 600.0)
