"""Writing: only in a draft, never over somebody else's words, and unsaved words are kept for whoever wrote them."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from glostrup_isms.kit.audit import AuditEntry
from policy import actions
from policy.actions.texts import TEXT_MAX, tidy
from policy.enums import State
from policy.models import Clause, EditDraft, Version
from policy.text.blocks import parse
from tests.desk import TEXT, Desk, fresh
from tests.policy.test_workflow import WRITERS
from tests.policy.texts import long_text

EDITABLE = (State.DRAFT, State.HEARD)


def save(desk: Desk, version: Version, text: str, **fields: Any) -> Version:
    given = {"title": version.title, "by": desk.writer, "revision": version.revision, **fields}
    return fresh(actions.save_text(version, text, **given))


def test_text_is_saved_with_its_title_and_note(desk: Desk) -> None:
    version = save(desk, desk.make(), "## Nyt\n\nEt punkt.", title=" Ny titel ", change_note=" Alt er nyt. ")
    assert (version.text, version.title, version.change_note) == ("## Nyt\n\nEt punkt.", "Ny titel", "Alt er nyt.")
    assert version.revision == 2
    assert version.history.first().history_user == desk.writer
    assert AuditEntry.objects.filter(action="version.text", object_id=str(version.pk)).count() == 1


@pytest.mark.parametrize("state", [state for state in State if state not in EDITABLE])
def test_text_is_written_in_a_draft_only(desk: Desk, state: State) -> None:
    version = desk.at(state)
    before = (version.text, version.revision, version.digest())
    key = version.clauses.get(number="2.1").key
    for act in (
        lambda: save(desk, version, "Ny tekst."),
        lambda: actions.bind_clauses(version, {key: (["dpo"], [])}, by=desk.writer, revision=version.revision),
    ):
        with pytest.raises(actions.TextLocked, match=f"Teksten er »{version.get_state_display()}«"):
            act()
    version = fresh(version)
    assert (version.text, version.revision, version.digest()) == before


@pytest.mark.parametrize("state", EDITABLE)
def test_text_may_be_mended_as_draft_and_after_the_hearing(desk: Desk, state: State) -> None:
    assert save(desk, desk.at(state), "Ny tekst.").text == "Ny tekst."


def test_only_writers_write(desk: Desk) -> None:
    version = desk.make()
    for name in desk.town.holders:
        if name in WRITERS:
            continue
        with pytest.raises(PermissionDenied, match="skriver i teksten"):
            save(desk, version, "Ikke mig.", by=getattr(desk, name))
        with pytest.raises(PermissionDenied, match="skriver i teksten"):
            actions.keep_draft(version, "Ikke mig.", by=getattr(desk, name), revision=1)
    assert fresh(version).text == TEXT
    assert not EditDraft.objects.exists()


def test_two_editors_do_not_write_over_each_other(desk: Desk) -> None:
    version = desk.make()
    save(desk, version, "Den første tekst.")
    with pytest.raises(actions.TextChanged, match="En anden har gemt teksten") as caught:
        save(desk, version, "Den anden tekst.", by=desk.gdpr_unit)
    assert caught.value.theirs.text == "Den første tekst."
    assert fresh(version).text == "Den første tekst."
    assert fresh(version).author_ids == {desk.writer.pk}
    merged = save(desk, version, "Begge tekster.", by=desk.gdpr_unit, revision=caught.value.theirs.revision)
    assert (merged.text, merged.revision) == ("Begge tekster.", 3)


def test_title_of_the_document_follows_its_first_draft_only(desk: Desk) -> None:
    version = save(desk, desk.make(title="Arbejdstitel"), TEXT, title="Mailpolitik")
    assert version.document.title == "Mailpolitik"
    second = actions.start_version(desk.adopted(version).document, by=desk.writer)
    assert save(desk, second, TEXT, title="Noget nyt").document.title == "Mailpolitik"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("En\r\nto\rtre", "En\nto\ntre"),
        ("Nul\x00tegn", "Nultegn"),
        ("Halvt\ud83dtegn", "Halvttegn"),
        ("Helt 🙂 tegn, æøå, e\u0301", "Helt 🙂 tegn, æøå, e\u0301"),
        ("", ""),
    ],
)
def test_text_that_cannot_be_stored_is_tidied(desk: Desk, typed: str, kept: str) -> None:
    version = save(desk, desk.make(), typed)
    assert version.text == kept
    assert version.digest()
    assert tidy(kept) == kept
    draft = actions.keep_draft(version, typed, by=desk.writer, revision=version.revision)
    assert EditDraft.objects.get(pk=draft.pk).text == kept
    assert desk.make(title="Begyndt sådan", text=typed).text == kept


def test_text_of_two_million_characters_is_saved_and_more_is_cut(desk: Desk) -> None:
    line = long_text(100)
    text = (line + "\n\n") * (TEXT_MAX // len(line) + 1)
    version = save(desk, desk.make(), text)
    assert version.text == text[:TEXT_MAX]
    assert version.clauses.count() == len(parse(version.text))


def test_saving_takes_the_same_queries_for_few_and_many_clauses(desk: Desk, django_assert_max_num_queries: Any) -> None:
    few, many = desk.make(), desk.make(title="Lang")
    save(desk, many, long_text(150))
    for version in (few, fresh(many)):
        with django_assert_max_num_queries(45):
            actions.save_text(
                version, version.text + "\n\nEt punkt til.\n", title="T", by=desk.writer, revision=version.revision
            )
    assert Clause.objects.filter(version=many).count() > 150


# ── Words not saved yet ──────────────────────────────────────────────────────────────────────────
def test_unsaved_words_are_kept_for_each_writer(desk: Desk) -> None:
    version = desk.make()
    actions.keep_draft(version, "Mine ord.", by=desk.writer, revision=1)
    actions.keep_draft(version, "Mine ord, lidt flere.", by=desk.writer, revision=1)
    actions.keep_draft(version, "Hendes ord.", by=desk.gdpr_unit, revision=1)
    assert EditDraft.objects.visible_to(desk.writer).get().text == "Mine ord, lidt flere."
    assert EditDraft.objects.visible_to(desk.gdpr_unit).get().text == "Hendes ord."
    assert not EditDraft.objects.visible_to(desk.it_chief).exists()
    assert fresh(version).text == TEXT


def test_saving_lets_ones_own_unsaved_words_go(desk: Desk) -> None:
    version = desk.make()
    for person in (desk.writer, desk.gdpr_unit):
        actions.keep_draft(version, "Ord.", by=person, revision=1)
    save(desk, version, "Ord, gemt.")
    assert EditDraft.objects.get().author == desk.gdpr_unit
    actions.drop_draft(version, by=desk.gdpr_unit)
    assert not EditDraft.objects.exists()


def test_refused_save_keeps_the_unsaved_words(desk: Desk) -> None:
    version = desk.make()
    actions.keep_draft(version, "Mine ord.", by=desk.gdpr_unit, revision=1)
    save(desk, version, "Andres ord.")
    with pytest.raises(actions.TextChanged):
        save(desk, version, "Mine ord.", by=desk.gdpr_unit)
    assert EditDraft.objects.get().text == "Mine ord."
