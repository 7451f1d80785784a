import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from crm_app.core.phone import Email, Landline, Mobile, parse_email, parse_landline, parse_mobile
from crm_app.core.problems import Problem


def code(result: object) -> str:
    assert isinstance(result, Problem), result
    return result.code


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        " 138 1234 5678 ",
        "138-1234-5678",
        "138\u20131234\u20135678",
        "１３８１２３４５６７８",
        "+86 138 1234 5678",
        "＋８６１３８１２３４５６７８",
        "0086-13812345678",
        "8613812345678",
        "(+86)13812345678",
    ],
)
def test_a_mobile_number_has_one_normal_form(typed: str):
    assert parse_mobile(typed) == Mobile("13812345678")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "error.mobile.empty"),
        ("1381234567", "error.mobile.too_short"),
        ("138123456789", "error.mobile.too_long"),
        ("12012345678", "error.mobile.segment"),
        ("14112345678", "error.mobile.segment"),
        ("15412345678", "error.mobile.segment"),
        ("16012345678", "error.mobile.segment"),
        ("17912345678", "error.mobile.segment"),
        ("19412345678", "error.mobile.segment"),
        ("23812345678", "error.mobile.segment"),
        ("138a2345678", "error.mobile.characters"),
        ("138****5678", "error.mobile.characters"),
        ("١٣٨١٢٣٤٥٦٧٨", "error.mobile.characters"),
        ("+1 650 253 0000", "error.mobile.country"),
    ],
)
def test_each_wrong_mobile_number_says_what_is_wrong(typed: str, problem: str):
    assert code(parse_mobile(typed)) == problem


def test_the_length_problem_says_how_many_digits_there_were():
    assert parse_mobile("1381234567") == Problem("error.mobile.too_short", {"digits": 10, "expected": 11})


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_every_number_that_phonenumbers_takes_for_a_mobile_is_one(digits: str):
    number = phonenumbers.PhoneNumber(country_code=86, national_number=int(digits))
    assume(phonenumbers.number_type(number) == PhoneNumberType.MOBILE)
    assert parse_mobile(digits) == Mobile(digits)


@given(st.text())
def test_any_text_is_a_number_or_a_problem(text: str):
    assert isinstance(parse_mobile(text), Mobile | Problem)
    assert isinstance(parse_landline(text), Landline | Problem)
    assert isinstance(parse_email(text), Email | Problem)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("0755-88886666", "0755-88886666"),
        ("(0755) 8888 6666", "0755-88886666"),
        ("075588886666", "0755-88886666"),
        ("010-62345678", "010-62345678"),
        ("+86 10 62345678", "010-62345678"),
        ("0086 755 88886666", "0755-88886666"),
        ("0532-5551234", "0532-5551234"),
        ("021-62345678-801", "021-62345678-801"),
        ("021 62345678转801", "021-62345678-801"),
        ("０２１－６２３４５６７８ ext. 12", "021-62345678-12"),
        ("400-800-1234", "400-800-1234"),
        ("4008001234", "400-800-1234"),
    ],
)
def test_a_landline_has_one_normal_form(typed: str, normal: str):
    parsed = parse_landline(typed)
    assert str(parsed) == normal
    assert parse_landline(normal) == parsed


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "error.landline.empty"),
        ("转801", "error.landline.empty"),
        ("62345678", "error.landline.area"),
        ("0755-888866", "error.landline.length"),
        ("0755-888866661", "error.landline.length"),
        ("0755-8888abcd", "error.landline.characters"),
    ],
)
def test_each_wrong_landline_says_what_is_wrong(typed: str, problem: str):
    assert code(parse_landline(typed)) == problem


def test_an_email_is_folded_and_in_lower_case():
    assert parse_email(" Li.Lei+crm＠Company.COM ") == Email("li.lei+crm@company.com")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "error.email.empty"),
        ("lilei", "error.email.at_sign"),
        ("a@@b.cn", "error.email.at_sign"),
        ("@b.cn", "error.email.local_part"),
        (".a@b.cn", "error.email.local_part"),
        ("a..b@b.cn", "error.email.local_part"),
        ("a b@b.cn", "error.email.local_part"),
        ("a" * 65 + "@b.cn", "error.email.local_part"),
        ("l***g@company.com", "error.email.local_part"),
        ("a@", "error.email.no_domain"),
        ("a@b", "error.email.domain"),
        ("a@-b.cn", "error.email.domain"),
        ("a@b..cn", "error.email.domain"),
        ("a@b.cn\ncc", "error.email.domain"),
        ("a@" + "b." * 126 + "cn", "error.email.too_long"),
    ],
)
def test_each_wrong_email_says_what_is_wrong(typed: str, problem: str):
    assert code(parse_email(typed)) == problem


@given(st.emails())
def test_a_parsed_email_is_stable(address: str):
    parsed = parse_email(address)
    if isinstance(parsed, Email):
        assert parse_email(parsed.address) == parsed
