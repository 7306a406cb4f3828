"""What every page shows around its own content."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from breaches.permissions import VIEW
from glostrup_isms.kit import audit, files, outbox
from policy.models.documents import VIEW_DRAFTS
from roles.enums import PUBLIC_ROLES, Role
from roles.permissions import EXPLAIN, VIEW_PERSON, VIEW_SYNC

ORGANISATION = (
    (VIEW_PERSON, "Personer", "roles:people"),
    (VIEW_SYNC, "Synkronisering", "roles:sync_list"),
    (EXPLAIN, "Slå rettigheder op", "roles:explain"),
)
OPERATIONS = (("Beskeder og drift", "home:operations"), ("Job", "home:jobs"), ("Maillog", "home:mail_log"))
OPERATORS = (Role.ADMINISTRATOR, Role.IT_OPERATIONS, Role.IT_COORDINATOR)


def is_operator(user: Any) -> bool:
    """Whether the person looks after the technical side."""
    return user.is_authenticated and user.has_role(*OPERATORS)


class Page:
    """Asked lazily: a page that shows none of it pays for none of it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.municipality = settings.MUNICIPALITY
        self.demo = settings.DEMO
        self.accessibility_url = settings.ACCESSIBILITY_URL

    @property
    def user(self) -> Any:
        return getattr(self.request, "user", None)

    @property
    def is_signed_in(self) -> bool:
        return self.user is not None and self.user.is_authenticated

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        """The side menu of people with a role, holding only what they may use."""
        if not self.is_signed_in:
            return []
        groups = []
        if self.user.has_perm(VIEW):
            groups.append(("Brud", [("Brud og trusler", reverse("breaches:list"))]))
        if self.user.has_role(*PUBLIC_ROLES):
            groups.append(("Politik og dokumenter", self._documents()))
            groups.append(("Årshjul og opgaver", self._year()))
            groups.append(("Organisation", self._organisation()))
        if is_operator(self.user):
            groups.append(("Drift", [(label, reverse(name)) for label, name in OPERATIONS]))
        if not groups:
            return []
        groups.insert(0, ("", [("Min side", reverse("home:front")), ("Indbakke", reverse("home:inbox"))]))
        return [
            {
                "title": title,
                "items": [{"label": label, "url": url, "current": self._is_current(url)} for label, url in items],
            }
            for title, items in groups
        ]

    def _documents(self) -> list[tuple[str, str]]:
        """The pages of documents and decisions that the person may use."""
        items = [("Dokumenter", reverse("policy:list"))]
        if self.user.has_perm(VIEW_DRAFTS):
            items.append(("Hvem godkender hvad?", reverse("policy:routes")))
        return [*items, ("Møder og beslutninger", reverse("meetings:bodies"))]

    def _year(self) -> list[tuple[str, str]]:
        """The pages of the year and its duties."""
        duties, templates = reverse("duties:list"), reverse("duties:templates")
        return [("Årshjul", reverse("home:wheel")), ("Opgaver", duties), ("Årets faste opgaver", templates)]

    def _organisation(self) -> list[tuple[str, str]]:
        """The pages of the organisation that the person may use."""
        items = [("Enheder", reverse("roles:tree")), ("Roller og ansvar", reverse("roles:roles"))]
        for permission, label, name in ORGANISATION:
            if self.user.scopes_for(permission):
                items.append((label, reverse(name)))
        if settings.SCIM_TOKEN and any(scope.path is None for scope in self.user.scopes_for("roles.appoint")):
            items.append(("Grupper", reverse("roles:scim_groups")))
        return items

    def _is_current(self, url: str) -> bool:
        path = self.request.path
        if url == reverse("roles:tree"):  # the others of the group stand below it
            return path == url or path.startswith((f"{url}enheder/", f"{url}udpegninger/"))
        if url == reverse("home:operations"):  # likewise
            return path == url
        if url == reverse("duties:list") and path.startswith(reverse("duties:templates")):
            return False
        if url == reverse("policy:list") and path.startswith(reverse("policy:routes")):
            return False
        return path == url or (url != "/" and path.startswith(url) and not path.startswith(reverse("breaches:report")))

    @cached_property
    def inbox_unread(self) -> int:
        if not self.is_signed_in:
            return 0
        return outbox.Message.objects.visible_to(self.user).filter(read_at=None).count()

    @cached_property
    def operator_alarm(self) -> str:
        """What operators must see without a mail."""
        if not self.is_signed_in or not is_operator(self.user):
            return ""
        return " ".join(filter(None, (outbox.problem(), files.problem(), audit.head_problem())))

    @cached_property
    def demo_people(self) -> list[tuple[str, str, str]]:
        """The demo accounts, on the sign-in page of a demo only."""
        if not settings.DEMO:
            return []
        from glostrup_isms.home.demo import PEOPLE

        return PEOPLE


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    return {"page": Page(request)}
