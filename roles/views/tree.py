"""The unit tree, a unit's page, the roles."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from glostrup_isms.kit.access import find_or_404
from glostrup_isms.kit.filters import clean_text
from glostrup_isms.kit.order import danish
from roles.actions import absences_of, deputy_today, nearest_leader
from roles.clauses import BESIDES, applied_to, clauses_for
from roles.enums import LEADING_ROLES, PUBLIC_ROLES, Role
from roles.models import Appointment, Unit, UnitGrant, User
from roles.panels import panels
from roles.permissions import APPOINT, VIEW_PERSON, roles_to_fill
from roles.rights import delegable_by
from roles.search import choose_among, find_people, matches

WHOLE_TREE = 300  # so many units are drawn at once; of more, only the first two levels, the rest when unfolded
PEOPLE_SHOWN = 50
HITS = 50


@require_safe
def tree(request: HttpRequest) -> HttpResponse:
    """`/organisation/`: the units as a tree, with who leads each; `?q=` finds units and people, `?under=` a branch."""
    units = Unit.objects.visible_to(request.user).open()
    if under := request.GET.get("under"):
        return _branch(request, find_or_404(units, pk=under))
    words = clean_text(request.GET.get("q", ""))[:100]
    context: dict[str, Any] = {"words": words, "count": units.count(), "can_list_people": _sees_people(request.user)}
    if words:
        context["hits"] = _hits(units, words)
        context["people"] = find_people(words, reader=request.user, most=HITS)  # type: ignore[arg-type]
    elif context["count"] <= WHOLE_TREE:
        context["branches"] = _nodes(list(units))
    else:
        context["branches"] = _nodes(list(_with_children(units.filter(depth__lte=2))))
    return render(request, "roles/tree.html", context)


def _branch(request: HttpRequest, unit: Unit) -> HttpResponse:
    """The units right under one: the piece that unfolding asks for, and a page of its own without JavaScript."""
    children = list(_with_children(Unit.objects.visible_to(request.user).open().filter(parent=unit)))
    context = {"branches": _nodes(children), "unit": unit, "count": len(children)}
    is_piece = getattr(request, "htmx", None) and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    return render(request, "roles/_branches.html" if is_piece else "roles/tree.html", context)


def _with_children(units: QuerySet[Unit]) -> QuerySet[Unit]:
    """With `has_children`: for a tree that does not draw them all."""
    return units.annotate(has_children=Exists(Unit.objects.open().filter(parent=OuterRef("pk"))))


def _nodes(units: list[Unit]) -> list[dict[str, Any]]:
    """The units as nested nodes {unit, leader, children, has_more}, in Danish order: of a unit all children are drawn,
    or none and `has_more` says that there are some. One query."""
    leaders = _leaders(units)
    shown, drawn = {unit.pk for unit in units}, {unit.parent_id for unit in units}
    below: dict[int | None, list[dict[str, Any]]] = {}
    for unit in sorted(units, key=lambda unit: danish(unit.name)):
        has_more = getattr(unit, "has_children", False) and unit.pk not in drawn
        node: dict[str, Any] = {"unit": unit, "leader": leaders.get(unit.pk), "has_more": has_more}
        node["children"] = below.setdefault(unit.pk, [])
        below.setdefault(unit.parent_id if unit.parent_id in shown else None, []).append(node)
    return below.get(None, [])


def _leaders(units: list[Unit]) -> dict[int, Appointment]:
    """Who leads each of the units today, the nearest where there are several. One query."""
    places = Appointment.objects.in_force().leading().filter(unit__in=[unit.pk for unit in units])
    found: dict[int, Appointment] = {}
    for place in sorted(places.select_related("person"), key=lambda place: LEADING_ROLES.index(place.held_role)):
        found.setdefault(place.unit_id, place)
    return found


def _hits(units: Any, words: str) -> list[dict[str, Any]]:
    """Units whose name holds the words, with the line above each. Two queries."""
    every = {unit.pk: unit for unit in units}
    found = sorted((unit for unit in every.values() if matches(unit.name, words)), key=lambda unit: danish(unit.name))
    leaders = _leaders(found[:HITS])
    return [
        {
            "unit": unit,
            "leader": leaders.get(unit.pk),
            "above": " › ".join(every[pk].name for pk in reversed(unit.line[1:]) if pk in every),
        }
        for unit in found[:HITS]
    ]


def _sees_people(user: Any) -> bool:
    return bool(user.scopes_for(VIEW_PERSON))


def find_unit(request: HttpRequest, pk: int) -> Unit:
    """A unit that the person may see, closed ones too, or 404."""
    found: Unit = find_or_404(Unit.objects.visible_to(request.user).select_related("parent"), pk=pk)
    return found


@require_safe
def unit_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organisation/enheder/<pk>/`: who answers for the unit, who works there, and what is open."""
    user: Any = request.user
    unit = find_unit(request, pk)
    sees_people = user.has_perm(VIEW_PERSON, unit)
    places = list(
        Appointment.objects.visible_to(user)
        .in_force()
        .filter(unit=unit)
        .select_related("person", "deputy")
        .order_by("from_on", "pk")
    )
    answer = [place for place in places if place.role in PUBLIC_ROLES]
    away = absences_of(answer) if sees_people else {}
    children = list(_with_children(Unit.objects.visible_to(user).open().filter(parent=unit)))
    context = {
        "unit": unit,
        "line": _line(unit, user),
        "leading": [_held(place, away) for place in answer if place.role in LEADING_ROLES],
        "no_leader": "" if any(place.role in LEADING_ROLES for place in answer) else _no_leader(unit, user),
        "answer": [_held(place, away) for place in answer if place.role not in LEADING_ROLES],
        "staff": _staff(places) if sees_people else None,
        "nodes": _nodes(children),
        "panels": panels(unit, user),
        "grants": _grants(unit) if sees_people else [],
        "former": _former(unit) if sees_people else [],
        "can_appoint": unit.is_open and bool(roles_to_fill(user, unit)) if user.has_perm(APPOINT, unit) else False,
        "can_delegate": unit.is_open and any(
            delegable_by(office.role) for office in user.offices
            if not office.as_deputy and unit.path.startswith(office.unit.path)
        ),
    }  # fmt: skip
    return render(request, "roles/unit_detail.html", context)


def _line(unit: Unit, user: Any) -> list[Unit]:
    """The units above that she may see, from the top."""
    above = Unit.objects.visible_to(user).in_bulk(unit.line[1:])
    return [above[pk] for pk in reversed(unit.line[1:]) if pk in above]


def _no_leader(unit: Unit, user: Any) -> str:
    """Who leads the unit instead; not to a partner from outside, who sees no other unit than her own."""
    found = nearest_leader(None, unit)
    is_known = found.person is None or User.objects.visible_to(user).filter(pk=found.person.pk).exists()
    return found.reason if is_known else "Enheden har ingen leder i øjeblikket."


def _held(place: Appointment, away: dict[int, Any]) -> dict[str, Any]:
    """A place, who fills it, and whether she is away."""
    absence = away.get(place.person_id)
    return {"place": place, "absence": absence, "acting": deputy_today(place, away) if absence else None}


def _staff(places: list[Appointment]) -> dict[str, Any]:
    """Those who are employed in the unit, without another role there."""
    named = {place.person_id for place in places if place.role in PUBLIC_ROLES}
    people = {place.person_id: place for place in places if place.person_id not in named}
    ordered = sorted(people.values(), key=lambda place: danish(place.person.name))
    return {"count": len(ordered), "places": ordered[:PEOPLE_SHOWN], "more": max(0, len(ordered) - PEOPLE_SHOWN)}


def _grants(unit: Unit) -> list[UnitGrant]:
    grants = UnitGrant.objects.in_force().filter(content_object=unit)
    return list(grants.select_related("user", "appointment__person", "permission", "content_object"))


def _former(unit: Unit) -> list[Appointment]:
    """Who led it before, newest first."""
    here = Appointment.objects.filter(unit=unit).leading()
    gone = here.exclude(pk__in=here.in_force())
    return list(gone.select_related("person").order_by("-from_on")[:10])


@require_safe
def role_list(request: HttpRequest) -> HttpResponse:
    """`/organisation/roller/`: every role, and how many hold it."""
    places = Appointment.objects.visible_to(request.user).in_force().filter(role__in=PUBLIC_ROLES)
    held: dict[str, set[int]] = {}
    for role, person in places.values_list("role", "person"):
        held.setdefault(role, set()).add(person)
    roles = [{"role": role, "count": len(held.get(role, ())), "is_public": role in PUBLIC_ROLES} for role in Role]
    return render(request, "roles/role_list.html", {"roles": roles})


@require_safe
def role_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/organisation/roller/<slug>/`: what the policy says of the role, and who holds it since when."""
    role = next((role for role in Role if role.slug == slug), None)
    if role is None:
        raise Http404
    places = Appointment.objects.visible_to(request.user).in_force().filter(role=role)
    count = places.count()
    holders = list(places.select_related("person", "unit").order_by("unit__path", "from_on", "pk")[: HITS * 2])
    own, everybody = clauses_for(role)
    context = {
        "role": role,
        "besides": BESIDES.get(role, ""),
        "clauses": own,
        "applied": applied_to(role),
        "clauses_for_all": everybody,
        "holders": holders if role in PUBLIC_ROLES else [],
        "count": count,
        "is_public": role in PUBLIC_ROLES,
        "mine": [office for office in request.user.offices if office.role == role],  # type: ignore[union-attr]
    }
    return render(request, "roles/role_detail.html", context)


@require_safe
def person_search(request: HttpRequest) -> HttpResponse:
    """`/organisation/find-person/`: who matches, as radio buttons, for the forms that give something to somebody."""
    words = clean_text(request.GET.get("person_search", ""))[:100]
    matches = find_people(words, reader=choose_among(request.user))  # type: ignore[arg-type]
    return render(request, "roles/_person_matches.html", {"person_matches": matches, "words": words})
