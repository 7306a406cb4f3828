"""Case numbers: from 1 each year, no doubles, no gaps."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from glostrup_isms.kit.numbers import next_number


@pytest.mark.django_db
def test_each_series_and_year_counts_from_one(django_assert_num_queries):
    assert [next_number("breach", 2026) for _ in range(3)] == [1, 2, 3]
    assert next_number("breach", 2027) == 1
    with django_assert_num_queries(1):
        assert next_number("system", 2026) == 1


@pytest.mark.django_db
def test_a_number_is_given_back_when_the_transaction_fails():
    with transaction.atomic():
        next_number("breach", 2026)
        transaction.set_rollback(True)
    assert next_number("breach", 2026) == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        next_number("breach", 2026)


@pytest.mark.django_db(transaction=True)
def test_parallel_callers_get_different_numbers_without_gaps():
    def take(_):
        try:
            with transaction.atomic():
                return next_number("breach", 2026)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(60))) == list(range(1, 61))
