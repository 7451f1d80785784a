"""What of an address made no sense is named, piece by piece."""

import pytest

from crm_app.core.problems import Problem
from crm_app.listing.rules.views import MOST_IGNORED, ignored_words


def parts(count: int) -> tuple[tuple[str, Problem], ...]:
    return tuple((f"part{n}", Problem("listing.problem.sort", {"value": f"part{n}"})) for n in range(count))


def test_one_part_is_said_in_one_line() -> None:
    assert ignored_words(parts(1), "zh") == ("listing.ignored", {"text": "part0", "reason": "不能按 “part0” 排序"})


@pytest.mark.parametrize(("language", "more"), [("zh", "还有 2 处"), ("en", "and 2 more")])
def test_several_parts_are_named_and_the_rest_is_counted(language: str, more: str) -> None:
    key, words = ignored_words(parts(MOST_IGNORED + 2), language)
    assert (key, words["n"]) == ("listing.ignored.several", str(MOST_IGNORED + 2))
    lines = words["parts"].split("\n")
    assert [f"part{n}" in line for n, line in enumerate(lines[:-1])] == [True] * MOST_IGNORED
    assert lines[-1] == more
