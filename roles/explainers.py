"""How the right to a unit and to a person's page is explained."""

import re
from collections.abc import Iterable
from typing import Any

from glostrup_isms.kit.order import danish
from roles.enums import PUBLIC_ROLES
from roles.explain import Answer, Explainer, Line, Words, by_rights, path_of, verdict, wishes
from roles.models import Appointment, Unit, User
from roles.permissions import APPOINT, VIEW_PERSON, VIEW_UNIT
from roles.search import matches

UNIT_ADDRESS = re.compile(r"/organisation/enheder/(\d{1,9})/.*")
PERSON_ADDRESS = re.compile(r"/organisation/personer/(\d{1,9})/.*")
MOST_UNITS = 20


def find_units(text: str, asker: User) -> list[Unit]:
    """The unit of a pasted address, else those whose name holds every word; one that is called just so stands first."""
    units = Unit.objects.visible_to(asker).select_related("parent")
    if found := UNIT_ADDRESS.fullmatch(path_of(text)):
        return list(units.filter(pk=int(found[1])))
    named = [unit for unit in units if len(text) > 1 and matches(unit.name, text)]
    named.sort(key=lambda unit: (unit.name.casefold() != text.casefold(), danish(unit.name), unit.pk))
    return named[:MOST_UNITS]


def find_person_by_address(text: str, asker: User) -> list[User]:
    found = PERSON_ADDRESS.fullmatch(path_of(text))
    return list(User.objects.visible_to(asker).filter(pk=int(found[1]))) if found else []


def why_unit(person: User, unit: Unit, asker: User) -> list[Answer]:
    """To see the unit, and to appoint in it."""
    words = Words(
        every="alle enheder",
        inside=f"og {unit} hører til den linje",
        outside=f"men {unit} ligger uden for den linje",
        under=f"som {unit} hører under",
    )
    sees = Unit.objects.visible_to(person).filter(pk=unit.pk).exists()
    return [
        _answer(person, unit, VIEW_UNIT, sees, "se", words),
        _answer(person, unit, APPOINT, person.has_perm(APPOINT, unit), "udpege folk til roller i", words),
    ]


def why_person(person: User, other: User, asker: User) -> list[Answer]:
    """To see the page of somebody. Who holds the roles that the policy names is known to all."""
    words = Words(
        every="alle personer",
        inside=f"og {other} hører til i den linje",
        outside=f"men {other} hører ikke til i den linje",
        under=f"som {other} hører til",
    )
    sees = User.objects.visible_to(person).filter(pk=other.pk).exists()
    more = list(_open_to_all(person, other)) if person.is_active else []
    return [_answer(person, other, VIEW_PERSON, sees, "se siden om", words, more)]


def _open_to_all(person: User, other: User) -> Iterable[Line]:
    if person.pk == other.pk:
        yield Line(f"{person} kan altid se sin egen side.", gives=True)
    places = Appointment.objects.in_force().filter(person=other, role__in=PUBLIC_ROLES)
    for place in places.filter(unit__in=Unit.objects.visible_to(person)).select_related("unit"):
        role = f"»{place.get_role_display()}« i {place.unit}"
        yield Line(f"{other} har rollen {role}, og hvem der har den, må alle i kommunen vide.", gives=True)


def _answer(
    person: User, obj: Any, permission: str, can: bool, verb: str, words: Words, more: Iterable[Line] = ()
) -> Answer:
    lines = [*more, *by_rights(person, permission, obj, words)]
    return Answer(can, verdict(person, can, verb, str(obj)), lines, [] if can else wishes(person, permission, words))


def _with_parent(unit: Unit) -> str:
    return f"{unit} under {unit.parent}" if unit.parent else str(unit)


UNITS = Explainer("navnet på en enhed, for eksempel Skovskolen", find_units, _with_parent, why_unit)
PEOPLE = Explainer("adressen på en side om en person", find_person_by_address, str, why_person)
