"""The messages about meetings: body, day and link only, never a title, so that no confidential point is told of."""

from django.conf import settings
from django.template.loader import render_to_string

from glostrup_isms.kit import outbox
from glostrup_isms.kit.dates import da_date, da_datetime
from meetings.enums import Presence
from meetings.models import Meeting
from roles.models import User, today

PRESSING = 5  # a cancelled or moved meeting goes before what can wait


def people_of(meeting: Meeting) -> list[User]:
    """Who sits in the body today, and on the day of a meeting to come; whoever does so for one who is away; and whoever
    was there."""
    people: dict[int, User] = {}
    days = sorted({today(), max(today(), meeting.held_on)})
    for seat in [seat for day in days for seat in meeting.body.seats(day)]:
        people[seat.person.pk] = seat.person
        if seat.is_away:
            people |= {deputy.pk: deputy for deputy in seat.deputies}
    there = meeting.attendances.filter(presence=Presence.PRESENT).select_related("person")
    people |= {row.person_id: row.person for row in there}
    return list(people.values())


def call(meeting: Meeting) -> None:
    """To the meeting, or to vote; each person once, however often the portal looks who sits there by now."""
    tell(meeting, "vote" if meeting.is_written else "called", number=1)


def tell(meeting: Meeting, template: str, *, number: int | None = None) -> None:
    """Everybody who sits in the body: `called`, `vote`, `moved`, `cancelled` or `minutes`; again with each revision of
    the meeting, unless `number` says which it is. In the caller's transaction."""
    url = f"{meeting.get_absolute_url()}referat/" if template == "minutes" else meeting.get_absolute_url()
    words = {
        "meeting": meeting, "body": meeting.body, "link": settings.BASE_URL + url, "day": da_date(meeting.held_on),
        "at": da_datetime(meeting.ends_at if meeting.is_written else meeting.starts_at),
    }  # fmt: skip
    subject = render_to_string(f"meetings/mail/{template}_subject.txt", words)
    body = render_to_string(f"meetings/mail/{template}_body.txt", words)
    outbox.queue_all(
        outbox.draft(
            to=person, kind=f"meeting_{template}", subject=subject, body=body, url=url,
            priority=PRESSING if template in ("moved", "cancelled") else 0,
            dedup_key=f"meeting:{meeting.pk}:{template}:{number or meeting.revision}:{person.pk}",
        )
        for person in people_of(meeting)
    )  # fmt: skip
    outbox.nudge()


def may_still_have(message: outbox.Message) -> bool:
    """Whether the recipient may see the meeting that the message leads to, now or on its day."""
    key = message.url.partition("/moede/")[2].partition("/")[0]
    meeting = Meeting.objects.filter(pk=key).select_related("body").first() if key.isdecimal() else None
    if meeting is None:
        return False
    sees = Meeting.objects.visible_to(message.recipient).filter(pk=meeting.pk).exists()
    return sees or message.recipient in people_of(meeting)
