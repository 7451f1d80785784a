"""Amounts of yuan as people write them: 50万, 1.2亿, ￥500,000, >50万, 10万..50万."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, cast

from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, fold_width

Language = Literal["zh", "en"]
LARGEST = Decimal("1e12")
# What is longer is nonsense already, and its end may go.
_LONGEST_TEXT = 60
_CENT = Decimal("0.01")
_UNITS = {
    "": 1, "十": 10, "百": 100, "千": 10**3, "k": 10**3, "万": 10**4, "w": 10**4, "十万": 10**5, "百万": 10**6,
    "m": 10**6, "千万": 10**7, "亿": 10**8, "b": 10**9, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12,
}  # fmt: skip
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.\d{1,10})?|\.\d{1,10}"
_UNIT = "|".join(sorted(filter(None, _UNITS), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(-?)(?:¥|cny|rmb|人民币)?(-?)((?:(?:{_NUMBER})(?:{_UNIT}))+|(?:(?:{_NUMBER})(?:{_UNIT}))*(?:{_NUMBER}))"
    r"(?:元|圆|块|yuan|cny|rmb)?整?"
)
_TERM = re.compile(rf"({_NUMBER})({_UNIT})?")
_COMPARISON = re.compile(r"(>=|<=|>|<|≥|≤|=)(.*)")
_RANGE = re.compile(r"(.*?)(?:\.\.+|至|到|~|—+|(?<=[\d万亿元])-)(.*)")


@dataclass(frozen=True, slots=True)
class AmountRange:
    """A missing limit is open."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    includes_minimum: bool = True
    includes_maximum: bool = True


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", fold_width(clean_line(text, max_length=_LONGEST_TEXT))).lower().replace("￥", "¥")


def _sum_of_terms(text: str) -> Decimal | None:
    """1亿2000万 is a sum; its units must fall, so that 5万6万 is nonsense."""
    total, above = Decimal(0), None
    for number, unit in _TERM.findall(text):
        size = _UNITS[unit]
        if above is not None and size >= above:
            return None
        total += Decimal(number.replace(",", "")) * size
        above = size
    return total


def parse_amount(text: str, *, negative: bool = False) -> Decimal | Problem:
    """Yuan with two places; more places are refused, not rounded, since a rounded amount would go unseen."""
    folded = _fold(text)
    if not folded:
        return Problem("error.amount.empty")
    found = _AMOUNT.fullmatch(folded)
    total = _sum_of_terms(found[3]) if found else None
    if found is None or total is None or (found[1] and found[2]):
        return Problem("error.amount.format", {"text": folded})
    if total > LARGEST:
        return Problem("error.amount.too_large", {"max": int(LARGEST)})
    if total != total.quantize(_CENT):
        return Problem("error.amount.places", {"places": 2})
    amount = total.quantize(_CENT)
    if not amount or not (found[1] or found[2]):
        return amount
    return -amount if negative else Problem("error.amount.negative")


def _parse_comparison(operator: str, limit: Decimal) -> AmountRange:
    match operator:
        case ">=" | "≥":
            return AmountRange(minimum=limit)
        case ">":
            return AmountRange(minimum=limit, includes_minimum=False)
        case "<=" | "≤":
            return AmountRange(maximum=limit)
        case "<":
            return AmountRange(maximum=limit, includes_maximum=False)
        case _:
            return AmountRange(minimum=limit, maximum=limit)


def _parse_span(first: str, last: str, *, negative: bool) -> AmountRange | Problem:
    minimum = parse_amount(first, negative=negative) if first else None
    maximum = parse_amount(last, negative=negative) if last else None
    for limit in (minimum, maximum):
        if isinstance(limit, Problem):
            return limit
    span = AmountRange(minimum=cast("Decimal | None", minimum), maximum=cast("Decimal | None", maximum))
    if span.minimum is not None and span.maximum is not None and span.maximum < span.minimum:
        return Problem("error.amount.order", {"minimum": first, "maximum": last})
    return span


def parse_amount_range(text: str, *, negative: bool = False) -> AmountRange | Problem:
    """`>50万`, `>=10万`, `<5万`, `10万..50万` (both included), `10万..`, or one amount for exactly that.

    The unit must be written on both limits: 10..50万 is ten yuan to 500,000.
    """
    folded = _fold(text)
    if found := _COMPARISON.fullmatch(folded):
        limit = parse_amount(found[2], negative=negative)
        return limit if isinstance(limit, Problem) else _parse_comparison(found[1], limit)
    exactly = parse_amount(folded, negative=negative)
    if not isinstance(exactly, Problem):
        return AmountRange(minimum=exactly, maximum=exactly)
    found = _RANGE.fullmatch(folded)
    if not found or not (found[1] or found[2]):
        return exactly
    return _parse_span(found[1], found[2], negative=negative)


_SCALES: dict[Language, tuple[tuple[int, str], ...]] = {
    "zh": ((1, ""), (10**4, "万"), (10**8, "亿")),
    "en": ((1, ""), (10**3, "K"), (10**6, "M"), (10**9, "B")),
}


def _plain(value: Decimal) -> str:
    text = f"{value:,.2f}"
    return text.removesuffix(".00") if "." in text else text


def format_amount(value: Decimal | int, *, lang: Language) -> str:
    """Short, rounded to two places of its unit: 50万, 1.25亿; 500K, 125M."""
    sign, size = ("-" if value < 0 else ""), abs(Decimal(value))
    scales = _SCALES[lang]
    # Rounding may reach the next unit: 99,999,999 is 1亿, not 10,000万.
    for (divisor, unit), (next_divisor, _) in zip(scales, [*scales[1:], (0, "")], strict=True):
        scaled = (size / divisor).quantize(_CENT, ROUND_HALF_UP)
        if not next_divisor or scaled * divisor < next_divisor:
            text = _plain(scaled)
            if unit and "." in text:
                text = text.rstrip("0")
            return f"{sign if scaled else ''}{text}{unit}"
    raise AssertionError("The last unit has no limit.")


def format_amount_full(value: Decimal | int) -> str:
    """¥1,250,000.00"""
    rounded = Decimal(value).quantize(_CENT, ROUND_HALF_UP)
    return f"{'-' if rounded < 0 else ''}¥{abs(rounded):,.2f}"
