"""`manage.py check_outbox`: says how the outbox stands; exit code 1 when messages are stuck."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from glostrup_isms.kit import outbox


class Command(BaseCommand):
    help = "Tell whether messages are stuck. Exits with 1 when they are."

    def handle(self, *args: Any, **options: Any) -> None:
        for state in outbox.State:
            self.stdout.write(f"{state.value}: {outbox.Message.objects.filter(state=state).count()}")
        if problem := outbox.problem():
            self.stderr.write(problem)
            sys.exit(1)
