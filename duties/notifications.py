"""The mails about duties: what, by when, one link, why, and how to have fewer. Of a duty that may tell of a case or a
draft only what its maker let the mail say."""

from collections.abc import Sequence

from django.conf import settings
from django.template.loader import render_to_string

from duties.enums import ESCALATIONS, Stage
from duties.models import Duty, Notice
from glostrup_isms.kit import outbox
from glostrup_isms.kit.dates import da_date
from roles.enums import LEADING_ROLES
from roles.models import User, today

URGENT = 5
LONGEST = 40  # lines in one mail; the rest is in the portal
HEADINGS = (
    ("Over fristen", (Stage.LATE,)),
    ("I dag", (Stage.DUE,)),
    ("Nærmer sig", (Stage.BEFORE,)),
    ("Nyt", (Stage.NEW,)),
)


def digest(person: User, notices: Sequence[Notice], *, key: str) -> outbox.Message:
    """One mail for all of them; not yet written. A single one leads to the duty itself."""
    subject, body = words(person, notices)
    is_urgent = any(one.duty.is_statutory for one in notices)
    return outbox.draft(
        to=person,
        kind="duty_statutory" if is_urgent else "duty_digest",
        priority=URGENT if is_urgent else 0,
        url=_link(notices),
        subject=subject,
        body=body,
        dedup_key=f"duties:{person.pk}:{key}",
    )


def words(person: User, notices: Sequence[Notice]) -> tuple[str, str]:
    """Subject and body."""
    own = [one for one in notices if one.stage not in ESCALATIONS]
    leads = person.has_role(*LEADING_ROLES)  # else it came to her as one of the GDPR unit
    where = "hos dem, du leder" if leads else "hos andre"
    headings = (*HEADINGS, (f"Over fristen {where}", ESCALATIONS))
    shown = sorted(notices, key=lambda one: (one.duty.due_on, one.pk))[:LONGEST]
    groups = [(heading, [_line(one) for one in shown if one.stage in kinds]) for heading, kinds in headings]
    context = {
        "count": len(own),
        "late": sum(one.duty.due_on < today() for one in own),
        "with_others": len(notices) - len(own),
        "leads": leads,
        "where": where,
        "groups": [(heading, lines) for heading, lines in groups if lines],
        "more": len(notices) - len(shown),
        "link": settings.BASE_URL + _link(notices),
        "settings_link": f"{settings.BASE_URL}/opgaver/paamindelser/",
        "is_statutory": any(one.duty.is_statutory for one in notices),
    }
    subject = render_to_string("duties/mail/digest_subject.txt", context)
    return outbox.one_line(subject), render_to_string("duties/mail/digest_body.txt", context)


def _link(notices: Sequence[Notice]) -> str:
    return notices[0].duty.get_absolute_url() if len(notices) == 1 else "/opgaver/"


def _line(notice: Notice) -> str:
    duty = notice.duty
    text = f"{mail_title(duty)}, senest {da_date(duty.due_on)}"
    return f"{text} (hos {duty.whose})" if notice.stage in ESCALATIONS else text


def mail_title(duty: Duty) -> str:
    """What leaves the portal of it: in mails, in calendars."""
    return duty.in_mail or (duty.title if not duty.is_discreet else f"{duty.get_kind_display()}: opgave {duty.pk}")
