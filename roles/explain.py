"""»Hvorfor kan jeg (ikke) se dette?«: a person's right to an object, told in Danish sentences.

The sentences are made from what the permission check itself reads: `User.scopes_for` (each scope knows the office or
the delegation that it comes from) and the people kept out of the object. Each app registers an `Explainer` of its own
kinds of object, and adds what it grants on single objects; its tests hold the explanation against the check.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q

from glostrup_isms.kit.dates import da_date
from roles import rights
from roles.enums import LEADING_ROLES, Role
from roles.models import Absence, Appointment, Unit, UnitGrant, User, today
from roles.models.people import Office

MANY = 6  # so many roles are not named one by one


@dataclass(frozen=True)
class Line:
    """One reason: a way that gives the right, or why something does not."""

    text: str
    gives: bool = False


@dataclass(frozen=True)
class Answer:
    """The right to do one thing with the object. `wishes` end the sentence »Det ville NN kunne, hvis …«. `is_whole` is
    False when the asker may know of roles and delegations alone."""

    can: bool
    verdict: str
    lines: list[Line]
    wishes: list[str]
    note: str = ""
    is_whole: bool = True

    @property
    def word(self) -> str:
        return f"{'Ja' if self.can else 'Nej'}{'' if self.is_whole else ', efter rollerne alene'}"

    @property
    def reasons(self) -> list[str]:
        """Each way that gives it; when none does, why not."""
        return list(dict.fromkeys(line.text for line in self.lines if line.gives == self.can))


@dataclass(frozen=True)
class Explainer:
    """One kind of object. `label` is what one may write to mean one; `find(text, asker)` those that the text may mean,
    `name(obj)` what one is called in the middle of a sentence, `why(person, obj, asker)` what the asker may know."""

    label: str
    find: Callable[[str, User], Iterable[Any]]
    name: Callable[[Any], str]
    why: Callable[[User, Any, User], list[Answer]]


@dataclass(frozen=True)
class Words:
    """How an object is spoken of: `every` »alle sager«, `inside` »og sagen hører til Skovskolen«, `outside` »men sagen
    hører til Skovskolen«, `under` »som sagen hører under«."""

    every: str
    inside: str
    outside: str
    under: str


_explainers: list[Explainer] = []


def register(*new: Explainer) -> None:
    """Add kinds of object; one that is there already is not added twice."""
    _explainers.extend(one for one in new if one not in _explainers)


def explainers() -> Iterable[Explainer]:
    return _explainers


def find(text: str, asker: User) -> list[tuple[Explainer, Any]]:
    """Every object that the text may mean."""
    return [(one, obj) for one in _explainers for obj in one.find(text.strip(), asker)]


def path_of(text: str) -> str:
    """The path of a pasted address; of anything else the text itself."""
    try:
        return urlsplit(text).path
    except ValueError:
        return text


def verdict(person: User, can: bool, verb: str, name: str) -> str:
    """ "Lene Leder kan ikke se sag 2026-0012." """
    return f"{person} kan {'' if can else 'ikke '}{verb} {name}."


def by_rights(person: User, permission: str, obj: Any, words: Words, *, personal: bool = True) -> list[Line]:
    """What offices and delegations say of the permission, today and at other times. With `personal` False as if nobody
    were kept out of the object."""
    if not person.is_active:
        return [Line("Kontoen er lukket.")]
    return list(_Reasons(person, permission, obj, words, personal))


def wishes(person: User, permission: str, words: Words) -> list[str]:
    """What would give the permission, by the table of rights."""
    if not person.is_active:
        return ["kontoen blev åbnet igen, og en rolle gav ret til det"]
    held = {reach: _holders(permission, reach) for reach in (rights.UNIT_AND_BELOW, rights.EVERYWHERE)}
    found = []
    if local := held[rights.UNIT_AND_BELOW]:
        found.append(f"{person} var {listed(role.label.lower() for role in local)} for en enhed, {words.under}")
    if wide := held[rights.EVERYWHERE]:
        names = "en rolle i kommunen" if len(wide) > MANY else f"rollen {listed(f'»{role.label}«' for role in wide)}"
        found.append(f"{person} havde {names}")
    leaders = [role for role in local if role in LEADING_ROLES]
    for task in dict.fromkeys(task for role in leaders for task in rights.delegable_by(role)):
        if permission not in task.gives:
            continue
        found.append(f"en leder for en enhed, {words.under}, overlod {person} opgaven »{task.label}«")
    return found


def _holders(permission: str, reach: str) -> list[Role]:
    return [role for role in Role if rights.Right(permission, role, reach) in rights.of(role)]


def listed(names: Iterable[str], word: str = "eller") -> str:
    """ "a, b eller c" """
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def _post(role: Role, unit: Unit) -> str:
    """ "leder for Skovskolen", "»DPO« i Center for Organisation" """
    return f"{role.label.lower()} for {unit}" if role in LEADING_ROLES else f"»{role.label}« i {unit}"


def _holds(role: Role, unit: Unit) -> str:
    """ "er leder for Skovskolen", "har rollen »DPO« i Center for Organisation" """
    return f"{'er' if role in LEADING_ROLES else 'har rollen'} {_post(role, unit)}"


class _Reasons:
    """The lines of one question, in the order they are read."""

    def __init__(self, person: User, permission: str, obj: Any, words: Words, personal: bool) -> None:
        self.person, self.permission, self.obj, self.words, self.personal = person, permission, obj, words, personal
        self.scopes = person.scopes_for(permission)
        places = Appointment.objects.select_related("unit", "person").order_by("-from_on", "pk")
        mine = Q(person=person) | Q(deputy=person) | Q(person__absences__deputy=person)
        self.places = list(places.filter(mine).distinct())

    def __iter__(self) -> Iterator[Line]:
        yield from map(self._of_scope, self.scopes)
        yield from self._other_roles()
        for place in self.places:
            if self._would_reach(place):
                yield from self._at_other_times(place) if place.person == self.person else self._not_acting(place)
        yield from self._delegations_at_other_times()

    def _of_scope(self, scope: rights.Scope) -> Line:
        held = self._given_by(scope.source)
        if not self._reaches(scope):
            return Line(f"{held}, {self.words.outside}.")
        if self.personal and not scope.covers(self.obj):
            kept_out = User.objects.filter(pk__in=scope.people & set(self.obj.excluded_ids)).order_by("name")
            return Line(f"{held}, men {listed(map(str, kept_out), 'og')} er holdt ude.")
        if scope.path is None:
            return Line(f"{held}, og den rolle gælder {self.words.every}.", gives=True)
        return Line(f"{held}, {self.words.inside}.", gives=True)

    def _reaches(self, scope: rights.Scope) -> bool:
        """Whether the object lies within, whoever is kept out of it."""
        return replace(scope, people=frozenset()).covers(self.obj)

    def _given_by(self, source: Office | UnitGrant) -> str:
        if isinstance(source, UnitGrant):
            return (
                f"{source.appointment.person} har overladt {self.person} opgaven »{source.label}« "
                f"i {source.content_object} til og med {da_date(source.to_on)}"
            )
        place = next(
            place
            for place in self.places
            if (place.person_id, place.role, place.unit_id) == (source.holder_id, source.role, source.unit.pk)
            and place.is_in_force
        )
        if source.as_deputy:
            return (
                f"{self.person} er stedfortræder for {place.person}, som er væk i dag og "
                f"{_holds(source.role, source.unit)}"
            )
        return f"{self.person} {_holds(source.role, source.unit)} siden {da_date(place.from_on)}"

    def _other_roles(self) -> Iterator[Line]:
        """What the person is besides."""
        if not self.person.offices:
            yield Line(f"{self.person} har ingen rolle i dag.")
        for office in self.person.offices:
            if not rights_of(office.role, self.permission):
                yield Line(f"Rollen »{office.role.label}« i {office.unit} giver ikke ret til det.")

    def _would_reach(self, place: Appointment) -> bool:
        paths = {
            place.unit.path if right.reach == rights.UNIT_AND_BELOW else None
            for right in rights_of(place.held_role, self.permission)
        }
        return any(self._reaches(rights.Scope(path, frozenset())) for path in paths)

    def _at_other_times(self, place: Appointment) -> Iterator[Line]:
        if not place.is_in_force:
            yield Line(f"Udpegningen som {_post(place.held_role, place.unit)} {_when(place)}.")

    def _not_acting(self, place: Appointment) -> Iterator[Line]:
        """Why the deputy does not act for the holder today."""
        holder, post = place.person, _post(place.held_role, place.unit)
        absences = list(Absence.objects.filter(person=holder).order_by("-from_on"))
        now = [absence for absence in absences if absence.from_on <= today() <= absence.to_on]
        is_standing = place.deputy_id == self.person.pk
        acts = any(absence.deputy_id == self.person.pk or (is_standing and not absence.deputy_id) for absence in now)
        if acts and holder.is_active and place.is_in_force:
            return
        if is_standing or acts:
            yield Line(f"{self.person} er stedfortræder for {holder} ({post}), men {_why_not(place, bool(now))}.")
        for absence in absences:
            if absence.deputy_id == self.person.pk and absence not in now and place.is_in_force:
                when = f"fra {da_date(absence.from_on)} til {da_date(absence.to_on)}"
                verb = "er" if absence.from_on > today() else "var"
                yield Line(f"{self.person} {verb} kun stedfortræder for {holder} ({post}) {when}.")

    def _delegations_at_other_times(self) -> Iterator[Line]:
        """Those that give nothing today; one that was stopped stands in the history alone."""
        in_force = {grant.pk for grant in self.person.delegations if grant.gives(self.permission)}
        grants = UnitGrant.objects.filter(user=self.person).exclude(pk__in=in_force)
        for grant in grants.select_related("content_object", "permission", "appointment__unit", "appointment__person"):
            if self._gave(grant):
                yield Line(f"Opgaven »{grant.label}« i {grant.content_object} {_why_void(grant)}.")
        stopped = UnitGrant.history.filter(user=self.person, history_type="-").order_by("-history_date")
        for old in stopped.select_related("content_object", "permission")[:5]:
            task = rights.delegable_named(f"roles.{old.permission.codename}")
            if task and self._gave(old):
                yield Line(f"Opgaven »{task.label}« i {old.content_object} blev stoppet {da_date(old.history_date)}.")

    def _gave(self, grant: Any) -> bool:
        task = rights.delegable_named(f"roles.{grant.permission.codename}")
        gives = task is not None and self.permission in task.gives
        return gives and self._reaches(rights.Scope(grant.content_object.path, frozenset()))


def rights_of(role: Role, permission: str) -> list[rights.Right]:
    return [right for right in rights.of(role) if right.permission == permission]


def _when(place: Appointment) -> str:
    if place.from_on > today():
        return f"begynder først {da_date(place.from_on)}"
    return f"sluttede {da_date(place.to_on)}" if place.to_on and place.to_on < today() else "gælder i dag"


def _why_not(place: Appointment, is_away: bool) -> str:
    if not place.person.is_active:
        return f"{place.person} er ikke længere i kommunen"
    if not place.is_in_force:
        return f"den udpegning {_when(place)}"
    if not is_away:
        return f"{place.person} er ikke væk i dag"
    return f"{place.person} har valgt en anden stedfortræder imens"


def _why_void(grant: UnitGrant) -> str:
    """Why a delegation gives nothing today: the first thing that is in the way."""
    place = grant.appointment
    if grant.from_on > today():
        return f"begynder først {da_date(grant.from_on)}"
    if grant.to_on < today():
        return f"sluttede {da_date(grant.to_on)}"
    if not place.person.is_active:
        return f"gælder ikke mere, fordi {place.person}, som gav den, ikke længere er i kommunen"
    if not place.is_in_force:
        return f"gælder ikke, fordi udpegningen for {place.person}, som gav den, {_when(place)}"
    if not grant.content_object.path.startswith(place.unit.path):
        return f"gælder ikke mere, fordi enheden ikke længere hører under {place.person}, som gav den"
    return f"gælder ikke, fordi rollen for {place.person}, som gav den, ikke giver ret til det"
