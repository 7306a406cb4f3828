"""`manage.py add_person`: the first people and units of a new installation, one at a time.

The organisation is imported later; this gets the first GDPR people, leaders and the administrator in.
"""

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from glostrup_isms.kit import audit
from roles.enums import PersonKind, Role, UnitKind
from roles.models import Appointment, Unit, User


class Command(BaseCommand):
    help = 'Add a person with a role in a unit, e.g. add_person abc --name "A B" --role leader --unit "By Kommune/It".'

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True)
        parser.add_argument("--email", default="")
        parser.add_argument("--kind", choices=PersonKind.values, default=PersonKind.EMPLOYEE)
        parser.add_argument(
            "--role", choices=Role.values, action="append", required=True, help="may be given several times"
        )
        parser.add_argument("--unit", required=True, help="path from the top, with /; units that are missing are made")
        parser.add_argument("--password-from-prompt", action="store_true", help="ask for a password (else none is set)")

    def handle(self, *args: Any, **options: Any) -> None:
        password = self._password() if options["password_from_prompt"] else None
        try:
            with transaction.atomic():
                user = self._person(options, password)
                unit = self._unit(options["unit"])
                for role in options["role"]:
                    appointment, is_new = Appointment.objects.get_or_create(
                        person=user, role=role, unit=unit, to_on=None, defaults={"is_primary": True}
                    )
                    if is_new:
                        audit.record("appointment.create", obj=appointment, role=role)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(f"{user} ({user.username}): {', '.join(options['role'])} in {options['unit']}")

    def _password(self) -> str:
        password = getpass.getpass("Password: ")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        return password

    def _person(self, options: dict[str, Any], password: str | None) -> User:
        user = User.objects.filter(username=options["username"]).first() or User(username=options["username"])
        user.name, user.email, user.kind = options["name"], options["email"], options["kind"]
        if password:
            user.set_password(password)
        elif user._state.adding:
            user.set_unusable_password()
        user.full_clean()
        user.save()
        audit.record("person.save", obj=user)
        return user

    def _unit(self, path: str) -> Unit:
        unit: Unit | None = None
        names = [name.strip() for name in path.split("/") if name.strip()]
        if not names:
            raise CommandError("--unit must name at least one unit.")
        for depth, name in enumerate(names):
            kind = UnitKind.MUNICIPALITY if depth == 0 else UnitKind.DEPARTMENT
            unit, _ = Unit.objects.get_or_create(name=name, parent=unit, defaults={"kind": kind})
        assert unit is not None
        return unit
