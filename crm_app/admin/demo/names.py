"""Names of people and companies, and what identifies them; no number or address here belongs to anybody."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeVar

from stdnum.cn import uscc

from crm_app.admin.demo.words import words
from crm_app.core.pinyin import company_pinyin, person_pinyin

T = TypeVar("T")

_SEGMENTS = tuple(
    str(n)
    for n in (
        *range(130, 140),
        147,
        *range(150, 154),
        *range(155, 160),
        166,
        *range(175, 179),
        *range(180, 190),
        198,
        199,
    )
)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_COMMON_SURNAMES = 12
_STRIDE = 161_803
"""Prime, so that the numbers come all, and not in order."""


def pick(rng: Random, choices: Sequence[T]) -> T:
    """One of them, each as likely."""
    return choices[int(rng.random() * len(choices))]


class Weighted:
    """Choices by weight, prepared once."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        self.values = list(weights)
        self._reached = list(accumulate(weights.values()))
        self._total = self._reached[-1]

    def pick(self, rng: Random) -> str:
        """One of them."""
        return self.values[bisect_right(self._reached, rng.random() * self._total)]


def person_name(rng: Random) -> str:
    """Two or three characters; half of the people share the dozen most common surnames, as in life."""
    material = words()
    surnames = material.surnames
    surname = pick(rng, surnames[:_COMMON_SURNAMES] if rng.random() < 0.5 else surnames)
    if rng.random() < 0.18:
        return surname + pick(rng, material.given_single)
    return surname + pick(rng, material.given_first) + pick(rng, material.given_second)


@cache
def _syllables(text: str) -> str:
    return company_pinyin(text).full


@cache
def _surname_pinyin(surname: str) -> str:
    return person_pinyin(surname + "伟").full.removesuffix("wei")


def email_of(rng: Random, name: str, brand: str) -> str:
    """An address under `.example`, which never leads anywhere."""
    given = "".join(map(_syllables, name[1:]))
    local = f"{_surname_pinyin(name[0])}{given}" if rng.random() < 0.7 else f"{given}.{_surname_pinyin(name[0])}"
    return f"{local}@{_syllables(brand)}.example"


def mobile_of(serial: int) -> str:
    """A number in a real segment, another one for each serial, of blocks that look made up (138 0000 …)."""
    thousands, place = divmod(serial, len(_SEGMENTS) * 10_000)
    segment, last = divmod(place * _STRIDE % (len(_SEGMENTS) * 10_000), 10_000)
    return f"{_SEGMENTS[segment]}{thousands:04d}{last:04d}"


def landline_of(rng: Random, area_code: str) -> str:
    """A fixed line of a block that looks made up."""
    return f"{area_code}-8000{int(rng.random() * 10_000):04d}"


def credit_code_of(rng: Random, region_code: str) -> str:
    """A 统一社会信用代码 with both of its check digits right."""
    body = "MA" + "".join(rng.choices(_ORGANISATION_ALPHABET, k=6))
    total = sum(w * (int(c) if c.isdigit() else ord(c) - 55) for w, c in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    check = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    code = f"91{region_code}{body}{check}"
    return code + uscc.calc_check_digit(code)
