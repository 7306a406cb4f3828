"""Receiving a report: one transaction writes the report, who is told, the dated steps and the audit entry."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from breaches.actions.cases import add_files, write_entry
from breaches.actions.telling import add_event, plan_clock, tell_first
from breaches.enums import Answer, EntryKind, Kind, LeaderChoice
from breaches.models import Breach, Exclusion
from glostrup_isms.kit import audit, files, outbox
from glostrup_isms.kit.numbers import next_number
from policy.enums import State as VersionState
from policy.models import Version
from roles.actions import NearestLeader, nearest_leader, primary_unit
from roles.models import Unit, User


@dataclass(frozen=True)
class Report:
    """What the reporter told. Only the first three are demanded of a person."""

    description: str
    noticed_at: datetime
    involves_personal_data: str
    kind: str = Kind.HAPPENED
    where_text: str = ""
    system_text: str = ""
    persons_count_text: str = ""
    ongoing: str = ""
    measures_text: str = ""
    unit: Unit | None = None
    unit_text: str = ""
    is_anonymous: bool = False
    reporter_name: str = ""
    reporter_contact: str = ""
    leader_choice: str = LeaderChoice.NORMAL
    leader_text: str = ""


@dataclass(frozen=True)
class Receipt:
    """What the reporter gets: the case, the code that opens it, and whether this very sending made it."""

    breach: Breach
    code: str
    is_new: bool


@dataclass(frozen=True)
class Routing:
    """Whom a report goes to, and why."""

    leader: NearestLeader
    unit: Unit | None
    excluded: tuple[User, ...] = ()


def follow_up_code(token: str) -> str:
    """The receipt code of a form: 130 bits, the same for the same form, so that an answer lost on the way can be had
    again by sending once more. Only its digest is stored."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"follow-up:" + token.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:26]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def find_by_code(code: str) -> Breach | None:
    """The case that a receipt code opens. Letters are forgiven case, spaces and dashes, and 0, 1 and 8 for O, I, B."""
    plain = "".join(c for c in code.upper() if c.isalnum()).translate(str.maketrans("018", "OIB"))
    return Breach.objects.filter(follow_up_digest=_digest(plain)).first()


def route(reporter: User | None, unit: Unit | None, choice: str) -> Routing:
    """The nearest leader (P-71), with what the reporter said of her: the wrong one is not told, and one whom the case
    is about is kept out of it and passed over: the leader and, while she is away, whoever we named in her place."""
    unit = unit or (primary_unit(reporter) if reporter else None)
    found = nearest_leader(reporter, unit)
    if choice == LeaderChoice.ABOUT_LEADER and (meant := found.leaders):
        return Routing(nearest_leader(reporter, unit, skip=set(meant)), unit, excluded=tuple(meant.values()))
    if choice == LeaderChoice.WRONG:
        return Routing(NearestLeader(None, None, "Melderen siger, at det er den forkerte leder."), None)
    return Routing(found, unit)


NO_UNIT = "Vælger du en enhed, får dens nærmeste leder besked. Ellers finder GDPR-enheden lederen."
NO_UNIT_ABOUT_LEADER = (
    "Vælg den enhed, det hører til, så holder vi dens leder ude af sagen. "
    "Ellers finder GDPR-enheden ud af, hvem der skal have besked."
)


def who_will_be_told(reporter: User | None, unit: Unit | None, choice: str) -> str:
    """The sentence before the send button: who gets the report, and why."""
    routing = route(reporter, unit, choice)
    if choice == LeaderChoice.WRONG:
        return "GDPR-enheden finder den rigtige leder."
    if routing.unit is None and routing.leader.person is None:
        return NO_UNIT_ABOUT_LEADER if choice == LeaderChoice.ABOUT_LEADER else NO_UNIT
    if choice == LeaderChoice.ABOUT_LEADER and routing.excluded:
        names = " og ".join(str(person) for person in routing.excluded)
        kept_out = f"{names} får ikke besked og kan ikke se sagen."
        return f"{kept_out} {routing.leader.reason}" if routing.leader.person else kept_out
    return routing.leader.reason


def report_breach(report: Report, *, by: User | None, token: str, uploads: Sequence[files.StoredFile] = ()) -> Receipt:
    """Receive a report. Sent again with the same token (double click, lost answer), it is the same report; what was
    written or attached since is added to it. `uploads` are on disk already, flushed, stored with `keep_for`."""
    reporter = None if report.is_anonymous else by
    if reporter:  # on a shared machine, the form of one person is no key to the report of another
        token = f"{token}:{reporter.pk}"
    try:
        with transaction.atomic():
            known = Breach.objects.filter(submission_digest=_digest(token)).first()
            breach = known or _create(report, by=by, reporter=reporter, token=token)
            if known:
                _add_what_is_new(known, report, uploads)
            else:
                add_files(breach, uploads, by=reporter)
                audit.record(
                    "breach.report", by=reporter, obj=breach, anonymous=report.is_anonymous, files=len(uploads)
                )
    except IntegrityError:  # the same form was received in another process a moment ago
        breach = Breach.objects.get(submission_digest=_digest(token))
        with transaction.atomic():
            _add_what_is_new(breach, report, uploads)
        known = breach
    outbox.nudge()
    return Receipt(breach, follow_up_code(token), known is None)


def _create(report: Report, *, by: User | None, reporter: User | None, token: str) -> Breach:
    # An anonymous report finds its leader from the unit alone, so that nothing in it points to the person.
    routing = route(reporter, report.unit, report.leader_choice)
    now = timezone.now()
    breach = Breach(
        kind=report.kind,
        description=report.description,
        noticed_at=report.noticed_at,
        reported_at=now,
        involves_personal_data=report.involves_personal_data,
        where_text=report.where_text,
        system_text=report.system_text,
        persons_count_text=report.persons_count_text,
        ongoing=report.ongoing,
        measures_text=report.measures_text,
        unit=routing.unit,
        unit_text=report.unit_text or _unit_set_aside(report, routing),
        reporter=reporter,
        reporter_name="" if reporter or report.is_anonymous else report.reporter_name,
        reporter_contact="" if report.is_anonymous else report.reporter_contact,
        is_anonymous=report.is_anonymous,
        leader_choice=report.leader_choice,
        leader_text=report.leader_text,
        leader_reason=routing.leader.reason[:500],
        submission_digest=_digest(token),
        follow_up_digest=_digest(follow_up_code(token)),
        aware_at=first_awareness(report, now),
        plan=plan_in_force(),
    )
    breach.year = timezone.localtime(now).year
    breach.serial = next_number("breach", breach.year)
    breach.number = f"{breach.year}-{breach.serial:04d}"
    breach._history_user = reporter  # said aloud: an anonymous report must not carry the signed-in browser's person
    breach.save()
    Exclusion.objects.bulk_create(Exclusion(breach=breach, person=person) for person in routing.excluded)
    add_event(breach, f"Meldt af {breach.reporter_label}." if not report.is_anonymous else "Meldt anonymt.")
    tell_first(breach, routing.leader)
    plan_clock(breach)
    return breach


def plan_in_force() -> Version | None:
    """The action plan for breaches that applies now: kept with the case, whatever comes after it (P-74)."""
    return Version.objects.filter(document__is_breach_plan=True, state=VersionState.IN_FORCE).first()


def _unit_set_aside(report: Report, routing: Routing) -> str:
    """The name of a unit that was chosen, but whose leader is the wrong one: something for the GDPR unit to go on."""
    return report.unit.name if report.unit and routing.unit is None else ""


def first_awareness(report: Report, reported_at: datetime) -> datetime | None:
    """When the municipality became aware, until the GDPR unit says otherwise: the earlier of noticed and
    reported, when something has happened and people's data are, or may be, involved."""
    if report.kind != Kind.HAPPENED or report.involves_personal_data == Answer.NO:
        return None
    return min(report.noticed_at, reported_at)


# What a reporter may have written more of when the same form comes again.
TEXTS = {
    "description": "",
    "where_text": "Hvor",
    "system_text": "System eller papirer",
    "persons_count_text": "Hvor mange mennesker",
    "measures_text": "Gjort indtil nu",
    "leader_text": "Leder",
    "unit_text": "Enhed",
}


def _add_what_is_new(breach: Breach, report: Report, uploads: Sequence[files.StoredFile]) -> None:
    """Nothing written or attached since the first sending is lost: it becomes an addition to the case."""
    add_files(breach, uploads, by=breach.reporter)  # first: the addition ends in the audit trail, locked last
    changed = {
        name: getattr(report, name) for name in TEXTS if getattr(report, name) not in ("", getattr(breach, name))
    }
    if changed:
        text = "\n".join(f"{TEXTS[name]}: {value}" if TEXTS[name] else value for name, value in changed.items())
        write_entry(breach, EntryKind.ADDITION, text, by=breach.reporter, token="form-sent-again")
