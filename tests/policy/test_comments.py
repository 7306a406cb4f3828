"""Comments: by those who work with the text and those asked about it, and none is lost when it is answered."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from glostrup_isms.kit.audit import AuditEntry
from policy import actions
from policy.models import Comment, Version
from roles.enums import Role
from roles.models import today
from tests.desk import TEXT, Desk, fresh


def said(desk: Desk, version: Version, clause: str = "2.2") -> Comment:
    return actions.comment(version, "Hvilke adgange?", by=desk.lawyer, clause_number=clause)


def test_comment_keeps_the_words_it_was_about(desk: Desk) -> None:
    version = desk.make()
    made = said(desk, version)
    key = version.clauses.get(number="2.2").key
    assert (made.clause_number, made.clause_key) == ("2.2", key)
    changed = "## Nyt\n\nFørst.\n\n" + TEXT.replace(
        "Systemejerne godkender adgange.", "Systemejerne godkender rettigheder."
    )
    actions.save_text(version, changed, title="T", by=desk.writer, revision=1)
    made.refresh_from_db()
    assert (made.quote, made.clause_number) == ("Systemejerne godkender adgange.", "2.2")
    assert version.clauses.get(key=key).number == "3.2"


def test_comment_may_be_about_the_whole_text(desk: Desk) -> None:
    made = said(desk, desk.make(), clause="")
    assert (made.clause_key, made.clause_number, made.quote) == (None, "", "")


def test_comment_on_a_clause_that_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(ValidationError, match="Punkt 9.9 findes ikke i teksten") as caught:
        said(desk, desk.make(), clause="9.9")
    assert "clause" in caught.value.error_dict
    assert not Comment.objects.exists()


def test_empty_comment_is_refused(desk: Desk) -> None:
    with pytest.raises(ValidationError, match="Skriv din kommentar"):
        actions.comment(desk.make(), " \n", by=desk.lawyer)


def test_only_those_who_work_with_the_text_or_are_asked_comment(desk: Desk) -> None:
    version = desk.make()
    for name in desk.town.holders:
        person = getattr(desk, name)
        if person.has_perm("policy.view_drafts"):
            actions.comment(version, f"Set af {name}.", by=person)
            continue
        with pytest.raises(PermissionDenied, match="ikke kommentere"):
            actions.comment(version, "Nej.", by=person)
    assert Comment.objects.count() == sum(
        getattr(desk, name).has_perm("policy.view_drafts") for name in desk.town.holders
    )


def test_whoever_is_asked_in_the_hearing_comments_while_it_is_open(desk: Desk) -> None:
    roles = [Role.LAWYER, Role.DPO, Role.SYSTEM_OWNER]
    version = fresh(actions.open_hearing(desk.make(), roles, today() + timedelta(days=9), by=desk.writer))
    assert actions.comment(version, "Det kan vi.", by=desk.system_owner).author == desk.system_owner
    version = fresh(actions.take_back(version, by=desk.writer, note="Igen."))
    with pytest.raises(PermissionDenied):
        actions.comment(version, "Og en til.", by=desk.system_owner)


def test_comment_is_closed_by_a_writer_with_an_answer(desk: Desk) -> None:
    made = actions.close_comment(said(desk, desk.make()), " De nye. ", by=desk.gdpr_unit)
    assert (made.answer, made.closed_by, made.text) == ("De nye.", desk.gdpr_unit, "Hvilke adgange?")
    assert made.closed_at is not None
    assert not Comment.objects.open().exists()


def test_comment_is_closed_by_its_author(desk: Desk) -> None:
    made = actions.close_comment(said(desk, desk.make()), "", by=desk.lawyer)
    assert made.closed_by == desk.lawyer


def test_nobody_else_closes_a_comment(desk: Desk) -> None:
    made = said(desk, desk.make())
    for person in (desk.dpo, desk.director, desk.committee, desk.employee, desk.administrator):
        with pytest.raises(PermissionDenied, match="kan afslutte den"):
            actions.close_comment(made, "Nej.", by=person)
    assert Comment.objects.open().get() == made


def test_closing_a_second_time_changes_nothing(desk: Desk) -> None:
    made = said(desk, desk.make())
    first = actions.close_comment(made, "Det første svar.", by=desk.writer)
    again = actions.close_comment(made, "Et andet svar.", by=desk.lawyer)
    assert (again.answer, again.closed_by, again.closed_at) == ("Det første svar.", desk.writer, first.closed_at)
    assert AuditEntry.objects.filter(action="version.comment_closed").count() == 1


def test_database_holds_no_answer_without_whoever_gave_it(desk: Desk) -> None:
    made = said(desk, desk.make())
    for values in ({"answer": "Svar."}, {"closed_at": timezone.now()}, {"closed_by": desk.writer}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Comment.objects.filter(pk=made.pk).update(**values)
