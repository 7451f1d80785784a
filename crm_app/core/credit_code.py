"""The 18-character 统一社会信用代码 (GB 32100) and its check digit."""

import re
from dataclasses import dataclass

from stdnum.cn import uscc

from crm_app.core.problems import Problem
from crm_app.core.text import clean_line, fold_width

_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")


@dataclass(frozen=True, slots=True)
class CreditCode:
    value: str

    def __str__(self) -> str:
        return self.value


def parse_credit_code(raw: str) -> CreditCode | Problem:
    """Upper case without blanks and dashes.

    Only the check digit is asked of stdnum: its full validation refuses registrars that are letters (A, N, Y).
    """
    value = re.sub(r"[\s-]", "", fold_width(clean_line(raw))).upper()
    if not value:
        return Problem("error.credit_code.empty")
    if wrong := sorted(set(value) - _ALPHABET):
        return Problem("error.credit_code.characters", {"characters": " ".join(wrong[:5])})
    if len(value) != 18:
        return Problem("error.credit_code.length", {"length": len(value), "expected": 18})
    if value[-1] != uscc.calc_check_digit(value):
        return Problem("error.credit_code.check_digit")
    return CreditCode(value)
