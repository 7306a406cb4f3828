"""Everyone whom a document binds gets one note in the inbox when it applies, and nobody else does."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from glostrup_isms.kit.outbox import Message
from policy import actions, notifications
from policy.enums import AUDIENCE_ROLES, Audience, Confidentiality
from policy.models import Document, Version
from policy.tasks import tell_due_task
from roles.models import Appointment, User, today
from tests.desk import Desk, fresh
from tests.factories import appoint, make_user


def told() -> set[str]:
    return set(Message.objects.filter(kind="policy_in_force").values_list("recipient__username", flat=True))


def bound(desk: Desk, roles: Any) -> set[str]:
    places = Appointment.objects.in_force().filter(role__in=roles)
    return set(User.objects.active().filter(appointments__in=places).values_list("username", flat=True))


def test_note_lies_in_the_inbox_only_and_leads_to_the_text(desk: Desk) -> None:
    version = desk.in_force(desk.make(title="Mail og beskeder"))
    tell_due_task()
    note = Message.objects.get(kind="policy_in_force", recipient=desk.employee)
    assert (note.state, note.address) == ("portal_only", "")
    assert note.subject == "Det gælder nu: Mail og beskeder"
    assert note.url == version.document.get_absolute_url()
    assert note in Message.objects.visible_to(desk.employee)


def test_note_of_the_policy_leads_to_the_public_page(desk: Desk) -> None:
    desk.in_force(desk.policy())
    tell_due_task()
    assert set(Message.objects.filter(kind="policy_in_force").values_list("url", flat=True)) == {"/politik/"}


@pytest.mark.parametrize("audience", list(Audience))
def test_those_of_the_audience_are_told(desk: Desk, audience: Audience) -> None:
    desk.in_force(desk.make(audience=audience))
    count = tell_due_task()
    assert told() == bound(desk, AUDIENCE_ROLES[audience])
    assert count == len(told())
    assert "r-without" not in told()


def test_policy_binds_councillors_and_externals_and_the_rules_for_employees_do_not(desk: Desk) -> None:
    """P-34 … P-38."""
    outside = {desk.councillor.username, desk.mayor.username, desk.external.username}
    desk.in_force(desk.policy(audience=Audience.EVERYBODY))
    tell_due_task()
    assert outside <= told()
    Message.objects.all().delete()
    desk.in_force(desk.make(audience=Audience.EMPLOYEES))
    tell_due_task()
    assert outside.isdisjoint(told())
    assert desk.employee.username in told()


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("confidentiality", list(Confidentiality))
def test_nobody_is_told_of_a_document_that_she_may_not_read(
    desk: Desk, audience: Audience, confidentiality: Confidentiality
) -> None:
    version = desk.in_force(desk.make(audience=audience, confidentiality=confidentiality))
    tell_due_task()
    assert told()
    for username in told():
        person = User.objects.get(username=username)
        assert Document.objects.visible_to(person).filter(pk=version.document_id).exists(), username


def test_those_who_have_left_are_not_told(desk: Desk) -> None:
    appoint(make_user("gone", is_active=False), "employee", desk.town.home_care)
    appoint(make_user("stopped"), "employee", desk.town.home_care, to_on=today() - timedelta(days=365))
    desk.in_force(desk.make())
    tell_due_task()
    assert {"gone", "stopped"}.isdisjoint(told())


def test_draft_and_decided_texts_are_told_to_nobody(desk: Desk) -> None:
    desk.decided(desk.make())
    assert tell_due_task() == 0
    assert told() == set()


def test_each_is_told_once_however_often_it_runs(desk: Desk) -> None:
    version = desk.in_force(desk.make())
    first = tell_due_task()
    assert first == Message.objects.filter(kind="policy_in_force").count() > 20
    assert fresh(version).told_at is not None
    assert tell_due_task() == 0
    Version.objects.filter(pk=version.pk).update(told_at=None)
    assert tell_due_task() == 0
    assert Message.objects.filter(kind="policy_in_force").count() == first


def test_telling_that_was_cut_off_is_taken_up_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    version = desk.in_force(desk.make())
    everybody = notifications.bound_people(version).count()
    tell, rounds = notifications.tell_bound, []

    def dies(*given: Any) -> int:
        if len(rounds) == 3:
            raise ConnectionError
        rounds.append(given)
        return tell(*given)

    monkeypatch.setattr(notifications, "tell_bound", dies)
    with pytest.raises(ConnectionError):
        actions.tell_due(at_once=4)
    assert Message.objects.filter(kind="policy_in_force").count() == 12
    assert fresh(version).told_at is None
    monkeypatch.setattr(notifications, "tell_bound", tell)
    assert actions.tell_due(at_once=4) == everybody - 12
    assert Message.objects.filter(kind="policy_in_force").count() == everybody


def test_next_version_is_told_anew(desk: Desk) -> None:
    first = desk.adopted(desk.make())
    count = tell_due_task()
    desk.in_force(actions.start_version(first.document, by=desk.writer))
    assert tell_due_task() == count
    assert Message.objects.filter(kind="policy_in_force", recipient=desk.employee).count() == 2


def test_telling_many_takes_no_more_queries_than_telling_few(desk: Desk) -> None:
    counts = []
    for audience in (Audience.SYSTEM_OWNERS, Audience.EVERYBODY):
        version = desk.in_force(desk.make(title=audience.label, audience=audience))
        Version.objects.exclude(pk=version.pk).update(told_at=version.created_at)
        with CaptureQueriesContext(connection) as queries:
            tell_due_task()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_mail_about_a_text_is_withdrawn_from_whoever_may_no_longer_see_it(desk: Desk) -> None:
    version = desk.recommended(desk.make())
    actions.send_back(version, by=desk.director, note="Ret afsnit 2.")
    mail = Message.objects.get(kind="policy_returned")
    assert notifications.may_still_have(mail)
    Appointment.objects.filter(person=desk.writer).update(to_on=today() - timedelta(days=365))
    assert not notifications.may_still_have(Message.objects.get(pk=mail.pk))
