"""How customer numbers look (R1.1): `{industry}-{yyyy}-{seq:03d}` → MFG-2024-001, `C{yyyymmdd}{seq}` → C20240501001."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from crm_app.core.problems import Problem

DEFAULT_PATTERN = "{industry}-{yyyy}-{seq:03d}"
_PART = re.compile(r"\{(?P<name>[a-z]+)(?::0(?P<width>[1-9])d)?\}|(?P<literal>[A-Za-z0-9_.-]+)")
_DATES: Mapping[str, str] = {
    "yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d",
    "yyyymm": "%Y%m", "yymm": "%y%m", "yyyymmdd": "%Y%m%d", "yymmdd": "%y%m%d",
}  # fmt: skip
_LONGEST = 40
_COUNTER = "seq"
_MARK = "#"
"""Stands for the counter: no pattern has it."""


@dataclass(frozen=True, slots=True)
class NumberPattern:
    """A checked pattern: literals, `{industry}`, parts of the date, and exactly one `{seq}`."""

    text: str
    parts: tuple[tuple[str, str], ...]
    """(kind, detail): ("literal", text), ("industry", ""), ("date", strftime), ("seq", least digits)."""

    def prefix(self, *, industry: str, on: date) -> str:
        """What the counter runs within, e.g. `MFG-2024`: everything but the counter itself."""
        return self._join(industry, on, _MARK).strip(f"-_.{_MARK}")

    def format(self, *, industry: str, on: date, seq: int) -> str:
        """The number; the counter has at least the digits that the pattern asks for, and grows past them."""
        return self.format_all(industry=industry, on=on, counted=(seq,))[0]

    def format_all(self, *, industry: str, on: date, counted: Iterable[int]) -> list[str]:
        """The numbers of these counters: all that they share is made once."""
        width = next(int(detail) for kind, detail in self.parts if kind == _COUNTER)
        before, after = self._join(industry, on, _MARK).split(_MARK)
        return [f"{before}{seq:0{width}d}{after}" for seq in counted]

    def _join(self, industry: str, on: date, seq: str) -> str:
        made = {"industry": lambda _: industry, "date": on.strftime, "seq": lambda _: seq, "literal": str}
        return "".join(made[kind](detail) for kind, detail in self.parts)


def parse_pattern(text: str) -> NumberPattern | Problem:
    """The pattern, or why it can't make unique numbers.

    The industry's code has no fixed length, so it must not touch the counter or a digit: A1 + 1001 and A11 + 001 would
    be the same number.
    """
    parts: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        part = _part_of(found) if found else None
        if found is None or part is None:
            return Problem("customers.pattern.unknown", {"text": text[at : at + 12]})
        parts.append(part)
        at = found.end()
    kinds = [kind for kind, _ in parts]
    if kinds.count(_COUNTER) != 1:
        return Problem("customers.pattern.one_counter")
    if any("industry" in pair and not _separates(pair, neighbours) for pair, neighbours in _pairs(parts)):
        return Problem("customers.pattern.touching")
    pattern = NumberPattern(text, tuple(parts))
    if len(pattern.format(industry="X" * 10, on=date(2024, 1, 1), seq=9_999_999)) > _LONGEST:
        return Problem("customers.pattern.too_long", {"max": _LONGEST})
    return pattern


def _part_of(found: re.Match[str]) -> tuple[str, str] | None:
    name, width = found["name"], found["width"]
    if found["literal"]:
        return "literal", found["literal"]
    if name == _COUNTER:
        return _COUNTER, width or "3"
    if width:
        return None
    if name == "industry":
        return "industry", ""
    return ("date", _DATES[name]) if name in _DATES else None


def _pairs(parts: list[tuple[str, str]]) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Neighbours as (their kinds, the texts that touch)."""
    return [((a[0], b[0]), (a[1], b[1])) for a, b in pairwise(parts)]


def _separates(kinds: tuple[str, str], details: tuple[str, str]) -> bool:
    """Whether the literal beside the industry keeps it apart."""
    if kinds[0] == "literal":
        return details[0][-1] in "-_."
    return kinds[1] == "literal" and details[1][0] in "-_."
