"""What refuses a file: the row, the reason, and nothing changed. No file makes a traceback."""

import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from roles.enums import SyncState, UnitKind
from roles.models import SyncRun, Unit, User
from roles.sync import runs
from roles.sync.reading import read_file
from tests.roles.organisations import (
    HEADER,
    SHAPES,
    OrganisationIn,
    UnitIn,
    bring,
    csv_text,
    key,
    large,
    reasons,
    small,
)

pytestmark = pytest.mark.django_db


def refused(file: Any, shape: str = "rollekatalog") -> str:
    """The reasons of a file that must be refused."""
    run = bring(file, shape)
    assert run.state == SyncState.REFUSED
    assert run.problems
    assert SyncRun.objects.get(pk=run.pk).problems == run.problems
    assert not User.objects.exists()
    assert not Unit.objects.exists()
    return reasons(run)


@pytest.mark.parametrize("shape", SHAPES)
def test_circle_of_units_is_refused(shape: str) -> None:
    made = small()
    _, health, _, care = made.units
    health.parent = care
    text = refused(made, shape)
    assert "i ring" in text
    assert "»Hjemmeplejen Nord«" in text
    assert text.count("i ring") == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_unit_that_is_its_own_parent_is_refused(shape: str) -> None:
    made = small()
    made.units[3].parent = made.units[3]
    assert "i ring" in refused(made, shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_unit_whose_parent_is_not_in_the_file_is_refused(shape: str) -> None:
    made = small()
    made.units[3].parent = UnitIn("Fremmed")
    text = refused(made, shape)
    assert "»Hjemmeplejen Nord« hører under en enhed, som ikke er i filen" in text
    assert ("Række 5" if shape == "csv" else "nits[3]") in text


@pytest.mark.parametrize("shape", SHAPES)
def test_leader_who_is_not_in_the_file_is_refused(shape: str) -> None:
    made = small()
    made.people.remove(made.units[3].manager)
    assert "Lederen af »Hjemmeplejen Nord« er ikke blandt personerne" in refused(made, shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_person_in_an_unknown_unit_is_refused(shape: str) -> None:
    made = small()
    made.people[5].places[0] = (UnitIn("Fremmed"), "", "", "")
    text = refused(made, shape)
    assert ("Enhedens navn mangler" if shape == "csv" else "er i en enhed, som ikke er i filen") in text


@pytest.mark.parametrize("shape", SHAPES)
def test_user_name_of_two_people_is_refused(shape: str) -> None:
    made = small()
    made.people[5].user_id = "HJAELPER1"
    assert "bruges også i" in refused(made, shape)


@pytest.mark.parametrize("shape", ["rollekatalog", "os2sync"])
def test_key_of_two_people_or_two_units_is_refused(shape: str) -> None:
    made = small()
    made.people[5].uuid = made.people[6].uuid
    made.units[2].uuid = made.units[1].uuid
    assert refused(made, shape).count("samme UUID") == 2


def test_rows_of_a_csv_file_that_disagree_are_refused() -> None:
    made = small()
    made.people[5].uuid = made.people[6].uuid
    made.units[2].uuid = made.units[1].uuid
    text = refused(made, "csv")
    assert "Navnet er »Åse Hjælper 3« her, men »Åse Hjælper 2«" in text
    assert "Enhedens navn er »Center for Børn« her" in text


def test_two_leaders_of_a_unit_are_refused() -> None:
    rows = small().rows()
    rows.append({"enhed_uuid": key("unit Hjemmeplejen Nord"), "leder_uuid": key("person hjaelper1")})
    assert "har en anden leder" in refused(csv_text(rows).encode())
    file = small().rollekatalog()
    file["orgUnits"][3]["manager"] = [{"uuid": key("person leder")}, {"uuid": key("person hjaelper1")}]
    assert "Den kan kun have én" in refused(file)


def test_leader_whose_key_and_user_name_are_two_people_is_refused() -> None:
    file = small().rollekatalog()
    file["orgUnits"][3]["manager"]["userId"] = "hjaelper1"
    assert "ikke hører sammen" in refused(file)


@pytest.mark.parametrize("shape", SHAPES)
def test_position_that_ends_before_it_begins_is_refused(shape: str) -> None:
    made = small()
    unit = made.people[5].places[0][0]
    made.people[5].places = [(unit, "", "2026-05-02", "2026-05-01")]
    assert "slutter, før den begynder" in refused(made, shape)


@pytest.mark.parametrize(
    ("where", "value", "reason"),
    [
        (("users", 2, "name"), "", "Navnet mangler"),
        (("users", 2, "name"), None, "Navnet mangler"),
        (("users", 2, "name"), "x" * 201, "for langt: 201 tegn"),
        (("users", 2, "name"), "A\x00B", "tegn, der ikke kan læses"),
        (("users", 2, "name"), "A\ud800B", "tegn, der ikke kan læses"),
        (("users", 2, "name"), ["Hans"], "skal være tekst"),
        (("users", 2, "name"), 17, "skal være tekst"),
        (("users", 2, "userId"), "", "Brugernavnet mangler"),
        (("users", 2, "userId"), "to ord", "må kun have"),
        (("users", 2, "userId"), "x" * 151, "for langt"),
        (("users", 2, "userId"), "\ufb03" * 150, "for langt: 450 tegn"),
        (("users", 2, "extUuid"), "", "UUID (extUuid) mangler"),
        (("users", 2, "extUuid"), "1234", "ikke et gyldigt UUID"),
        (("users", 2, "extUuid"), "00000000-0000-0000-0000-000000000000", "ikke et gyldigt UUID"),
        (("users", 2, "extUuid"), {"a": 1}, "ikke et gyldigt UUID"),
        (("users", 2, "disabled"), "nej", "true eller false"),
        (("users", 2, "positions"), {"name": "x"}, "Her skal stå en liste"),
        (("users", 2, "positions"), ["x"], "Her skal stå et objekt"),
        (("users", 2, "positions"), [{"name": "x"}], "Stillingens enhed (UUID) mangler"),
        (("users", 2), "Hans", "Her skal stå et objekt"),
        (("orgUnits", 2, "name"), " ", "Enhedens navn mangler"),
        (("orgUnits", 2, "uuid"), None, "Enhedens UUID mangler"),
        (("orgUnits", 2, "manager"), "Hans", "Her skal stå et objekt"),
        (("orgUnits", 2, "parentOrgUnitUuid"), "over", "ikke et gyldigt UUID"),
        (("orgUnits",), {}, "skal være en liste over enheder"),
        (("users",), None, "ingen liste over personer"),
        (("users",), [], "ingen personer"),
        (("orgUnits",), [], "ingen enheder"),
    ],
)
def test_wrong_value_is_refused_with_its_place(where: tuple, value: Any, reason: str) -> None:
    file: Any = small().rollekatalog()
    target = file
    for step in where[:-1]:
        target = target[step]
    target[where[-1]] = value
    text = refused(file)
    assert reason in text
    if len(where) > 2:
        assert f"{where[0]}[{where[1]}]" in text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "tom"),
        (b"  \r\n ", "tom"),
        (b"\xef\xbb\xbf{", "klippet over"),
        (b"{" * 200_000, "linje 1"),
        (b'{"a":' * 200_000, "alt for mange lag"),
        (b"[" * 200_000, "alt for mange lag"),
        (b"[1, 2]", "begynde med {"),
        (b'{"users": NaN, "orgUnits": []}', "et tal, der ikke kan"),
        (b'{"users": ' + b"9" * 5000 + b', "orgUnits": []}', "et tal, der ikke kan"),
        (b'{"users": [], "Users": [], "orgUnits": []}', "ingen"),
        (b'{"result": null}', "uden en organisation"),
        (b"navn;uuid\r\nHans;1\r\n", "Der mangler kolonner"),
        (b"\x00\x01\x02\x03", "nul-tegn"),
        (b"\x81\x8d\x8f\x90\x9d", "Tegnene i filen"),
        (b"\xff\xfea", "Tegnene i filen"),
        ("navn;ø;æ".encode()[:-1], "midt i et bogstav"),
        (b"PK\x03\x04 et regneark", "Der mangler kolonner"),
    ],
)
def test_file_that_is_no_organisation_is_refused_with_a_sentence(data: bytes, reason: str) -> None:
    assert reason in refused(data)


@pytest.mark.parametrize("shape", ["rollekatalog", "os2sync"])
def test_json_cut_in_the_middle_is_refused(shape: str) -> None:
    data = small().data(shape)
    assert "klippet over" in refused(data[: len(data) // 2])


def test_csv_cut_in_the_middle_of_a_row_is_refused() -> None:
    data = small().data("csv").rstrip()
    assert "slutter midt i rækken" in refused(data[:-30])


def test_csv_cut_between_two_rows_is_stopped_by_the_safety_brake() -> None:
    made = large(120)
    assert bring(made, "csv").state == SyncState.APPLIED
    lines = made.csv().splitlines(keepends=True)
    run = bring("".join(lines[: len(lines) * 7 // 10]).encode())
    assert run.state == SyncState.REFUSED
    assert "Filen lukker" in reasons(run)
    assert User.objects.filter(is_active=False).count() == 0


def test_unclosed_quote_and_doubled_column_are_refused() -> None:
    text = small().csv()
    assert "citationstegn" in refused(text.encode() + b'"ingen ende')
    assert "to gange" in refused(csv_text(small().rows(), header=(*HEADER, "user_id")).encode())


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("place", ["heading", "row", "after Excel's own line", "in quotes"])
def test_csv_with_hundreds_of_columns_is_refused_before_it_is_taken_apart(delimiter: str, place: str) -> None:
    wide = "x" + delimiter * 1_000_000
    text = {
        "heading": wide,
        "row": small().csv(delimiter) + wide,
        "after Excel's own line": f"sep={delimiter}\n{wide}",
        "in quotes": delimiter + f'"\n"{delimiter}' * 300,
    }[place]
    tracemalloc.start()
    started = time.perf_counter()
    assert "flere end 200 kolonner" in refused(text.encode(), "csv")
    assert time.perf_counter() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 50 * 1024 * 1024
    tracemalloc.stop()


def test_csv_with_two_hundred_columns_is_read() -> None:
    lines = small().csv().splitlines()
    wide = [lines[0] + ";x" * 189, *(line + ";" * 189 for line in lines[1:])]
    assert bring("\n".join([*wide, ""]).encode()).state == SyncState.APPLIED
    wide[0] += ";x"
    assert "flere end 200 kolonner" in reasons(bring("\n".join(wide).encode()))


def test_row_with_too_many_fields_is_refused_with_its_number() -> None:
    lines = small().csv().splitlines()
    lines[4] += ";mere"
    assert "Række 5: Rækken har 12 felter" in refused("\n".join(lines).encode())


def test_same_key_twice_in_an_object_is_refused() -> None:
    text = small().data("rollekatalog").decode().replace('"userId":', '"UserID": "x", "userId":', 1)
    assert "to gange" in refused(text.encode())


def test_kind_of_unit_is_read_and_a_wrong_one_refused() -> None:
    rows = small().rows()
    rows[3]["enhedstype"] = "Slot"
    header = (*HEADER, "enhedstype")
    assert "»Slot« kendes ikke" in refused(csv_text(rows, header=header).encode())
    rows[3]["enhedstype"] = "kommune"
    assert "er en kommune, men hører under" in refused(csv_text(rows, header=header).encode())
    rows[3]["enhedstype"] = "institution"
    assert bring(csv_text(rows, header=header).encode()).state == SyncState.APPLIED
    assert Unit.objects.get(name="Hjemmeplejen Nord").kind == UnitKind.INSTITUTION


def test_tree_that_is_too_deep_is_refused() -> None:
    made = OrganisationIn()
    unit = made.unit("Niveau 0")
    made.person("hans", unit=unit)
    for number in range(1, 40):
        unit = made.unit(f"Niveau {number}", unit)
    text = refused(made)
    assert text.count("mere end 25 niveauer nede") == 1


def test_problems_are_counted_past_the_first_hundreds() -> None:
    made = large(500)
    for person in made.people:
        person.name = ""
    run = bring(made)
    assert len(run.problems) == 301
    assert "200 fejl mere" in run.problems[-1]["reason"]


# ── Files on disk ────────────────────────────────────────────────────────────────────────────────


def test_large_file_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "stor.json"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    run = runs.look(lambda: read_file(path), file_name=path.name).run
    assert run.state == SyncState.REFUSED
    assert "200,0 MB. Den må højst fylde 100 MB" in reasons(run)


@pytest.mark.parametrize("name", ["", "findes-ikke.json"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    run = runs.look(lambda: read_file(tmp_path / name), file_name="x").run
    assert run.state == SyncState.REFUSED


# ── Anything at all ──────────────────────────────────────────────────────────────────────────────

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(key("unit x")),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["uuid", "name", "extUuid", "userId", "positions", "orgUnitUuid", "manager", "Person", "email", "Cpr", "ou",
             "ManagerUuid", "parentOrgUnitUuid", "startDate", "disabled", "result", "OUs"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip
FAST = {"max_examples": 150, "deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


class TestAnything(TestCase):
    @hypothesis_settings(**FAST)
    @given(units=VALUES, users=VALUES, wrapped=st.booleans())
    def test_any_json_is_brought_in_or_refused_with_a_sentence(self, units: Any, users: Any, wrapped: bool) -> None:
        file = {"orgUnits": units, "users": users}
        run = bring(json.dumps({"result": file} if wrapped else file).encode())
        assert run.state in (SyncState.REFUSED, SyncState.APPLIED)
        assert all(problem["reason"].endswith((".", "?", "_", ")")) for problem in run.problems)

    @hypothesis_settings(**FAST)
    @given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
    def test_any_bytes_are_refused_with_a_sentence(self, data: bytes) -> None:
        assert bring(data).state == SyncState.REFUSED

    @hypothesis_settings(**FAST)
    @given(cells=st.lists(st.lists(st.text(max_size=12), max_size=13), max_size=4))
    def test_any_rows_are_brought_in_or_refused_with_a_sentence(self, cells: list[list[str]]) -> None:
        text = ";".join(HEADER) + "\n" + "\n".join(";".join(row) for row in cells)
        run = bring(text.encode("utf-8", "replace"))
        assert run.state in (SyncState.REFUSED, SyncState.APPLIED)

    @hypothesis_settings(**FAST)
    @given(cut=st.integers(1, 3000))
    def test_json_cut_anywhere_is_refused(self, cut: int) -> None:
        data = small().data("rollekatalog")
        assert bring(data[: min(cut, len(data) - 1)]).state == SyncState.REFUSED
