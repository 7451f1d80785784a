"""Which month is reviewed when, and how far a review is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.review import rules
from crm_app.review.schemas import Standing


@pytest.mark.parametrize(
    ("today", "latest", "due"),
    [
        (date(2026, 11, 27), "2026-10", ""),
        (date(2026, 11, 28), "2026-10", "2026-11"),
        (date(2026, 11, 30), "2026-10", "2026-11"),
        (date(2026, 11, 30), "2026-11", ""),
        (date(2026, 12, 1), "2026-10", "2026-11"),
        (date(2026, 12, 10), "2026-10", "2026-11"),
        (date(2026, 12, 11), "2026-10", ""),
        (date(2026, 12, 1), "2026-11", ""),
        # Who opened December's early doesn't get November's afterwards.
        (date(2026, 12, 5), "2026-12", ""),
        (date(2027, 1, 3), "2026-11", "2026-12"),
        (date(2028, 2, 26), "", ""),
        (date(2028, 2, 27), "", "2028-02"),
        (date(2026, 12, 31), "", "2026-12"),
    ],
)
def test_a_review_opens_by_itself_at_the_end_of_a_month_or_soon_after(today: date, latest: str, due: str) -> None:
    assert rules.month_due(today, latest=latest) == due


@pytest.mark.parametrize(
    ("today", "latest", "month"),
    [
        (date(2026, 11, 12), "2026-10", "2026-11"),
        (date(2026, 11, 12), "", "2026-11"),
        (date(2026, 11, 12), "2026-11", ""),
        (date(2026, 11, 5), "2026-09", "2026-10"),
        (date(2026, 11, 5), "2026-10", "2026-11"),
    ],
)
def test_a_person_opens_this_months_or_what_was_missed(today: date, latest: str, month: str) -> None:
    assert rules.month_to_open(today, latest=latest) == month


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_what_opens_by_itself_can_be_opened_by_hand_too(today: date) -> None:
    due = rules.month_due(today, latest="")
    assert not due or rules.month_to_open(today, latest="") == due
    assert due in ("", rules.month_of(today), rules.month_before(today))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_all_is_done_only_when_nothing_is_left(confirmed: int, corrected: int, rest: int) -> None:
    found = rules.standing_of(total=confirmed + corrected + rest, confirmed=confirmed, corrected=corrected)
    assert found.open == rest
    assert (found.percent == 100) == (rest == 0)
    assert 0 <= found.percent <= 100


def test_of_seven_two_are_twenty_eight_percent() -> None:
    assert rules.standing_of(total=7, confirmed=1, corrected=1) == Standing(7, 1, 1, 5, 28)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_a_moment_goes_into_a_message_and_back(moment: datetime) -> None:
    short = rules.to_milliseconds(moment.replace(tzinfo=UTC))
    assert rules.moment_of(rules.moment_key(short)) == short
    assert moment.replace(tzinfo=UTC) - short < timedelta(milliseconds=1)


@pytest.mark.parametrize("key", [10**15, -(10**15), 2**62, -(2**62), 253402300799999])
def test_a_number_that_is_no_moment_breaks_nothing(key: int) -> None:
    assert rules.moment_of(key) is None or isinstance(rules.moment_of(key), datetime)
