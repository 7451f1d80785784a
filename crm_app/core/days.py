"""A day as people type it: 2024-03-05, 2024/3/5, 2024.3.5, 2024年3月5日."""

import re
from datetime import date

from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, fold_width

_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?)")


def parse_day(text: str) -> date | Problem | None:
    """None where nothing is typed."""
    typed = re.sub(r"\s", "", fold_width(clean_line(text)))
    if not typed:
        return None
    found = _DAY.fullmatch(typed)
    if not found:
        return Problem("customers.problem.date_format")
    try:
        return date(int(found[1]), int(found[2] or found[4]), int(found[3] or found[5]))
    except ValueError:
        return Problem("customers.problem.date_impossible")
