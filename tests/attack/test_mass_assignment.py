"""Every form, sent as every role with the name of every field of every model besides its own fields (G5): what is
written is what the form alone would have written, and nothing where the role is refused."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection, models, transaction
from django.test import Client
from django.utils import timezone

from duties.models import Duty
from roles.models import ScimAccount, User, today
from tests.access_matrix import PAGES, ROLES, Page
from tests.access_objects import make_objects, sign_in
from tests.asked import swept_by
from tests.attack.forms import FORMS, PATCH_SCHEMA, READ_NOTHING, TOKEN, Filled, Form, Scene
from tests.attack.planting import our_models
from tests.factories import WholeTown, make_whole_town

pytestmark = pytest.mark.django_db
PROVIDER = "provider"  # the identity provider, with its key
ATTACKERS = (*ROLES, PROVIDER)  # each with other values in the fields, so that together they try them all
WRITES = ("INSERT", "UPDATE", "DELETE")
# Traces that every request may leave: the trail, and copies of what the rows say.
TRACES = ("kit.AuditEntry", "kit.AuditPayload", "kit.RateCount")

State = dict[type[models.Model], dict[Any, dict[str, Any]]]


def watched() -> list[type[models.Model]]:
    return [one for one in our_models() if one._meta.label not in TRACES and "Historical" not in one.__name__]


def rows_of(model: type[models.Model]) -> dict[Any, dict[str, Any]]:
    return {row[model._meta.pk.attname]: row for row in model._default_manager.values()}  # type: ignore[union-attr]


@contextmanager
def tables_written() -> Iterator[set[str]]:
    """The tables that are written to meanwhile."""
    tables: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES):
            tables.add(sql.split('"')[1] if '"' in sql else sql.split()[2])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield tables


# ── What is smuggled in ──────────────────────────────────────────────────────────────────────────
def smuggled(town: WholeTown) -> dict[str, list[str]]:
    """Every field name of every model, with values that would make a difference."""
    found: dict[str, list[str]] = {name: ["1"] for name in ("pk", "is_superuser", "is_staff", "_state", "history_user")}
    for model in our_models():
        for one in (*model._meta.concrete_fields, *model._meta.many_to_many):
            for name in {one.name, one.attname}:
                some = found.setdefault(name, [])
                some += [value for value in _values(one, town) if value not in some]
    return found


def _values(one: Any, town: WholeTown) -> list[str]:
    if one.is_relation:
        wanted = {"User": town.mayor, "Unit": town.school}.get(one.related_model.__name__)
        first = wanted or one.related_model._default_manager.order_by("pk").last()
        return [str(first.pk)] if first else []
    if one.choices:
        return [str(value) for value, _ in one.flatchoices if value]
    by_type = {
        models.BooleanField: ["True", "False"], models.DateTimeField: ["2030-01-01T00:00"],
        models.DateField: ["2030-01-01"], models.IntegerField: ["7"],
        models.UUIDField: ["77777777-7777-7777-7777-777777777777"],
    }  # fmt: skip
    return next((values for kind, values in by_type.items() if isinstance(one, kind)), ["smuglet"])


# ── What is written ──────────────────────────────────────────────────────────────────────────────
Change = dict[str, Any]  # {"roles.User.name of 4": new value, "+roles.User": rows, "-roles.User of 4": None}


class Attacker:
    """One role, against every form."""

    noise: ClassVar[dict[tuple[str, ...], set[str]]] = {}

    def __init__(self, town: WholeTown, role: str, client: Client) -> None:
        self.role, self.client = role, client
        self.cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        self.before: State = {model: rows_of(model) for model in watched()}
        self.model_of = {model._meta.db_table: model for model in watched()}
        self.values = smuggled(town)

    def send(self, path: str, form: Form, fields: Filled) -> tuple[int, Change]:
        """The status, and what it wrote. Nothing stays."""
        self.client.cookies.clear()
        self.client.cookies.load(self.cookies)
        for value in fields.values():
            if hasattr(value, "seek"):
                value.seek(0)
        with transaction.atomic(), tables_written() as tables:
            if form.by_json:
                response = self.client.generic(form.method, path, json.dumps(fields), "application/scim+json")
            else:
                response = self.client.post(path, fields)
            change = self._change(tables)
            transaction.set_rollback(True)
        return response.status_code, change

    def more_than(self, own: Filled) -> Filled:
        """One value of each name that is not the form's own, also as SCIM spells it (`displayName`, `display_name`)."""
        plain, number = {name.replace("_", "").lower() for name in own}, ATTACKERS.index(self.role)
        sent = {name: some[number % len(some)] for name, some in self.values.items() if some}
        return {name: value for name, value in sent.items() if name.replace("_", "").lower() not in plain}

    def noise_of(self, path: str, form: Form, filled: Filled, first: Change) -> set[str]:
        """What differs between sending the same twice; found once for each form, and for what it wrote then."""
        sizes = [f"{len(rows)}" for kind, rows in first.items() if kind.startswith("+")]
        key = (*kinds_of(first), *filled, *sizes)
        if key not in self.noise:
            self.noise[key] = noise_between(first, self.send(path, form, filled)[1])
        return self.noise[key]

    def _change(self, tables: set[str]) -> Change:
        change: Change = {}
        for table in tables & self.model_of.keys():
            model = self.model_of[table]
            label, before, after = model._meta.label, self.before[model], rows_of(model)
            if new := [after[key] for key in after.keys() - before.keys()]:
                change[f"+{label}"] = sorted(new, key=lambda row: str(sorted(row.items(), key=str)))
            change |= {f"-{label} of {key}": None for key in before.keys() - after.keys()}
            for key in before.keys() & after.keys():
                for name, value in after[key].items():
                    if value != before[key][name]:
                        change[f"{label}.{name} of {key}"] = value
        return change


def kinds_of(change: Change) -> set[str]:
    return {key.partition(" of ")[0] for key in change}


def noise_between(first: Change, second: Change) -> set[str]:
    """What differs between sending the same form twice: moments, keys and secrets."""
    noise = {key.partition(" of ")[0] for key in first if not key.startswith("+") and first[key] != second.get(key)}
    for key in first:
        if key.startswith("+"):
            for one, other in zip(first[key], second.get(key, []), strict=False):
                noise |= {f"{key[1:]}.{name}" for name in one if one[name] != other[name]}
    return noise


def quiet(change: Change, noise: set[str]) -> Change:
    found: Change = {}
    for key, value in change.items():
        if key.startswith("+"):
            rows = [{name: row[name] for name in row if f"{key[1:]}.{name}" not in noise} for row in value]
            found[key] = sorted(rows, key=str)
        elif key.partition(" of ")[0] not in noise:
            found[key] = value
    return found


# ── The rule ─────────────────────────────────────────────────────────────────────────────────────
def targets(role: str) -> list[tuple[Page, Form]]:
    """The provider uses its own addresses alone; people try them all."""
    rows = [(page, FORMS[page.name]) for page in PAGES if page.name in FORMS]
    return [(page, form) for page, form in rows if form.by_json] if role == PROVIDER else rows


def test_every_form_of_the_portal_is_attacked() -> None:
    """Whatever takes POST from anybody."""
    takes = {page.name for page in PAGES if page.answer("gdpr_unit", "POST", "own") != 405}
    assert takes - set(READ_NOTHING) == set(FORMS)


def make_scene(settings: Any, clock: Any) -> tuple[WholeTown, dict[str, Any]]:
    """From then on the clock stands still: what differs between two answers is never the minute."""
    settings.SCIM_TOKEN = TOKEN
    settings.ACCOUNT_RATE_LIMITS = {}
    town = make_whole_town()
    objects = make_objects(town)
    for person in (town.employee, town.teacher):
        Duty.objects.create(title="Ryd op", holder=person, due_on=today(), dedup_key=f"own:{person.pk}")
        ScimAccount.objects.create(person=person, external_id=f"konto-{person.pk}")
    clock.move_to(timezone.now() + timedelta(minutes=1), tick=False)
    return town, objects


def enter(town: WholeTown, role: str) -> Attacker:
    is_provider = role == PROVIDER
    return Attacker(town, role, Client(HTTP_AUTHORIZATION=f"Bearer {TOKEN}") if is_provider else sign_in(town, role))


def keys_for(town: WholeTown, role: str, keys: dict[str, str]) -> dict[str, str]:
    """The provider knows people by another key."""
    if role != PROVIDER:
        return keys
    return keys | {"person": str(User.objects.get(pk=keys["person"]).external_id)}


@pytest.mark.parametrize("role", [*swept_by(ROLES), PROVIDER])
def test_no_form_writes_a_field_it_does_not_have(role: str, settings: object, time_machine: Any) -> None:
    town, objects = make_scene(settings, time_machine)
    attacker = enter(town, role)
    wrong: list[str] = []
    for page, form in targets(role):
        for kind in ("own", "foreign"):
            if kind in page.kinds:
                keys = keys_for(town, role, objects[kind])
                path = page.path.format(**keys)
                wrong += attack(attacker, page, form, path, form.fill(Scene(town, role, keys, path)))
    assert not wrong, "\n".join(wrong)


def test_no_patch_of_the_provider_writes_more_than_it_may(settings: object, time_machine: Any) -> None:
    """The names inside an operation, where PATCH has its fields."""
    town, objects = make_scene(settings, time_machine)
    attacker = enter(town, PROVIDER)
    keys = keys_for(town, PROVIDER, objects["own"])
    for name, path in (("scim:user", f"Users/{keys['person']}"), ("scim:group", f"Groups/{keys['group']}")):
        form, path = replace(FORMS[name], method="PATCH"), f"/scim/v2/{path}"
        (filled,) = form.fill(Scene(town, PROVIDER, keys))
        del filled["schemas"]
        _, alone = attacker.send(path, form, patch_of(filled))
        status, change = attacker.send(path, form, patch_of(filled | attacker.more_than(filled)))
        noise = attacker.noise_of(path, form, patch_of(filled), alone)
        assert alone
        assert kinds_of(alone) <= form.writes
        assert not change or quiet(change, noise) == quiet(alone, noise), f"{status} {change}"


def patch_of(value: Filled) -> Filled:
    return {"schemas": [PATCH_SCHEMA], "Operations": [{"op": "replace", "value": value}]}


def attack(attacker: Attacker, page: Page, form: Form, path: str, fillings: list[Filled]) -> Iterator[str]:
    for filled in fillings:
        who = f"{attacker.role} {page.name} {path} {sorted(filled)}"
        status, alone = attacker.send(path, form, filled)
        if extra := kinds_of(alone) - form.writes:
            yield f"{who}: {status}, writes {sorted(extra)}, which tests/attack/forms.py does not name"
        if status in (401, 403, 404, 405) and alone:
            yield f"{who}: refused with {status}, yet writes {sorted(alone)}"
        noise = attacker.noise_of(path, form, filled, alone) if alone else set()
        status, change = attacker.send(path, form, filled | attacker.more_than(filled))
        with_more, without = quiet(change, noise), quiet(alone, noise)
        if change and with_more != without:
            yield f"{who}: {status}, with more fields it writes {_difference(with_more, without)}"


def _difference(change: Change, alone: Change) -> str:
    keys = [key for key in change.keys() | alone.keys() if change.get(key) != alone.get(key)]
    return "; ".join(f"{key}: {alone.get(key)} → {change.get(key)}"[:600] for key in sorted(keys))


def test_every_form_is_let_through_for_somebody(settings: object, time_machine: Any) -> None:
    """An attack on a form that is always refused would prove nothing."""
    town, objects = make_scene(settings, time_machine)
    wrote: Counter[str] = Counter()
    for role in ("gdpr_unit", "director", "leader", "administrator", "employee", "anonymous", PROVIDER):
        keys = keys_for(town, role, objects["own"])
        with transaction.atomic():
            attacker = enter(town, role)
            for page, form in targets(role):
                path = page.path.format(**keys)
                for filled in form.fill(Scene(town, role, keys, path)):
                    wrote[page.name] += bool(attacker.send(path, form, filled)[1])
            transaction.set_rollback(True)
    silent = {name for name, form in FORMS.items() if form.writes and not wrote[name]}
    assert not silent


def test_attack_finds_a_field_that_is_not_the_forms_own(settings: object, time_machine: Any) -> None:
    """The form of an appointment has a title. Were it not its own, what is sent as title would be found."""
    town, objects = make_scene(settings, time_machine)
    attacker, scene = enter(town, "gdpr_unit"), Scene(town, "gdpr_unit", objects["own"])
    page, form = next(one for one in targets("gdpr_unit") if one[0].name == "roles:unit_appoint")
    (filled,) = form.fill(scene)
    del filled["title"]
    (found,) = attack(attacker, page, form, page.path.format(**objects["own"]), [filled])
    assert "'title': 'smuglet'" in found
