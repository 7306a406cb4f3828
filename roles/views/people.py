"""The list of people, a person's page, and closing an account."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from glostrup_isms.kit.access import find_or_404, post_only, require
from roles import holdings
from roles.actions import deactivate, nearest_leader, reactivate
from roles.actions.handover import may_hand_over
from roles.models import UnitGrant, User, today
from roles.permissions import CLOSE, VIEW_PERSON
from roles.tables.people import PersonTable

NO_CLOSING = "Kun administratoren kan lukke og genåbne konti. Skriv til administratoren, hvis en kollega er stoppet."


@require_http_methods(["GET", "HEAD", "POST"])
def person_list(request: HttpRequest) -> HttpResponse:
    """`/organisation/personer/`: those whom the person may see by leading them or by office."""
    if not request.user.scopes_for(VIEW_PERSON):  # type: ignore[union-attr]
        raise Http404
    table = PersonTable(request, User.objects.known_to(request.user))
    return table.respond() or render(request, "roles/person_list.html", {"table": table})


def find_person(request: HttpRequest, pk: int) -> User:
    found: User = find_or_404(User.objects.visible_to(request.user), pk=pk)
    return found


@require_safe
def person_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organisation/personer/<pk>/`: what the person answers for. To colleagues only the roles that the policy names;
    the rest to herself, to those who lead her and to those who see everyone by office."""
    reader: Any = request.user
    person = find_person(request, pk)
    sees_all = reader.pk == person.pk or reader.has_perm(VIEW_PERSON, person)
    places = person.appointments.visible_to(reader).select_related("unit", "deputy").order_by("-is_primary", "from_on")
    now, later, before = _by_time(list(places), person.is_active)
    context: dict[str, Any] = {"person": person, "sees_all": sees_all, "places": now, "places_later": later}
    if sees_all:
        context |= {
            "places_before": before,
            "leader_sentence": _leader_sentence(person) if person.is_active else "",
            "absences": person.absences.filter(to_on__gte=today()).select_related("deputy"),
            "deputy_for": person.deputy_for.in_force().select_related("person", "unit"),
            "grants": _grants(person),
            "holdings": [
                (one.noun[0] if count == 1 else one.noun[1], count)
                for one in holdings.all_holdings()
                if (count := one.visible(one.rows(person), reader).count())
            ],
            "can_hand_over": may_hand_over(reader, person),
            "can_close": reader.has_perm(CLOSE, person) and reader.pk != person.pk,
        }
    return render(request, "roles/person_detail.html", context)


def _by_time(places: list[Any], is_active: bool) -> tuple[list[Any], list[Any], list[Any]]:
    """In force, still to come, and over."""
    now = [place for place in places if place.is_in_force and is_active]
    later = [place for place in places if place.from_on > today() and is_active]
    return now, later, [place for place in places if place not in now and place not in later]


def _leader_sentence(person: User) -> str:
    return nearest_leader(person).reason.replace("Din nærmeste", "Nærmeste", 1)


def _grants(person: User) -> list[UnitGrant]:
    grants = UnitGrant.objects.in_force().filter(user=person)
    return list(grants.select_related("content_object", "appointment__person", "permission"))


@post_only("roles:person")
def person_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the account, or open it again: the administrator's, and never her own."""
    person = find_person(request, pk)
    require(request.user, CLOSE, person, sentence=NO_CLOSING)
    by: Any = request.user
    try:
        if request.POST.get("handling") == "genaabn":
            reactivate(person, by=by)
            messages.success(request, f"{person} kan logge ind igen og har de roller, der stadig løber.")
        else:
            deactivate(person, by=by, reason="Lukket af administratoren")
            messages.success(
                request,
                f"{person} kan ikke længere logge ind. Det, {person} havde ansvaret for, bliver en opgave for den, "
                "der skal fordele det.",
            )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(person)
