"""Demo meetings, through the same actions as the pages use: one held long ago, one cancelled, a written procedure that
is being voted on, and the next one, whose agenda fills itself. What the held one decided is words alone: no approval of
the policy is invented.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Replace
from django.utils import timezone

from glostrup_isms.home.demo.organisation import Organisation
from glostrup_isms.kit import dates, outbox
from meetings import actions
from meetings.actions import body_named
from meetings.enums import BodyKind, Choice
from meetings.models import AgendaItem, Meeting
from roles.models import User, today

HELD_AGO, CANCELLED_AGO = 98, 35  # days
NEXT_IN, VOTE_FOR = 18, 6
CALLED_BEFORE = timedelta(days=14)
PLANNED, OPENED = "Planlagde mødet", "Åbnede mødet"
AFTER = (  # what came so long after it began
    ("Åbnede mødet", "opened_at", timedelta(minutes=1)),
    ("Sluttede mødet", "ended_at", timedelta(minutes=85)),
    ("Sendte udkastet", "minutes_sent_at", timedelta(days=1)),
    ("Godkendte referatet", "approved_at", timedelta(days=8)),
)
POINTS = (  # of the meeting that was held: title, case, what was concluded
    (
        "Private telefoner i hjemmeplejen",
        "Medarbejdere bruger af og til deres egen telefon, når kommunens er løbet tør for strøm.",
        "Udvalget var enigt om, at der skal ligge opladere i bilerne. It-chefen vender tilbage med, hvad det koster.",
    ),
    (
        "Temadag om informationssikkerhed",
        "Forslag om en halv dag for alle ledere i foråret.",
        "Udvalget bakker op. GDPR-enheden laver et udkast til program.",
    ),
)
MOMENTS = ("starts_at", "ends_at", "called_at", "opened_at", "ended_at", "minutes_sent_at", "approved_at", "created_at")


class Secretary:
    """Who does what at the committee's meetings."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self.body = body_named(BodyKind.COMMITTEE)

    def person(self, key: str) -> User:
        return User.objects.get(pk=self.organisation.people[key].pk)

    def plan(self, starts_at: datetime, **fields: Any) -> Meeting:
        given = {"ends_at": starts_at + timedelta(minutes=90), "place": "Rådhuset, mødelokale 2", **fields}
        return actions.plan_meeting(self.body, starts_at=starts_at, by=self.person("gdpr"), **given)

    def hold(self) -> Meeting:
        """Held in time, with approved minutes."""
        by, chair = self.person("gdpr"), self.person("direktoer")
        meeting = self.plan(timezone.now() + timedelta(seconds=5))
        for item in meeting.items.exclude(kind="opening"):
            item.delete()
        items = [actions.add_item(meeting, title=title, text=text, by=by) for title, text, _ in POINTS]
        actions.call_meeting(meeting, by=by)
        sheet = {seat.person.pk: "present" for seat in self.body.seats()} | {self.person("itchef").pk: "excused"}
        actions.open_meeting(meeting, sheet, by=by)
        for item, (_, _, words) in zip(items, POINTS, strict=True):
            actions.conclude(item, words=words, by=by)
        for item in AgendaItem.objects.waiting().filter(meeting=meeting):
            actions.conclude(item, words="Dagsordenen blev godkendt.", by=by)
        actions.ask(
            items[0], "Find ud af, hvad opladere i bilerne koster", due_on=today() + timedelta(days=14), by=by,
            holder=self.person("itchef"),
        )  # fmt: skip
        actions.close_meeting(meeting, by=by)
        actions.send_minutes(meeting, by=by)
        return actions.approve_minutes(meeting, by=chair)

    def cancel(self) -> Meeting:
        meeting = actions.call_meeting(self.plan(timezone.now() + timedelta(days=1)), by=self.person("gdpr"))
        note = "For få kunne komme. Punkterne tages på det næste møde."
        return actions.cancel_meeting(meeting, by=self.person("gdpr"), note=note)

    def vote(self) -> Meeting:
        """Two have voted, and it goes on."""
        by, ends_at = self.person("gdpr"), at(today() + timedelta(days=VOTE_FOR), 16)
        meeting = self.plan(timezone.now(), ends_at=ends_at, place="", is_written=True)
        item = actions.add_item(
            meeting, title="Temadagen flyttes til uge 20", by=by, proposal="Temadagen holdes i uge 20.",
            text="Salen er optaget i den uge, udvalget først havde valgt.",
        )  # fmt: skip
        actions.call_meeting(meeting, by=by)
        actions.vote(item, Choice.FOR, by=self.person("udvalg"))
        actions.vote(item, Choice.FOR, by=self.person("itchef"), words="Uge 20 er bedre for os.")
        return meeting


def load_past(organisation: Organisation) -> None:
    """Before there are documents and cases, so that no agenda of long ago is filled with those of today."""
    secretary = Secretary(organisation)
    _move_back(secretary.hold(), at(on_working_day(-HELD_AGO), 10))
    _move_back(secretary.cancel(), at(on_working_day(-CANCELLED_AGO), 13))


def load_coming(organisation: Organisation) -> None:
    """The vote that goes on, and the next meeting with what waits."""
    secretary = Secretary(organisation)
    _mark_sent(secretary.vote(), timedelta(hours=5))
    secretary.plan(at(on_working_day(NEXT_IN), 10))


def at(day: date, hour: int) -> datetime:
    return dates.parse_local(day, time(hour))


def on_working_day(days: int) -> date:
    return dates.add_working_days(today() + timedelta(days=days - 1), 1)


def _move_back(meeting: Meeting, starts_at: datetime) -> None:
    """Everything about it happened so much earlier that it began then, and it was called two weeks before that."""
    length = meeting.starts_at - starts_at
    meeting.events.filter(sentence__contains=PLANNED).update(
        sentence=Replace("sentence", Value(dates.da_datetime(meeting.starts_at)), Value(dates.da_datetime(starts_at)))
    )
    rows = Meeting.objects.filter(pk=meeting.pk)
    rows.update(**{name: F(name) - length for name in MOMENTS})
    rows.update(**{name: F(name) - CALLED_BEFORE for name in ("called_at", "created_at")})
    meeting.history.update(history_date=F("history_date") - length)
    meeting.events.update(at=F("at") - length)
    opened = meeting.events.filter(sentence__contains=OPENED).values_list("pk", flat=True).first()
    prepared = meeting.events.filter(pk__lt=opened) if opened else meeting.events.all()
    prepared.update(at=F("at") - CALLED_BEFORE)
    for words, moment, later in AFTER:
        rows.update(**{moment: F(moment) + later})
        meeting.events.filter(sentence__contains=words).update(at=F("at") + later)
    meeting.items.update(created_at=F("created_at") - length - CALLED_BEFORE)
    AgendaItem.history.filter(meeting=meeting).update(history_date=F("history_date") - length)
    _mark_sent(meeting, length)


def _mark_sent(meeting: Meeting, length: timedelta) -> None:
    messages = outbox.Message.objects.filter(kind__startswith="meeting_", url__startswith=meeting.get_absolute_url())
    then = F("created_at") - length
    messages.update(
        state=outbox.State.SENT, attempts=1, created_at=then, next_try_at=then, sent_at=then, read_at=then
    )  # fmt: skip
