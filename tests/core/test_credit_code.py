import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core.credit_code import CreditCode, parse_credit_code
from crm_app.core.problems import Problem

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VALID = "91440300708461136T"


@pytest.mark.parametrize(
    "typed", [VALID, " 91440300 708461136t ", "９１４４０３００７０８４６１１３６Ｔ", "9144-0300-7084-6113-6T"]
)
def test_a_credit_code_has_one_normal_form(typed: str):
    assert parse_credit_code(typed) == CreditCode(VALID)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", Problem("error.credit_code.empty")),
        (VALID[:-1], Problem("error.credit_code.length", {"length": 17, "expected": 18})),
        (VALID + "1", Problem("error.credit_code.length", {"length": 19, "expected": 18})),
        ("91440300708461136O", Problem("error.credit_code.characters", {"characters": "O"})),
        ("91440300708461136A", Problem("error.credit_code.check_digit")),
    ],
)
def test_each_wrong_credit_code_says_what_is_wrong(typed: str, problem: Problem):
    assert parse_credit_code(typed) == problem


@given(st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(position: int, char: str):
    changed = VALID[:position] + char + VALID[position + 1 :]
    result = parse_credit_code(changed)
    assert result == (CreditCode(VALID) if changed == VALID else Problem("error.credit_code.check_digit"))


@given(st.text())
def test_any_text_is_a_credit_code_or_a_problem(text: str):
    assert isinstance(parse_credit_code(text), CreditCode | Problem)
