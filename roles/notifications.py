"""Messages about roles: what somebody now answers for, and where to read more. Never the
name of another person: that stands in the portal."""

from collections.abc import Iterable

from django.conf import settings
from django.template.loader import render_to_string

from glostrup_isms.kit import dates, outbox
from roles import rights
from roles.enums import Role
from roles.models import Absence, Appointment, UnitGrant, User


def _draft(template: str, to: User, url: str, dedup: str, **context: object) -> outbox.Message:
    context |= {"link": settings.BASE_URL + url, "municipality": settings.MUNICIPALITY}
    return outbox.draft(
        to=to,
        kind=f"role_{template}",
        url=url,
        subject=render_to_string(f"roles/mail/{template}_subject.txt", context),
        body=render_to_string(f"roles/mail/{template}_body.txt", context),
        dedup_key=f"roles:{template}:{dedup}",
    )


def _queue(template: str, to: User, url: str, dedup: str, **context: object) -> outbox.Message | None:
    return outbox.queue_all([_draft(template, to, url, dedup, **context)])[0]


def appointed(place: Appointment) -> None:
    """You hold a role from a day."""
    appointed_all([place])


def appointed_all(places: Iterable[Appointment]) -> None:
    """The same to many at once. Two queries."""
    outbox.queue_all([_appointed(place) for place in places])


def _appointed(place: Appointment) -> outbox.Message:
    context = {"role": place.get_role_display(), "unit": place.unit.name, "from_on": dates.da_date(place.from_on)}
    url = f"/organisation/roller/{place.held_role.slug}/"
    return _draft("appointed", place.person, url, str(place.pk), **context)


def warn_of_wide_right(place: Appointment, by: User | None) -> None:
    """Somebody was given a role that sees everything of some kind: those who hold it already, and the data protection
    officer, learn of it, so that no one person can open the cases alone."""
    if not any(right.reach == rights.EVERYWHERE and right.permission.startswith("breaches.")
               for right in rights.of(Role(place.role))):  # fmt: skip
        return
    watchers = Appointment.objects.in_force().filter(role__in=(Role.GDPR_UNIT, Role.DPO)).select_related("person")
    context = {"role": place.get_role_display()}
    for watcher in {one.person for one in watchers} - {place.person, by}:
        _queue("wide_right", watcher, place.person.get_absolute_url(), f"{place.pk}:{watcher.pk}", **context)


def is_deputy(place: Appointment) -> None:
    """You are the standing deputy."""
    if place.deputy:
        context = {"role": place.get_role_display().lower(), "unit": place.unit.name}
        _queue("deputy", place.deputy, "/min-profil/", f"{place.pk}:{place.deputy_id}", **context)


def stands_in(absence: Absence) -> None:
    """You act for somebody from a day to a day."""
    if absence.deputy:
        context = {"from_on": dates.da_date(absence.from_on), "to_on": dates.da_date(absence.to_on)}
        _queue("stands_in", absence.deputy, "/min-profil/", str(absence.pk), **context)


def delegated(grant: UnitGrant) -> None:
    """Somebody lets you do a part of her work."""
    context = {"what": grant.label, "unit": grant.content_object.name, "to_on": dates.da_date(grant.to_on)}
    _queue("delegated", grant.user, "/min-profil/", f"{grant.pk}:{grant.to_on}", **context)


def handed_over(to: User, lines: Iterable[str], key: str) -> None:
    """You have taken over what somebody answered for: how many of each kind."""
    _queue("handed_over", to, "/", key, lines=list(lines))
