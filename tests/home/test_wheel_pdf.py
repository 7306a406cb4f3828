"""The wheel on paper: one page with the picture, then the same as a table; for screen readers and the archive."""

import io
from datetime import date
from typing import Any

import pikepdf
import pypdf
import pytest
from django.test import Client

from duties.enums import Recurrence, State
from roles.enums import Role
from tests import vera_pdf
from tests.factories import WholeTown, make_whole_town
from tests.home.years import TODAY, duty, meeting, template

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


@pytest.fixture
def town(on_the_day: Any) -> WholeTown:
    town = make_whole_town()
    for number, role in enumerate(Role):
        template(f"Årlig opgave æøå {number}", role=role, first_on=date(2026, 12, 1 + number))
        duty(f"Udført {number}", due_on=date(2026, 2, 1 + number), holder_role=role, state=State.DONE)
    duty("Sent", due_on=date(2026, 11, 2), holder=town.gdpr)
    duty("Lang " * 30, due_on=TODAY, holder=town.gdpr)
    meeting(date(2026, 12, 8))
    return town


def pages(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def text_of(content: bytes) -> str:
    return " ".join(pages(content))


def printed(person: Any, query: str = "") -> bytes:
    client = Client()
    client.force_login(person)
    response = client.get(f"/aarshjul/aarshjul.pdf{query}")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return response.content


def test_validator_finds_nothing_wrong_with_a_wheel(town: WholeTown) -> None:
    """PDF/UA-1 and PDF/A-3a by veraPDF: full, of one ring, and empty."""
    files = {
        "full": printed(town.gdpr),
        "one ring": printed(town.gdpr, "?aar=2027&rolle=ledere"),
        "empty": printed(town.teacher, "?aar=2020"),
    }
    found = vera_pdf.failures(files)
    assert found == dict.fromkeys(found, [])
    assert len(found) == 6


def test_picture_is_a_figure_told_in_words(town: WholeTown) -> None:
    with pikepdf.open(io.BytesIO(printed(town.gdpr))) as document:
        tags = [one for one in document.objects if isinstance(one, pikepdf.Dictionary) and "/S" in one]
        (figure,) = [one for one in tags if str(one.S) == "/Figure"]
        assert "punkter i 2026, 1 over fristen" in str(figure.Alt)
        kinds = [str(one.S) for one in tags]
        assert not document.attachments
    assert kinds.count("/TH") == 4 * kinds.count("/Table") > 0  # once on each page
    assert kinds.count("/Caption") == 1


def test_the_page_with_the_wheel_comes_first_and_then_every_point(town: WholeTown) -> None:
    first, *rest = pages(printed(town.gdpr))
    for words in ("Årshjul 2026", "43 punkter, 1 over fristen", "1 Kommunalbestyrelse og direktion"):
        assert words in first
    assert "september" in first  # from the picture
    text = " ".join(rest)
    for number in range(len(Role)):
        assert f"Udført {number} " in text
    assert "8. december Møde i Informationssikkerhedsudvalget" in text
    assert "2. november Sent Dig Over fristen" in text


def test_fixed_duty_that_comes_often_is_one_row_of_its_month(town: WholeTown) -> None:
    template("Se logger igennem", recurrence=Recurrence.WEEKLY, first_on=date(2027, 2, 5), role=Role.IT_CHIEF)
    text = text_of(printed(town.gdpr, "?aar=2027&rolle=it"))
    assert "5. februar Se logger igennem, 4 gange: 5., 12., 19. og 26. It-chef Planlagt" in text
    assert "12. februar Se logger" not in text


def test_what_was_chosen_stands_in_the_head(town: WholeTown) -> None:
    first = pages(printed(town.gdpr, f"?rolle=ledere&enhed={town.health.pk}&aar=2026"))[0]
    assert "Hvem: Ledere. Enhed og enhederne under den: Center for Sundhed." in first


def test_same_wheel_is_the_same_bytes(town: WholeTown) -> None:
    assert printed(town.gdpr) == printed(town.gdpr)
