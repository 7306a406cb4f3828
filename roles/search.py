"""Finding people and units by words, as a person types them."""

from functools import reduce
from operator import or_

from django.db.models import Q

from glostrup_isms.kit.filters import clean_text
from glostrup_isms.kit.order import danish
from roles.enums import PUBLIC_ROLES
from roles.models import Appointment, User

MOST = 8
WORDS = 6


def matches(text: str, words: str) -> bool:
    """Whether the text holds every word, whatever the case."""
    text = text.casefold()
    return all(word in text for word in words.casefold().split()[:WORDS])


def choose_among(by: User) -> User | None:
    """Whom `by` chooses among when she gives something to somebody, as the `reader` of `find_people`: all who are here,
    for whoever holds a role that the policy names or fills places; else whom she may see anyway."""
    return None if by.has_role(*PUBLIC_ROLES) or by.scopes_for("roles.appoint") else by


def find_people(words: str, *, reader: User | None = None, most: int = MOST) -> list[User]:
    """Active people whose name or user name holds every word, each with `place`: the title and unit that tell her from
    others of the same name. `reader`: only whom and what she may see; None: for choosing among all. Two queries."""
    words = clean_text(words)[:100]
    if len(words) < 2:
        return []
    found = (User.objects.all() if reader is None else User.objects.visible_to(reader)).filter(is_active=True)
    for word in words.split()[:WORDS]:
        forms = {word, word.lower(), word.upper(), word.capitalize()}  # SQLite compares æøå by case
        by_name = reduce(or_, (Q(name__icontains=form) for form in sorted(forms)))
        by_user_name = reduce(or_, (Q(username__icontains=form) for form in sorted(forms)))
        if reader is not None:  # nobody guesses a user name that she may not see
            by_user_name &= Q(pk__in=User.objects.known_to(reader).values("pk"))
        found = found.filter(by_name | by_user_name)
    return with_places(list(found.order_by("name", "pk")[:most]), reader)


def with_places(people: list[User], reader: User | None = None) -> list[User]:
    """Give each person `place`, the words beside the name. One query."""
    places = Appointment.objects.in_force() if reader is None else Appointment.objects.visible_to(reader).in_force()
    places = places.filter(person__in=people).select_related("unit")
    first: dict[int, str] = {}
    for place in places.order_by("-is_primary", "from_on", "pk"):
        first.setdefault(place.person_id, f"{place.title or place.get_role_display()}, {place.unit}")
    for person in people:
        person.place = first.get(person.pk, "Ingen enhed")  # type: ignore[attr-defined]
    return sorted(people, key=lambda person: danish(person.name))
