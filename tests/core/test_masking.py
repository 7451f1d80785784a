import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_app.core.masking import looks_masked, mask_email, mask_landline, mask_mobile, mask_name

VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x9FFF, exclude_characters="*@", exclude_categories=("Zs",))


@pytest.mark.parametrize(
    ("mask", "value", "masked"),
    [
        (mask_mobile, "13812345678", "138****5678"),
        (mask_mobile, "123", "****"),
        (mask_mobile, "", "****"),
        (mask_landline, "0755-88886666", "0755-****6666"),
        (mask_landline, "010-62345678-801", "010-****5678"),
        (mask_landline, "400-800-1234", "400-***-1234"),
        (mask_landline, "something", "so****ng"),
        (mask_email, "lilong@company.com", "l***g@company.com"),
        (mask_email, "ab@company.com", "a***@company.com"),
        (mask_email, "a@company.com", "***@company.com"),
        (mask_email, "nonsense", "***"),
        (mask_name, "张三", "张*"),
        (mask_name, "张三丰", "张*"),
        (mask_name, "欧阳修", "欧*"),
        (mask_name, "张", "*"),
        (mask_name, "", "*"),
    ],
)
def test_masks(mask, value: str, masked: str):
    assert mask(value) == masked
    assert looks_masked(masked)


@pytest.mark.parametrize("value", ["", "张三", "13812345678", "li@company.com", "A*STAR 研究院", "3*5 米", "**重要**"])
def test_ordinary_values_do_not_look_masked(value: str):
    assert not looks_masked(value)


@given(st.text("0123456789", min_size=11, max_size=11), st.text("0123456789", min_size=4, max_size=4))
def test_a_masked_mobile_does_not_depend_on_its_middle(digits: str, middle: str):
    assert mask_mobile(digits) == mask_mobile(digits[:3] + middle + digits[7:])


@given(st.text(VISIBLE, max_size=30))
def test_half_of_an_odd_number_at_least_stays_hidden(value: str):
    assert len(mask_mobile(value).replace("*", "")) <= (7 if len(value) == 11 else len(value) // 2)


@given(st.text(VISIBLE, min_size=1, max_size=1), st.text(VISIBLE, max_size=9), st.text(VISIBLE, max_size=9))
def test_a_masked_name_says_nothing_but_its_first_character(first: str, rest: str, other: str):
    assert mask_name(first + rest) in {"*", f"{first}*"}
    if rest and other:
        assert mask_name(first + rest) == mask_name(first + other)


@given(st.text(VISIBLE, min_size=1, max_size=20), st.text(VISIBLE, min_size=1, max_size=20))
def test_a_masked_email_does_not_depend_on_its_middle(middle: str, other: str):
    assert mask_email(f"a{middle}z@b.cn") == mask_email(f"a{other}z@b.cn") == "a***z@b.cn"
