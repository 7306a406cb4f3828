"""Files as the municipality's systems write them: shapes, containers, character sets, and what is left out of them."""

import codecs
import json

import pytest

from roles.enums import Role, SyncShape, SyncState
from roles.models import Appointment, Unit, User
from tests.roles.organisations import HEADER, SHAPES, OrganisationIn, bring, csv_text, key, look, reasons, small

pytestmark = pytest.mark.django_db


def everything() -> tuple[set, set, set]:
    units = set(Unit.objects.values_list("external_id", "name", "kind", "parent__external_id"))
    people = set(User.objects.values_list("external_id", "username", "name", "email", "is_active"))
    places = Appointment.objects.values_list("person__username", "role", "unit__name", "title", "is_primary", "to_on")
    return units, people, set(places)


@pytest.mark.parametrize("shape", SHAPES)
def test_shape_is_found_out_and_a_second_import_changes_nothing(shape: str) -> None:
    first = bring(small(), shape)
    assert (first.state, first.shape, first.units, first.people) == (SyncState.APPLIED, shape, 4, 10)
    second = look(small(), shape)
    assert second.run.state == SyncState.LOOKED_AT
    assert second.difference.changes == []


def test_three_shapes_give_the_same_organisation() -> None:
    bring(small(), "rollekatalog")
    before = everything()
    for shape in ("os2sync", "csv"):
        assert look(small(), shape).difference.changes == []
    assert len(before[1]) == 10
    assert ("leder", Role.LEADER, "Hjemmeplejen Nord", "", False, None) in before[2]
    assert ("leder", Role.EMPLOYEE, "Hjemmeplejen Nord", "Gruppeleder", True, None) in before[2]


def test_answer_of_os2syncs_hierarchy_is_read() -> None:
    """As ASP.NET writes it: a wrapper, keys in camel case, the unit of a position under its own name."""
    top, person = key("top"), key("hans")
    run = bring(
        {
            "created": "2026-11-23T10:00:00",
            "status": 0,
            "result": {
                "oUs": [{"uuid": top, "name": "Kommunen", "parentOU": None}],
                "users": [
                    {
                        "uuid": person.upper(), "userId": "hans", "name": "Hans", "email": "hans@example.invalid",
                        "telephone": "1", "positions": [{"uuid": top, "name": "Konsulent"}],
                    }
                ],
            },
        }
    )  # fmt: skip
    assert (run.state, run.shape) == (SyncState.APPLIED, SyncShape.OS2SYNC)
    assert Appointment.objects.get().title == "Konsulent"
    assert "»telephone«" in " ".join(run.notes)


def test_file_without_mail_leaves_the_mail_alone() -> None:
    made = small()
    bring(made)
    file = made.os2sync()
    for user in file["Users"]:
        del user["Email"]
    assert look(file).difference.changes == []
    file["Users"][0]["Email"] = ""
    assert look(file).run.counts == {"person_changed": 1}


def test_mail_that_cannot_be_used_is_told_and_not_taken() -> None:
    file = small().rollekatalog()
    file["users"][3]["email"] = "ikke en adresse"
    run = bring(file)
    assert run.state == SyncState.APPLIED
    assert any("users[3]" in note and "kan ikke bruges" in note for note in run.notes)
    assert User.objects.get(username="leder").email == ""


def test_person_in_no_unit_comes_in_and_is_told() -> None:
    made = small()
    made.person("loes", "Løs Person")
    run = bring(made, "csv")
    assert run.state == SyncState.APPLIED
    assert not User.objects.get(username="loes").appointments.exists()
    assert any("Løs Person" in note and "uden enhed" in note for note in run.notes)


def test_disabled_user_is_as_if_not_in_the_file() -> None:
    file = small().rollekatalog()
    file["users"][9]["disabled"] = True
    file["users"][3]["disabled"] = True  # leads a unit
    run = bring(file)
    assert run.state == SyncState.APPLIED
    assert User.objects.count() == 8
    assert any("står uden leder" in note for note in run.notes)


def test_unknown_keys_are_named() -> None:
    file = small().rollekatalog()
    file["klePrimary"] = []
    file["orgUnits"][0]["kleInterest"] = ["00.01"]
    file["users"][0]["phone"] = "12"
    file["users"][0]["positions"][0]["titleUuid"] = key("title")
    notes = " ".join(bring(file).notes)
    for name in ("klePrimary", "kleInterest", "phone", "titleUuid"):
        assert f"»{name}«" in notes


def test_unknown_columns_are_named() -> None:
    rows = [row | {"etage": "2"} for row in small().rows()]
    run = bring(csv_text(rows, header=(*HEADER, "etage", "")).encode())
    assert run.state == SyncState.APPLIED
    assert any("»etage«" in note and "uden navn" in note for note in run.notes)


# ── CPR numbers ──────────────────────────────────────────────────────────────────────────────────

CANARIES = ("010190-1234", "0101901234", "010190 1234")


def with_numbers() -> list[bytes]:
    rollekatalog, os2sync = small().rollekatalog(), small().os2sync()
    rollekatalog["users"][0] |= {"cpr": CANARIES[0], "cprNumber": CANARIES[1], "Personnummer": [CANARIES[2]]}
    rollekatalog["users"][1]["phone"] = CANARIES[0]
    rollekatalog["orgUnits"][0][CANARIES[1]] = "nøgle"
    for user in os2sync["Users"]:
        user["Person"]["Cpr"] = CANARIES[1]
    header = ("CPR-nr.", *HEADER, "0101901234", "noter")
    rows = [row | {"CPR-nr.": CANARIES[0], "0101901234": "x", "noter": CANARIES[1]} for row in small().rows()]
    return [json.dumps(rollekatalog).encode(), json.dumps(os2sync).encode(), csv_text(rows, header=header).encode()]


def all_text() -> str:
    """Every row of every table, as text."""
    from django.apps import apps

    rows = (row for model in apps.get_models() for row in model._base_manager.values_list())
    return json.dumps([list(row) for row in rows], default=str)


@pytest.mark.parametrize("number", range(3))
def test_cpr_numbers_are_dropped_unread(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    run = bring(with_numbers()[number])
    assert run.state == SyncState.APPLIED, run.problems
    assert any("CPR-numre er sprunget over" in note for note in run.notes)
    out = capsys.readouterr()
    for canary in CANARIES:
        assert canary not in all_text()
        assert canary not in out.out + out.err


@pytest.mark.parametrize(
    "place", [("users", 0, "name"), ("users", 0, "userId"), ("orgUnits", 1, "name"), ("users", 0, "email")]
)
@pytest.mark.parametrize("canary", [*CANARIES, "０１０１９０-１２３４"])
def test_cpr_number_in_another_field_refuses_the_file_without_telling_it(place: tuple, canary: str) -> None:
    file = small().rollekatalog()
    kind, row, field = place
    file[kind][row][field] = f"Hans {canary}" if field == "name" else canary
    run = bring(file)
    assert run.state == SyncState.REFUSED
    assert "ligner et CPR-nummer" in reasons(run)
    assert canary not in all_text()


# ── Character sets and delimiters ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_rightly_in_every_usual_character_set(encoding: str, delimiter: str) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    data = marks.get(encoding, b"") + small().csv(delimiter).encode(encoding)
    assert bring(data).state == SyncState.APPLIED
    assert User.objects.filter(name__startswith="Åse Hjælper").count() == 6
    assert Unit.objects.filter(name="Prøvekøbing Kommune").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_json_is_read_in_utf_8_and_utf_16(encoding: str) -> None:
    data = small().data("rollekatalog").decode().encode(encoding)
    assert bring(data).state == SyncState.APPLIED
    assert User.objects.filter(name="Dorte Direktør").exists()


def test_json_in_another_character_set_is_refused() -> None:
    run = bring(small().data("rollekatalog").decode().encode("cp1252"))
    assert "UTF-8" in reasons(run)


def test_csv_that_mixes_character_sets_is_refused() -> None:
    run = bring(small().csv().encode() + "x;æ\r\n".encode("cp1252"))
    assert "blander to tegnsæt" in reasons(run)


def test_windows_file_may_end_in_a_danish_letter() -> None:
    rows = [{**row, "stilling": row.get("stilling") and "Chef for strå"} for row in small().rows()[:-1]]
    header = (*(column for column in HEADER if column != "stilling"), "stilling")
    data = csv_text(rows, header=header).rstrip().encode("cp1252")
    assert data[-1:] == b"\xe5"
    assert bring(data).state == SyncState.APPLIED


def test_excels_own_first_line_and_empty_cells_left_out_are_fine() -> None:
    text = small().csv().replace(";;\r\n", "\r\n")
    assert bring(f"sep=;\r\n{text}".encode()).state == SyncState.APPLIED


def test_letters_are_composed_and_blanks_taken_together() -> None:
    made = OrganisationIn()
    top = made.unit("Kommunen")
    made.person("aase", "A\u030ase\u00a0  Hj\u00e6lper\u200b", top)
    bring(made)
    assert User.objects.get().name == "Åse Hjælper"
    assert look(made).difference.changes == []
