"""Messages about roles: what somebody now answers for, and where to read more. Never the
name of another person: that stands in the portal."""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from glostrup_isms.kit import dates, outbox
from roles import rights
from roles.enums import Role
from roles.models import Absence, Appointment, UnitGrant, User, today


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


def is_wide(place: Appointment) -> bool:
    """Whether whoever holds the place sees every case: by a role that reaches everywhere, or by leading the top."""
    own = [right for right in rights.of(place.held_role) if right.permission.startswith("breaches.")]
    return any(right.reach == rights.EVERYWHERE or place.unit.parent_id is None for right in own)


def warn_of_wide_right(place: Appointment, by: User | None, *, deputies: Collection[User] | None = None) -> None:
    """Somebody was given a place that sees every case, with whoever stands in for her in an absence; or `deputies` of
    one were named. The GDPR unit and the data protection officer learn of each, so that no one person can open the
    cases alone."""
    if not is_wide(place):
        return
    holder = [] if deputies is not None else [place.person]
    if deputies is None:
        absences = place.person.absences.filter(to_on__gte=today()).exclude(deputy=None).select_related("deputy")
        deputies = {one.deputy for one in absences if one.deputy}
    watchers = Appointment.objects.in_force().filter(role__in=(Role.GDPR_UNIT, Role.DPO)).select_related("person")
    from_on = dates.da_date(max(place.from_on, today()))
    context = {"role": place.get_role_display(), "unit": place.unit.name, "from_on": from_on}
    for person in (*holder, *deputies):
        for watcher in {one.person for one in watchers} - {person, by}:
            key = f"{place.pk}:{person.pk}:{watcher.pk}:{_now()}"
            url = person.get_absolute_url()
            _queue("wide_right", watcher, url, key, is_deputy=person not in holder, **context)


def is_deputy(place: Appointment) -> None:
    """You are the standing deputy."""
    if place.deputy:
        context = {"role": place.get_role_display().lower(), "unit": place.unit.name}
        _queue("deputy", place.deputy, "/min-profil/", f"{place.pk}:{_now()}", **context)


def deputy_changed(place: Appointment) -> None:
    """Somebody else has chosen another standing deputy for you, or none."""
    context = {"role": place.get_role_display().lower(), "unit": place.unit.name}
    _queue("deputy_changed", place.person, place.get_absolute_url(), f"{place.pk}:{_now()}", **context)


def stands_in(absence: Absence) -> None:
    """You act for somebody from a day to a day."""
    if absence.deputy:
        context = {"from_on": dates.da_date(absence.from_on), "to_on": dates.da_date(absence.to_on)}
        _queue("stands_in", absence.deputy, "/min-profil/", str(absence.pk), **context)


def delegated(grant: UnitGrant) -> None:
    """Somebody lets you do a part of her work."""
    context = {"what": grant.label, "unit": grant.content_object.name, "to_on": dates.da_date(grant.to_on)}
    _queue("delegated", grant.user, "/min-profil/", f"{grant.pk}:{grant.to_on}", **context)


def handed_over(to: User, lines: Iterable[str]) -> None:
    """You take over what somebody answered for: how many of each kind."""
    _queue("handed_over", to, "/", f"{to.pk}:{_now()}", lines=list(lines))


def _now() -> str:
    """For what may happen again, and is news each time."""
    return timezone.now().isoformat()
