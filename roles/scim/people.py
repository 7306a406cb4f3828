"""People, as the identity provider keeps them. Nobody gets a role here: that is said by people, or by a group that
somebody here has mapped (`roles.scim.places`)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from scim2_models import Context, InvalidValueException, NotFoundException, UniquenessException

from glostrup_isms.kit import audit
from roles.actions import deactivate, reactivate
from roles.enums import PersonKind, Source
from roles.models import ScimAccount, ScimGroup, User
from roles.scim import http, resources, values
from roles.scim.filters import NIL, uuid_or_none
from roles.scim.http import read
from roles.scim.places import place_of, settle
from roles.signals import organisation_changed
from roles.sync.difference import closing_reasons

REASON = "SCIM: kommunens log ind-system"
TAKEN = "Brugernavnet »{}« er i brug af en anden."
CLOSED = (
    "Brugernavnet »{}« hører til en lukket konto i portalen. Er det den samme person, så genåbn kontoen i portalen. "
    "Ellers skal den nye have et andet brugernavn: ingen må få en andens sager og roller."
)
SOMEBODY_ELSE = (
    "Der er en anden person med brugernavnet »{}« i portalen: Hverken navnet eller mailadressen er det samme. Er det "
    "nogen, der er holdt op, så luk den gamle konto i portalen. Er det den samme person, så ret navnet eller "
    "mailadressen, så de passer sammen, og prøv igen."
)
BRAKED = (
    "Log ind-systemet har lukket {} konti det seneste døgn og kan ikke lukke flere endnu. Lad den tekniske "
    "administrator lukke resten i portalen, eller vent, til der er gået et døgn."
)


def known() -> QuerySet[User]:
    """Those who exist as SCIM sees it, each with account and groups at hand."""
    groups = Prefetch("scim_groups", ScimGroup.objects.only("id", "display_name"), to_attr="shown_groups")
    return User.objects.filter(scim_account__isnull=False).select_related("scim_account").prefetch_related(groups)


def find(key: str) -> User:
    """One of them by SCIM id, or 404."""
    person = known().filter(external_id=uuid_or_none(key) or NIL).first()
    if person is None:
        raise NotFoundException(detail="Personen findes ikke.")
    return person


def shown(person: User) -> resources.User:
    return resources.of_person(person, person.shown_groups)  # type: ignore[attr-defined]


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def create(raw: Mapping[str, Any]) -> User:
    """A new person without any role; or, when somebody active has the user name, the name or mail address as well, and
    no account at the provider yet, that person is linked to it and keeps the roles she has."""
    wanted = read(resources.User, _filled(raw), Context.RESOURCE_CREATION_REQUEST)
    name = values.user_name(wanted.user_name)
    person = User.objects.select_for_update(of=("self",)).filter(username__iexact=name).first()
    if person is None:
        person = User(username=name, kind=PersonKind.EMPLOYEE, source=Source.SCIM, is_active=bool(wanted.active))
        person.set_unusable_password()
        action = "scim.user_create"
    else:
        if ScimAccount.objects.filter(person=person).exists() or person.kind == PersonKind.SYSTEM:
            raise UniquenessException(detail=TAKEN.format(name))
        if not person.is_active:
            raise UniquenessException(detail=CLOSED.format(name))
        if not _is_the_same(person, wanted):
            raise UniquenessException(detail=SOMEBODY_ELSE.format(name))
        action = "scim.user_link"
    return _write(person, ScimAccount(), wanted, action)


@transaction.atomic
def replace(key: str, raw: Mapping[str, Any]) -> User:
    """PUT: what is left out is cleared, but for the name and whether the person is active."""
    person = _locked(key)
    raw = _filled({"active": person.is_active, **raw})
    wanted = read(resources.User, raw, Context.RESOURCE_REPLACEMENT_REQUEST)
    return _write(person, person.scim_account, wanted, "scim.user_change")


@transaction.atomic
def patch(key: str, raw: Mapping[str, Any]) -> User:
    """PATCH, also as Microsoft Entra sends it."""
    person = _locked(key)
    wanted = shown(person)
    http.patch(wanted, _spread(raw))
    return _write(person, person.scim_account, wanted, "scim.user_change")


@transaction.atomic
def delete(key: str) -> None:
    """The provider has forgotten the person: her account closes, her groups give her nothing more, and SCIM knows her
    no longer. She stays in the portal. The user name of a person made by SCIM is freed: whoever gets it next is
    somebody else, or somebody who comes back without the old roles."""
    person = find(key)
    if person.is_active:
        _brake(person)
    groups = list(person.scim_groups.all())
    person.scim_groups.clear()
    settled = settle({place_of(group) for group in groups}, by=None)
    person = deactivate(_locked(key), by=None, reason=REASON)
    name = person.username
    if person.source == Source.SCIM:
        person.username = f"lukket-{person.external_id}"
        _save(person)
    account = ScimAccount.objects.get(person=person)
    account._history_user = None  # type: ignore[attr-defined]
    account.delete()
    details = {"user_name": name, "groups": [str(group) for group in groups], **vars(settled)}
    audit.record("scim.user_delete", obj=person, **details)


def _is_the_same(person: User, wanted: resources.User) -> bool:
    """Initials are used again, also while the first to have them is here still."""
    name, mail = (wanted.display_name or "").casefold().split(), wanted.work_email.casefold()
    return name == person.name.casefold().split() or (mail != "" and mail == person.email.casefold())


def _brake(person: User) -> None:
    """Raise Braked when SCIM has closed as many as it may within a day: it must not shut everybody out. Of requests at
    the same moment none sees the other's, so a few more can get through."""
    since = timezone.now() - timedelta(days=1)
    lines = User.history.filter(history_date__gt=since, history_change_reason=REASON)  # type: ignore[attr-defined]
    shut = set(lines.filter(is_active=False, closed_at__gt=since).values_list("id", flat=True))
    closed = list(closing_reasons(shut).values()).count(REASON)  # not those whom somebody here closed
    people = User.objects.filter(Q(is_active=True) | Q(closed_at__gt=since)).count()
    if closed >= max(settings.SCIM_MOST_CLOSED, settings.SYNC_MOST_LOST * people):
        raise http.Braked(person, BRAKED.format(closed))


def _locked(key: str) -> User:
    found = find(key)
    User.objects.select_for_update(of=("self",)).get(pk=found.pk)
    return find(key)  # as it is now that nobody else can change it


def _filled(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a provider may leave out: the name to show is put together of `name`, and a person is active."""
    sent = {str(key).lower(): value for key, value in raw.items()}
    filled = dict(raw)
    if not sent.get("displayname"):
        filled = {key: value for key, value in filled.items() if str(key).lower() != "displayname"}
        filled["displayName"] = _put_together(sent.get("name")) or sent.get("username")
    if sent.get("active") is None:
        filled = {key: value for key, value in filled.items() if str(key).lower() != "active"}
        filled["active"] = True
    return filled


def _put_together(name: Any) -> str:
    if not isinstance(name, dict):
        return ""
    parts = {str(key).lower(): value for key, value in name.items() if isinstance(value, str)}
    both = f"{parts.get('givenname', '')} {parts.get('familyname', '')}"
    return (parts.get("formatted") or both).strip()


def _spread(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Entra writes several changes as one operation without a path, with paths as keys. A key with a filter in it
    (`emails[type eq "work"].value`) becomes an operation of its own."""
    spread: list[Any] = []
    operations = raw.get("Operations")
    for operation in operations if isinstance(operations, list) else ():
        value = operation.get("value") if isinstance(operation, dict) else None
        if not isinstance(value, dict) or operation.get("path"):
            spread.append(operation)
            continue
        plain = {key: item for key, item in value.items() if "[" not in key}
        if plain or not value:
            spread.append({**operation, "value": plain})
        spread += [{**operation, "path": key, "value": item} for key, item in value.items() if "[" in key]
    return {**raw, "Operations": spread} if isinstance(operations, list) else dict(raw)


def _write(person: User, account: ScimAccount, wanted: resources.User, action: str) -> User:
    """Let the rows become what is wanted, and note what changed. An account that was closed last by anybody else than
    SCIM stays closed."""
    name = values.user_name(wanted.user_name)
    if User.objects.filter(username__iexact=name).exclude(pk=person.pk).exists():
        raise UniquenessException(detail=TAKEN.format(name))
    external_id = values.text(wanted.external_id or "", "externalId", 200)
    if external_id and ScimAccount.objects.filter(external_id=external_id).exclude(pk=account.pk).exists():
        raise UniquenessException(detail="En anden person har allerede det »externalId«.")
    fields = {
        "username": name,
        "name": values.text(wanted.display_name or name, "displayName", 200),
        "email": values.text(wanted.work_email, "emails", 254),
    }
    is_kept_shut = bool(
        person.pk and wanted.active and not person.is_active and closing_reasons([person.pk])[person.pk] != REASON
    )
    active = bool(wanted.active) and not is_kept_shut
    if person.pk and person.is_active and not active:
        _brake(person)
    changed = [field for field, value in fields.items() if getattr(person, field) != value]
    if changed or not person.pk:
        for field, value in fields.items():
            setattr(person, field, value)
        _save(person)
    if account.pk is None or changed or account.external_id != external_id or active != person.is_active:
        changed += ["external_id"] if account.external_id != external_id else []
        account.person, account.external_id = person, external_id
        account._history_user = None  # type: ignore[attr-defined]
        account.save()
        if active != person.is_active:
            changed.append("active")
            (reactivate if active else deactivate)(person, by=None, reason=REASON)
            if active:
                settle({place_of(group) for group in person.scim_groups.all()}, by=None)
        organisation_changed.send(User)
        audit.record(action, obj=person, changed=changed, user_name=name, active=active)
    if is_kept_shut:
        audit.record("scim.user_kept_shut", obj=person, user_name=name)
    return known().get(pk=person.pk)


def _save(person: User) -> None:
    try:
        # That the name is free was asked before; of two who were asked at once, the database refuses the last (409).
        person.full_clean(exclude=["password"], validate_unique=False)
    except ValidationError as error:
        raise InvalidValueException(detail=" ".join(error.messages)) from error
    person._history_user = None  # type: ignore[attr-defined]
    person._change_reason = REASON  # type: ignore[attr-defined]
    person.save()


audit.describe(
    {
        "scim.user_create": "Log ind-systemet oprettede {object}",
        "scim.user_link": "Log ind-systemet knyttede {object} til sin egen konto",
        "scim.user_change": "Log ind-systemet ændrede {object}",
        "scim.user_kept_shut": "Log ind-systemet ville åbne kontoen for {object}, men den er lukket i portalen eller "
        "af organisationssystemet og bliver ved med at være det",
        "scim.user_delete": "Log ind-systemet slettede kontoen for {object}; personen er lukket her",
    }
)
