"""The messages about documents. Number and link only: what is not public is read in the portal."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from glostrup_isms.kit import dates, outbox
from meetings.permissions import FOLLOWERS
from policy.enums import Audience, Confidentiality
from policy.models import Hearing, HearingPart, Version
from roles.enums import Role
from roles.models import Appointment, User

HEARING = 5  # before what can wait
TOLD_AT_ONCE = 1000  # people whose notes are written in one go


def _draft(template: str, version: Version, to: User, *, dedup: str, url: str = "", **context: Any) -> outbox.Message:
    url = url or version.get_absolute_url()
    context |= {"version": version, "document": version.document, "link": settings.BASE_URL + url}
    portal_only = context.pop("portal_only", False)
    return outbox.draft(
        to=to,
        kind=f"policy_{template}",
        priority=HEARING if template == "hearing" else 0,
        url=url,
        subject=render_to_string(f"policy/mail/{template}_subject.txt", context),
        body=render_to_string(f"policy/mail/{template}_body.txt", context),
        dedup_key=f"policy:{version.pk}:{template}:{dedup}:{to.pk}",
        portal_only=portal_only,
    )


def ask_in_hearing(part: HearingPart) -> None:
    """Everyone who fills the role is asked."""
    version = part.hearing.version
    outbox.queue_all(
        _draft("hearing", version, person, dedup=str(part.pk), url=f"{version.get_absolute_url()}#hoering",
               due_on=dates.da_date(part.hearing.due_on), role=part.get_role_display())
        for person in _holders(part.role)
    )  # fmt: skip


def _holders(role: str) -> Any:
    places = Appointment.objects.in_force().filter(role=role)
    return User.objects.filter(appointments__in=places).distinct().order_by("pk")


def tell_all_have_answered(hearing: Hearing, by: User) -> None:
    """Those who wrote the text, and whoever asked, learn once that nobody is waited for any more."""
    version = hearing.version
    url = f"{version.get_absolute_url()}#hoering"
    _tell(version.author_ids | {hearing.opened_by_id}, "answered", version, by, dedup=str(hearing.pk), url=url)


def tell_of_return(version: Version, by: User) -> None:
    """Those who wrote the text learn that it has come back."""
    dedup = str(version.revision) + version.events.latest("pk").at.isoformat()
    _tell(version.author_ids, "returned", version, by, dedup=dedup)


def tell_of_decision(version: Version) -> None:
    """Those who wrote the text learn that it is decided."""
    assert version.effective_on is not None  # what is decided has its day
    effective_on = dates.da_date(version.effective_on)
    _tell(version.author_ids, "decided", version, None, dedup=str(version.decision_id), effective_on=effective_on)


def _tell(keys: set[int], template: str, version: Version, by: User | None, *, dedup: str, **context: Any) -> None:
    people = User.objects.active().filter(pk__in=keys)
    outbox.queue_all(_draft(template, version, person, dedup=dedup, **context) for person in people if person != by)


def bound_people(version: Version) -> Any:
    """Everyone whom the document binds and who may read it: who holds one of its audience's roles today (P-34 … P-38,
    P-82). What is for everybody but not public is not told to those who may not know of it."""
    document = version.document
    roles = set(Audience(document.audience).roles)
    if document.audience == Audience.EVERYBODY and document.confidentiality == Confidentiality.INTERNAL:
        roles -= {Role.EXTERNAL}
    elif document.audience == Audience.EVERYBODY and document.confidentiality != Confidentiality.PUBLIC:
        roles = set(FOLLOWERS)
    places = Appointment.objects.in_force().filter(role__in=roles)
    return User.objects.active().filter(pk__in=places.values("person")).order_by("pk")


def tell_bound(version: Version, people: Iterable[User]) -> int:
    """A note in the inbox, no mail: what applies now, and where to read it (P-82)."""
    url = version.document.get_absolute_url() if not version.document.is_policy else "/politik/"
    notes = [_draft("in_force", version, person, dedup="note", url=url, portal_only=True) for person in people]
    return sum(note is not None for note in outbox.queue_all(notes))


def may_still_have(message: outbox.Message) -> bool:
    """Whether the recipient may still see the version that the message leads to."""
    number, _, rest = message.url.removeprefix("/dokumenter/").partition("/")
    if not rest.startswith("udgaver/"):
        return True
    which = rest.removeprefix("udgaver/").split("/")[0]
    rows = Version.objects.visible_to(message.recipient)
    return rows.filter(document__number=number.upper(), number=which).exists()
