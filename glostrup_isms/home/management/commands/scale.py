"""`manage.py scale --people N --reports M [--units U --levels L]`: a synthetic municipality for benchmarks."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from breaches.models import Breach
from glostrup_isms.home import scale
from roles.models import User


class Command(BaseCommand):
    help = "Laver en kunstig kommune til målinger. Kun i en tom database eller en demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, required=True, help="Antal personer (mindst 20).")
        parser.add_argument("--reports", type=int, default=0, help="Antal meldinger.")
        parser.add_argument("--units", type=int, default=0, help="Antal enheder; ellers en for hver seks personer.")
        parser.add_argument("--levels", type=int, default=0, help="Antal niveauer i træet (3-20), når --units er sat.")
        parser.add_argument("--seed", type=int, default=1, help="Samme tal giver de samme personer og meldinger.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO and (User.objects.exists() or Breach.objects.exists()):
            raise CommandError("Databasen har rigtige data. Brug en tom database, eller sæt DEMO.")
        if options["people"] < 20 or options["reports"] < 0:
            raise CommandError("Der skal være mindst 20 personer, og antallet af meldinger kan ikke være negativt.")
        units, levels = options["units"], options["levels"]
        if (units or levels) and not 3 <= levels <= min(20, units):
            raise CommandError("Sæt både --units og --levels: 3-20 niveauer og mindst lige så mange enheder.")
        scale.make(
            options["people"], options["reports"], options["seed"], self.stdout.write, units=units, levels=levels
        )
        self.stdout.write(f"Færdig: {User.objects.count()} personer og {Breach.objects.count()} meldinger i databasen.")
