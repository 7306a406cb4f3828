"""How the right to a case is explained.

Whoever may not see the case herself, as the administrator, is told of roles and delegations alone: the answer is the
same whatever personal rules the case has, so it tells neither who reported it, who was told, nor whom it is about. That
holds of the verdict too: »kan se sagen« of a person without a role would name the reporter, and »kan ikke se sagen« of
the leader over it would name the one it is about. Nor is the case's unit named, only whether it lies within the line
asked of.
"""

import re

from breaches.models import Breach, BreachUserObjectPermission
from breaches.permissions import ACKNOWLEDGE, HANDLE, VIEW
from glostrup_isms.kit.dates import da_date
from roles.explain import Answer, Explainer, Line, Words, by_rights, path_of, verdict, wishes
from roles.models import User, today

NUMBER = re.compile(r"(?:/brud/|(?:sag )?)(\d{4}-\d{4,7})(?:/.*)?", re.IGNORECASE)
NEUTRAL = "Der kan være en personlig regel på selve sagen, som giver eller tager retten. Kun GDPR-enheden kan se den."
TASKS = ((VIEW, "se"), (ACKNOWLEDGE, "kvittere for"), (HANDLE, "behandle"))
HIDDEN_UNIT = Words(
    every="alle sager",
    inside="og sagen hører til en enhed i den linje",
    outside="men sagen hører ikke til en enhed i den linje",
    under="som sagen hører under",
)


def find_cases(text: str, asker: User) -> list[Breach]:
    """By number or pasted address. Every case: that a number is taken is no secret to those who may look up rights."""
    found = NUMBER.fullmatch(path_of(text))
    return list(Breach.objects.filter(number=found[1]).select_related("unit")) if found else []


def why_case(person: User, breach: Breach, asker: User) -> list[Answer]:
    """To see, acknowledge and handle a case."""
    if not asker.has_perm(VIEW, breach):
        return [_by_role_alone(person, breach, permission, verb) for permission, verb in TASKS]
    return [_in_full(person, breach, permission, verb) for permission, verb in TASKS]


def _in_full(person: User, breach: Breach, permission: str, verb: str) -> Answer:
    where = f"sagen hører til {breach.unit}" if breach.unit else "sagen er ikke knyttet til en enhed"
    words = Words("alle sager", f"og {where}", f"men {where}", HIDDEN_UNIT.under)
    seen = Breach.objects.visible_to(person).filter(pk=breach.pk)
    can = seen.exists() if permission == VIEW else person.has_perm(permission, breach)
    lines = [*_on_the_case(person, breach, permission), *by_rights(person, permission, breach, words)]
    kept_out = person.pk in breach.excluded_ids
    return Answer(
        can, verdict(person, can, verb, _name(breach)), lines,
        wishes=[] if can or kept_out else wishes(person, permission, words),
        note="Ingen rolle kan ændre det, så længe sagen handler om den person." if kept_out and not can else "",
    )  # fmt: skip


def _on_the_case(person: User, breach: Breach, permission: str) -> list[Line]:
    """What holds of this person in this case alone."""
    if not person.is_active:
        return []
    lines = []
    kept_out = person.pk in breach.excluded_ids
    if kept_out:
        lines.append(Line(f"{person} er holdt ude af sagen, fordi den handler om {person}."))
    if permission == VIEW and breach.reporter_id == person.pk:
        lines.append(
            Line(f"{person} har selv meldt sagen. Det giver ret til at læse og svare på sin egen melding.", gives=True)
        )
    codename = permission.partition(".")[2]
    grants = BreachUserObjectPermission.objects.filter(user=person, content_object=breach)
    if grant := grants.filter(permission__codename=codename).first():
        until = f" til og med {da_date(grant.to_on)}" if grant.to_on else ""
        if grant.to_on and grant.to_on < today():
            lines.append(Line(f"{person} fik besked om sagen og havde adgang til den{until}."))
        else:
            text = f"{person} har fået besked om sagen og dermed adgang til den{until}."
            lines.append(Line(text, gives=not kept_out))
    return lines


def _by_role_alone(person: User, breach: Breach, permission: str, verb: str) -> Answer:
    lines = by_rights(person, permission, breach, HIDDEN_UNIT, personal=False)
    can = any(line.gives for line in lines)
    ways = [] if can else wishes(person, permission, HIDDEN_UNIT)
    if not person.is_active:
        return Answer(False, verdict(person, False, verb, _name(breach)), lines, ways)
    which = "En rolle eller opgave" if can else "Ingen rolle eller opgave"
    return Answer(
        can, f"{which} giver {person} ret til at {verb} {_name(breach)}.", lines, ways, NEUTRAL, is_whole=False
    )


def _name(breach: Breach) -> str:
    return f"sag {breach.number}"


CASES = Explainer("et sagsnummer, for eksempel 2026-0012", find_cases, _name, why_case)
