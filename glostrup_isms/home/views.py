"""Pages that read from all apps: the front, "Min side", inbox, own profile."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from breaches.models import Breach
from breaches.permissions import HANDLE, VIEW
from duties.models import Duty
from glostrup_isms.kit import dates, outbox
from glostrup_isms.kit.access import find_or_404
from policy.models import Document
from policy.models.documents import VIEW_DRAFTS
from roles.actions import cancel_absence, nearest_leader, register_absence
from roles.enums import LEADING_ROLES, PUBLIC_ROLES, Role
from roles.forms.organisation import AbsenceForm
from roles.models import UnitGrant, User

DUTIES_MAX = 20  # duties on one's own page; the page leads to the rest
WAITING_MAX = 50  # cases on one's own page; the page says when there are more


@login_not_required
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """`/`: the public front for strangers, "Min side" for people signed in."""
    if not request.user.is_authenticated:
        return render(request, "home/front.html")
    user: User = request.user
    duties = list(Duty.objects.held_by(user).open().begun()[: DUTIES_MAX + 1])
    context = {
        "greeting": f"Hej {user.get_short_name()}",
        "waiting": _waiting(user),
        "figures": _figures(user),
        "cards": _cards(user),
        "duties": duties[:DUTIES_MAX],
        "more_duties": len(duties) > DUTIES_MAX,
        "own_reports": list(Breach.objects.reported_by(user).order_by("-reported_at")[:5]),
    }
    return render(request, "home/my_page.html", context)


def _waiting(user: User) -> list[dict[str, Any]]:
    """What needs this person now, worst first."""
    if not user.has_perm(VIEW) and not user.told_of.exists():
        return []
    seen = Breach.objects.visible_to(user)
    rows = []
    if user.has_perm(HANDLE):
        for breach in seen.running().order_by("deadline_at")[:5]:
            late = breach.is_overdue
            rows.append(
                {
                    "text": f"Sag {breach.number}: {'fristen er overskredet' if late else 'frist for at anmelde'}",
                    "url": breach.get_absolute_url(),
                    "tone": "late" if late else "due",
                    "due_text": _with_distance(breach.deadline_at),
                }
            )
    mine = seen.open().filter(told__person=user, told__acknowledged_at=None).distinct()
    unread = list(mine.order_by("reported_at")[: WAITING_MAX + 1])
    for breach in unread[:WAITING_MAX]:
        rows.append(
            {
                "text": f"Sag {breach.number}: tryk »Modtaget«",
                "url": breach.get_absolute_url(),
                "tone": "waiting",
                "due_text": f"Meldt {dates.da_datetime(breach.reported_at)}",
            }
        )
    if len(unread) > WAITING_MAX:
        rows.append(
            {"text": "Flere sager venter på, at du trykker »Modtaget«: se indbakken", "url": reverse("home:inbox")}
        )
    return rows


def _with_distance(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return f"{dates.da_datetime(moment)} ({dates.relative_in_words(moment)})"


def _figures(user: User) -> list[dict[str, Any]]:
    """How the person's area stands: figures that lead to their rows."""
    return [*_figures_of_cases(user), *_figures_of_documents(user)]


def _figures_of_documents(user: User) -> list[dict[str, Any]]:
    if not user.has_perm(VIEW_DRAFTS):
        return []
    late, url = Document.objects.visible_to(user).due().count(), reverse("policy:list")
    return [{"value": late, "label": "dokumenter mangler årlig godkendelse", "url": f"{url}?mangler=ja"}]


def _figures_of_cases(user: User) -> list[dict[str, Any]]:
    if not user.has_perm(VIEW):
        return []
    counts, url = Breach.objects.visible_to(user).counts("open", "running", "overdue"), reverse("breaches:list")
    return [
        {"value": counts["open"], "label": "åbne sager", "url": f"{url}?aaben=ja"},
        {"value": counts["running"], "label": "med frist, der løber", "url": f"{url}?frist=loeber"},
        {"value": counts["overdue"], "label": "over fristen", "url": f"{url}?frist=overskredet"},
    ]


def _cards(user: User) -> list[dict[str, str]]:
    return [
        {
            "title": "Meld et brud",
            "url": reverse("breaches:report"),
            "text": "Er noget gået galt med data, eller kan det gå galt? Sig det med det samme. Det tager to minutter.",
        },
        {
            "title": "Politikken",
            "url": reverse("public:policy"),
            "text": "Læs, hvad kommunen har besluttet om informationssikkerhed, og hvad det betyder for dig.",
        },
        {
            "title": "Indbakke",
            "url": reverse("home:inbox"),
            "text": "Beskeder om sager, du har meldt eller skal tage dig af.",
        },
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request: HttpRequest) -> HttpResponse:
    """`/indbakke/`: the same messages as by mail."""
    own = outbox.Message.objects.visible_to(request.user)
    if request.method == "POST":
        own.filter(read_at=None).update(read_at=timezone.now())
        messages.success(request, "Alle beskeder er markeret som læst.")
        return redirect("home:inbox")
    page = Paginator(own, 25).get_page(request.GET.get("side"))
    return render(request, "home/inbox.html", {"messages_page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """`/min-profil/`: own roles, the nearest leader and why, absence."""
    user: User = request.user  # type: ignore[assignment]
    answers = user.has_role(*PUBLIC_ROLES)
    form = AbsenceForm(request.POST if request.method == "POST" else None, by=user, with_deputy=answers)
    if request.method == "POST" and "cancel" in request.POST:
        cancel_absence(find_or_404(user.absences.all(), pk=request.POST["cancel"]), by=user)
        messages.success(request, "Fraværet er slettet.")
        return redirect("home:profile")
    if request.method == "POST" and form.is_valid():
        try:
            days = {name: form.cleaned_data[name] for name in ("from_on", "to_on")}
            deputy = form.cleaned_data.get("person")
            register_absence(user, **days, deputy=deputy, by=user)
            acts = f"{deputy} træder til for dig og har fået besked." if deputy else _who_acts(user)
            messages.success(request, f"Fraværet er noteret. {acts}")
            return redirect("home:profile")
        except ValidationError as error:
            form.add_error("person_search" if answers and hasattr(error, "error_dict") else None, error.messages)
    context = {
        "appointments": user.appointments.in_force().select_related("unit", "deputy"),
        "deputy_for": user.deputy_for.in_force().select_related("person", "unit"),
        "stands_in_for": user.stands_in_for.filter(to_on__gte=timezone.localdate()).select_related("person"),
        "given": _grants(appointment__person=user) if answers else [],
        "received": _grants(user=user),
        "answers": answers,
        "leader_sentence": nearest_leader(user).reason,
        "who_acts": _who_acts(user),
        "absence_form": form,
        "absences": user.absences.filter(to_on__gte=timezone.localdate()).select_related("deputy"),
    }
    return render(request, "home/profile.html", context, status=422 if form.errors else 200)


def _grants(**which: Any) -> list[UnitGrant]:
    """What has been let to somebody, or by somebody, in force today."""
    grants = UnitGrant.objects.in_force().filter(**which)
    return list(grants.select_related("user", "content_object", "appointment__person", "permission"))


def _who_acts(user: User) -> str:
    """What happens to new cases while the person is away without having named somebody for just those days."""
    places = user.appointments.in_force().select_related("deputy")
    if deputies := sorted({str(place.deputy) for place in places if place.deputy}):
        names = ", ".join(deputies)
        return (
            f"Når du er væk, tager din faste stedfortræder over og får de nye sager, der ellers kom til dig: {names}."
        )
    if any(place.role in (*LEADING_ROLES, Role.MAYOR, Role.CONTRACT_OWNER) for place in places):
        return (
            "Du har ingen stedfortræder. Når du er væk, går nye sager til den nærmeste leder over dig. "
            "Er der ingen, finder GDPR-enheden en anden."
        )
    return "Dit fravær ændrer ikke, hvem der får sager: Du har ingen stedfortræder og leder ingen enhed."


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """`/demo/log-ind-som/`: one click into a demo account. Exists only in the demo."""
    from glostrup_isms.home.demo import PEOPLE

    name = request.POST.get("username", "")
    if not settings.DEMO or name not in {username for username, _, _ in PEOPLE}:
        raise Http404
    login(request, get_object_or_404(User, username=name, is_active=True))
    return redirect("home:front")
