"""The filters of one click: which quarters there are, for so many years as there are records."""

from datetime import date

import pytest

from crm_app.directory.schemas import DIRECTORY
from crm_app.listing.rules.views import MOST_QUICK_YEARS, make_setup
from crm_app.listing.schemas import Choice, Known, QuickView

TODAY = date(2026, 11, 22)


def created(first_year: int | None, *, today: date = TODAY, language: str = "zh") -> QuickView:
    setup = make_setup(DIRECTORY, Known(today, {}, first_year), language)
    return next(quick for quick in setup.quick if quick.field == "created")


@pytest.mark.parametrize(
    ("first_year", "years"),
    [
        (2024, ["2026", "2025", "2024"]),
        (2026, ["2026"]),
        (None, ["2026"]),
        (2031, ["2026"]),
        (1970, [str(2026 - n) for n in range(MOST_QUICK_YEARS)]),
    ],
)
def test_the_newest_years_stand_first_back_to_the_oldest_record(first_year: int | None, years: list[str]) -> None:
    assert [line[0].code[:4] for line in created(first_year).grid] == years


def test_a_quarter_is_there_from_its_first_day_on() -> None:
    assert [choice.code for choice in created(2026, today=date(2026, 9, 30)).grid[0]] == ["2026Q1", "2026Q2", "2026Q3"]
    assert [choice.code for choice in created(2026, today=date(2026, 10, 1)).grid[0]][-1] == "2026Q4"


def test_quarters_have_their_full_name_in_each_language() -> None:
    last, english = created(2024).grid[-1], created(2024, language="en").grid[-1]
    assert (last[0].label, last[3].label) == ("2024年第一季度", "2024年第四季度")
    assert "2024" in english[0].label
    assert len({choice.label for choice in english}) == 4


def test_retired_choices_are_not_offered_and_people_are_words() -> None:
    known = Known(TODAY, {"industry": (Choice("MFG", "制造业"), Choice("OLD", "旧行业", retired=True))})
    quick = {one.field: [value.code for value in one.values] for one in make_setup(DIRECTORY, known, "zh").quick}
    assert quick["industry"] == ["MFG"]
    assert quick["owner"] == ["me", "mine"]
