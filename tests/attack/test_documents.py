"""What may be read of documents, attacked: list, page and rule agree for every role, state and secrecy; and whoever may
not see a draft cannot tell whether there is one."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client

from policy import actions
from policy.enums import PUBLISHED, Audience, Confidentiality, Kind, State
from policy.models import Document, HearingPart, Version
from policy.publication import addresses
from roles.enums import Role
from roles.models import User, today
from tests.access_matrix import FOLLOWERS, IN_HEARING, OUTSIDE, ROLES, STRANGERS
from tests.access_objects import ASKED, adopt, holders_now, replace, sign_in, write
from tests.asked import swept_by
from tests.attack.readers import BINDS_LEADERS
from tests.factories import WholeTown, make_whole_town

pytestmark = pytest.mark.django_db
S, A, C = State, Audience, Confidentiality
BOUND = {  # in particular; what is for everybody binds nobody in particular
    A.EVERYBODY: (), A.LEADERS: BINDS_LEADERS, A.SYSTEM_OWNERS: ("system_owner",),
    A.EMPLOYEES: [name for name in ROLES if name not in (*STRANGERS, *OUTSIDE, "councillor", "mayor")],
    A.IT: ("it_coordinator", "it_chief", "it_operations"), A.COMMITTEE: ("committee", "director", "gdpr_unit"),
}  # fmt: skip
RULED = [(A.EVERYBODY, secrecy) for secrecy in C] + list(product(A, [C.CONFIDENTIAL, C.MAY_BE_EXEMPT]))


@pytest.fixture
def town() -> WholeTown:
    return make_whole_town()


def make_versions(town: WholeTown) -> dict[str, Version]:
    """A document for each state, two for the one that another version has replaced. The hearing asks leaders too."""
    who = holders_now(town)
    made = {state.value: write(who, Kind.PROCEDURE, f"Kanari {state}") for state in State}
    writer, director = who["it_coordinator"], who["director"]
    for state in (S.HEARD, S.SUBMITTED, S.RECOMMENDED, S.DECIDED):
        actions.open_hearing(made[state], [Role.LAWYER, Role.DPO], today() + timedelta(days=9), by=writer)
        for part in HearingPart.objects.filter(hearing__version=made[state]):
            actions.answer_hearing(part, "", has_remarks=False, by=who[part.role])
        actions.end_hearing(made[state], by=writer)
    actions.open_hearing(made[S.HEARING], ASKED, today() + timedelta(days=9), by=writer)
    for state in (S.SUBMITTED, S.RECOMMENDED, S.DECIDED):
        actions.submit(made[state], by=writer)
    later = {"decided_on": today(), "effective_on": today() + timedelta(days=9), "statement": "Stemmer."}
    actions.decide(made[S.DECIDED], by=director, **later)
    for state in (S.IN_FORCE, S.WITHDRAWN, S.SUPERSEDED):
        adopt(who, made[state])
    actions.withdraw(made[S.WITHDRAWN], by=director, note="Forkert.", decided_on=today())
    actions.discard(made[S.DISCARDED], by=writer)
    Version.objects.filter(pk=made[S.RECOMMENDED].pk).update(state=S.RECOMMENDED)  # a procedure is not recommended
    Version.objects.filter(pk=made[S.SUPERSEDED].pk).update(state=S.SUPERSEDED, ended_on=today())
    Document.objects.filter(pk=made[S.SUPERSEDED].document_id).update(in_force=None)
    return {state: Version.objects.get(pk=version.pk) for state, version in made.items()}


def may_read(role: str, state: str, audience: str, secrecy: str) -> bool:
    """The rule, from names alone."""
    if role in FOLLOWERS:
        return True
    if state not in PUBLISHED:
        return state == S.HEARING and role in IN_HEARING
    is_staff = role not in (*STRANGERS, *OUTSIDE)
    return secrecy == C.PUBLIC or (secrecy == C.INTERNAL and is_staff) or role in BOUND[Audience(audience)]


def test_states_are_made_as_they_are_called(town: WholeTown) -> None:
    assert all(version.state == state for state, version in make_versions(town).items())


@pytest.mark.parametrize("role", swept_by(ROLES))
def test_list_and_page_say_what_the_rule_says(town: WholeTown, role: str) -> None:
    versions, client, wrong = make_versions(town), sign_in(town, role), []
    user = User.objects.get(pk=client.session["_auth_user_id"]) if "sessionid" in client.cookies else None
    for audience, secrecy in RULED:
        Document.objects.update(audience=audience, confidentiality=secrecy)
        reader = User.objects.get(pk=user.pk) if user and user.is_active else _nobody()
        listed = set(Version.objects.visible_to(reader).values_list("pk", flat=True))
        documents = set(Document.objects.visible_to(reader).values_list("pk", flat=True))
        for state, version in versions.items():
            may = may_read(role, state, audience, secrecy)
            if (version.pk in listed) != may or (version.document_id in documents) != may:
                wrong.append(f"{state} {audience} {secrecy}: the rule says {may}")
        if (audience, secrecy) in RULED[1:3]:
            wrong += pages_against_the_rule(client, role, versions, audience, secrecy)
    assert not wrong, "\n".join(wrong)


def _nobody() -> Any:
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()


def pages_against_the_rule(
    client: Client, role: str, versions: dict[str, Version], audience: str, secrecy: str
) -> Iterator[str]:
    for state, version in versions.items():
        may, page = may_read(role, state, audience, secrecy), version.get_absolute_url()
        for path in (page, f"{page}udgave.pdf"):
            wanted = 302 if role in STRANGERS else 200 if may else 404
            if (status := client.get(path).status_code) != wanted:
                yield f"{path} {state} {audience} {secrecy}: {status}, the rule says {wanted}"


# ── Nobody can tell that there is a draft ────────────────────────────────────────────────────────
LISTS = (
    "/", "/indbakke/", "/dokumenter/?nulstil=1",
    "/dokumenter/?eksport=csv&kolonner=nummer,titel,tilstand,gaelder,journal",
    "/dokumenter/?q=kanari", "/dokumenter/?q=RET-00", "/dokumenter/?q=26%2F7", "/dokumenter/?tilstand=kladde",
    "/dokumenter/?tilstand=i-hoering", "/dokumenter/?mangler=ja", "/dokumenter/?sorter=-tilstand&kolonner=tilstand",
    "/dokumenter/?sorter=-nummer", "/dokumenter/ret-001/", "/dokumenter/ret-001/udgaver/1/",
    "/dokumenter/ret-001/udgaver/1/forloeb/", "/dokumenter/ret-001/udgaver/2/", "/dokumenter/ret-001/sammenlign/1/2/",
    "/dokumenter/ret-002/", "/dokumenter/ret-002/dokument.pdf", "/dokumenter/godkendelsesveje/", "/moeder/",
    "/moeder/informationssikkerhedsudvalget/", "/moeder/informationssikkerhedsudvalget/?eksport=csv",
    "/moeder/kommunaldirektoeren/", "/moeder/beslutninger/1/filer/00000000-0000-4000-8000-000000000000/",
)  # fmt: skip
CHANGES = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": *"[^"]*"')


def all_that_is_shown(town: WholeTown, role: str) -> dict[str, tuple[int, str]]:
    client = sign_in(town, role)
    shown = {}
    for path in (*LISTS, *addresses()):
        response = client.get(path)
        body = b"".join(response) if response.streaming else response.content
        shown[path] = (response.status_code, CHANGES.sub("", body.decode("utf-8", "replace")))
    return shown


def work_on_drafts(who: dict[str, User], applies: Version) -> None:
    """Everything that can be done with drafts: of what applies, of the policy, of a document that never applied."""
    following = actions.start_version(applies.document, by=who["it_coordinator"])
    actions.save_text(following, "## Kanari\n\nKanari.\n", title="Kanari", by=who["it_chief"], revision=1)
    policy = Document.objects.get(kind=Kind.POLICY)
    third = actions.start_version(policy, by=who["it_coordinator"])
    actions.keep_draft(third, "Kanari", by=who["it_chief"], revision=1)
    draft = write(who, Kind.GUIDELINE, "Kanari", journal_number="26/7", confidentiality=C.PUBLIC)
    actions.comment(draft, "Kanari?", by=who["lawyer"])
    for version in (draft, following):
        actions.open_hearing(version, [Role.LAWYER, Role.DPO], today() + timedelta(days=9), by=who["it_coordinator"])
        for part in HearingPart.objects.filter(hearing__version=version):
            actions.answer_hearing(part, "Kanari", has_remarks=True, by=who[part.role])
        actions.end_hearing(version, by=who["it_coordinator"])
        actions.submit(version, by=who["it_coordinator"])
        actions.recommend(version, by=who["committee"], decided_on=today(), reference="Kanari")
    later = {"decided_on": today(), "effective_on": today() + timedelta(days=9), "statement": "Kanari"}
    actions.decide(draft, by=who["director"], **later)
    actions.send_back(following, by=who["director"], note="Kanari")
    actions.discard(third, by=who["it_coordinator"])


BLIND = [role for role in ROLES if role not in FOLLOWERS]


@pytest.mark.parametrize("role", swept_by(BLIND))
def test_nothing_that_is_done_with_a_draft_shows_to_whoever_may_not_see_it(
    town: WholeTown, role: str, time_machine: Any
) -> None:
    """Page by page the same, to the byte, before there was a draft and after everything was done with it: no number,
    title or word, no count, no filter that finds it, no feed entry, and the same 404 as for what never was."""
    who = holders_now(town)
    time_machine.move_to(f"{today()}T12:00:00+01:00", tick=False)
    replace(who, adopt(who, write(who, Kind.POLICY, "Informationssikkerhedspolitik")))
    applies = adopt(who, write(who, Kind.GUIDELINE, "Mail og beskeder", confidentiality=C.PUBLIC))
    before = all_that_is_shown(town, role)
    work_on_drafts(who, applies)
    after = all_that_is_shown(town, role)
    assert before.keys() == after.keys()
    changed = [path for path in before if before[path] != after[path]]
    assert not changed, changed
    assert not [path for path, (_, text) in after.items() if "kanari" in text.lower() and "kanari" not in path]


def test_those_who_may_see_drafts_do(town: WholeTown) -> None:
    """The same work shows wherever it should: pages that never change would prove nothing."""
    who = holders_now(town)
    adopt(who, write(who, Kind.POLICY, "Informationssikkerhedspolitik"))
    applies = adopt(who, write(who, Kind.GUIDELINE, "Mail og beskeder", confidentiality=C.PUBLIC))
    before = all_that_is_shown(town, "lawyer")
    work_on_drafts(who, applies)
    after = all_that_is_shown(town, "lawyer")
    changed = {path for path in LISTS if before[path] != after[path]}
    assert {path for path in LISTS if path.startswith("/dokumenter/?")} - changed <= {"/dokumenter/?mangler=ja"}
    assert {"/dokumenter/ret-002/", "/dokumenter/ret-001/udgaver/2/", "/dokumenter/ret-001/"} <= changed
    assert "/moeder/informationssikkerhedsudvalget/?eksport=csv" in changed


def test_whoever_may_not_comment_cannot_tell_which_comments_there_are(town: WholeTown) -> None:
    who = holders_now(town)
    applies = adopt(who, write(who, Kind.GUIDELINE, "Mail og beskeder"))
    made = actions.comment(applies, "Skal det ændres?", by=who["lawyer"])
    client, address = sign_in(town, "employee"), f"{applies.get_absolute_url()}kommentar/luk/"
    answers = [client.post(address, {"comment": key, "answer": "Nej"}) for key in (made.pk, 999_999, "", "x")]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    made.refresh_from_db()
    assert made.closed_at is None
