"""Pages ask for rows only through what the reader may see: no view begins at `Model.objects` and goes another way.

Read from the code, not from a run. What goes another way has its reason in ALLOWED; a reason that is no longer needed
fails too.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]
CODE = ("roles", "duties", "meetings", "policy", "breaches", "glostrup_isms")
# Modules, and packages of them, that fetch for a page.
PAGES = ("views", "tables", "forms", "panels", "search", "explain", "explainers", "publication")
NO_PAGE = ("/management/", "/demo/", "/migrations/", "home/scale")  # nobody reads through these

MANAGERS = {"objects", "_default_manager", "_base_manager", "history"}
ASKS_THE_READER = {
    "visible_to", "known_to", "reported_by", "none", "held_by",
    "of_roles",  # the parts of hearings that the reader's roles were asked in
    "asked_of",  # the parts of open hearings that the reader answers
    "public",  # asks for no reader, because what it leaves is everybody's
}  # fmt: skip
SHORTCUTS = {"get_object_or_404", "get_list_or_404"}

# (module, function, model): why the rows may be asked for without the reader.
PUBLIC_UNITS = "Whoever reports says where, also strangers: the names of open units are public."
NARROWS = "Only narrows rows that were asked for with the reader; the unit's own words are shown nowhere."
OF_SHOWN_UNITS = "Given the units that the reader may see; who leads one is public, as who holds any such role."
OWN = "The reader's own rows."
ALL_BUT_TEXT = "Counts and states alone, for the machines and people who keep the portal running: no words of a case."
EXPLAINS = "Explains a right to the administrator and the GDPR unit, who know all people."
PROVIDER = "The identity provider has a key of its own and sees all groups; no person reads through it."
BY_ADDRESS = "The address is the key to its person's calendar; her rights are asked of the rows that stand in it."
WHEN_ALONE = "When the reader's own rows were changed last, and nothing else of their history."
NAMES_ONLY = (
    "Names the model whose one row the view has fetched; none of the form's fields offers rows to choose among."
)
ALLOWED: dict[tuple[str, str, str], str] = {
    ("breaches/forms.py", "BreachReportForm.__init__", "Unit"): PUBLIC_UNITS,
    ("breaches/forms.py", "find_units", "Unit"): PUBLIC_UNITS,
    ("breaches/forms.py", "UnitForm.__init__", "Unit"): PUBLIC_UNITS,
    ("breaches/tables.py", "in_unit", "Unit"): NARROWS,
    ("roles/tables/people.py", "in_branch", "Unit"): NARROWS,
    (
        "meetings/views/bodies.py",
        "body_list",
        "Appointment",
    ): "Who chairs a body is known to every colleague, as who sits in it.",
    ("duties/forms.py", "TemplateForm.Meta", "DutyTemplate"): NAMES_ONLY,
    ("duties/forms.py", "RemindersForm.Meta", "ReminderSettings"): NAMES_ONLY,
    ("duties/forms.py", "of_person", "ReminderSettings"): OWN,
    ("duties/tables.py", "in_unit", "Unit"): NARROWS,
    ("duties/tables.py", "TemplateTable.rows", "Duty"): "Only which day of a fixed duty that is shown comes next.",
    ("duties/views/duties.py", "duty_file", "DutyFile"): "Of the one duty that the view has fetched for the reader.",
    ("policy/forms.py", "DocumentForm.Meta", "Document"): NAMES_ONLY,
    ("policy/forms.py", "RouteForm.Meta", "ApprovalRoute"): NAMES_ONLY,
    ("policy/forms.py", "_kinds_to_choose", "Document"): "Whether there is a policy, for those who see all drafts.",
    ("policy/panels.py", "clauses_of", "Clause"): "Of the policy in force alone, which is public.",
    ("policy/publication.py", "current_stamp", "PublicSite"): "Whether to draw the pages anew; the stamp is not shown.",
    ("roles/search.py", "find_people", "User"): "Whoever gives something to somebody chooses among all who are here.",
    ("roles/search.py", "with_places", "Appointment"): "What tells the people found from others of the same name.",
    ("roles/views/tree.py", "_with_children", "Unit"): "Whether a unit that is shown has others under it; not which.",
    ("roles/views/tree.py", "_leaders", "Appointment"): OF_SHOWN_UNITS,
    ("roles/views/tree.py", "_former", "Appointment"): "Asked only for those who may see the people of the unit.",
    ("roles/views/tree.py", "_grants", "UnitGrant"): "Asked only for those who may see the people of the unit.",
    ("roles/views/people.py", "_grants", "UnitGrant"): "Asked only for those who may see all of the person's page.",
    ("roles/views/appointments.py", "grant_stop", "UnitGrant"): OWN,
    ("roles/explain.py", "_Reasons.__init__", "Appointment"): EXPLAINS,
    ("roles/explain.py", "_Reasons._of_scope", "User"): EXPLAINS,
    ("roles/explain.py", "_Reasons._not_acting", "Absence"): EXPLAINS,
    ("roles/explain.py", "_Reasons._delegations_at_other_times", "UnitGrant"): EXPLAINS,
    ("roles/explainers.py", "_open_to_all", "Appointment"): EXPLAINS,
    ("breaches/explain.py", "find_cases", "Breach"): "That a number is taken is no secret to those who explain rights; "
    "what is said of the case is asked with the reader (decision 0007).",
    ("breaches/explain.py", "_on_the_case", "BreachUserObjectPermission"): "Asked only for those who see the case.",
    ("roles/scim/forms.py", "MappingForm.__init__", "Unit"): "For those who may appoint anybody anywhere.",
    ("roles/scim/views.py", "list_groups", "ScimGroup"): PROVIDER,
    ("glostrup_isms/home/views.py", "_grants", "UnitGrant"): OWN,
    ("glostrup_isms/home/operations.py", "overview", "Message"): ALL_BUT_TEXT,
    ("glostrup_isms/home/operations.py", "_counts", "Message"): ALL_BUT_TEXT,
    ("glostrup_isms/home/operations.py", "mail_log", "Message"): "For operators: to whom each mail went.",
    ("glostrup_isms/home/views.py", "demo_sign_in", "User"): "Exists only in the demo, with invented people.",
    ("glostrup_isms/home/wheel/calendar.py", "feed", "CalendarFeed"): BY_ADDRESS,
    ("glostrup_isms/home/wheel/calendar.py", "_note_reading", "CalendarFeed"): BY_ADDRESS,
    ("glostrup_isms/home/wheel/ics.py", "_duties", "Duty"): WHEN_ALONE,
    ("glostrup_isms/home/wheel/ics.py", "_meetings", "Meeting"): WHEN_ALONE,
    ("glostrup_isms/home/health.py", "_figures", "Message"): ALL_BUT_TEXT,
    ("glostrup_isms/home/health.py", "_figures", "AuditEntry"): ALL_BUT_TEXT,
    ("glostrup_isms/kit/tables.py", "Table._save_view", "SavedView"): OWN,
    ("glostrup_isms/kit/tables.py", "Table._delete_view", "SavedView"): OWN,
}


def is_page(path: Path) -> bool:
    place = path.relative_to(ROOT).as_posix()
    if any(part in f"/{place}" for part in NO_PAGE):
        return False
    names = [*path.parent.parts[-2:], path.stem]
    return "home/" in place or any(name.split("_")[0] in PAGES for name in names)


def models() -> set[str]:
    return {model.__name__ for model in apps.get_models()}


def found_in(source: str) -> Iterator[tuple[str, str, int]]:
    """(function, model, line) of each query that begins at a model and does not ask what the reader may see."""
    tree, names = ast.parse(source), models()
    above = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            model = _name(node.value)
            if model in names and not ASKS_THE_READER & set(_calls_after(node, above)):
                yield _function(node, above), model, node.lineno
        elif isinstance(node, ast.Call) and _name(node.func) in SHORTCUTS and node.args:
            if (model := _name(node.args[0])) in names:
                yield _function(node, above), model, node.lineno
        elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "model" and _name(node.value) in names:
            yield _function(node, above), _name(node.value), node.lineno  # a class-based view


def _name(node: ast.AST) -> str:
    """`User` of `User` and of `models.User`."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _calls_after(node: ast.AST, above: dict[ast.AST, ast.AST]) -> Iterator[str]:
    """The methods chained on: `filter`, `visible_to` of `X.objects.filter(…).visible_to(…)`."""
    while (parent := above.get(node)) is not None:
        if isinstance(parent, ast.Attribute) and parent.value is node:
            yield parent.attr
        elif not (isinstance(parent, ast.Call) and parent.func is node):
            return
        node = parent


def _function(node: ast.AST, above: dict[ast.AST, ast.AST]) -> str:
    names = []
    while (parent := above.get(node)) is not None:
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(parent.name)
        node = parent
    return ".".join(reversed(names))


def test_no_page_goes_round_what_the_reader_may_see() -> None:
    found: dict[tuple[str, str, str], int] = {}
    pages = [path for folder in CODE for path in (ROOT / folder).rglob("*.py") if is_page(path)]
    for path in pages:
        for function, model, line in found_in(path.read_text()):
            found.setdefault((path.relative_to(ROOT).as_posix(), function, model), line)
    new = [f"{module}:{line} {function}: {model}" for (module, function, model), line in found.items()
           if (module, function, model) not in ALLOWED]  # fmt: skip
    assert not new, "Start from .visible_to(user), or give the reason in ALLOWED:\n" + "\n".join(sorted(new))
    gone = [f"{key}" for key in ALLOWED if key not in found]
    assert not gone, "No longer in the code, so no longer allowed:\n" + "\n".join(gone)
    assert len(pages) >= 25


def test_every_reason_is_a_sentence() -> None:
    assert all(len(reason) > 20 for reason in ALLOWED.values())


@pytest.mark.parametrize(
    "source",
    [
        "def view(request, pk):\n    return render(User.objects.get(pk=pk))",
        "def view(request):\n    return list(models.Unit.objects.open().filter(name=request.GET['q']))",
        "def view(request):\n    rows = Breach.objects\n    return rows.all()",
        "def view(request, pk):\n    return get_object_or_404(Appointment, pk=pk)",
        "def view(request):\n    return Duty._default_manager.all()",
        "def view(request):\n    return Breach.history.filter(number='2026-0001')",
        "def view(request):\n    return [row.visible_to for row in SyncRun.objects.all()]",
        "def view(request):\n    return Unit.objects.raw('SELECT 1')",
        "class Page(ListView):\n    model = User",
        "def view(request):\n    return Version.objects.open().first()",
        "def page():\n    return [row.public for row in Document.objects.all()]",
    ],
)
def test_rule_bites(source: str) -> None:
    assert list(found_in(source))


@pytest.mark.parametrize(
    "source",
    [
        "def view(request):\n    return User.objects.visible_to(request.user).filter(name='x').count()",
        "def view(request):\n    return Unit.objects.open().visible_to(request.user)",
        "def view(request):\n    return Breach.objects.reported_by(request.user).order_by('pk')[:5]",
        "def view(request, pk):\n    return find_or_404(Breach.objects.visible_to(request.user), pk=pk)",
        "def view(request):\n    return request.user.absences.all()",
        "def page(number):\n    return Version.objects.public().filter(number=number).first()",
    ],
)
def test_rule_lets_the_right_way_through(source: str) -> None:
    assert not list(found_in(source))
