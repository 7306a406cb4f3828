"""Numbers that run from 1 each year: case numbers."""

from django.db import connection, models, transaction


class NumberSeries(models.Model):
    """The last number given in a series and year."""

    name = models.CharField(max_length=50)
    year = models.IntegerField()
    last = models.IntegerField()

    class Meta:
        app_label = "kit"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["name", "year"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.year}: {self.last}"


def next_number(name: str, year: int) -> int:
    """The next number of the series, 1 first. No gaps and no doubles: it is given back if the transaction fails.

    Others wait for the same series until the caller commits. Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("next_number needs the transaction that uses the number")
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO kit_numberseries (name, "year", "last") VALUES (%s, %s, 1) '
            'ON CONFLICT (name, "year") DO UPDATE SET "last" = kit_numberseries."last" + 1 RETURNING "last"',
            [name, year],
        )
        return cursor.fetchone()[0]
