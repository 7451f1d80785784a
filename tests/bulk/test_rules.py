"""How many rows a transaction of a change takes."""

import pytest

from crm_app.bulk.rules import next_size


@pytest.mark.parametrize(
    ("size", "took", "rows"),
    [(100, 0.04, 100), (100, 0.08, 50), (100, 0.001, 151), (399, 0.001, 400), (20, 5.0, 10), (50, 0.0, 76)],
)
def test_the_next_transaction_takes_as_long_as_wanted(size: int, took: float, rows: int) -> None:
    assert next_size(size, took=took, wanted=0.04, fewest=10, most=400) == rows


def test_no_more_than_at_most_and_never_nothing() -> None:
    assert [next_size(2, took=took, wanted=0.04, fewest=10, most=2) for took in (0.0, 9.0)] == [2, 2]
