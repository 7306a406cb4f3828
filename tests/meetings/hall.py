"""The town's committee and its meetings: what happens to one, in a word each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from meetings import actions
from meetings.actions import body_named
from meetings.enums import BodyKind, Choice, MeetingState
from meetings.models import AgendaItem, Body, Meeting
from roles.enums import Role
from roles.models import Absence, Appointment, User, today
from tests.factories import WholeTown, appoint, make_user

HOUR = timedelta(hours=1)


@dataclass
class Hall:
    """The committee has the director (chair), `committee` and `second` as members."""

    town: WholeTown

    def __post_init__(self) -> None:
        self.town.holders["second"] = make_user("anden", "Anders Anden")
        appoint(self.town.holders["second"], Role.COMMITTEE, self.town.administration)

    def __getattr__(self, name: str) -> User:
        if name == "town" or name not in self.town.holders:
            raise AttributeError(name)
        return User.objects.get(pk=self.town.holders[name].pk)  # fresh: with the rights of this moment

    @property
    def body(self) -> Body:
        return body_named(BodyKind.COMMITTEE)

    def in_days(self, days: float) -> datetime:
        return timezone.now() + timedelta(days=days)

    def plan(
        self, days: float = 14, *, kind: str = BodyKind.COMMITTEE, by: User | None = None, **fields: Any
    ) -> Meeting:
        starts_at = self.in_days(days)
        given = {"starts_at": starts_at, "ends_at": starts_at + HOUR, "place": "Rådhuset", **fields}
        return fresh(actions.plan_meeting(body_named(kind), by=by or self.gdpr_unit, **given))

    def called(self, days: float = 14, **fields: Any) -> Meeting:
        return self.call(self.plan(days, **fields))

    def call(self, meeting: Meeting) -> Meeting:
        return fresh(actions.call_meeting(meeting, by=self.gdpr_unit))

    def begin(self, meeting: Meeting, **said: str) -> Meeting:
        """Its day has come, and all are there but those of whom something else is said, by their names here."""
        start = timezone.now() - timedelta(minutes=1)
        Meeting.objects.filter(pk=meeting.pk).update(starts_at=start, ends_at=start + 2 * HOUR)
        return fresh(actions.open_meeting(fresh(meeting), self.sheet(**said), by=self.gdpr_unit))

    def sheet(self, **said: str) -> dict[int, str]:
        everybody = {seat.person.pk: "present" for seat in self.body.seats()}
        return everybody | {self.town.holders[name].pk: words for name, words in said.items()}

    def opened(self, **said: str) -> Meeting:
        return self.begin(self.called(), **said)

    def settle(self, meeting: Meeting) -> Meeting:
        """Every point gets its words."""
        for item in meeting.items.open():
            actions.conclude(item, words="Taget til efterretning.", by=self.gdpr_unit)
        return fresh(meeting)

    def in_minutes(self) -> Meeting:
        return fresh(actions.close_meeting(self.settle(self.opened()), by=self.gdpr_unit))

    def closed(self) -> Meeting:
        meeting = fresh(actions.send_minutes(self.in_minutes(), by=self.gdpr_unit))
        return fresh(actions.approve_minutes(meeting, by=self.director))

    def cancelled(self) -> Meeting:
        return fresh(actions.cancel_meeting(self.called(), by=self.gdpr_unit, note="For få kan."))

    def at(self, state: str) -> Meeting:
        ways: dict[str, Callable[[], Meeting]] = {
            MeetingState.PLANNED: self.plan, MeetingState.CALLED: self.called, MeetingState.OPEN: self.opened,
            MeetingState.MINUTES: self.in_minutes, MeetingState.CLOSED: self.closed,
            MeetingState.CANCELLED: self.cancelled,
        }  # fmt: skip
        return ways[state]()

    def voting(self, *titles: str, concerns: Any = None) -> Meeting:
        """A written procedure that is being voted on."""
        meeting = self.plan(7, is_written=True, starts_at=timezone.now())
        for title in titles or ("Haster",):
            item = actions.add_item(meeting, title=title, by=self.gdpr_unit)
            if concerns is not None:
                about(item, concerns)
        return self.call(meeting)

    def vote(self, item: AgendaItem, **votes: Choice) -> None:
        for name, choice in votes.items():
            actions.vote(item, choice, by=getattr(self, name))

    def time_is_up(self, meeting: Meeting) -> Meeting:
        Meeting.objects.filter(pk=meeting.pk).update(
            starts_at=timezone.now() - 2 * HOUR, ends_at=timezone.now() - timedelta(minutes=1)
        )
        return fresh(meeting)

    def goes_away(self, name: str, deputy: User | None = None, days: int = 0) -> None:
        """For the day that comes so many days from now."""
        day = today() + timedelta(days=days)
        Absence.objects.create(person=self.town.holders[name], from_on=day, to_on=day, deputy=deputy)

    def deputy_of(self, name: str, deputy: User) -> None:
        Appointment.objects.filter(person=self.town.holders[name]).update(deputy=deputy)


def fresh(meeting: Meeting) -> Meeting:
    return Meeting.objects.select_related("body").get(pk=meeting.pk)


def about(item: AgendaItem, thing: Any) -> AgendaItem:
    """The point concerns the thing from now on."""
    item.concerns = thing
    item.save()
    return item


def first(meeting: Meeting) -> AgendaItem:
    return meeting.items.open()[0]
