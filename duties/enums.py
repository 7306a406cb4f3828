"""Choice lists of duties. Sources: the policy's fixed points of the year (P-29, P-56, P-62, P-67 … P-70, P-80)."""

from django.db import models


class State(models.TextChoices):
    """Where a duty stands. Only the steps of `workflow.py` lead from one to the next."""

    OPEN = "open", "Åben"
    DONE = "done", "Udført"
    DROPPED = "dropped", "Bortfaldet"


class Kind(models.TextChoices):
    """What a duty is about: how often one is reminded can be chosen for each."""

    YEAR = "year", "Årets faste opgaver"
    DOCUMENT = "document", "Dokumenter og høringer"
    MEETING = "meeting", "Møder og beslutninger"
    CASE = "case", "Sager om brud"
    ROLE = "role", "Roller og ansvar"


class Share(models.TextChoices):
    """How many duties one occurrence of a template becomes."""

    PERSON = "person", "Én til hver person, der har rollen"
    UNIT = "unit", "Én til hver enhed, hvor nogen har rollen"
    ROLE = "role", "Én fælles for alle, der har rollen"


class Recurrence(models.TextChoices):
    """How often. Months where the step is one of months."""

    ONCE = "once", "Én gang"
    WEEKLY = "weekly", "Hver uge"
    MONTHLY = "monthly", "Hver måned"
    QUARTERLY = "quarterly", "Hvert kvartal"
    HALF_YEARLY = "half_yearly", "Hvert halve år"
    YEARLY = "yearly", "Hvert år"
    EVERY_2_YEARS = "every_2_years", "Hvert 2. år"
    EVERY_3_YEARS = "every_3_years", "Hvert 3. år"

    @property
    def months(self) -> int:
        """The step in months; 0 where it is not one of months."""
        return MONTHS.get(self, 0)

    @property
    def is_of_years(self) -> bool:
        return self.months >= 12


MONTHS = {
    Recurrence.MONTHLY: 1,
    Recurrence.QUARTERLY: 3,
    Recurrence.HALF_YEARLY: 6,
    Recurrence.YEARLY: 12,
    Recurrence.EVERY_2_YEARS: 24,
    Recurrence.EVERY_3_YEARS: 36,
}


class OnClosed(models.TextChoices):
    """What becomes of a day that falls on a weekend, a holiday or in a closed period."""

    AFTER = "after", "Flyt til første arbejdsdag efter"
    BEFORE = "before", "Flyt til sidste arbejdsdag før"
    KEEP = "keep", "Behold dagen"


class Result(models.TextChoices):
    """What a control found."""

    CLEAN = "clean", "Ingen fejl"
    MINOR = "minor", "Ingen kritiske fejl"
    CRITICAL = "critical", "Kritiske fejl"


class How(models.TextChoices):
    """How a person wants to hear of one kind of duty."""

    AT_ONCE = "at_once", "Mail med det samme"
    DAILY = "daily", "Samlet mail hver arbejdsdag"
    WEEKLY = "weekly", "Samlet mail én gang om ugen"
    PORTAL = "portal", "Ingen mail, kun i portalen"


class Stage(models.TextChoices):
    """Why a person is reminded: once each for every day a duty is given."""

    NEW = "new", "Ny opgave"
    BEFORE = "before", "Fristen nærmer sig"
    DUE = "due", "Fristen er i dag"
    LATE = "late", "Fristen er overskredet"
    UP_1 = "up_1", "Over fristen hos en, du leder"
    UP_2 = "up_2", "Stadig over fristen i dit område"
    UP_3 = "up_3", "Længe over fristen"


ESCALATIONS = (Stage.UP_1, Stage.UP_2, Stage.UP_3)
