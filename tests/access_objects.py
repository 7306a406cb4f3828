"""The objects of the access matrix, of the employee's line and of another, in the whole town."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from duties.models import Duty
from glostrup_isms.kit import files
from roles.enums import Role
from roles.models import ScimGroup, SyncRun, User, today
from tests.factories import WholeTown

MISSING_KEY = "00000000-0000-4000-8000-000000000000"
MISSING = {
    **dict.fromkeys(("unit", "person", "officer", "place", "office", "grant", "duty", "run"), "999999"),
    **dict.fromkeys(("file", "group"), MISSING_KEY),
    "case": "2026-9999",
    "role": "findes-ikke",
}
Keys = dict[str, str]


def make_objects(town: WholeTown) -> dict[str, Keys]:
    """{`own`, `foreign`, `missing`: {name of the object: its key}}."""
    own = _of_line(town, town.employee, town.leader, grant=town.own_grant.pk)
    foreign = _of_line(town, town.teacher, town.school_leader, grant=town.foreign_grant.pk)
    of_no_line = {
        "run": str(SyncRun.objects.create(by=town.administrator, file_name="organisation.json").pk),
        "group": str(ScimGroup.objects.create(display_name="Skoleledere").pk),
        "role": Role.IT_CHIEF.slug,
    }
    return {"own": own | of_no_line, "foreign": foreign | of_no_line, "missing": MISSING}


def _of_line(town: WholeTown, employee: User, leader: User, *, grant: int) -> Keys:
    upload = SimpleUploadedFile("note.txt", "En note, æøå.".encode(), "text/plain")
    case = town.report(by=employee, uploads=[files.store(upload, keep_for=files.KEEP)]).breach
    place, office = employee.appointments.get(), leader.appointments.get()
    duty = Duty.objects.create(
        title="Gennemgå fortegnelsen", holder_role=Role.LEADER, holder_unit=office.unit, due_on=today(),
        dedup_key=f"matrix:{leader.pk}",
    )  # fmt: skip
    keys = {
        "case": case.number, "file": case.files.get().stored_id, "unit": office.unit_id, "person": employee.pk,
        "officer": leader.pk, "place": place.pk, "office": office.pk, "grant": grant, "duty": duty.pk,
    }  # fmt: skip
    return {name: str(key) for name, key in keys.items()}


def sign_in(town: WholeTown, role: str) -> Client:
    """A client of the one who has the role in the access matrix."""
    client = Client()
    if role == "acting_deputy":
        town.leader_goes_away()
        client.force_login(town.deputy)
    elif role == "deactivated":
        client.force_login(town.employee)
        User.objects.filter(pk=town.employee.pk).update(is_active=False)
    elif role != "anonymous":
        client.force_login(town.holders[role])
    return client
