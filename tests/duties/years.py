"""What the tests of the year share."""

from datetime import timedelta
from typing import Any

from duties.actions import change_template
from duties.models import DutyTemplate
from roles.models import User

DAY = timedelta(days=1)


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def change(template: DutyTemplate, by: User, **values: Any) -> DutyTemplate:
    return change_template(template, by=fresh(by), seen=values.pop("seen", template.revision), **values)
