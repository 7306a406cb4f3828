"""The messages about meetings: body, day and link only, never a title, so that no confidential point is told of."""

from django.conf import settings
from django.template.loader import render_to_string

from glostrup_isms.kit import outbox
from glostrup_isms.kit.dates import da_date, da_datetime
from meetings.models import Meeting
from roles.models import User

PRESSING = 5  # a cancelled or moved meeting goes before what can wait


def people_of(meeting: Meeting) -> list[User]:
    """The members of today, and whoever sits there today for one who is away."""
    people: dict[int, User] = {}
    for seat in meeting.body.seats():
        people[seat.person.pk] = seat.person
        if seat.is_away:
            people |= {deputy.pk: deputy for deputy in seat.deputies}
    return list(people.values())


def tell(meeting: Meeting, template: str, **context: str) -> None:
    """Everybody who sits in the body: `called`, `vote`, `moved`, `cancelled` or `minutes`. In the caller's
    transaction."""
    url = f"{meeting.get_absolute_url()}referat/" if template == "minutes" else meeting.get_absolute_url()
    words = context | {
        "meeting": meeting, "body": meeting.body, "link": settings.BASE_URL + url, "day": da_date(meeting.held_on),
        "at": da_datetime(meeting.ends_at if meeting.is_written else meeting.starts_at),
    }  # fmt: skip
    subject = render_to_string(f"meetings/mail/{template}_subject.txt", words)
    body = render_to_string(f"meetings/mail/{template}_body.txt", words)
    outbox.queue_all(
        outbox.draft(
            to=person, kind=f"meeting_{template}", subject=subject, body=body, url=url,
            priority=PRESSING if template in ("moved", "cancelled") else 0,
            dedup_key=f"meeting:{meeting.pk}:{template}:{meeting.revision}:{person.pk}",
        )
        for person in people_of(meeting)
    )  # fmt: skip
    outbox.nudge()


def may_still_have(message: outbox.Message) -> bool:
    """Whether the recipient may still see the meeting that the message leads to."""
    key = message.url.partition("/moede/")[2].partition("/")[0]
    return key.isdecimal() and Meeting.objects.visible_to(message.recipient).filter(pk=key).exists()
